"""The partner API's part of the benchmark: its rate beside a bare handler, and among more data."""

import asyncio
import base64
import itertools
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from http_load import CLIENTS, HttpLoad, HttpOutcome, drive_http
from partner_data import PROVIDER, TEST, add_results, open_databases, result_key
from pymongo import MongoClient
from quiet import Quiet
from servers import BUNDLED, HERE, Server, prepare, start_server, with_settings

from storage.client import connect, open_database
from storage.embedded import EmbeddedMongod
from storage.indexes import create_indexes

Goal = tuple[str, str, bool]

SHARE_OF_BARE = 0.70
"""The goal: the share of the bare handler's calls a second."""

GROWTH = 1.3
"""The goal: how many times as long calls may take among many results as among SMALL."""

SMALL = 1_000
PAGE = 100


@dataclass
class PartnerBench:
    """The gateway, the bare server, and numbers for results that were not used yet."""

    gateway: Server
    bare: Server
    key: str
    client: MongoClient[dict[str, Any]]
    numbers: Iterator[int]
    quiet: Quiet

    def fresh(self, count: int) -> list[int]:
        """Store so many new results of guests in both databases; returns their numbers."""
        numbers = range(first := next(self.numbers) * 10_000_000, first + count)
        for name in ("gateway", "bare"):
            add_results(self.client[name], numbers, attached=False)
        return list(numbers)

    def drive(
        self,
        server: Server,
        call: str,
        numbers: list[int],
        seconds: float,
        clients: int = CLIENTS,
    ) -> HttpOutcome:
        """Run the call `get` or `attach` of a server over these results."""
        prefix = "/partner/api/v3/result/" if server is self.gateway else "/"
        user = "&user_id=new-{0}" if call == "attach" else ""
        path = f"{prefix}{call}?result_key={{1}}{user}"
        paths = tuple(path.format(number, result_key(number)) for number in numbers)
        return self.call(server, paths, seconds, clients)

    def call(
        self, server: Server, paths: tuple[str, ...], seconds: float, clients: int
    ) -> HttpOutcome:
        """Call these paths of a server."""
        bearer = self.key if server is self.gateway else ""
        plan = HttpLoad(server.port, paths, seconds, bearer, clients, may_be_refused=True)
        self.quiet.wait()
        return drive_http(plan)


@contextmanager
def partner_bench(quiet: Quiet) -> Iterator[PartnerBench]:
    """Start both servers over one mongod, and end them afterwards."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wg-bench-")))
        mongod = EmbeddedMongod(directory)
        uri = asyncio.run(mongod.start())
        stack.callback(lambda: asyncio.run(mongod.stop()))
        environment = with_settings(
            DATA_DIR=str(directory), DATABASE="gateway", KEY_RATE_LIMIT="10000000"
        )
        key = prepare(
            environment,
            BUNDLED / "work-values.yaml",
            policy=("--policy", "postpaid", "--test-policy", "unlimited"),
        )
        asyncio.run(_prepare_bare(uri))
        serve = [sys.executable, "-m", "widget_gateway", "serve", "--json", "--port", "0"]
        bare = [sys.executable, str(HERE / "bare_partner_server.py"), uri]
        yield PartnerBench(
            gateway=stack.enter_context(start_server("g", "gateway", serve, environment)),
            bare=stack.enter_context(start_server("c", "bare", bare, environment)),
            key=key,
            client=stack.enter_context(open_databases(uri)),
            numbers=itertools.count(1),
            quiet=quiet,
        )


async def _prepare_bare(uri: str) -> None:
    client = connect(uri)
    database = open_database(client, "bare")
    await create_indexes(database)
    await database["providers"].insert_one({"_id": PROVIDER, "access_count": 0, "keys": []})
    await client.close()


def share(bench: PartnerBench, *, rounds: int, seconds: float) -> list[Goal]:
    """Measure `result/get` and `result/attach` of new users beside the bare handler, by turns."""
    goals = []
    for call in ("get", "attach"):
        print(f"\nresult/{call}, {CLIENTS} clients, {rounds} x {seconds:.0f} s each")
        rates: dict[str, list[float]] = {"gateway": [], "bare": []}
        for _ in range(rounds):
            for server in (bench.bare, bench.gateway):
                numbers = bench.fresh(int(4_000 * seconds) if call == "attach" else 2_000)
                if call == "get":
                    own(bench, numbers)
                    numbers *= int(8 * seconds)
                outcome = bench.drive(server, call, numbers, seconds)
                rates[server.name].append(outcome.rate)
                print(f"  {server.name:12}{outcome.rate:>10,.0f} calls/s", flush=True)
        part = median(rates["gateway"]) / median(rates["bare"])
        goal = f"result/{call}: {SHARE_OF_BARE:.0%} of a bare handler"
        goals.append((goal, f"{part:.0%}", part >= SHARE_OF_BARE))
    return goals


def own(bench: PartnerBench, numbers: list[int]) -> None:
    """Mark these results as attached, since others can't be read."""
    mine = {"_id": {"$in": [result_key(number) for number in numbers]}}
    for name in ("gateway", "bare"):
        bench.client[name]["results"].update_many(mine, {"$set": {"user_id": "reader"}})


def growth(bench: PartnerBench, *, large: int, rounds: int, seconds: float) -> list[Goal]:
    """Measure the same calls with SMALL and with `large` stored results."""
    print(f"\nGrowth: {SMALL:,} and {large:,} stored results, {rounds} x {seconds:.0f} s each")
    database = bench.client["gateway"]
    measured: dict[int, dict[str, float]] = {}
    stored = 0
    for size in (SMALL, large):
        add_results(database, range(stored, size), attached=True)
        stored = size
        measured[size] = {
            call: median(_at(bench, call, size, seconds) for _ in range(rounds))
            for call in ("attach", "get", "users")
        }
        for call, rate in measured[size].items():
            print(f"  {size:>9,} {call:8}{rate:>10,.0f} calls/s", flush=True)
    goals = []
    for call in ("attach", "get", "users"):
        times = measured[SMALL][call] / measured[large][call]
        goals.append((f"{call} at {large:,}: within {GROWTH} x", f"{times:.2f} x", times <= GROWTH))
    return goals


def _at(bench: PartnerBench, call: str, size: int, seconds: float) -> float:
    if call == "attach":
        return bench.drive(bench.gateway, call, bench.fresh(int(3_000 * seconds)), seconds).rate
    if call == "get":
        step = max(1, size // 20_000)
        numbers = list(range(0, size, step)) * (1 + int(8_000 * seconds) // min(size, 20_000))
        return bench.drive(bench.gateway, call, numbers, seconds).rate
    return drive_http(
        HttpLoad(bench.gateway.port, _pages(bench, size, seconds), seconds, bench.key)
    ).rate


def _pages(bench: PartnerBench, size: int, seconds: float) -> tuple[str, ...]:
    """Paths of pages from all parts of the list; the last should cost as much as the first."""
    users = bench.client["gateway"]["provider_users"]
    paths = []
    for place in range(0, size, max(1, size // 50)):
        user = users.find_one(
            {
                "_id.user_id": f"user-{place}",
                "_id.provider": PROVIDER,
                "_id.sandbox": False,
                "passed": TEST,
            }
        )
        assert user is not None
        moment = int(user["created_at"].timestamp() * 1000)
        paths.append(_page_after(moment, user["_id"]["user_id"]))
    return tuple(paths) * int(20 * seconds)


def _page_after(moment: int, user_id: str) -> str:
    cursor = base64.urlsafe_b64encode(f"{moment}:{user_id}".encode()).decode()
    return f"/partner/api/v3/users?limit={PAGE}&after={cursor}"

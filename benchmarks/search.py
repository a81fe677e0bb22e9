"""The search's part of the benchmark: building the index, its memory, and searches over HTTP.

`python benchmarks/search.py 1000000` measures another number of documents than `run.py` does.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import psutil
from http_load import HttpLoad, HttpOutcome, drive_http
from pymongo import MongoClient
from search_data import add_documents, queries, vocabulary
from servers import HERE, Server, start_server, with_settings

from storage.client import connect, open_database
from storage.embedded import EmbeddedMongod
from storage.indexes import create_indexes

Goal = tuple[str, str, bool]

SMALL = 10_000
LARGE = 100_000
CLIENTS = 16
PROCESSES = 2
"""Processes of the gateway, which share the index."""

SHARE = 0.5
"""The goal: searches a second relative to the answers of a bare handler in the same rounds."""

START_CPU_S = 3.0
"""The goal: CPU time of all processes for a start with an index that is there, in seconds."""

PROCESS_MB = 120
"""The goal: memory that a process beyond the first takes, in MB."""

QUERIES_A_SECOND = 1_500
"""Queries prepared for each second: more than are answered, so that none comes twice in a run."""

POPULAR = 100
"""Different queries of the rounds in which each comes again and again."""

PASSWORD = "a password of the benchmark"  # noqa: S105 - its database exists for minutes
PATIENCE_S = 3_600
"""Seconds until the index has to be ready."""


@dataclass
class SearchBench:
    """A gateway with its index and a bare server; what building the index and a start took."""

    gateway: Server
    bare: Server
    token: str
    build: "Start"
    start: "Start"
    index_bytes: int

    def drive(self, server: Server, asked: list[str], seconds: float) -> HttpOutcome:
        """Search for these queries on a server."""
        paths = tuple(f"/api/search?{urlencode({'query': query})}" for query in asked)
        return drive_http(HttpLoad(server.port, paths, seconds, self.token, CLIENTS))


@dataclass
class Start:
    """What a start took until all processes were ready, in seconds."""

    seconds: float
    cpu_s: float
    """CPU time of all processes."""


def search(*, large: int, rounds: int, seconds: float) -> list[Goal]:
    """Measure searches among SMALL and among `large` documents; the servers take turns."""
    goals: list[Goal] = []
    for size in (SMALL, large):
        with search_bench(size) as bench:
            print(
                f"\nSearch in {size:,} documents, {PROCESSES} processes: index built in "
                f"{bench.build.seconds:.1f} s ({bench.build.cpu_s:.1f} s of CPU), "
                f"{bench.index_bytes / 2**20:.0f} MB; the next start {bench.start.seconds:.1f} s "
                f"({bench.start.cpu_s:.1f} s of CPU)\n"
                f"{CLIENTS} clients, {rounds} x {seconds:.0f} s each\n"
                f"  {'':24}{'searches/s':>12}{'p50':>9}{'p95':>9}   ms"
            )
            shares = []
            asked = iter(queries(vocabulary(), int(rounds * seconds * QUERIES_A_SECOND)))
            for _ in range(rounds):
                mine = [next(asked) for _ in range(int(seconds * QUERIES_A_SECOND))]
                bare = bench.drive(bench.bare, mine * 10, seconds)
                _print("bare", bare)
                outcome = bench.drive(bench.gateway, mine, seconds)
                _print("gateway, no query twice", outcome)
                shares.append(outcome.rate / bare.rate)
                again = bench.drive(bench.gateway, mine[:POPULAR] * 300, seconds)
                _print("gateway, popular queries", again)
            share = median(shares)
            memory = [process.memory_full_info() for process in _processes(bench.gateway)]
            own = min(each.uss for each in memory) / 2**20
            shown = " and ".join(f"{each.pss / 2**20:.0f}" for each in memory)
            print(f"  memory with shares of what is shared: {shown} MB")
            what = f"search in {size:,}"
            goals += [
                (f"{what}: share of a bare handler's rate", f"{share:.2f}", share >= SHARE),
                (
                    f"{what}: start within {START_CPU_S:.0f} s of CPU",
                    f"{bench.start.cpu_s:.1f} s",
                    bench.start.cpu_s <= START_CPU_S,
                ),
                (f"{what}: {PROCESS_MB} MB a process", f"{own:.0f} MB", own <= PROCESS_MB),
            ]
    return goals


@contextmanager
def search_bench(size: int) -> Iterator[SearchBench]:
    """Fill a database, let a gateway build the index, start it again and a bare server."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wg-bench-")))
        mongod = EmbeddedMongod(directory)
        uri = asyncio.run(mongod.start())
        stack.callback(lambda: asyncio.run(mongod.stop()))
        environment = with_settings(
            DATA_DIR=str(directory), DATABASE="gateway", KEY_RATE_LIMIT="10000000"
        )
        _create_user(environment)
        serve = [sys.executable, "-m", "widget_gateway", "serve", "--json", "--port", "0"]
        serve += ["--processes", str(PROCESSES)]
        asyncio.run(_make_collections(uri))
        with MongoClient(uri) as client:
            add_documents(client, "gateway", size)
        with ExitStack() as first:
            built = _start(first, serve, environment)[1]
        gateway, started = _start(stack, serve, environment)
        token = _sign_in(gateway)
        answer = _search_once(gateway, token)
        bare = [sys.executable, str(HERE / "bare_search_server.py"), str(len(answer))]
        yield SearchBench(
            gateway=gateway,
            bare=stack.enter_context(start_server("c", "bare", bare, environment)),
            token=token,
            build=built,
            start=started,
            index_bytes=sum(path.stat().st_size for path in (directory / "search").rglob("*")),
        )


def _start(
    stack: ExitStack, command: list[str], environment: dict[str, str]
) -> tuple[Server, Start]:
    """Start a gateway and wait until all its processes are ready."""
    began = time.monotonic()
    gateway = stack.enter_context(start_server("g", "gateway", command, environment))
    _wait_until_ready(gateway)
    seconds = time.monotonic() - began
    times = [each.cpu_times() for each in (gateway.process, *_processes(gateway))]
    return gateway, Start(seconds, sum(each.user + each.system for each in times))


def _create_user(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "widget_gateway", "qua", "user", "create", "--username", "bench"],
        env=environment,
        input=PASSWORD,
        capture_output=True,
        check=True,
        text=True,
    )


async def _make_collections(uri: str) -> None:
    client = connect(uri)
    await create_indexes(open_database(client, "gateway"))
    await client.close()


def _processes(server: Server) -> list[psutil.Process]:
    """The processes of a server that answer."""
    return server.process.children()


def _wait_until_ready(server: Server) -> None:
    """Wait until many calls in a row, over new connections, have found a process that is ready."""
    deadline = time.monotonic() + PATIENCE_S
    in_a_row = 0
    while in_a_row < 10 * PROCESSES and time.monotonic() < deadline:
        try:
            _call(server, "/readyz")
        except OSError:
            in_a_row = 0
            time.sleep(0.1)
        else:
            in_a_row += 1
    assert in_a_row, "the index is not ready"


def _sign_in(server: Server) -> str:
    body = json.dumps({"username": "bench", "password": PASSWORD}).encode()
    token: str = json.loads(_call(server, "/api/auth", body))["response"]["token"]
    return token


def _search_once(server: Server, token: str) -> bytes:
    """Search once and return the answer; the first search of a process also loads what it needs."""
    return _call(server, f"/api/search?{urlencode({'query': 'настройки системы'})}", token=token)


def _call(server: Server, path: str, body: bytes | None = None, token: str = "") -> bytes:
    headers = {"Content-Type": "application/json"} if body else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = Request(f"http://127.0.0.1:{server.port}{path}", body, headers)
    with urlopen(request, timeout=60) as answer:  # noqa: S310 - the URL above is http
        return bytes(answer.read())


def _print(name: str, outcome: HttpOutcome) -> None:
    print(
        f"  {name:24}{outcome.rate:>12,.0f}{outcome.percentile_ms(50):>9.1f}"
        f"{outcome.percentile_ms(95):>9.1f}",
        flush=True,
    )


if __name__ == "__main__":
    for _goal in search(large=int(sys.argv[1]), rounds=3, seconds=8.0):
        print(_goal)

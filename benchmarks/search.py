"""The search's part of the benchmark: building the index, its memory, and searches over HTTP."""

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
"""Processes of the gateway. Each holds the whole index."""

P95_MS = 20.0
"""The goal: the 95th percentile of a search's latency, in milliseconds."""

QUERIES_A_SECOND = 1_500
"""Queries prepared for each second: more than are answered, so that none comes twice in a run."""

PASSWORD = "a password of the benchmark"  # noqa: S105 - its database exists for minutes
PATIENCE_S = 900
"""Seconds until the index has to be ready."""


@dataclass
class SearchBench:
    """A gateway with its index and a bare server; what building the index took."""

    gateway: Server
    bare: Server
    token: str
    build_s: float
    build_cpu_s: float
    index_bytes: int

    def drive(self, server: Server, asked: list[str], seconds: float) -> HttpOutcome:
        """Search for these queries on a server."""
        paths = tuple(f"/api/search?{urlencode({'query': query})}" for query in asked)
        return drive_http(HttpLoad(server.port, paths, seconds, self.token, CLIENTS))


def search(*, large: int, rounds: int, seconds: float) -> list[Goal]:
    """Measure searches among SMALL and among `large` documents; the servers take turns."""
    goals: list[Goal] = []
    for size in (SMALL, large):
        with search_bench(size) as bench:
            print(
                f"\nSearch in {size:,} documents: index built in {bench.build_s:.1f} s "
                f"({bench.build_cpu_s:.1f} s of CPU), {bench.index_bytes / 2**20:.0f} MB, "
                f"in each of {PROCESSES} processes\n"
                f"{CLIENTS} clients, {rounds} x {seconds:.0f} s each, no query twice\n"
                f"  {'':12}{'searches/s':>12}{'p50':>9}{'p95':>9}   ms"
            )
            p95s = []
            asked = iter(queries(vocabulary(), int(rounds * seconds * QUERIES_A_SECOND)))
            for _ in range(rounds):
                mine = [next(asked) for _ in range(int(seconds * QUERIES_A_SECOND))]
                _print("bare", bench.drive(bench.bare, mine * 4, seconds))
                outcome = bench.drive(bench.gateway, mine, seconds)
                _print("gateway", outcome)
                p95s.append(outcome.percentile_ms(95))
            p95 = median(p95s)
            goal = f"search in {size:,}: p95 below {P95_MS:.0f} ms with {CLIENTS} clients"
            goals.append((goal, f"{p95:.1f} ms", p95 < P95_MS))
    return goals


@contextmanager
def search_bench(size: int) -> Iterator[SearchBench]:
    """Fill a database, start both servers, wait for the index; end them afterwards."""
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
        with start_server("g", "gateway", serve, environment) as empty:
            _wait_until_ready(empty)
            token = _sign_in(empty)
            _search_once(empty, token)
            before = _memory(empty)
        asyncio.run(_make_collections(uri))
        with MongoClient(uri) as client:
            add_documents(client, "gateway", size)
        began = time.monotonic()
        gateway = stack.enter_context(start_server("g", "gateway", serve, environment))
        _wait_until_ready(gateway)
        build_s = time.monotonic() - began
        build_cpu_s = max(
            process.cpu_times().user + process.cpu_times().system for process in _processes(gateway)
        )
        answer = _search_once(gateway, token)
        bare = [sys.executable, str(HERE / "bare_search_server.py"), str(len(answer))]
        yield SearchBench(
            gateway=gateway,
            bare=stack.enter_context(start_server("c", "bare", bare, environment)),
            token=token,
            build_s=build_s,
            build_cpu_s=build_cpu_s,
            index_bytes=_memory(gateway) - before,
        )


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
    return server.process.children() if PROCESSES > 1 else [server.process]


def _memory(server: Server) -> int:
    """The memory of the largest process, in bytes."""
    return max(process.memory_info().rss for process in _processes(server))


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
        f"  {name:12}{outcome.rate:>12,.0f}{outcome.percentile_ms(50):>9.1f}"
        f"{outcome.percentile_ms(95):>9.1f}",
        flush=True,
    )

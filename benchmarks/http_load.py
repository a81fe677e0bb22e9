"""HTTP clients over kept-alive connections, each of which sends its next call after its answer.

They use plain sockets in a process of their own, since a client library would need more of the
machine than the servers that are measured.
"""

import asyncio
import itertools
import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import dataclass

import uvloop

CLIENTS = 32


@dataclass(frozen=True)
class HttpLoad:
    """Paths to call in order, each by the next free client, for at most `seconds`."""

    port: int
    paths: tuple[str, ...]
    seconds: float
    bearer: str = ""
    clients: int = CLIENTS
    may_be_refused: bool = False
    """Whether answers with status 503 are counted; otherwise any status but 200 ends the run."""


@dataclass(frozen=True)
class HttpOutcome:
    """What a load measured."""

    latencies: list[float]
    """Sorted latencies in seconds, of the calls that were not refused."""
    seconds: float
    refused: int = 0

    @property
    def rate(self) -> float:
        """Calls a second that were not refused."""
        return len(self.latencies) / self.seconds

    def percentile_ms(self, percent: float) -> float:
        """The latency in milliseconds that so many percent of the calls did not exceed."""
        last = len(self.latencies) - 1
        return self.latencies[min(last, int(len(self.latencies) * percent / 100))] * 1000


def drive_http(load: HttpLoad) -> HttpOutcome:
    """Run the load in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (load,))


def _run(load: HttpLoad) -> HttpOutcome:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_drive(load))


async def _drive(load: HttpLoad) -> HttpOutcome:
    paths = iter(load.paths)
    connections = [
        await asyncio.open_connection("127.0.0.1", load.port) for _ in range(load.clients)
    ]
    began = time.monotonic()
    calls = await asyncio.gather(
        *(_client(load, paths, began + load.seconds, *streams) for streams in connections)
    )
    seconds = time.monotonic() - began
    for _, writer in connections:
        writer.close()
    latencies = [latency for latency in itertools.chain(*calls) if latency is not None]
    return HttpOutcome(sorted(latencies), seconds, sum(map(len, calls)) - len(latencies))


async def _client(
    load: HttpLoad,
    paths: Iterator[str],
    until: float,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> list[float | None]:
    """Call until there are no more paths or no more time; returns latencies, None if refused."""
    latencies: list[float | None] = []
    for path in paths:
        sent = time.monotonic()
        if sent > until:
            break
        authorization = f"Authorization: Bearer {load.bearer}\r\n" if load.bearer else ""
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        refused = load.may_be_refused and head.startswith(b"HTTP/1.1 503")
        assert refused or head.startswith(b"HTTP/1.1 200"), head + body
        latencies.append(None if refused else time.monotonic() - sent)
    return latencies

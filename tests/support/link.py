"""The faults of a network connection: delay, silence, low bandwidth and a reset."""

import asyncio
import time
from collections.abc import Callable

CHUNK_BYTES = 64 * 2**10
CHUNKS_UNDER_WAY = 1_000
"""How many chunks a direction holds before it stops reading: 64 MB, more than any test sends."""

TRICKLE_S = 0.05
"""The pause between two pieces while the bandwidth is limited, in seconds."""


class Weather:
    """The faults of one direction."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.bytes_per_second: float | None = None
        self.passing = asyncio.Event()
        self.passing.set()


class Direction:
    """Carries bytes from a reader to a writer. Delayed chunks queue, so throughput stays."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._weather = weather
        self._line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_UNDER_WAY)

    async def take(self, first: bytes = b"") -> None:
        """Read until the sender closes, which is an empty chunk."""
        if first:
            await self._put(first)
        chunk = b"to begin with"
        while chunk:
            await self._weather.passing.wait()
            chunk = await self._reader.read(CHUNK_BYTES)
            await self._put(chunk)

    async def _put(self, chunk: bytes) -> None:
        await self._line.put((time.monotonic() + self._weather.delay_s, chunk))

    async def deliver(self) -> None:
        """Write each chunk when it is due, until the sender closes."""
        while True:
            due, chunk = await self._line.get()
            await asyncio.sleep(due - time.monotonic())
            await self._weather.passing.wait()
            if not chunk:
                self._writer.write_eof()
                return
            await self._write(chunk)

    async def _write(self, chunk: bytes) -> None:
        while chunk and (rate := self._weather.bytes_per_second) is not None:
            size = max(1, int(rate * TRICKLE_S))
            self._writer.write(chunk[:size])
            await asyncio.sleep(len(chunk[:size]) / rate)
            await self._weather.passing.wait()
            chunk = chunk[size:]
        self._writer.write(chunk)
        await self._writer.drain()


class Link:
    """Connections of one kind through a proxy, and their faults.

    Faults may be set from any thread at any time. They hold for present and future connections,
    until `heal`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.there = Weather()
        self.back = Weather()
        self.refusing = False
        self.connections: set[asyncio.Task[None]] = set()

    def delay(self, seconds: float) -> None:
        """Delay all bytes by so many seconds, in both directions."""
        self.there.delay_s = self.back.delay_s = seconds

    def trickle(self, bytes_per_second: float) -> None:
        """Limit each direction of each connection to so many bytes a second."""
        self.there.bytes_per_second = self.back.bytes_per_second = bytes_per_second

    def silence(self, *, there: bool = True, back: bool = True) -> None:
        """Keep and accept connections, but let nothing through.

        `there` is the direction to the target, `back` the one from it. What is sent meanwhile
        arrives after `heal`, even if its sender has left by then.
        """
        for weather, silent in ((self.there, there), (self.back, back)):
            if silent:
                self._do(weather.passing.clear)

    def cut(self, *, refuse: bool = False) -> None:
        """Reset all connections; with `refuse` also each new one, until `heal`."""
        self.refusing = self.refusing or refuse
        self._do(lambda: [connection.cancel() for connection in self.connections])

    def heal(self) -> None:
        """End all faults; connections that are open go on."""
        self.refusing = False
        for weather in (self.there, self.back):
            weather.delay_s = 0.0
            weather.bytes_per_second = None
            self._do(weather.passing.set)

    def _do(self, work: Callable[[], object]) -> None:
        """Do the work in the thread of the loop; return when it is done."""

        async def do() -> None:
            work()

        asyncio.run_coroutine_threadsafe(do(), self._loop).result()

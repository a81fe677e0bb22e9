"""What a network does to bytes on their way: delay, silence, a trickle, a cut."""

import asyncio
import time
from collections.abc import Callable

CHUNK_BYTES = 64 * 2**10
CHUNKS_UNDER_WAY = 1_000
"""What a direction holds before it stops reading: 64 MB, more than any delay here gathers."""

TRICKLE_S = 0.05
"""Between two pieces of what trickles."""


class Weather:
    """What happens to bytes of one direction."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.bytes_per_second: float | None = None
        self.passing = asyncio.Event()
        self.passing.set()


class Direction:
    """Carries bytes from a reader to a writer: a delay line, so that delay costs no throughput."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._weather = weather
        self._line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_UNDER_WAY)

    async def take(self, first: bytes = b"") -> None:
        """Read until the sender's end, which is an empty chunk."""
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
        """Write what is due until the sender's end."""
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
    """Connections of one kind through a proxy, and what happens to them.

    Faults may be set from any thread, at any time, for the connections that there are and for
    those to come; they last until `heal`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.there = Weather()
        self.back = Weather()
        self.refusing = False
        self.connections: set[asyncio.Task[None]] = set()

    def delay(self, seconds: float) -> None:
        """Let each message take so long, in both directions."""
        self.there.delay_s = self.back.delay_s = seconds

    def trickle(self, bytes_per_second: float) -> None:
        """Let so much through, a connection and a direction."""
        self.there.bytes_per_second = self.back.bytes_per_second = bytes_per_second

    def silence(self, *, there: bool = True, back: bool = True) -> None:
        """Accept connections, keep those that there are, and let nothing through.

        `there` is what goes to the target. What is sent meanwhile arrives after `heal`, also when
        its sender has gone by then.
        """
        for weather, silent in ((self.there, there), (self.back, back)):
            if silent:
                self._do(weather.passing.clear)

    def cut(self, *, refuse: bool = False) -> None:
        """Break all connections by RST; with `refuse` also each new one, until `heal`."""
        self.refusing = self.refusing or refuse
        self._do(lambda: [connection.cancel() for connection in self.connections])

    def heal(self) -> None:
        """No fault any more; connections that live go on."""
        self.refusing = False
        for weather in (self.there, self.back):
            weather.delay_s = 0.0
            weather.bytes_per_second = None
            self._do(weather.passing.set)

    def _do(self, work: Callable[[], object]) -> None:
        """Let the loop's thread do it; returns when it is done."""

        async def do() -> None:
            work()

        asyncio.run_coroutine_threadsafe(do(), self._loop).result()

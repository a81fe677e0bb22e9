"""The line of a phone: a TCP proxy with its latency, its rate, and the round trip of handshakes."""

import asyncio
import threading
from typing import Any, Self
from urllib.parse import urlsplit

RTT_S = 0.150
"""A round trip, in seconds: that of "Slow 4G" in the browsers' tools and of Lighthouse."""

BYTES_PER_S = 1_600_000 / 8
"""The rate of the downlink, in bytes a second: that of the same profile."""

_CHUNK = 1_460
"""Bytes that are read at once, about a packet, so that connections share the line fairly."""


class PhoneLine:
    """A proxy before one server; `url` is the server's address behind it.

    While it is `slow`, each direction takes half of RTT_S, and the bytes to the browser pass one
    after the other, at BYTES_PER_S over all connections. A browser is connected to a local proxy at
    once, so what it sends on a new connection leaves RTT_S after that, as behind a handshake. TCP's
    slow start and TLS are not imitated.
    """

    def __init__(self, url: str, downlink: "Downlink") -> None:
        self._target = urlsplit(url)
        self._downlink = downlink
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.slow = False

    def __enter__(self) -> Self:
        self._thread.start()
        self.url = f"http://localhost:{self._do(self._listen())}"
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Break all connections, so that a browser has to connect anew."""
        self._do(self._cut())

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop(self) -> None:
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected_at = self._loop.time() + (RTT_S if self.slow else 0)
        ends = {writer}
        try:
            far_reader, far_writer = await asyncio.open_connection(
                self._target.hostname, self._target.port
            )
            ends.add(far_writer)
            self._writers |= ends
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._carry(reader, far_writer, connected_at, down=False))
                tasks.create_task(self._carry(far_reader, writer, connected_at, down=True))
        except* OSError:
            pass  # The browser or the server has gone.
        finally:
            for end in ends:
                end.transport.abort()
            self._writers -= ends

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        connected_at: float,
        *,
        down: bool,
    ) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.ensure_future(self._deliver(under_way, writer))
        try:
            while True:
                chunk = await reader.read(_CHUNK)
                leaves_at = max(self._loop.time(), connected_at)
                if self.slow and down:
                    leaves_at = self._downlink.pass_on(len(chunk), leaves_at)
                under_way.put_nowait((leaves_at + (RTT_S / 2 if self.slow else 0), chunk))
                if not chunk:
                    await delivery
                    return
        finally:
            delivery.cancel()

    async def _deliver(
        self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(due - self._loop.time())
            if not chunk:
                writer.write_eof()
                return
            writer.write(chunk)
            await writer.drain()


class Downlink:
    """The way to the browser, which all its connections share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free_at = 0.0

    def pass_on(self, size: int, at: float) -> float:
        """Let so many bytes pass; return when the last one has, on the clock of event loops."""
        with self._lock:
            self._free_at = max(self._free_at, at) + size / BYTES_PER_S
            return self._free_at

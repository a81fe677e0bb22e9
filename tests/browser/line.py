"""The network between a browser and the gateway, which a test bends: a TCP proxy."""

import asyncio
import threading
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Self
from urllib.parse import urlsplit

_CHUNK = 2**16


class Sockets(Enum):
    """What becomes of a WebSocket's handshake."""

    PASS = auto()
    REFUSED = auto()
    """An old proxy answers 403."""

    SILENT = auto()
    """A proxy swallows the upgrade, and nobody answers."""


class Network:
    """A proxy before the gateway, for browsers: `url` is the gateway's address behind it.

    `hole` swallows all that both sides send, on connections that stay open. What a connection has
    lost never comes, so it stays silent for good, as if a router had forgotten it. `refused` breaks
    all connections, and refuses new ones. `delay_s` is how long each piece of data takes, in
    seconds, and `rate` how many bytes pass in a second, 0 for any number. Each request's first line
    is in `asked`.
    """

    def __init__(self, gateway_url: str) -> None:
        self._target = urlsplit(gateway_url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._pipes: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.sockets = Sockets.PASS
        self.hole = False
        self.refused = False
        self.delay_s = 0.0
        self.rate = 0
        self.fails: Callable[[str], bool] = lambda _path: False
        """Whether a request for this path is answered with 503."""

        self.asked: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        port = self._do(self._listen())
        self.url = f"http://localhost:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Break all connections. New ones come through unless they are `refused`."""
        self._do(self._cut())

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._accept, "localhost", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _stop(self) -> None:
        self._server.close()
        # A connection that was accepted just now is not known yet, so all tasks are waited for.
        while asyncio.all_tasks() - {asyncio.current_task()}:
            await self._cut()
            for task in self._tasks:
                task.cancel()
            await asyncio.sleep(0)
        await asyncio.sleep(0)  # Sockets of aborted connections are closed in the loop's next turn.

    async def _cut(self) -> None:
        for writer in list(self._pipes):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._pipes.add(writer)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # One of the two has gone, or the test is over.
        finally:
            writer.transport.abort()
            self._pipes.discard(writer)
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refused:
            return
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode()
        self.asked.append(path)
        is_handshake = b"upgrade: websocket" in head.lower()
        if is_handshake and self.sockets is Sockets.SILENT:
            await reader.read()
            return
        refusal = b"HTTP/1.1 403 Forbidden\r\n" if is_handshake else b"HTTP/1.1 503 Busy\r\n"
        if (is_handshake and self.sockets is Sockets.REFUSED) or self.fails(path):
            length = b"Content-Length: 0\r\nConnection: close\r\n"
            writer.write(refusal + length + b"Access-Control-Allow-Origin: *\r\n\r\n")
            await writer.drain()
            return
        if not is_handshake:
            # A connection carries one request, so that each is seen here.
            lines = [
                line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")
            ]
            head = b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])
        to_gateway = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._pipes.add(to_gateway[1])
        to_gateway[1].write(head)
        try:
            await asyncio.gather(
                self._copy(reader, to_gateway[1]), self._copy(to_gateway[0], writer)
            )
        finally:
            to_gateway[1].transport.abort()
            self._pipes.discard(to_gateway[1])

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silent = False
        while chunk := await reader.read(_CHUNK):
            duration_s = self.delay_s + (len(chunk) / self.rate if self.rate else 0)
            if duration_s:
                await asyncio.sleep(duration_s)
            silent = silent or self.hole
            if silent:
                continue
            writer.write(chunk)
            await writer.drain()
        if not (silent or self.hole):
            writer.write_eof()

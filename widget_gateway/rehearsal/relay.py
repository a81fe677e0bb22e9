"""The line between the browser and the gateway, which the rehearsal can cut."""

import asyncio
import threading
from contextlib import suppress
from typing import Self

CHUNK_BYTES = 64 * 1024

CONNECT_S = 10.0
"""Seconds in which the gateway takes a connection, or the browser's one is closed."""


class Relay:
    """Passes connections on to the gateway, bytes unread, so that TLS stays between both ends.

    It runs in a thread of its own, since Playwright has the main one.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self.port = 0

    @property
    def rule(self) -> str:
        """Chromium's rule that leads the gateway's connections here."""
        host, port = self._target
        named = f"[{host}]" if ":" in host else host
        return f"MAP {named}:{port} 127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break all connections and take no new ones, as a gateway that was killed."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._break_all)

    def mend(self) -> None:
        """Take connections again."""
        self._is_cut = False

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *exc_info: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        self._break_all()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _break_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        both = [writer]
        self._writers.add(writer)
        try:
            if self._is_cut:
                return
            far_reader, far_writer = await asyncio.wait_for(
                asyncio.open_connection(*self._target), CONNECT_S
            )
            both.append(far_writer)
            self._writers.add(far_writer)
            if self._is_cut:
                return
            await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer))
        except OSError:
            pass  # When one side breaks, so does the other.
        finally:
            for each in both:
                self._writers.discard(each)
                each.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    with suppress(OSError, NotImplementedError):
        writer.write_eof()

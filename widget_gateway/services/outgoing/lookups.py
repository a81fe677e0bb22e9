"""Looks names up in threads of its own: a slow name server makes only its own names slow."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

from aiohappyeyeballs import AddrInfoType

MAX_LOOKUPS = 64
"""Names that are looked up at the same time. A lookup can't be ended, so a name whose server does
not answer keeps its thread for as long as the system's resolver waits, which is half a minute."""


class Lookups:
    """Each name is looked up once at a time, however many calls wait for it."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MAX_LOOKUPS)
        self._running: dict[tuple[str, int], asyncio.Future[Sequence[AddrInfoType] | None]] = {}

    async def find(self, host: str, port: int) -> Sequence[AddrInfoType]:
        """Return the addresses of a host now. Nothing is kept for later calls.

        A host without an address, or whose name can't be resolved, has an empty list.
        """
        while (running := self._running.get((host, port))) is None:
            await self._free.acquire()
            if (host, port) in self._running:  # Another call has begun it meanwhile.
                self._free.release()
            else:
                self._begin(host, port)
        return await asyncio.shield(running) or ()

    def _begin(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Sequence[AddrInfoType] | None] = loop.create_future()
        self._running[host, port] = found

        def end(addresses: Sequence[AddrInfoType] | None) -> None:
            del self._running[host, port]
            self._free.release()
            if not found.cancelled():
                found.set_result(addresses)

        def look_up() -> None:
            addresses = None
            with suppress(OSError, UnicodeError):
                addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            with suppress(RuntimeError):  # The loop is closed, and nobody waits any more.
                loop.call_soon_threadsafe(end, addresses)

        # A process that ends does not wait for its daemons, so not for slow name servers either.
        Thread(target=look_up, name=f"lookup of {host}", daemon=True).start()

"""A network whose faults a test sets: TCP proxies that delay, reset, silence and slow connections.

The proxies stand between a gateway and its database, and between the members of a replica set. The
set's configuration has the addresses of the proxies, so that everybody reaches a member through its
proxy.

    with Network() as network:
        proxies = [network.add() for _ in range(3)]
        replica_set = ReplicaSet(directory, addresses=[proxy.address for proxy in proxies])
        for proxy, member in zip(proxies, replica_set.members):
            proxy.target = member.socket
        replica_set.start()
        proxies[0].members.delay(0.020)

Two kinds of connections go through a proxy, those of other members and those of clients. Each kind
has a Link of its own, so that its faults do not concern the other.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar

from tests.support.link import CHUNK_BYTES, Direction, Link

T = TypeVar("T")

_BETWEEN_MEMBERS = b"internalClient"
"""A field of the first message that a member of a replica set sends to another member."""

_LINGER_NOT = struct.pack("ii", 1, 0)
"""An SO_LINGER with which a closed socket sends RST and drops what it has not sent."""


class Proxy:
    """Listens at `address` (host:port) and passes connections on to `target`.

    `target` is a Unix socket's path or host:port. If nobody listens there, a connection is reset
    when it sends its first bytes. Connections of other members of the set belong to the link
    `members`, all others to `clients`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, target: Path | str | None) -> None:
        self.target = target
        self.address = ""
        self.clients = Link(loop)
        self.members = Link(loop)
        self.connections: set[asyncio.Task[None]] = set()

    async def listen(self) -> asyncio.Server:
        """Begin to listen, on the loop of the network."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", backlog=1_000)
        host, port = server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        return server

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # asyncio would make a task of a coroutine, but it could not be found to be cancelled.
        connection = asyncio.ensure_future(self._serve(reader, writer))
        self.connections.add(connection)
        for known in (self.connections, self.clients.connections, self.members.connections):
            connection.add_done_callback(known.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        end = _reset
        try:
            first = await reader.read(CHUNK_BYTES)
            link = self._link_of(first)
            far_reader, far_writer = await self._reach()
            writers.append(far_writer)
            there = Direction(reader, far_writer, link.there)
            back = Direction(far_reader, writer, link.back)
            async with asyncio.TaskGroup() as tasks:
                for work in (there.take(first), there.deliver(), back.take(), back.deliver()):
                    tasks.create_task(work)
            end = asyncio.StreamWriter.close
        except* OSError:
            pass  # When one side breaks, the other is reset.
        finally:
            for each in writers:
                end(each)
            for each in writers:
                with suppress(OSError):  # It is known that the connection broke.
                    await each.wait_closed()

    def _link_of(self, first: bytes) -> Link:
        link = self.members if _BETWEEN_MEMBERS in first else self.clients
        if link.refusing:
            raise ConnectionRefusedError
        this = asyncio.current_task()
        assert this is not None
        link.connections.add(this)
        return link

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.target is None:
            raise ConnectionRefusedError
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(self.target)
        host, _, port = self.target.rpartition(":")
        return await asyncio.open_connection(host, int(port))


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # The socket may be closed already.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()


class Network:
    """Proxies in a thread of their own, so that blocking code can use them."""

    def __init__(self) -> None:
        self.proxies: list[Proxy] = []
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def add(self, target: Path | str | None = None) -> Proxy:
        """Start a proxy; its `target` may be set later."""
        proxy = Proxy(self._loop, target)
        self._servers.append(self._run(proxy.listen()))
        self.proxies.append(proxy)
        return proxy

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        connections = [connection for proxy in self.proxies for connection in proxy.connections]
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

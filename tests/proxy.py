"""A network that can be spoiled: TCP proxies that delay, cut, go silent and trickle.

Between a gateway and its database, and between the members of a replica set: the set's
configuration names the proxies' addresses, so that everybody reaches a member through its proxy.

    with Network() as network:
        proxies = [network.add() for _ in range(3)]
        replica_set = ReplicaSet(directory, addresses=[one.address for one in proxies])
        for proxy, member in zip(proxies, replica_set.members):
            proxy.target = member.socket
        replica_set.start()
        proxies[0].delay(0.020)
"""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TypeVar

T = TypeVar("T")

CHUNK_BYTES = 64 * 2**10
CHUNKS_UNDER_WAY = 1_000
"""What a direction holds before it stops reading: 64 MB, more than any delay here gathers."""

TRICKLE_S = 0.05
"""Between two pieces of what trickles."""

_LINGER_NOT = struct.pack("ii", 1, 0)
"""With this a closed socket sends RST, not FIN, and drops what it had not sent."""


class Weather:
    """What happens to bytes of one direction, on all connections of a proxy."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        self.bytes_per_second: float | None = None
        self.passing = asyncio.Event()
        self.passing.set()


class _Direction:
    """Carries bytes from a reader to a writer: a delay line, so that delay costs no throughput."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._weather = weather
        self._line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_UNDER_WAY)

    async def take(self) -> None:
        """Read until the sender's end, which is an empty chunk."""
        while True:
            await self._weather.passing.wait()
            chunk = await self._reader.read(CHUNK_BYTES)
            await self._line.put((time.monotonic() + self._weather.delay_s, chunk))
            if not chunk:
                return

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


class Proxy:
    """Listens at `address` (host:port) and passes connections on to `target`.

    `target` is a Unix socket's path or host:port. Where nobody listens there, a connection is cut
    as soon as it is made. Faults may be set from any thread, at any time, for the connections that
    there are and for those to come; they last until `heal`.
    """

    def __init__(self, network: "Network", target: Path | str | None) -> None:
        self._network = network
        self.target = target
        self.address = ""
        self._to_target = Weather()
        self._from_target = Weather()
        self._refusing = False
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._connections)

    def delay(self, seconds: float) -> None:
        """Let each message take so long, in both directions."""
        for weather in (self._to_target, self._from_target):
            weather.delay_s = seconds

    def trickle(self, bytes_per_second: float) -> None:
        """Let so much through, a connection and a direction."""
        for weather in (self._to_target, self._from_target):
            weather.bytes_per_second = bytes_per_second

    def silence(self, *, to_target: bool = True, from_target: bool = True) -> None:
        """Accept connections, keep those that there are, and let nothing through.

        What is sent meanwhile arrives after `heal`, also when its sender has gone by then.
        """
        if to_target:
            self._network.call(self._to_target.passing.clear)
        if from_target:
            self._network.call(self._from_target.passing.clear)

    def cut(self, *, refuse: bool = False) -> None:
        """Break all connections by RST; with `refuse` also each new one, until `heal`."""
        self._refusing = self._refusing or refuse
        self._network.call(self._cut)

    def _cut(self) -> None:
        for connection in self._connections:
            connection.cancel()

    def heal(self) -> None:
        """No fault any more; connections that live go on."""
        self._refusing = False
        for weather in (self._to_target, self._from_target):
            weather.delay_s = 0.0
            weather.bytes_per_second = None
            self._network.call(weather.passing.set)

    async def listen(self) -> asyncio.Server:
        """Begin, on the loop of the network."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", backlog=1_000)
        host, port = server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        return server

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of its own: what asyncio makes of a coroutine can't be found to be cancelled.
        connection = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        end = _reset
        try:
            far_reader, far_writer = await self._reach()
            writers.append(far_writer)
            there = _Direction(reader, far_writer, self._to_target)
            back = _Direction(far_reader, writer, self._from_target)
            async with asyncio.TaskGroup() as tasks:
                for work in (there.take, there.deliver, back.take, back.deliver):
                    tasks.create_task(work())
            end = asyncio.StreamWriter.close
        except* OSError:
            pass  # One side broke: so does the other.
        finally:
            for one in writers:
                end(one)
            for one in writers:
                with suppress(OSError):  # That it broke is known.
                    await one.wait_closed()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._refusing or self.target is None:
            raise ConnectionRefusedError
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(self.target)
        host, _, port = self.target.rpartition(":")
        return await asyncio.open_connection(host, int(port))


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # It may have been closed.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()


class Network:
    """Proxies on a thread of their own, so that blocking tests and processes can use them."""

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
        """A proxy that listens; its target may be told later."""
        proxy = Proxy(self, target)
        self._servers.append(self._run(proxy.listen()))
        self.proxies.append(proxy)
        return proxy

    def call(self, work: Callable[[], object]) -> None:
        """Do something on the loop of the proxies; returns when it is done."""

        async def do() -> None:
            work()

        self._run(do())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        connections = [one for proxy in self.proxies for one in proxy._connections]
        for one in connections:
            one.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

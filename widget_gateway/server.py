"""Running the gateway: its sockets, processes and signals, and how it drains before it ends."""

import asyncio
import errno
import gc
import os
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
import uvloop
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from handlers.exchange import MAX_HEADER_BYTES
from widget_gateway.acceptor import Acceptor, raise_file_limit
from widget_gateway.composition.application import (
    Backend,
    make_application,
    make_console_application,
    open_backend,
)
from widget_gateway.domain.errors import GatewayError, SettingsError, StorageError
from widget_gateway.processes import DRAIN_S, END_SIGNALS, ProcessGroup, ended_in_time
from widget_gateway.services.morphology import russian
from widget_gateway.settings import PREFIX, Settings
from widget_gateway.systemd import handed_sockets

T = TypeVar("T")

_log = structlog.get_logger(__name__)

MAX_HEAD_BYTES = 2 * MAX_HEADER_BYTES
"""The most bytes of a request's first line and headers that are read. Between MAX_HEADER_BYTES and
this the refusal has the shape of the API that is called."""

BODY_TIMEOUT_S = 30.0
"""Seconds within which the body of a request must arrive."""

IDLE_TIMEOUT_S = 75.0
"""Seconds that an HTTP connection may have no request. Proxies usually keep a connection for less,
so it is the proxy that closes it."""

READ_CHUNK_BYTES = 8 * 2**10
"""Bytes of the buffer for a read. Tornado fills it with zeros before each read, even if nothing has
arrived; with its default of 64 KiB an answer costs about 5 % more."""

FLUSH_S = 10.0
"""Seconds that a draining server waits for its last answers to become durable."""

GOODBYE_S = 5.0
"""Seconds that it waits for clients to answer the close of their channels."""

LAST_FLUSH_S = 4.0
"""Seconds that it waits for what came in while clients left."""

CLOSE_S = 2.0
"""Seconds that it waits for the remaining connections to close."""

WIDGET_FILES_S = 5.0
"""Seconds that a process waits before it listens until its version of the widget's files is stored.
Pages that it serves may ask other nodes for modules of this version."""

BACKLOG = 2_048
"""Connections that the kernel queues until they are accepted: as many as come in the first second
after a mailing. The kernel's own limit (net.core.somaxconn, 4,096 by default) may be lower."""

_STANDARD_ERROR = 2
"""The last descriptor that children share."""

Ready = Callable[[int], None]
"""Called with the port when the gateway answers on it."""

Sockets = tuple[list[socket.socket], list[socket.socket]]
"""The sockets of the gateway, and those of the console if it has an address of its own."""

_COLLECTOR_THRESHOLDS = (50_000, 20, 50)
"""Containers that are made before the collector looks at the new ones, some megabytes; how many
such looks come before one at those that are older; and how many of these before one at all."""

Listen = Callable[[], Sockets]
"""Called when a process can answer; returns the sockets that it listens on."""


def serve(settings: Settings, *, port: int, address: str, processes: int, on_ready: Ready) -> int:
    """Run until a signal of END_SIGNALS; returns the exit status.

    Sockets that systemd hands over count instead of `port` and `address`. Several processes then
    accept from the same sockets, since only systemd could bind more of them.

    Raises:
        SettingsError: the address can't be used. StorageError: there is no database.
    """
    _keep_descriptors()
    handed = handed_sockets()
    sockets = handed or listen_on(port, address)
    bound: int = sockets[0].getsockname()[1]
    console = settings.console_place
    console_sockets = listen_on(*console) if console else []
    once = Once()
    if processes == 1:
        both = (sockets, console_sockets)
        return _run_one(settings, once, lambda: both, lambda: on_ready(bound))
    russian()  # Forked processes share what is loaded before, unless the collector touches it.
    _spare_collector()
    with ExitStack() as held:
        shared = partial(list, handed) if handed else _shared(held, sockets, address)
        shared_console = (
            _shared(held, console_sockets, console[1]) if console else partial(list, sockets[:0])
        )

        def listen() -> Sockets:
            return shared(), shared_console()

        group = ProcessGroup(lambda ready: _run_child(settings, once, listen, ready), processes)
        return group.run(lambda: on_ready(bound))


def _spare_collector() -> None:
    """Let the garbage collector look seldom, and never at what the process has kept until now.

    With Python's own thresholds, it takes an eighth of the time of a search.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTOR_THRESHOLDS)


def _shared(
    held: ExitStack, sockets: list[socket.socket], address: str
) -> Callable[[], list[socket.socket]]:
    """Hold the port of sockets; return what makes other sockets of a process that share it."""
    port: int = sockets[0].getsockname()[1]
    held.enter_context(_held(sockets))
    return partial(bind_sockets, port, address, backlog=BACKLOG, reuse_port=True)


def _keep_descriptors() -> None:
    """Let no child process inherit what the parent of this one has handed over, such as a lock.

    uvloop does not close it in children, so a child that outlives this process would hold the lock.
    """
    for path in Path("/dev/fd").iterdir():
        if int(path.name) > _STANDARD_ERROR:
            with suppress(OSError):  # The listing had a descriptor of its own.
                os.set_inheritable(int(path.name), False)  # noqa: FBT003 - its only form


class Once:
    """Lets only one of the processes that inherit it do something."""

    def __init__(self) -> None:
        self._end, tell = os.pipe()
        os.write(tell, b"1")
        os.close(tell)

    def is_mine(self) -> bool:
        """Whether nobody has asked before."""
        return bool(os.read(self._end, 1))


def listen_on(port: int, address: str) -> list[socket.socket]:
    """Listen on a port; 0 takes any free one.

    Raises:
        SettingsError: it can't; the message says why, and what to do.
    """
    try:
        return bind_sockets(port, address, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        why = _why_not(error, port)
        raise SettingsError(f"Can't listen on {where}: {why}") from error


def _why_not(error: OSError | UnicodeError, port: int) -> str:
    another_port = f"Choose another by --port or {PREFIX}PORT"
    another_address = f"Set --address or {PREFIX}ADDRESS to one of this machine's addresses"
    if isinstance(error, UnicodeError | socket.gaierror):
        return f"there is no such address. {another_address}."
    match error.errno:
        case errno.EADDRINUSE:
            return (
                "the port is in use, perhaps by another gateway (as root, ss -ltnp names the "
                f"process). {another_port}."
            )
        case errno.EACCES:
            return (
                f"you may not use port {port}, as ports below 1024 need root. {another_port}, and "
                "let a proxy listen there."
            )
        case errno.EADDRNOTAVAIL:
            return f"this machine has no such address. {another_address}; 0.0.0.0 means all."
    return f"{error.strerror or error}."


def _held(sockets: list[socket.socket]) -> socket.socket:
    """Hold the port of these sockets for processes that each listen on it with own sockets.

    With a shared socket, the process that wakes first accepts a whole burst of connections; with
    a socket for each, the kernel distributes them. Sockets share a port only if all of them asked
    for it. The sockets passed in did not, so the port was free, even of another gateway.
    """
    held = socket.socket(sockets[0].family, socket.SOCK_STREAM)
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        held.setsockopt(socket.SOL_SOCKET, option, 1)
    where = sockets[0].getsockname()
    for listening in sockets:
        listening.close()
    held.bind(where)
    return held


def _run_one(settings: Settings, once: Once, listen: Listen, on_ready: Callable[[], None]) -> int:
    with (
        ended_in_time() as on_end,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(_serve_until_signal(settings, once, listen, on_ready, on_end))


def _run_child(settings: Settings, once: Once, listen: Listen, on_ready: Callable[[], None]) -> int:
    """Run a process of several; it logs why it can't start, since its parent can't catch that."""
    try:
        return _run_one(settings, once, listen, on_ready)
    except (GatewayError, OSError) as error:
        _log.error("gateway_not_started", why=str(error))
        return 1


async def _serve_until_signal(
    settings: Settings,
    once: Once,
    listen: Listen,
    on_ready: Callable[[], None],
    on_end: Callable[[], None],
) -> int:
    file_limit = raise_file_limit()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        on_end()
        stop.set()

    for number in END_SIGNALS:
        loop.add_signal_handler(number, end)
    async with AsyncExitStack() as stack:
        opening = stack.enter_async_context(open_backend(settings, creates=True))
        backend = await _unless(stop, opening)
        if backend is None:
            return 0
        background = [asyncio.ensure_future(work) for work in backend.background_work()]
        await _unless(stop, backend.services.public.widget_files.stored(WIDGET_FILES_S))
        if once.is_mine():
            with suppress(StorageError):  # The gateway starts anyway; `/readyz` tells.
                await _unless(stop, backend.first_steps.log())
        server = make_server(backend)
        sockets, console_sockets = listen()
        acceptors = [Acceptor(server, sockets, file_limit)]
        if console_sockets:
            console = make_server_of(make_console_application(backend.services))
            acceptors.append(Acceptor(console, console_sockets, file_limit))
        _spare_collector()
        on_ready()
        await stop.wait()
        if backend.mongod is not None:
            backend.mongod.leave_within(DRAIN_S)
        await _drain(server, acceptors, backend)
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await backend.services.public.node.tasks.cancel()
    return 0


def make_server(backend: Backend) -> HTTPServer:
    """The server of a gateway; an Acceptor hands it connections."""
    return make_server_of(make_application(backend.services))


def make_server_of(application: Application) -> HTTPServer:
    """Tornado's server with the gateway's limits for an application."""
    return HTTPServer(
        application,
        max_header_size=MAX_HEAD_BYTES,
        chunk_size=READ_CHUNK_BYTES,
        body_timeout=BODY_TIMEOUT_S,
        idle_connection_timeout=IDLE_TIMEOUT_S,
    )


async def _drain(server: HTTPServer, acceptors: list[Acceptor], backend: Backend) -> None:
    """End in order: report as not ready, make answers durable, send `bye`, close connections."""
    node = backend.services.public.node
    node.draining = True
    for acceptor in acceptors:
        acceptor.stop()
    await _within(FLUSH_S, backend.flushed())
    for channel in list(node.channels):
        channel.drain()
    deadline = time.monotonic() + GOODBYE_S
    while node.channels and time.monotonic() < deadline:  # noqa: ASYNC110 - seconds, once
        await asyncio.sleep(0.02)
    await _within(LAST_FLUSH_S, backend.flushed())
    await _within(CLOSE_S, server.close_all_connections())
    _log.info(
        "drained", answers_pending=backend.journal.pending, events_pending=backend.commits.pending
    )


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Do the work and return its result; cancel it and return None if `stop` is set meanwhile."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        return await working
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    return None


async def _within(seconds: float, work: Awaitable[None]) -> None:
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        _log.warning("drain_timed_out", seconds=seconds)

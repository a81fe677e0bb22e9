"""Accepting connections, with a pause while the process has hardly any files left to open."""

import asyncio
import errno
import os
import resource
import socket
import time
from collections.abc import Sequence

import structlog
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

RESERVED_FILES = 256
"""Files that connections may not take: the database, PDFs, webhooks and the embedded mongod's
supervisor need some. If the limit is low, only a quarter of it is reserved."""

ACCEPTED_AT_ONCE = 128
"""Connections that are accepted before other work of the event loop has its turn."""

PAUSE_S = 0.5
"""Seconds until the acceptor looks again whether files have become free."""

QUIET_S = 60.0
"""Seconds without a shortage after which the next one is logged again."""

_log = structlog.get_logger(__name__)


def raise_file_limit() -> int:
    """Raise the soft limit of open files to the hard one; returns the limit that holds then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError) as error:  # Some systems allow less than they say.
            _log.warning("file_limit_not_raised", soft=soft, hard=hard, why=str(error))
            return soft
    return hard


class Acceptor:
    """Accepts the connections of a server's listening sockets, on the running event loop.

    Waiting connections stay in the kernel's queue during a pause, and what is open goes on.
    """

    def __init__(self, server: HTTPServer, sockets: Sequence[socket.socket], limit: int) -> None:
        """`limit`: the number of files that the process may open."""
        self._server = server
        self._sockets = sockets
        self._limit = limit
        self._threshold = limit - min(RESERVED_FILES, limit // 4)
        self._loop = asyncio.get_running_loop()
        self._paused: asyncio.TimerHandle | None = None
        self._short_until = 0.0
        self._listen()

    def stop(self) -> None:
        """Accept nothing more, and close the listening sockets."""
        if self._paused is not None:
            self._paused.cancel()
        for sock in self._sockets:
            self._loop.remove_reader(sock.fileno())
            sock.close()

    def _listen(self) -> None:
        self._paused = None
        for sock in self._sockets:
            sock.setblocking(False)  # noqa: FBT003 - its only form
            self._loop.add_reader(sock.fileno(), self._accept, sock)

    def _accept(self, sock: socket.socket) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                self._leave_reserve(sock)
                connection, address = sock.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:  # The client closed it while it waited.
                continue
            except OSError as error:
                self._pause(error)
                return
            self._serve(connection, address)

    def _leave_reserve(self, sock: socket.socket) -> None:
        """Raise the error of a full file table before the reserved files are taken.

        A file that is opened gets the lowest free number, so the number of a probe tells how many
        files are open at least.
        """
        probe = os.dup(sock.fileno())
        os.close(probe)
        if probe >= self._threshold:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    def _serve(self, connection: socket.socket, address: tuple[str, int]) -> None:
        stream = IOStream(connection, read_chunk_size=self._server.read_chunk_size)
        try:
            self._server.handle_stream(stream, address)
        except Exception:  # noqa: BLE001 - a connection's fault ends this connection alone
            _log.exception("connection_failed")
            stream.close()

    def _pause(self, error: OSError) -> None:
        now = time.monotonic()
        if now >= self._short_until:
            _log.warning("accepting_paused", why=error.strerror, open_files_limit=self._limit)
        self._short_until = now + QUIET_S
        for sock in self._sockets:
            self._loop.remove_reader(sock.fileno())
        self._paused = self._loop.call_later(PAUSE_S, self._listen)

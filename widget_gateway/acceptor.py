"""Accepting connections, with a pause while the process has hardly any files left to open."""

import asyncio
import errno
import os
import resource
import socket
import time
import uuid
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.iostream import IOStream, UnsatisfiableReadError

from handlers.base import JSON_UTF8
from handlers.errors import partner_shape

RESERVED_FILES = 256
"""Files that connections may not take: the database, PDFs, webhooks and the embedded mongod's
supervisor need some. If the limit is low, only a quarter of it is reserved."""

ACCEPTED_AT_ONCE = 128
"""Connections that are accepted before other work of the event loop has its turn."""

PAUSE_S = 0.5
"""Seconds until the acceptor looks again whether files have become free."""

QUIET_S = 60.0
"""Seconds without a shortage after which the next one is logged again."""

_BARE_REFUSAL = b"HTTP/1.1 400 Bad Request\r\n\r\n"
"""What Tornado answers to what it can't read."""

_CONTINUE = b"HTTP/1.1 100 (Continue)\r\n\r\n"
"""What Tornado sends before it reads a body; no answer yet."""

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


class ClientStream(IOStream):
    """A connection that answers even what Tornado does not know as HTTP.

    To such bytes Tornado answers with a bare status line, or not at all. No handler is involved,
    since nothing is known of the request; the answer has the shape of all addresses outside the
    APIs.
    """

    _reads_head = False
    _is_answered = False

    def read_until_regex(self, regex: bytes, max_bytes: int | None = None) -> Awaitable[bytes]:
        """Read the head of the next request."""
        self._reads_head, self._is_answered = True, False
        return super().read_until_regex(regex, max_bytes)

    def read_until(self, delimiter: bytes, max_bytes: int | None = None) -> Awaitable[bytes]:
        """Read the size of a chunk."""
        self._reads_head = False
        return super().read_until(delimiter, max_bytes)

    def write(self, data: bytes | memoryview) -> "asyncio.Future[None]":
        """Send bytes; Tornado's refusal of what it can't read is sent as ours, if any is due."""
        if data == _BARE_REFUSAL:
            data = b"" if self._is_answered else _refusal(HTTPStatus.BAD_REQUEST)
        self._is_answered = self._is_answered or data != _CONTINUE
        return super().write(data)

    def close(self, exc_info: Any = False) -> None:  # noqa: FBT002 - as Tornado's
        """Close the connection. What never ends, a head or the size of a chunk, is answered."""
        if isinstance(exc_info, UnsatisfiableReadError) and not (
            self._is_answered or self.closed()
        ):
            self._is_answered = True
            status = (
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                if self._reads_head
                else HTTPStatus.BAD_REQUEST
            )
            with suppress(OSError):
                self.socket.send(_refusal(status))
        super().close(exc_info)


def _refusal(status: HTTPStatus) -> bytes:
    """A whole answer. The log has its request id, as the client may ask about it."""
    request_id = uuid.uuid4().hex
    body = msgspec.json.encode(partner_shape(None, status, request_id))
    headers = HTTPHeaders(
        {
            "Content-Type": JSON_UTF8,
            "Content-Length": str(len(body)),
            "Connection": "close",
            "X-Content-Type-Options": "nosniff",
            "X-Request-Id": request_id,
        }
    )
    lines = (f"{name}: {value}\r\n" for name, value in headers.get_all())
    _log.info("request_unreadable", status=status.value, request_id=request_id)
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{''.join(lines)}\r\n".encode() + body


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
        stream = ClientStream(connection, read_chunk_size=self._server.read_chunk_size)
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

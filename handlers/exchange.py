"""Between Tornado's connections and the handlers: what is decided before a body is read.

A handler is made as soon as the headers of its request have arrived. It refuses what it can refuse
by them: a body that is too large, a wrong method, an unknown key, a caller over its limit. Only
then the body is read, and held in memory.
"""

import asyncio
import re
import sys
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any, cast

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.web import Application, HTTPError, RequestHandler

from handlers.base import BaseHandler
from widget_gateway.domain.errors import BusyError

MAX_HEADER_BYTES = 64 * 2**10
"""The most bytes of a request's first line and headers. Browsers send a few kilobytes."""

MAX_HELD_BYTES = 128 * 2**20
"""The most bytes of bodies that a process holds at once. Beyond it, calls with a body are refused,
since anybody can send many bodies and leave each without its last byte."""

LINGER_S = 2.0
"""Seconds for which the rest of a refused body is still read, and dropped. If the connection was
closed at once, most clients would lose the answer: they read it only when they have sent all."""

_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
"""The absolute form of a request's target (RFC 9112, 3.2.2), with its authority and the rest."""

_LENGTH = re.compile(r"([0-9]+)(?:[ \t]*,[ \t]*\1)*", re.ASCII)
"""A Content-Length, which some proxies repeat."""

_MAX_LENGTH_DIGITS = 15
"""Digits of a Content-Length that are read as a number; Python refuses to read thousands."""

_CONTINUE = "100-continue"


class GatewayApplication(Application):
    """Tornado's application, whose handlers decide by the headers whether a body is read."""

    def start_request(
        self, server_conn: object, request_conn: HTTPConnection
    ) -> HTTPMessageDelegate:
        """Take the next request of a connection."""
        return _Exchange(self, server_conn, request_conn)

    def get_handler_delegate(  # type: ignore[override]
        self,
        request: HTTPServerRequest,
        target_class: type[RequestHandler],
        target_kwargs: dict[str, Any] | None = None,
        path_args: list[bytes] | None = None,
        path_kwargs: dict[str, bytes] | None = None,
    ) -> "_Call":
        """What runs the handler that the routes have found."""
        handler = cast("BaseHandler", target_class(self, request, **(target_kwargs or {})))
        return _Call(self, request, handler, path_args or [], path_kwargs or {})


class _Exchange(HTTPMessageDelegate):
    """A request from its first line to its answer."""

    def __init__(
        self, application: GatewayApplication, server_conn: object, connection: Any
    ) -> None:
        self._application = application
        self._server_conn = server_conn
        self._connection = connection
        self._call: _Call | None = None
        # The handlers limit bodies. Tornado's own refusal would be an answer without a body.
        connection.set_max_body_size(sys.maxsize)

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        """Find the handler, and let it decide whether the call is made."""
        line = _in_origin_form(cast("RequestStartLine", start_line), headers)
        refusal = _fault_of_headers(line, headers)
        try:
            request = self._request(line, headers)
        except HTTPInputError:  # The Host or the query can't be read, but the path can.
            refusal = refusal or HTTPError(HTTPStatus.BAD_REQUEST)
            headers["Host"] = "invalid"
            request = self._request(line._replace(path=line.path.partition("?")[0]), headers)
        self._call = cast("_Call", self._application.find_handler(request))
        return self._call.begin(refusal)

    def _request(self, line: RequestStartLine, headers: HTTPHeaders) -> HTTPServerRequest:
        return HTTPServerRequest(
            connection=self._connection,
            server_connection=self._server_conn,
            start_line=line,
            headers=headers,
        )

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Take a part of the body."""
        return self._call.data_received(chunk) if self._call else None

    def finish(self) -> None:
        """Run the handler, now that the whole request is there."""
        if self._call:
            self._call.finish()

    def on_connection_close(self) -> None:
        """Forget the request: its client has gone."""
        if self._call:
            self._call.on_connection_close()


class _Call(HTTPMessageDelegate):
    """A handler that is told of the headers first, and of the body if it wants one."""

    def __init__(
        self,
        application: Application,
        request: HTTPServerRequest,
        handler: BaseHandler,
        path_args: list[bytes],
        path_kwargs: dict[str, bytes],
    ) -> None:
        self._application = application
        self._request = request
        self._handler = handler
        self._path = (path_args, path_kwargs)
        self._body = bytearray()
        self._held = 0
        self._running: asyncio.Future[None] | None = None
        self._late_end: _LateEnd | None = None

    def begin(self, refusal: HTTPError | None) -> Awaitable[None] | None:
        """Let the handler decide, if there is a body; without one it decides when it runs."""
        headers = self._request.headers
        try:
            length = _body_length(headers)
        except HTTPInputError:  # Nobody can tell where this request ends, so no other follows it.
            for name in ("Content-Length", "Transfer-Encoding", "Expect"):
                headers.pop(name, None)
            self._handler.refusal = refusal or HTTPError(HTTPStatus.BAD_REQUEST)
            return self._run(closes=True)
        expected = headers.pop("Expect", "")
        if refusal is not None:
            self._handler.refusal = refusal
        elif length == 0:
            return None
        expects = expected.strip().lower() == _CONTINUE and self._request.version != "HTTP/1.0"
        return self._decide(length, expects=expects)

    async def _decide(self, length: int | None, *, expects: bool) -> None:
        handler = self._handler
        if handler.refusal is None:
            await handler.read_headers(length or 0)
        if handler.refusal is None:
            if expects:
                self._request.headers["Expect"] = _CONTINUE  # Tornado answers this spelling only.
            return
        is_short = length is not None and length <= handler.max_body_bytes
        await self._refuse(closes=expects or not is_short)

    async def _refuse(self, *, closes: bool) -> None:
        """Answer now; what is left of the body is read afterwards, and dropped."""
        self._late_end = _LateEnd(self._request.connection)
        self._request.connection = self._late_end
        await self._run(closes=closes)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Keep a part of the body, unless the call is refused."""
        handler = self._handler
        if handler.refusal is not None:
            return None
        self._body += chunk
        self._held += len(chunk)
        node = handler.services.node
        node.held_body_bytes += len(chunk)
        if len(self._body) > handler.max_body_bytes:
            handler.refusal = HTTPError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        elif node.held_body_bytes > MAX_HELD_BYTES:
            handler.refusal = BusyError()
        else:
            return None
        self._release()
        return self._refuse(closes=True)

    def finish(self) -> None:
        """Run the handler with the body, or end the answer to a refused call."""
        if self._late_end is not None:
            self._late_end.end()
        else:
            self._request.body = bytes(self._body)
            self._body.clear()
            self._run(closes=False)

    def on_connection_close(self) -> None:
        """Let go of the body."""
        if self._late_end is not None:
            self._late_end.forget()
        if self._running is None:
            self._release()

    def _run(self, *, closes: bool) -> Awaitable[None]:
        handler = self._handler
        handler.closes = closes
        if handler.refusal is not None:
            self._request.headers.pop("Content-Type", None)  # Nothing looks for the body now.
        args, kwargs = self._path
        transforms = [made(self._request) for made in self._application.transforms]
        self._running = asyncio.ensure_future(handler._execute(transforms, *args, **kwargs))  # noqa: SLF001 - as Tornado's own delegate does
        self._running.add_done_callback(self._done)
        return self._running

    def _done(self, running: asyncio.Future[None]) -> None:
        self._release()
        if not running.cancelled():
            running.result()

    def _release(self) -> None:
        self._handler.services.node.held_body_bytes -= self._held
        self._held = 0
        self._body.clear()


class _LateEnd(HTTPConnection):
    """A connection on which an answer is sent at once, and ended when the body has been read.

    Tornado closes a connection as soon as it has an answer to a request that is not read to its
    end. The kernel then resets it, and takes the answer from the client.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._timer: asyncio.TimerHandle | None = None

    def set_close_callback(self, callback: Any) -> None:
        """As HTTP1Connection, for RequestHandler."""
        self._connection.set_close_callback(callback)

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> "asyncio.Future[None]":
        """Send the headers."""
        sent: asyncio.Future[None] = self._connection.write_headers(start_line, headers, chunk)
        return sent

    def write(self, chunk: bytes) -> "asyncio.Future[None]":
        """Send a part of the answer."""
        sent: asyncio.Future[None] = self._connection.write(chunk)
        return sent

    def finish(self) -> None:
        """Wait for the rest of the body, for at most LINGER_S."""
        self._timer = asyncio.get_running_loop().call_later(LINGER_S, self.end)

    def end(self) -> None:
        """End the answer. Tornado closes the connection if the body is not read to its end."""
        if self._timer is not None:
            self.forget()
            self._connection.finish()

    def forget(self) -> None:
        """Do not end the answer any more: there is no connection."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _in_origin_form(line: RequestStartLine, headers: HTTPHeaders) -> RequestStartLine:
    """The first line with a path for target. The absolute form names the host instead of Host."""
    absolute = _ABSOLUTE.fullmatch(line.path)
    if absolute is None:
        return line
    authority, path = absolute.groups()
    headers["Host"] = authority
    return line._replace(path=path if path.startswith("/") else f"/{path}")


def _fault_of_headers(line: RequestStartLine, headers: HTTPHeaders) -> HTTPError | None:
    size = len(line.path) + sum(len(name) + len(value) + 4 for name, value in headers.get_all())
    if size > MAX_HEADER_BYTES:
        return HTTPError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    return None


def _body_length(headers: HTTPHeaders) -> int | None:
    """The bytes of the body; None if it comes in chunks.

    Raises:
        HTTPInputError: the headers don't tell it, or contradict each other.
    """
    length = headers.get("Content-Length")
    if "Transfer-Encoding" in headers:
        if length is not None or headers["Transfer-Encoding"].lower() != "chunked":
            raise HTTPInputError
        return None
    if length is None:
        return 0
    read = _LENGTH.fullmatch(length)
    if read is None:
        raise HTTPInputError
    digits = read[1].lstrip("0")
    if len(digits) > _MAX_LENGTH_DIGITS:
        headers["Content-Length"] = digits = "9" * _MAX_LENGTH_DIGITS
    return int(digits or "0")

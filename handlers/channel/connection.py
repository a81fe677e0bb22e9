"""The base of all channels: a WebSocket with limits, refusals, and an orderly end."""

import asyncio
import base64
import contextlib
from abc import abstractmethod
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError
from tornado.websocket import (
    WebSocketHandler,
    WebSocketProtocol,
    WebSocketProtocol13,
)

from handlers.addresses import own_origin
from handlers.base import AuthKind, BaseHandler
from handlers.channel import close_codes, limits
from handlers.channel.carrier import Carrier
from handlers.channel.frames import ChunkProtocol, text_frame
from handlers.channel.messages import ProtocolViolationError
from handlers.channel.services import ChannelServices
from widget_gateway.domain.attempts.devices import device_of

WEBSOCKET_VERSION = "13"

_KEY_BYTES = 16
"""Random bytes in `Sec-WebSocket-Key`."""


class Channel(WebSocketHandler, BaseHandler, Carrier):
    """One connection.

    Subclasses set `subprotocol` and `kind`, their name in metrics, and override `receive`. They may
    override `on_open` and `on_end`.
    """

    services: ChannelServices

    auth: ClassVar[AuthKind | None] = AuthKind.CHANNEL
    subprotocol: ClassVar[str]
    kind: ClassVar[str]

    async def prepare(self) -> None:
        """Refuse, before the upgrade, a client that offers other subprotocols only."""
        await super().prepare()
        offered = self.request.headers.get("Sec-WebSocket-Protocol")
        if offered is not None and self.subprotocol not in map(str.strip, offered.split(",")):
            raise HTTPError(HTTPStatus.BAD_REQUEST)
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise HTTPError(HTTPStatus.UPGRADE_REQUIRED)
        if self.request.headers.get("Sec-WebSocket-Version", "") != WEBSOCKET_VERSION:
            raise HTTPError(HTTPStatus.UPGRADE_REQUIRED)
        if not _is_handshake(self.request.headers):
            raise HTTPError(HTTPStatus.BAD_REQUEST)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write an error. A refusal of plain HTTP names the protocol to upgrade to."""
        if status_code == HTTPStatus.UPGRADE_REQUIRED:
            self.set_header("Upgrade", "websocket")
            self.set_header("Sec-WebSocket-Version", WEBSOCKET_VERSION)
        super().write_error(status_code, **kwargs)

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        """Tornado's protocol with faster reading; None for an unknown version of WebSocket."""
        protocol = super().get_websocket_protocol()
        if not isinstance(protocol, WebSocketProtocol13):
            return protocol
        return ChunkProtocol(self, protocol.params)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """The channel's subprotocol, if the client offers it."""
        return self.subprotocol if self.subprotocol in subprotocols else None

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002
        """Accept any origin. Subclasses decide who may use the channel once it is open."""
        return True

    def open(self, *_args: str, **_kwargs: str) -> None:
        """Prepare the connection, and refuse it if the node is draining or has too many."""
        self._budget = limits.MessageBudget()
        self._backlog = self._large_backlog = 0
        self.is_closing = False
        self.origin = self.request.headers.get("Origin")
        self.own_origin = own_origin(
            self.request, self.services.public_url, self.services.trusted_proxies
        )
        self.device = device_of(self.request.headers.get("User-Agent", ""))
        self.request.headers.clear()  # a browser's take 2.5 KB as long as it is connected
        self.set_nodelay(True)
        self.loop = asyncio.get_running_loop()
        self._open_timeout: asyncio.TimerHandle | None = None
        self.wait_for_opening()
        self.on_open()
        if self.services.node.draining:
            self.drain()
        elif len(self.services.node.channels) >= limits.MAX_CONNECTIONS:
            self.refuse(limits.TooManyMessagesError())
        self.services.node.channels.add(self)
        self.services.metrics.sockets.labels(self.kind).inc()

    def on_open(self) -> None:
        """React to a new connection; called before its first message."""

    def wait_for_opening(self) -> None:
        """Close the connection unless the client says who it is within OPEN_TIMEOUT_S."""
        self._open_timeout = self.loop.call_later(
            limits.OPEN_TIMEOUT_S, self.leave, close_codes.NOT_OPENED
        )

    def stop_waiting(self) -> None:
        """Let the client be silent from now on, since it has said who it is."""
        if self._open_timeout is not None:
            self._open_timeout.cancel()
            self._open_timeout = None

    def release(self) -> None:
        """Do nothing: a client has no second WebSocket with the same opening of an attempt."""

    def on_close(self) -> None:
        """Release what belongs to the connection. Tornado calls this when it has ended."""
        self.is_closing = True
        self.stop_waiting()
        self.on_end()
        if self in self.services.node.channels:
            self.services.node.channels.discard(self)
            self.services.metrics.sockets.labels(self.kind).dec()

    def on_end(self) -> None:
        """React to the end of the connection, whatever its cause."""

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Handle a frame. While a returned awaitable is running, no other frame is read."""
        if self.is_closing:
            return None
        try:
            if not isinstance(message, str):
                raise ProtocolViolationError("A frame is text.")
            if not self._budget.spend(self.loop.time()):
                raise limits.TooManyMessagesError
            if len(message) * 4 > limits.MAX_FRAME_BYTES and not self.allows(message):
                self.leave(close_codes.TOO_LARGE)
                return None
            return self.receive(message)
        except Exception as fault:  # noqa: BLE001 - nothing escapes to Tornado
            self.refuse(fault)
            return None

    def allows(self, frame: str) -> bool:
        """Whether a frame may be as large as it is."""
        return len(frame.encode()) <= limits.MAX_FRAME_BYTES

    @abstractmethod
    def receive(self, frame: str) -> Awaitable[None] | None:
        """Handle the text of a frame. Errors that it raises are sent to the client."""

    def send(self, text: str) -> None:
        """Send a message. A client that reads too slowly is disconnected (limits.py)."""
        self.send_frame(text_frame(text))

    def send_frame(self, frame: bytes) -> None:
        """Send a frame as `send` does; it may have been made once for many connections."""
        connection = self.ws_connection
        if self.is_closing or connection is None or connection.stream is None:
            return
        if connection.is_closing():
            self.is_closing = True  # nothing may follow a close frame
            return
        if not connection.stream.writing():
            self._backlog = self._large_backlog = 0
        elif len(frame) <= limits.MAX_FRAME_BYTES:
            self._backlog += len(frame)
        else:
            self._large_backlog += len(frame)
        if (
            self._backlog > limits.MAX_BACKLOG_BYTES
            or self._large_backlog > limits.MAX_LARGE_BACKLOG_BYTES
        ):
            self.leave(close_codes.TOO_SLOW)
            return
        try:
            connection.stream.write(frame)
        except StreamClosedError:
            self.is_closing = True

    async def flushed(self) -> None:
        """Wait until all that was sent is in the socket's buffer, or the connection has ended.

        A sender of many messages awaits this in between, so that the backlog stays small.
        """
        connection = self.ws_connection
        if connection is None or connection.stream is None:
            return
        with contextlib.suppress(StreamClosedError):
            await connection.stream.write(b"")

    def leave(self, code: int) -> None:
        """Close the connection with a code of handlers/channel/close_codes.py."""
        if not self.is_closing:
            self.is_closing = True
            self.close(code)


def _is_handshake(headers: HTTPHeaders) -> bool:
    """Whether Tornado can accept the handshake. It would refuse others without an answer of ours.

    A browser that opens a socket to another site says where the page is from.
    """
    connection = headers.get("Connection", "").lower().split(",")
    origin = headers.get("Origin", "")
    try:
        key = base64.b64decode(headers.get("Sec-WebSocket-Key", ""), validate=True)
        urlsplit(origin)
    except ValueError:
        return False
    is_foreign = headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin")
    return (
        "upgrade" in map(str.strip, connection)
        and len(key) == _KEY_BYTES
        and not (is_foreign and not origin)
    )

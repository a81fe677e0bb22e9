"""What every channel is made of: a WebSocket with limits, refusals, and a polite end."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Coroutine
from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
import structlog
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError
from tornado.websocket import (
    WebSocketClosedError,
    WebSocketHandler,
    WebSocketProtocol,
    WebSocketProtocol13,
)

from handlers.addresses import own_origin
from handlers.base import AuthKind, BaseHandler
from handlers.channel import close_codes, limits
from handlers.channel.frames import ChunkProtocol, text_frame
from handlers.channel.messages import (
    Bye,
    ErrorMessage,
    Pong,
    ProtocolViolationError,
    encode,
)
from handlers.channel.services import ChannelServices
from widget_gateway.domain.errors import GatewayError

_log = structlog.get_logger(__name__)

_PONG = encode(Pong())


class Channel(WebSocketHandler, BaseHandler, ABC):
    """One connection. It is a Drainable of the server.

    Subclasses name their `subprotocol` and, for metrics, their `kind`, and override `receive`;
    `on_open` and `on_end` where they have something of their own to begin and to end.
    """

    services: ChannelServices

    auth: ClassVar[AuthKind | None] = AuthKind.CHANNEL
    subprotocol: ClassVar[str]
    kind: ClassVar[str]

    async def prepare(self) -> None:
        """Refuse a client that speaks other subprotocols only, before the upgrade."""
        await super().prepare()
        offered = self.request.headers.get("Sec-WebSocket-Protocol")
        if offered is not None and self.subprotocol not in map(str.strip, offered.split(",")):
            raise HTTPError(HTTPStatus.BAD_REQUEST)
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise HTTPError(HTTPStatus.UPGRADE_REQUIRED)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A refusal of plain HTTP says what to upgrade to."""
        if status_code == HTTPStatus.UPGRADE_REQUIRED:
            self.set_header("Upgrade", "websocket")
        super().write_error(status_code, **kwargs)

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        """Tornado's own, with faster reading; None for a version that nobody speaks."""
        protocol = super().get_websocket_protocol()
        if not isinstance(protocol, WebSocketProtocol13):
            return protocol
        return ChunkProtocol(self, protocol.params)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Ours, where it is offered."""
        return self.subprotocol if self.subprotocol in subprotocols else None

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002
        """Any: who may open the channel is decided by what the client says in it."""
        return True

    def open(self, *_args: str, **_kwargs: str) -> None:
        """Wait for the client's first message."""
        self._budget = limits.MessageBudget()
        self._backlog = 0
        self.is_closing = False
        self.origin = self.request.headers.get("Origin")
        self.own_origin = own_origin(
            self.request, self.services.public_url, self.services.trusted_proxies
        )
        self.request.headers.clear()  # a browser's are 2.5 KB, as long as it stays
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
        """Called once the connection stands."""

    def wait_for_opening(self) -> None:
        """Give the client a time within which it has to say who it is."""
        self._open_timeout = self.loop.call_later(
            limits.OPEN_TIMEOUT_S, self.leave, close_codes.NOT_OPENED
        )

    def stop_waiting(self) -> None:
        """The client has said who it is: it may be quiet from now on."""
        if self._open_timeout is not None:
            self._open_timeout.cancel()
            self._open_timeout = None

    def on_close(self) -> None:
        """Forget the connection."""
        self.is_closing = True
        self.stop_waiting()
        self.on_end()
        if self in self.services.node.channels:
            self.services.node.channels.discard(self)
            self.services.metrics.sockets.labels(self.kind).dec()

    def on_end(self) -> None:
        """Called when the connection has ended, for whatever reason."""

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Handle a frame; an awaitable holds back the reading of the next one."""
        if self.is_closing:
            return None
        try:
            if not isinstance(message, str):
                raise ProtocolViolationError("A frame is text.")
            if len(message) > limits.MAX_FRAME_BYTES or (
                len(message) * 4 > limits.MAX_FRAME_BYTES
                and len(message.encode()) > limits.MAX_FRAME_BYTES
            ):
                self.leave(close_codes.TOO_LARGE)
                return None
            if not self._budget.spend(self.loop.time()):
                raise limits.TooManyMessagesError
            return self.receive(message)
        except Exception as fault:  # noqa: BLE001 - nothing escapes to Tornado
            self.refuse(fault)
            return None

    @abstractmethod
    def receive(self, frame: str) -> Awaitable[None] | None:
        """Handle the text of a frame; what it raises is told to the client."""

    async def guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Await `work`; what it raises is told to the client."""
        try:
            await work
        except asyncio.CancelledError:
            if not self.is_closing:
                raise
        except Exception as fault:  # noqa: BLE001 - nothing escapes to Tornado
            self.refuse(fault)

    def drain(self) -> None:
        """Say `bye`: the client comes back to any node, with whatever was not acknowledged."""
        self.send(encode(Bye(limits.DRAIN_SPREAD_MS)))
        self.leave(close_codes.GOING_AWAY)

    def refuse(
        self, fault: Exception, seq: int | None = None, generation: int | None = None
    ) -> None:
        """Tell what went wrong, and close where the error says so.

        `seq` is that of the answer it is about; `generation` None stands for the current one.
        """
        if isinstance(fault, WebSocketClosedError | StreamClosedError):
            return
        if not isinstance(fault, GatewayError):
            _log.error("channel_failed", exc_info=fault)
            fault = GatewayError()
        code = close_codes.CLOSE_CODES.get(fault.reason)
        if isinstance(fault, ProtocolViolationError):
            code = close_codes.PROTOCOL_VIOLATION
        known_seq = fault.data.get("seq", seq)
        known_generation = fault.data.get("generation", generation)
        if fault.reason != "session_superseded":
            self.send(
                encode(
                    ErrorMessage(
                        code=fault.reason,
                        message=fault.message,
                        fatal=code is not None,
                        seq=_told(known_seq),
                        generation=_told(known_generation),
                    )
                )
            )
        if code is not None:
            self.leave(code)

    def pong(self) -> None:
        """Answer a `ping`."""
        self.send(_PONG)

    def send(self, text: str) -> None:
        """Send a message, unless too much waits for this reader already."""
        self.send_frame(text_frame(text))

    def send_frame(self, frame: bytes) -> None:
        """Likewise a frame that was made once for many connections."""
        connection = self.ws_connection
        if self.is_closing or connection is None or connection.stream is None:
            return
        if connection.is_closing():
            self.is_closing = True  # nothing may follow a close frame
            return
        self._backlog = self._backlog + len(frame) if connection.stream.writing() else 0
        if self._backlog > limits.MAX_BACKLOG_BYTES:
            self.leave(close_codes.TOO_SLOW)
            return
        try:
            connection.stream.write(frame)
        except StreamClosedError:
            self.is_closing = True

    async def flushed(self) -> None:
        """Wait until the peer's socket took all that was sent, or is gone.

        Who sends much at once awaits it in between, and so never finds the reader too slow.
        """
        connection = self.ws_connection
        if connection is None or connection.stream is None:
            return
        with contextlib.suppress(StreamClosedError):
            await connection.stream.write(b"")

    def leave(self, code: int) -> None:
        """Close with a code that tells the client what to do."""
        if not self.is_closing:
            self.is_closing = True
            self.close(code)


def _told(number: object) -> int | msgspec.UnsetType:
    return number if isinstance(number, int) else msgspec.UNSET

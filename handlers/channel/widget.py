"""The widget channel `/ws/v1/widget` (widget-protocol.md): one object a connection.

Messages of a connection are handled one after another. The answer path is synchronous up to the
journal: an answer is checked and queued, and its ack is sent from the journal's callback.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError
from tornado.websocket import (
    WebSocketClosedError,
    WebSocketHandler,
    WebSocketProtocol,
    WebSocketProtocol13,
)

from handlers.base import AuthKind, BaseHandler, own_origin
from handlers.channel import limits
from handlers.channel.frames import ChunkProtocol, text_frame
from handlers.channel.messages import (
    AnswerMessage,
    BadMessageError,
    Finish,
    Message,
    NotOpenError,
    Open,
    Ping,
    ProtocolViolationError,
    decode,
    encode,
    error_message,
    finished_message,
    pause_message,
    resumed_message,
    session_message,
)
from widget_gateway.domain.attempts import AttemptState
from widget_gateway.domain.errors import (
    GatewayError,
    SessionNotFoundError,
    StorageError,
    TokenInvalidError,
)
from widget_gateway.domain.ids import AccessToken, AttemptId, ProviderSlug, TestSlug, parse_uuid
from widget_gateway.services.attempts import OpenAttempt, Opened, is_seq

SUBPROTOCOL = "widget-gateway.v1"

_log = structlog.get_logger(__name__)


class WidgetChannel(WebSocketHandler, BaseHandler):
    """One widget's connection. It is a Listener of the feed and a Drainable of the server."""

    auth: ClassVar[AuthKind | None] = AuthKind.CHANNEL
    opened: OpenAttempt

    async def prepare(self) -> None:
        """Refuse a client that speaks other subprotocols only, before the upgrade."""
        await super().prepare()
        offered = self.request.headers.get("Sec-WebSocket-Protocol")
        if offered is not None and SUBPROTOCOL not in map(str.strip, offered.split(",")):
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
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def check_origin(self, origin: str) -> bool:  # noqa: ARG002
        """Any: `open` names the provider whose origins count (`_begin_or_resume`)."""
        return True

    def open(self, *_args: str, **_kwargs: str) -> None:
        """Wait for the client's `open`."""
        self._budget = limits.MessageBudget()
        self._is_open = False
        self._closing = False
        self._unacknowledged = 0
        self._repeats: list[int] = []
        self._backlog = 0
        self._told_resumed = False
        self._progress: asyncio.Future[None] | None = None
        self._origin = self.request.headers.get("Origin")
        self._own_origin = own_origin(self.request, self.services.public_url)
        self.request.headers.clear()  # a browser's are 2.5 KB, as long as it stays
        self.set_nodelay(True)
        self._loop = asyncio.get_running_loop()
        self._open_timeout: asyncio.TimerHandle | None = self._loop.call_later(
            limits.OPEN_TIMEOUT_S, self._leave, limits.NOT_OPENED
        )
        if self.services.draining:
            self.drain()
        elif len(self.services.channels) >= limits.MAX_CONNECTIONS:
            self._refuse(limits.TooManyMessagesError())
        self.services.channels.add(self)
        self.services.metrics.sockets.labels("widget").inc()

    def on_close(self) -> None:
        """Forget the connection; the attempt stays."""
        self._closing = True
        if self._open_timeout is not None:
            self._open_timeout.cancel()
        if self._progress is not None and not self._progress.done():
            self._progress.cancel()
        if self._is_open:
            self.services.feed.leave(self)
        if self in self.services.channels:
            self.services.channels.discard(self)
            self.services.metrics.sockets.labels("widget").dec()

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Handle a frame; an awaitable holds back the reading of the next one."""
        if self._closing:
            return None
        seq: int | None = None
        try:
            if not isinstance(message, str):
                raise ProtocolViolationError("A frame is text.")
            if len(message) > limits.MAX_FRAME_BYTES or (
                len(message) * 4 > limits.MAX_FRAME_BYTES
                and len(message.encode()) > limits.MAX_FRAME_BYTES
            ):
                self._leave(limits.TOO_LARGE)
                return None
            if not self._budget.spend(self._loop.time()):
                raise limits.TooManyMessagesError
            decoded = decode(message)
            if type(decoded) is AnswerMessage:
                seq = decoded.seq
                return self._answer(decoded)
            return self._guarded(self._METHODS[type(decoded)](self, decoded))
        except Exception as fault:  # noqa: BLE001 - nothing escapes to Tornado
            self._refuse(fault, seq)
            return None

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            if not self._closing:
                raise
        except Exception as fault:  # noqa: BLE001 - nothing escapes to Tornado
            self._refuse(fault)

    def _answer(self, message: AnswerMessage) -> Awaitable[None] | None:
        seq = message.seq
        if not self._is_open:
            raise NotOpenError
        if not is_seq(seq):
            raise BadMessageError("A seq is a whole number from 1.")
        if seq <= self.opened.seq:
            if self._unacknowledged:
                self._repeats.append(seq)
            else:
                self._acknowledge(seq)
            return None
        self.services.attempts.answer(
            self.opened,
            seq,
            message.question,
            message.value,
            partial(self._on_durable, seq),
        )
        self._unacknowledged += 1
        if (
            self._unacknowledged >= limits.MAX_UNACKNOWLEDGED
            or not self.services.journal_has_room()
        ):
            return self._guarded(self._wait_for_room())
        return None

    def _on_durable(self, seq: int, fault: StorageError | None) -> None:
        self._unacknowledged -= 1
        if self._progress is not None and not self._progress.done():
            self._progress.set_result(None)
        if self._closing:
            return
        if fault is not None:
            self._refuse(fault, seq)
            return
        self._acknowledge(seq)
        if self._unacknowledged == 0:
            while self._repeats:
                self._acknowledge(self._repeats.pop(0))
            if self.opened.payment_is_due:
                self.services.tasks.spawn(self._guarded(self._pause()))

    def _acknowledge(self, seq: int) -> None:
        self._send('{"type":"ack","seq":%d}' % seq)  # noqa: UP031 - the fastest way to say it

    async def _wait_for_room(self) -> None:
        while self._unacknowledged >= limits.MAX_UNACKNOWLEDGED:
            await self._next_progress()
        await self.services.journal_room()

    async def _settled(self) -> None:
        while self._unacknowledged:
            await self._next_progress()

    async def _next_progress(self) -> None:
        self._progress = self._loop.create_future()
        try:
            await self._progress
        finally:
            self._progress = None

    async def _begin_or_resume(self, message: Open) -> None:
        if self._is_open:
            raise BadMessageError("The connection has its session already.")
        attempts = self.services.attempts
        provider = ProviderSlug(message.provider)
        if message.session is not None and message.resume_token is not None:
            session = parse_uuid(message.session)
            await attempts.admit(provider, self._origin, self._own_origin)
            if session is None:
                raise SessionNotFoundError
            opened = await attempts.resume(
                provider=provider,
                session=AttemptId(session),
                resume_token=message.resume_token,
            )
            if message.seq > opened.attempt.seq:
                _log.error(
                    "acknowledged_answers_lost",
                    session=message.session,
                    known=message.seq,
                    stored=opened.attempt.seq,
                )
        elif message.test is not None and message.session is None:
            await attempts.admit(provider, self._origin, self._own_origin)
            opened = await attempts.begin(
                provider=provider,
                test=TestSlug(message.test),
                locale=message.locale,
                token=_access_token(message.access_token),
                given=message.answers,
            )
        else:
            raise BadMessageError("An open has a test, or a session and its resume_token.")
        await self._opened(opened)

    async def _opened(self, opened: Opened) -> None:
        if self._open_timeout is not None:
            self._open_timeout.cancel()
            self._open_timeout = None
        self.opened = opened.attempt
        self._is_open = True
        if self._closing:  # the visitor left while the session was opened
            return
        self._send(session_message(opened, self.services.questions))
        if self.opened.state is AttemptState.AWAITING_PAYMENT:
            self._send(pause_message(self.opened, opened.answers))
        # Only now, so that what the feed has to tell comes after what it changes.
        await self.services.feed.join(self)
        if self._closing:
            self.services.feed.leave(self)

    async def _finish(self, _message: Finish) -> None:
        if not self._is_open:
            raise NotOpenError
        await self._settled()
        self._send(finished_message(await self.services.attempts.finish(self.opened)))

    async def _ping(self, _message: Ping) -> None:
        self._send('{"type":"pong"}')

    async def _pause(self) -> None:
        answers = await self.services.attempts.pause(self.opened)
        if answers is None:
            self._tell_resumed()
        elif not self.opened.paid:  # else the feed was faster than the reading of the answers
            self._send(pause_message(self.opened, answers))

    def _tell_resumed(self) -> None:
        """Once: the feed and a pause that comes too late may both find the payment."""
        if not self._told_resumed:
            self._told_resumed = True
            self._send(resumed_message(self.opened, self.services.questions))

    _METHODS: ClassVar[dict[type[Message], Callable[[Any, Any], Coroutine[Any, Any, None]]]] = {
        Open: _begin_or_resume,
        Finish: _finish,
        Ping: _ping,
    }

    def on_taken_over(self) -> None:
        """A newer connection owns the attempt (recovery rule 3)."""
        self._leave(limits.TAKEN_OVER)

    def on_paid(self) -> None:
        """The payment is confirmed: open the rest of the questions."""
        self.services.attempts.unlock(self.opened)
        self._tell_resumed()

    def on_gone(self) -> None:
        """The attempt has expired."""
        self._refuse(SessionNotFoundError())

    def drain(self) -> None:
        """Say `bye`: the client comes back to any node, with whatever was not acknowledged."""
        self._send(encode({"type": "bye", "retry_after_ms": limits.DRAIN_SPREAD_MS}))
        self._leave(limits.GOING_AWAY)

    def _refuse(self, fault: Exception, seq: int | None = None) -> None:
        """Tell what went wrong, and close where the error says so."""
        if isinstance(fault, WebSocketClosedError | StreamClosedError):
            return
        if not isinstance(fault, GatewayError):
            _log.error("channel_failed", exc_info=fault)
            fault = GatewayError()
        code = limits.CLOSE_CODES.get(fault.reason)
        if isinstance(fault, ProtocolViolationError):
            code = limits.PROTOCOL_VIOLATION
        known_seq = fault.data.get("seq", seq)
        if fault.reason != "session_superseded":
            self._send(
                error_message(
                    fault.reason,
                    fault.message,
                    fatal=code is not None,
                    seq=known_seq if isinstance(known_seq, int) else None,
                )
            )
        if code is not None:
            self._leave(code)

    def _send(self, text: str) -> None:
        """Send a frame, unless too much waits for this reader already."""
        connection = self.ws_connection
        if self._closing or connection is None or connection.stream is None:
            return
        if connection.is_closing():
            self._closing = True  # nothing may follow a close frame
            return
        self._backlog = self._backlog + len(text) if connection.stream.writing() else 0
        if self._backlog > limits.MAX_BACKLOG_BYTES:
            self._leave(limits.TOO_SLOW)
            return
        try:
            connection.stream.write(text_frame(text))
        except StreamClosedError:
            self._closing = True

    def _leave(self, code: int) -> None:
        """Close with a code that tells the client what to do."""
        if not self._closing:
            self._closing = True
            self.close(code)


def _access_token(text: str | None) -> AccessToken | None:
    if text is None:
        return None
    parsed = parse_uuid(text)
    if parsed is None:
        raise TokenInvalidError
    return AccessToken(parsed)

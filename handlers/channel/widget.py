"""The widget channel `/ws/v1/widget` (widget-protocol.md): one object a connection.

Messages of a connection are handled one after another. The answer path is synchronous up to the
journal: an answer is checked and queued, and its ack is sent from the journal's callback.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, ClassVar

import structlog

from handlers.channel import limits
from handlers.channel.connection import Channel
from handlers.channel.messages import BadMessageError, Ping, encode
from handlers.channel.widget_messages import (
    AnswerMessage,
    Finish,
    FinishedMessage,
    Message,
    Open,
    decode,
    pause_message,
    resumed_message,
    session_message,
)
from widget_gateway.domain.attempts import AttemptState
from widget_gateway.domain.errors import (
    GatewayError,
    RefusalError,
    SessionNotFoundError,
    StorageError,
    TokenInvalidError,
)
from widget_gateway.domain.ids import AccessToken, AttemptId, ProviderSlug, TestSlug, parse_uuid
from widget_gateway.domain.open_attempts import OpenAttempt
from widget_gateway.services.attempts import Opened, is_seq

_log = structlog.get_logger(__name__)


class NotOpenError(RefusalError):
    """Something before `open`."""

    reason = "not_open"
    default_message = "The first message is an open."


class WidgetChannel(Channel):
    """One widget's connection; a Listener of the feed."""

    subprotocol = "widget-gateway.v1"
    kind = "widget"
    opened: OpenAttempt

    def on_open(self) -> None:
        """Nothing is opened yet."""
        self._is_open = False
        self._unacknowledged = 0
        self._repeats: list[int] = []
        self._told_resumed = False
        self._progress: asyncio.Future[None] | None = None

    def on_end(self) -> None:
        """Forget the connection; the attempt stays."""
        if self._progress is not None and not self._progress.done():
            self._progress.cancel()
        if self._is_open:
            self.services.feed.leave(self)

    def receive(self, frame: str) -> Awaitable[None] | None:
        """Handle a message; answers go the fast way."""
        message = decode(frame)
        if type(message) is AnswerMessage:
            try:
                return self._answer(message)
            except GatewayError as refusal:
                self.refuse(refusal, message.seq)
                return None
        return self.guarded(self._METHODS[type(message)](self, message))

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
            return self.guarded(self._wait_for_room())
        return None

    def _on_durable(self, seq: int, fault: StorageError | None) -> None:
        self._unacknowledged -= 1
        if self._progress is not None and not self._progress.done():
            self._progress.set_result(None)
        if self.is_closing:
            return
        if fault is not None:
            self.refuse(fault, seq)
            return
        self._acknowledge(seq)
        if self._unacknowledged == 0:
            while self._repeats:
                self._acknowledge(self._repeats.pop(0))
            if self.opened.payment_is_due:
                self.services.tasks.spawn(self.guarded(self._pause()))

    def _acknowledge(self, seq: int) -> None:
        self.send('{"type":"ack","seq":%d}' % seq)  # noqa: UP031 - the fastest way to say it

    async def _wait_for_room(self) -> None:
        while self._unacknowledged >= limits.MAX_UNACKNOWLEDGED:
            await self._next_progress()
        await self.services.journal_room()

    async def _settled(self) -> None:
        while self._unacknowledged:
            await self._next_progress()

    async def _next_progress(self) -> None:
        self._progress = self.loop.create_future()
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
            await attempts.admit(provider, self.origin, self.own_origin)
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
            await attempts.admit(provider, self.origin, self.own_origin)
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
        self.stop_waiting()
        self.opened = opened.attempt
        self._is_open = True
        if self.is_closing:  # the visitor left while the session was opened
            return
        self.send(session_message(opened, self.services.questions))
        if self.opened.state is AttemptState.AWAITING_PAYMENT:
            self.send(pause_message(self.opened, opened.answers))
        # Only now, so that what the feed has to tell comes after what it changes.
        await self.services.feed.join(self)
        if self.is_closing:
            self.services.feed.leave(self)

    async def _finish(self, _message: Finish) -> None:
        if not self._is_open:
            raise NotOpenError
        await self._settled()
        result_key = await self.services.attempts.finish(self.opened)
        self.send(encode(FinishedMessage(result_key)))

    async def _ping(self, _message: Ping) -> None:
        self.pong()

    async def _pause(self) -> None:
        answers = await self.services.attempts.pause(self.opened)
        if answers is None:
            self._tell_resumed()
        elif not self.opened.paid:  # else the feed was faster than the reading of the answers
            self.send(pause_message(self.opened, answers))

    def _tell_resumed(self) -> None:
        """Once: the feed and a pause that comes too late may both find the payment."""
        if not self._told_resumed:
            self._told_resumed = True
            self.send(resumed_message(self.opened, self.services.questions))

    _METHODS: ClassVar[dict[type[Message], Callable[[Any, Any], Coroutine[Any, Any, None]]]] = {
        Open: _begin_or_resume,
        Finish: _finish,
        Ping: _ping,
    }

    def on_taken_over(self) -> None:
        """A newer connection owns the attempt (recovery rule 3)."""
        self.leave(limits.TAKEN_OVER)

    def on_paid(self) -> None:
        """The payment is confirmed: open the rest of the questions."""
        self.opened.unlock()
        self._tell_resumed()

    def on_gone(self) -> None:
        """The attempt has expired."""
        self.refuse(SessionNotFoundError())


def _access_token(text: str | None) -> AccessToken | None:
    if text is None:
        return None
    parsed = parse_uuid(text)
    if parsed is None:
        raise TokenInvalidError
    return AccessToken(parsed)

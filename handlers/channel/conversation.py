"""The conversation with a widget, whatever carries it (docs/protocol/widget-channel.md).

Messages of a connection are handled one after another. Only a `ping` is answered at once, since a
client must not take a gateway that waits for the storage for dead. An answer is checked and queued
synchronously; its ack is sent by the journal's callback when it is stored.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from handlers.channel import close_codes, limits
from handlers.channel.carrier import Carrier
from handlers.channel.messages import BadMessageError, Ping, encode
from handlers.channel.widget_messages import (
    AnswerMessage,
    Finish,
    FinishedMessage,
    Message,
    Open,
    ack_message,
    decode,
    pause_message,
    resumed_message,
    session_message,
)
from widget_gateway.domain.attempts.attempts import AttemptState
from widget_gateway.domain.attempts.view import AttemptView
from widget_gateway.domain.catalogue.answers import MAX_ESCAPED_TEXT_BYTES
from widget_gateway.domain.errors import (
    AttemptNotFoundError,
    GatewayError,
    RefusalError,
    TokenInvalidError,
)
from widget_gateway.domain.ids import AccessToken, AttemptId, ProviderSlug, TestSlug, parse_uuid
from widget_gateway.domain.traces import (
    Facts,
    Span,
    carried,
    current_span,
    fault_name,
    traced,
)
from widget_gateway.services.attempts.attempts import OpenReply, is_count
from widget_gateway.services.language_tags import wanted_tags


class NotOpenError(RefusalError):
    """A message came before `open`."""

    reason = "not_open"
    default_message = "The first message is an open."


class Conversation:
    """The conversation of one connection. It implements Listener of the attempt feed."""

    __slots__ = (
        "_carrier",
        "_inbox",
        "_is_gone",
        "_pausing",
        "_progress",
        "_services",
        "_unacknowledged",
        "_work",
        "is_open",
        "knows_payment",
        "view",
    )

    view: AttemptView
    """The attempt, which the first message opens; there is none before."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._services = carrier.services
        self.is_open = False
        self.knows_payment = False
        """Whether the client knows that the payment is confirmed."""

        self._is_gone = False
        self._unacknowledged = 0
        self._progress: asyncio.Future[None] | None = None
        self._pausing: asyncio.Task[None] | None = None
        self._inbox: deque[tuple[Message, float]] = deque()
        self._work: asyncio.Task[None] | None = None

    def end(self) -> None:
        """Leave the feed, and cancel an `open` in progress. The attempt stays stored."""
        self._inbox.clear()
        if self._work is not None and not self.is_open:
            self._work.cancel()
        if self._progress is not None and not self._progress.done():
            self._progress.cancel()
        if self.is_open:
            self._services.feed.leave(self)

    def allows(self, frame: bytes) -> bool:
        """Whether a message may be as large as it is.

        Few may be larger than MAX_FRAME_BYTES: an `open` with the host's answers, and an answer
        whose question takes so much.
        """
        size = len(frame)
        if size <= limits.MAX_FRAME_BYTES:
            return True
        if size > limits.MAX_LARGE_FRAME_BYTES:
            return False
        try:
            message = decode(frame.decode())
        except (GatewayError, UnicodeDecodeError):
            return False
        if type(message) is Open:
            return bool(message.answers)
        if type(message) is not AnswerMessage or not self.is_open:
            return False
        question = self.view.test.by_id.get(message.question)
        fields = question.fields if question else ()
        return size <= limits.MAX_FRAME_BYTES + len(fields) * MAX_ESCAPED_TEXT_BYTES

    def receive(self, frame: str) -> Awaitable[None] | None:
        """Handle a message at once if that is possible, else after those before it."""
        message = decode(frame)
        if type(message) is Ping:
            self._carrier.pong(message)
            return None
        came_at = time.monotonic()
        if self._work is None:
            if type(message) is AnswerMessage and self._has_room:
                self._answer(message, came_at)
                return None
            self._work = self._services.node.tasks.spawn(self._handle_in_turn())
        self._inbox.append((message, came_at))
        is_large = len(frame) > limits.MAX_FRAME_BYTES
        if is_large or len(self._inbox) >= limits.MAX_INBOX:
            # No more frames are read until these are handled.
            return asyncio.shield(self._work)
        return None

    async def perform(self, frame: str) -> None:
        """Handle a message to its end, except for acks, which `settle` awaits.

        Raises: what the message is refused with.
        """
        message = decode(frame)
        if type(message) is Ping:
            self._carrier.pong(message)
        else:
            await self._METHODS[type(message)](self, message, time.monotonic())

    def carry_on(self, view: AttemptView, *, knows_payment: bool) -> None:
        """Go on with an attempt that an earlier call of the same connection has opened."""
        self.view = view
        self.is_open = True
        self.knows_payment = knows_payment

    async def settle(self) -> None:
        """Wait until all answers are stored, and tell what the client has to know by now.

        A client without a socket may have missed that the payment is due or confirmed.
        """
        await self._settled()
        if self._pausing is not None:
            await self._pausing
        if not self.is_open or self._carrier.is_closing:
            return
        view = self.view
        if view.state is AttemptState.RUNNING and view.payment_is_due:
            await self._pause()
        elif view.paid and view.has_answer_behind_pause:
            self.knows_payment = True  # it could not have answered without `resumed`
        elif view.paid:
            self._tell_resumed()

    async def follow(self) -> None:
        """Send news of the attempt from now on, and those since it was read."""
        await self._follow(is_new=False)

    async def _follow(self, *, is_new: bool) -> None:
        await self._services.feed.join(self, is_new=is_new)
        if self._carrier.is_closing:
            self._services.feed.leave(self)

    async def _handle_in_turn(self) -> None:
        try:
            while self._inbox and not self._carrier.is_closing:
                message, came_at = self._inbox.popleft()
                handled = self._METHODS[type(message)](self, message, came_at)
                await self._carrier.guarded(handled)
        finally:
            self._work = None

    @property
    def _has_room(self) -> bool:
        return (
            self._unacknowledged < self._carrier.max_unacknowledged
            and self._services.attempts.has_room
        )

    async def _answer_in_turn(self, message: AnswerMessage, came_at: float) -> None:
        while not self._has_room:
            if self._unacknowledged >= self._carrier.max_unacknowledged:
                await self._next_progress()
            await self._services.attempts.room()
        if not self._carrier.is_closing:  # no answer is stored after one that could not be
            self._answer(message, came_at)

    def _answer(self, message: AnswerMessage, came_at: float) -> None:
        tracer = self._services.tracer
        span = None
        if tracer is not None:
            span = tracer.begin("answer", self._facts(), current_span())
        try:
            if span is None:
                self._queue(message, came_at, None)
            else:
                with carried(span):
                    self._queue(message, came_at, span)
        except GatewayError as refusal:
            if span is not None:
                span.end(fault_name(refusal))
            is_current = self.is_open and message.generation == self.view.generation
            self._carrier.refuse(refusal, message.seq, None if is_current else message.generation)

    def _facts(self) -> Facts:
        """What spans tell of the attempt, as soon as it is open."""
        if not self.is_open:
            return {}
        view = self.view
        return {
            "widget_gateway.provider": view.provider,
            "widget_gateway.session": str(view.id),
            "widget_gateway.test": view.test.slug,
            "widget_gateway.sandbox": view.sandbox,
        }

    def _queue(self, message: AnswerMessage, came_at: float, span: Span | None) -> None:
        seq, generation = message.seq, message.generation
        if not self.is_open:
            raise NotOpenError
        if not is_count(seq):
            raise BadMessageError("A seq is a whole number from 1.")
        view = self.view
        if generation == view.generation:
            generation = None
        elif generation is not None and not 0 < generation < view.generation:
            raise BadMessageError("A generation is one of this session's, from 1.")
        given_in = generation or view.generation
        if view.has_stored(given_in, seq):
            self._carrier.send(ack_message(seq, generation))
            if span is not None:
                span.end()
            return
        self._services.attempts.answer(
            view,
            given_in,
            seq,
            message.question,
            message.value,
            partial(self._on_durable, seq, generation, came_at, span),
        )
        self._unacknowledged += 1

    def _on_durable(
        self,
        seq: int,
        generation: int | None,
        came_at: float,
        span: Span | None,
        fault: GatewayError | None,
    ) -> None:
        if span is not None:
            span.end(fault_name(fault) if fault is not None else None)
        self._unacknowledged -= 1
        if self._progress is not None and not self._progress.done():
            self._progress.set_result(None)
        if self._is_gone:
            self._forget_answers()
        if self._carrier.is_closing:
            return
        if fault is not None:
            self._carrier.refuse(fault, seq, generation)
            return
        self._carrier.send(ack_message(seq, generation))
        self._services.metrics.ack_seconds.observe(time.monotonic() - came_at)
        if self._unacknowledged == 0 and self.view.payment_is_due:
            self._pausing = self._services.node.tasks.spawn(self._carrier.guarded(self._pause()))

    async def _settled(self) -> None:
        while self._unacknowledged and not self._carrier.is_closing:
            await self._next_progress()

    async def _next_progress(self) -> None:
        self._progress = asyncio.get_running_loop().create_future()
        try:
            await self._progress
        finally:
            self._progress = None

    async def _open_attempt(self, message: Open, _came_at: float) -> None:
        if self.is_open:
            raise BadMessageError("The connection has its session already.")
        self._carrier.stop_waiting()
        try:
            with (
                self._services.visitor_budget(),
                traced(self._services.tracer, "open", {}) as span,
            ):
                await self._take_up(await self._begin_or_resume(message))
                if span is not None:
                    span.note(self._facts())
        except RefusalError:
            if not self.is_open and not self._carrier.is_closing:
                self._carrier.wait_for_opening()
            raise

    async def _begin_or_resume(self, message: Open) -> OpenReply:
        attempts = self._services.attempts
        provider = ProviderSlug(message.provider)
        if message.session is not None and message.resume_token is not None:
            attempt_id = parse_uuid(message.session)
            await attempts.admit(provider, self._carrier.origin, self._carrier.own_origin)
            if attempt_id is None:
                raise AttemptNotFoundError
            return await attempts.resume(
                provider=provider,
                attempt_id=AttemptId(attempt_id),
                resume_token=message.resume_token,
                device=self._carrier.device,
            )
        if len(message.answers) > limits.MAX_HOST_ANSWERS:
            raise BadMessageError(f"An open has at most {limits.MAX_HOST_ANSWERS} answers.")
        if message.test is not None and message.session is None:
            return await attempts.begin(
                provider=provider,
                test=TestSlug(message.test),
                origin=self._carrier.origin,
                own_origin=self._carrier.own_origin,
                locales=_wanted_languages(message.locale),
                access_token=_access_token(message.access_token),
                host_answers=message.answers,
                open_id=_open_id(message.open_id),
                sandbox=message.sandbox,
                device=self._carrier.device,
            )
        raise BadMessageError("An open has a test, or a session and its resume_token.")

    async def _take_up(self, reply: OpenReply) -> None:
        self.view = reply.view
        self.is_open = True
        self.knows_payment = reply.view.paid
        if self._carrier.is_closing:  # the visitor left while the attempt was opened
            return
        self._carrier.send(session_message(reply, self._services.questions))
        if self.view.state is AttemptState.AWAITING_PAYMENT:
            self._carrier.send(pause_message(self.view, reply.answers))
        if self._carrier.is_followed:
            # Last, so that news of the feed reach the client after the state that they change.
            await self._follow(is_new=self.view.generation == 1)

    async def _finish(self, _message: Finish, _came_at: float) -> None:
        if not self.is_open:
            raise NotOpenError
        await self._settled()
        if self._carrier.is_closing:  # an answer could not be stored
            return
        try:
            with traced(self._services.tracer, "finish", self._facts()):
                result_key = await self._services.attempts.finish(self.view)
        except AttemptNotFoundError:
            self.on_gone()
        else:
            self._carrier.send(encode(FinishedMessage(result_key)))

    async def _pause(self) -> None:
        try:
            with traced(self._services.tracer, "pause", self._facts()):
                answers = await self._services.attempts.pause(self.view)
        except AttemptNotFoundError:
            self.on_gone()
            return
        finally:
            self._pausing = None
        if answers is None:
            self._tell_resumed()
        elif not self.view.paid:  # else the payment came while the answers were read
            self._carrier.send(pause_message(self.view, answers))

    def _tell_resumed(self) -> None:
        """Send `resumed` once, though the feed and a late pause may both notice the payment."""
        if not self.knows_payment:
            self.knows_payment = True
            self._carrier.send(resumed_message(self.view, self._services.questions))

    _METHODS: ClassVar[
        dict[type[Message], Callable[[Any, Any, float], Coroutine[Any, Any, None]]]
    ] = {
        Open: _open_attempt,
        AnswerMessage: _answer_in_turn,
        Finish: _finish,
    }

    def on_taken_over(self) -> None:
        """Close, since a newer connection owns the attempt (recovery rule 3)."""
        self._carrier.leave(close_codes.TAKEN_OVER)

    def on_replaced(self) -> None:
        """Stop waiting, since the client has asked for news again, by another call."""
        self._carrier.release()

    def on_paid(self) -> None:
        """Send the rest of the questions, since the payment is confirmed."""
        self.view.unlock()
        self._tell_resumed()

    def on_gone(self) -> None:
        """Close, since the attempt has expired or was erased."""
        self._carrier.refuse(AttemptNotFoundError())
        self._is_gone = True
        self._forget_answers()

    def _forget_answers(self) -> None:
        """Remove what was stored between the attempt's end and its close, once all of it is."""
        if not self._unacknowledged:
            work = self._services.attempts.forget_answers(self.view)
            self._services.node.tasks.spawn(self._carrier.guarded(work))


def _access_token(text: str | None) -> AccessToken | None:
    if text is None:
        return None
    parsed = parse_uuid(text)
    if parsed is None:
        raise TokenInvalidError
    return AccessToken(parsed)


def _wanted_languages(listed: str | None) -> tuple[str, ...]:
    try:
        return wanted_tags(listed or "")
    except ValueError as error:
        raise BadMessageError(f"The locale is wrong: {error}") from None


def _open_id(text: str | None) -> UUID | None:
    if text is None:
        return None
    parsed = parse_uuid(text)
    if parsed is None:
        raise BadMessageError("An open_id is a UUID.")
    return parsed

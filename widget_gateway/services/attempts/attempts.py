"""Attempts: begin, resume, answer, pause, finish (docs/protocol/widget-channel.md)."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from storage.attempts.attempts import REPEATED_FOR, Answers, AttemptStore, Beginning
from storage.attempts.journal import AnswerJournal, OnStored
from storage.commits.answer_rows import MAX_COUNT, Recorded
from storage.partners.access_tokens import TokenGrant
from widget_gateway.domain.attempts.attempts import (
    Attempt,
    AttemptState,
    unlocked_length,
)
from widget_gateway.domain.attempts.devices import Device
from widget_gateway.domain.attempts.results import Result
from widget_gateway.domain.attempts.view import AttemptView
from widget_gateway.domain.catalogue.answers import (
    Answer,
    answered_mask,
    check_sheet,
    check_value,
    in_question_order,
)
from widget_gateway.domain.catalogue.order import arranged_questions
from widget_gateway.domain.catalogue.tests import AccessMode, TestDefinition
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    AnswersIncompleteError,
    AttemptNotFoundError,
    AttemptSupersededError,
    OriginNotAllowedError,
    PaymentRequiredError,
    QuestionLockedError,
    QuestionUnknownError,
    TestNotFoundError,
    TokenInvalidError,
)
from widget_gateway.domain.ids import AccessToken, AttemptId, ProviderSlug, ResultKey, TestSlug
from widget_gateway.domain.partners.providers import (
    PREVIEW_LIFETIME,
    Provider,
    TestKind,
    is_preview,
)
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.providers import ProviderService, hash_secret

RESUME_TOKEN_BYTES = 32
"""Random bytes of a resume token: twice the 128 bits that the protocol promises."""

SEED_BYTES = 8
"""Random bytes of the seed of an attempt's order. It is no secret; visitors only should differ."""

UncheckedAnswers = Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReply:
    """The reply to an `open`. `resume_token` is None for a client that has the token already."""

    view: AttemptView
    answers: list[tuple[str, Answer]]
    resume_token: str | None


class AttemptService:
    """Use cases around attempts."""

    def __init__(  # noqa: PLR0913 - collaborators come in by keyword
        self,
        *,
        attempts: AttemptStore,
        journal: AnswerJournal,
        providers: ProviderService,
        catalogue: Catalogue,
        clock: Clock,
        lifetime: timedelta,
    ) -> None:
        self._attempts = attempts
        self._journal = journal
        self._providers = providers
        self._catalogue = catalogue
        self._clock = clock
        self._lifetime = lifetime

    async def admit(self, provider: ProviderSlug, origin: str | None, own_origin: str) -> Provider:
        """Return the provider, if a page of this origin may open its attempts.

        Raises: as `ProviderService.admit`.
        """
        return await self._providers.admit(provider, origin, own_origin)

    async def begin(  # noqa: PLR0913 - what an open may say
        self,
        *,
        provider: ProviderSlug,
        test: TestSlug,
        locales: Sequence[str],
        access_token: AccessToken | None,
        host_answers: UncheckedAnswers,
        origin: str | None,
        own_origin: str,
        open_id: UUID | None = None,
        sandbox: bool = False,
        device: Device | None = None,
    ) -> OpenReply:
        """Begin an attempt: store it with the host's answers and spend the access token; atomic.

        The same call with the same `open_id` within a day takes over the attempt that the first
        call began, and returns a fresh resume token. With `sandbox` the attempt has to begin in the
        sandbox, whose guests the provider has to allow. `device` is the visitor's kind of device.

        Raises:
            ProviderNotFoundError: see `admit`.
            OriginNotAllowedError: see `admit`; or the provider has no guests in its sandbox.
            TestNotFoundError: there is no such test, it saves nothing, or the provider's list
                forbids it.
            TokenInvalidError: the access token is unknown, spent, expired, or for another provider
                or test, or for the live world although the sandbox is wanted; or there is none
                for a preview.
            QuestionUnknownError, QuestionLockedError, AnswerInvalidError: an answer of the host's
                is wrong.
        """
        owner, definition = await self._admit_to(test, provider, origin, own_origin)
        if owner.kind_of(test) is TestKind.FORBIDDEN:
            raise TestNotFoundError
        if is_preview(provider) and access_token is None:
            raise TokenInvalidError
        if sandbox and access_token is None and not owner.sandbox_guests:
            raise OriginNotAllowedError("The provider allows no guests in its sandbox.")
        now = self._clock()
        world = ("sandbox",) if sandbox else ()
        seed = secrets.token_hex(SEED_BYTES) if definition.has_random_order else None
        ids = attempt_ids(open_id, (provider, test, str(access_token or ""), *world), now)

        def make(attempt_id: AttemptId, grant: TokenGrant | None) -> Attempt:
            if grant and sandbox and not grant.sandbox:
                raise TokenInvalidError
            paid = bool(grant and grant.paid)
            sheet = check_sheet(
                definition, host_answers, unlocked=unlocked_length(definition, paid=paid)
            )
            return Attempt(
                id=attempt_id,
                provider=provider,
                sandbox=grant.sandbox if grant else sandbox,
                test=test,
                version=definition.version,
                locale=definition.locale_for(*locales),
                created_at=now,
                paid=paid,
                user_id=grant.user_id if grant else None,
                initial_answers=tuple(in_question_order(definition, sheet)),
                seed=seed,
                device=device,
            )

        resume_token = secrets.token_urlsafe(RESUME_TOKEN_BYTES)
        begun = await self._attempts.begin(
            Beginning(
                provider=provider,
                test=test,
                ids=ids,
                token=access_token,
                make=make,
                resume_hash=hash_secret(resume_token),
                now=now,
                expires_at=now + self._lifetime_of(provider),
                weight=sum(len(text) for _, value in host_answers for text in value),
            )
        )
        if not isinstance(begun, Attempt):
            return await self._take_over(provider, begun, None, resume_token, device)
        recorded = Recorded(list(begun.initial_answers))
        return await self._open_attempt(begun, definition, recorded, resume_token)

    async def _admit_to(
        self, test: TestSlug, provider: ProviderSlug, origin: str | None, own_origin: str
    ) -> tuple[Provider, TestDefinition]:
        """Return the provider and the test, if a page of this origin may begin it.

        Both are read at the same time. A later change of the provider does not stop this `open`.
        """
        find = self._catalogue.get_hidden if is_preview(provider) else self._catalogue.get_current
        owner, definition = await asyncio.gather(
            self.admit(provider, origin, own_origin),
            find(test),
            return_exceptions=True,
        )
        if isinstance(owner, BaseException):
            raise owner
        if isinstance(definition, BaseException):
            raise definition
        if definition.access is AccessMode.CALCULATION:
            raise TestNotFoundError
        return owner, definition

    async def resume(
        self,
        *,
        provider: ProviderSlug,
        attempt_id: AttemptId,
        resume_token: str,
        device: Device | None = None,
    ) -> OpenReply:
        """Take an attempt over for a new connection; atomic.

        Raises:
            AttemptNotFoundError: the provider has no such attempt, or it has expired.
            TokenInvalidError: the resume token is wrong.
        """
        return await self._take_over(provider, attempt_id, hash_secret(resume_token), None, device)

    async def _take_over(
        self,
        provider: ProviderSlug,
        attempt_id: AttemptId,
        resume_hash: bytes | None,
        new_token: str | None,
        device: Device | None,
    ) -> OpenReply:
        now = self._clock()
        attempt, recorded = await self._attempts.take_over(
            attempt_id,
            provider,
            resume_hash=resume_hash,
            new_resume_hash=None if new_token is None else hash_secret(new_token),
            device=device,
            now=now,
            expires_at=now + self._lifetime_of(provider),
        )
        test = await self._catalogue.get_version(attempt.test, attempt.version)
        return await self._open_attempt(attempt, test, recorded, new_token)

    def _lifetime_of(self, provider: ProviderSlug) -> timedelta:
        return PREVIEW_LIFETIME if is_preview(provider) else self._lifetime

    async def carry_on(
        self, *, provider: ProviderSlug, attempt_id: AttemptId, generation: int
    ) -> AttemptView:
        """Return a view of the attempt for another call of the connection that has opened it.

        Raises:
            AttemptNotFoundError: the provider has no such attempt, or it has expired.
            AttemptSupersededError: a newer connection owns the attempt.
        """
        attempt = await self._attempts.find(attempt_id)
        if attempt is None or attempt.provider != provider:
            raise AttemptNotFoundError
        if attempt.generation != generation:
            raise AttemptSupersededError
        test = await self._catalogue.get_version(attempt.test, attempt.version)
        return _view_of(attempt, test, await self._attempts.find_recorded(attempt))

    async def _open_attempt(
        self, attempt: Attempt, test: TestDefinition, recorded: Recorded, resume_token: str | None
    ) -> OpenReply:
        """Reply to an `open` with a view of the attempt, which is paused now if payment is due."""
        view = _view_of(attempt, test, recorded)
        if view.state is AttemptState.RUNNING and view.payment_is_due:
            # The host's answers reach the pause, or a node died between the last ack and the pause.
            await self.pause(view)
        answers = in_question_order(test, dict(recorded.answers), attempt.seed)
        return OpenReply(view=view, answers=answers, resume_token=resume_token)

    @property
    def has_room(self) -> bool:
        """Whether another answer may be queued without waiting."""
        return self._journal.has_room

    async def room(self) -> None:
        """Wait until another answer may be queued."""
        await self._journal.room()

    def answer(  # noqa: PLR0913, PLR0917 - the hot path: an answer's parts, without a wrapper
        self,
        view: AttemptView,
        generation: int,
        seq: int,
        question_id: str,
        value: Sequence[str],
        done: OnStored,
    ) -> None:
        """Check and queue an answer; `done` is called when it is durable, or could not be stored.

        `generation` is the one in which the visitor gave the answer: this connection's, or an
        earlier one.

        Raises:
            QuestionUnknownError, AnswerInvalidError: nothing was queued.
            QuestionLockedError: the question is beyond the pause, or the attempt is finished.
                Nothing was queued.
        """
        test = view.test
        position = test.positions.get(question_id)
        if position is None:
            raise QuestionUnknownError
        if view.state is AttemptState.FINISHED:
            raise QuestionLockedError("The test is finished.")
        if position >= view.unlocked:
            raise QuestionLockedError
        answer = check_value(test.questions[position], value)
        self._journal.append(view.id, generation, seq, question_id, answer, done)
        view.answered |= 1 << position

    async def pause(self, view: AttemptView) -> list[tuple[str, Answer]] | None:
        """Pause the attempt until it is paid, and update the view.

        Returns all answers, for the host to keep, or None if the payment is confirmed already.

        Raises:
            AttemptNotFoundError: the attempt has expired.
        """
        answers = await self._attempts.pause(view.id, view.provider, self._clock())
        if answers is None:
            view.unlock()
            return None
        view.state = AttemptState.AWAITING_PAYMENT
        return in_question_order(view.test, dict(answers), view.seed)

    async def forget_answers(self, view: AttemptView) -> None:
        """Remove the answers that were stored after the attempt itself was removed."""
        await self._attempts.forget_answers(view.id)

    async def finish(self, view: AttemptView) -> ResultKey:
        """Store the guest result once and finish the attempt; atomic. A repeat gets the same key.

        Raises:
            PaymentRequiredError, AnswersIncompleteError: nothing was stored.
            AttemptSupersededError: a newer connection owns the attempt.
            AttemptNotFoundError: the attempt has expired.
        """
        if view.result_key is not None:
            return view.result_key
        finished, result_key = await self._attempts.finish(
            view.id,
            view.provider,
            view.generation,
            lambda attempt, answers: self._conclude(view.test, attempt, answers),
        )
        view.finish(finished)
        return result_key

    def _conclude(self, test: TestDefinition, attempt: Attempt, answers: Answers) -> Result:
        sheet = dict(answers)
        unlocked = unlocked_length(test, paid=attempt.paid)
        questions = arranged_questions(test, attempt.seed)
        missing = [question.id for question in questions[:unlocked] if question.id not in sheet]
        if missing:
            raise AnswersIncompleteError(
                f"{len(missing)} questions have no answer yet, the first is {missing[0]}."
            )
        if unlocked < len(test.questions):
            raise PaymentRequiredError
        return Result(
            key=ResultKey(uuid4()),
            provider=attempt.provider,
            sandbox=attempt.sandbox,
            test=attempt.test,
            version=attempt.version,
            locale=attempt.locale,
            answers=tuple(in_question_order(test, sheet)),
            attempt=attempt.id,
            seed=attempt.seed,
            created_at=self._clock(),
        )


def _view_of(attempt: Attempt, test: TestDefinition, recorded: Recorded) -> AttemptView:
    return AttemptView(
        id=attempt.id,
        provider=attempt.provider,
        test=test,
        locale=attempt.locale,
        generation=attempt.generation,
        state=attempt.state,
        paid=attempt.paid,
        sandbox=attempt.sandbox,
        seq=max(recorded.highest, attempt.last_seq),
        answered=answered_mask(test, dict(recorded.answers)),
        unlocked=unlocked_length(test, paid=attempt.paid),
        result_key=attempt.result_key,
        stored_seqs=attempt.stored_seqs,
        seed=attempt.seed,
    )


def attempt_ids(
    open_id: UUID | None, opening: tuple[str, ...], now: datetime
) -> tuple[AttemptId, ...]:
    """Ids that the attempt of an `open` may have. A new attempt gets the first one that is free.

    Without an `open_id` there is one random id. With it, the ids are hashes of the `open_id` and
    of `opening`, which says what is opened: the same `open` gets the same ids, so the unique key of
    the database lets it begin only one attempt. They are hashes because an `open_id` is secret and
    an attempt's id is not. More than a day later the same `open` may begin another attempt: the
    other ids contain the day.
    """
    if open_id is None:
        return (AttemptId(uuid4()),)
    days = (str(day.date()) for day in (now, now - REPEATED_FOR))
    parts = (str(open_id), *opening)
    return (_hashed_id(*parts), *(_hashed_id(*parts, day) for day in days))


def _hashed_id(*parts: str) -> AttemptId:
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return AttemptId(UUID(bytes=digest[:16], version=4))


def is_count(number: int) -> bool:
    """Whether the number may be a client's `seq`: 1 to 4,294,967,295."""
    return 0 < number <= MAX_COUNT

"""Attempts: begin, resume, answer, pause, finish (docs/protocol/widget-channel.md)."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from storage.attempts.attempts import REPEATED_FOR, Answers, AttemptStore, Beginning
from storage.attempts.journal import AnswerJournal, Done
from storage.commits.answer_rows import MAX_COUNT, Recorded
from storage.partners.access_tokens import TokenGrant
from widget_gateway.domain.attempts.attempts import (
    Attempt,
    AttemptState,
    unlocked_length,
)
from widget_gateway.domain.attempts.open_attempts import OpenAttempt
from widget_gateway.domain.attempts.results import Result
from widget_gateway.domain.catalogue.answers import (
    Answer,
    answered_mask,
    check_sheet,
    check_value,
    in_question_order,
)
from widget_gateway.domain.catalogue.tests import AccessMode, TestDefinition
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    AnswersIncompleteError,
    OriginNotAllowedError,
    PaymentRequiredError,
    QuestionLockedError,
    QuestionUnknownError,
    TestNotFoundError,
)
from widget_gateway.domain.ids import AccessToken, AttemptId, ProviderSlug, ResultKey, TestSlug
from widget_gateway.domain.partners.providers import Provider, TestKind
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.providers import ProviderService, hash_secret

RESUME_TOKEN_BYTES = 32
GivenAnswers = Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Answer to an `open`. `resume_token` is told once, to whoever began the attempt."""

    attempt: OpenAttempt
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
        """The provider, for which a page of this origin may open a channel.

        Raises:
            ProviderNotFoundError: no such provider.
            OriginNotAllowedError: not its page, or it is disabled.
        """
        known = await self._providers.get(provider)
        if not known.enabled:
            raise OriginNotAllowedError("The provider is disabled.")
        if origin != own_origin and not known.allows_origin(origin):
            raise OriginNotAllowedError
        return known

    async def begin(  # noqa: PLR0913 - what an open may say
        self,
        *,
        provider: ProviderSlug,
        test: TestSlug,
        locale: str | None,
        token: AccessToken | None,
        given: GivenAnswers,
        origin: str | None,
        own_origin: str,
        open_id: UUID | None = None,
    ) -> Opened:
        """Begin an attempt on a page of this origin: spend the token, keep the host's answers.

        The same call with the same `open_id` within a day takes over the attempt that the first one
        began, and hands out a fresh resume token.

        Raises:
            What `admit` raises.
            TestNotFoundError: none, one that saves nothing, or one the provider's list forbids.
            TokenInvalidError: unknown, spent, expired, or for something else.
            QuestionUnknownError, QuestionLockedError, AnswerInvalidError: in `given`. The token
                is not spent then.
        """
        owner, definition = await self._admit_to(test, provider, origin, own_origin)
        if owner.kind_of(test) is TestKind.FORBIDDEN:
            raise TestNotFoundError
        now = self._clock()
        ids = attempt_ids(open_id, (provider, test, str(token or "")), now)

        def make(attempt_id: AttemptId, grant: TokenGrant | None) -> Attempt:
            paid = bool(grant and grant.paid)
            sheet = check_sheet(definition, given, unlocked=unlocked_length(definition, paid=paid))
            return Attempt(
                id=attempt_id,
                provider=provider,
                sandbox=bool(grant and grant.sandbox),
                test=test,
                version=definition.version,
                locale=definition.locale_for(locale),
                created_at=now,
                paid=paid,
                user_id=grant.user_id if grant else None,
                initial_answers=tuple(in_question_order(definition, sheet)),
            )

        resume_token = secrets.token_urlsafe(RESUME_TOKEN_BYTES)
        begun = await self._attempts.begin(
            Beginning(
                provider=provider,
                test=test,
                ids=ids,
                token=token,
                make=make,
                resume_hash=hash_secret(resume_token),
                now=now,
                expires_at=now + self._lifetime,
                weight=sum(len(text) for _, value in given for text in value),
            )
        )
        if not isinstance(begun, Attempt):
            return await self._take_over(provider, begun, None, resume_token)
        recorded = Recorded(list(begun.initial_answers))
        return await self._opened(begun, definition, recorded, resume_token)

    async def _admit_to(
        self, test: TestSlug, provider: ProviderSlug, origin: str | None, own_origin: str
    ) -> tuple[Provider, TestDefinition]:
        """The provider, and its test that a page of this origin may begin; both are read at once.

        An `open` is under way from here on: who changes the provider now comes after it.
        """
        owner, definition = await asyncio.gather(
            self.admit(provider, origin, own_origin),
            self._catalogue.get_current(test),
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
        self, *, provider: ProviderSlug, session: AttemptId, resume_token: str
    ) -> Opened:
        """Take an attempt over for a new connection.

        Raises:
            SessionNotFoundError: no such attempt of this provider.
            TokenInvalidError: the resume token is wrong.
        """
        return await self._take_over(provider, session, hash_secret(resume_token), None)

    async def _take_over(
        self,
        provider: ProviderSlug,
        session: AttemptId,
        resume_hash: bytes | None,
        new_token: str | None,
    ) -> Opened:
        now = self._clock()
        attempt, recorded = await self._attempts.take_over(
            session,
            provider,
            resume_hash=resume_hash,
            new_resume_hash=None if new_token is None else hash_secret(new_token),
            now=now,
            expires_at=now + self._lifetime,
        )
        test = await self._catalogue.get_version(attempt.test, attempt.version)
        return await self._opened(attempt, test, recorded, new_token)

    async def _opened(
        self, attempt: Attempt, test: TestDefinition, recorded: Recorded, resume_token: str | None
    ) -> Opened:
        sheet = dict(recorded.answers)
        opened = OpenAttempt(
            id=attempt.id,
            provider=attempt.provider,
            test=test,
            locale=attempt.locale,
            generation=attempt.generation,
            state=attempt.state,
            paid=attempt.paid,
            seq=max(recorded.highest, attempt.last_seq),
            answered=answered_mask(test, sheet),
            unlocked=unlocked_length(test, paid=attempt.paid),
            result_key=attempt.result_key,
            stored_seqs=attempt.stored_seqs,
        )
        if opened.state is AttemptState.RUNNING and opened.payment_is_due:
            # Begun with the host's answers, or the node died between the last ack and the pause.
            await self.pause(opened)
        answers = in_question_order(test, sheet)
        return Opened(attempt=opened, answers=answers, resume_token=resume_token)

    @property
    def has_room(self) -> bool:
        """Whether another answer may be queued without waiting."""
        return self._journal.has_room

    async def room(self) -> None:
        """Wait until another answer may be queued."""
        await self._journal.room()

    def answer(  # noqa: PLR0913, PLR0917 - the hot path: an answer's parts, without a wrapper
        self,
        opened: OpenAttempt,
        generation: int,
        seq: int,
        question_id: str,
        value: Sequence[str],
        done: Done,
    ) -> None:
        """Queue a checked answer; `done` is told when it is durable, or that it can't be.

        `generation` is the one in which it was given: this connection's, or an earlier one.

        Raises:
            QuestionUnknownError, QuestionLockedError (beyond the pause, or finished),
            AnswerInvalidError: nothing was queued.
        """
        test = opened.test
        position = test.positions.get(question_id)
        if position is None:
            raise QuestionUnknownError
        if opened.state is AttemptState.FINISHED:
            raise QuestionLockedError("The test is finished.")
        if position >= opened.unlocked:
            raise QuestionLockedError
        answer = check_value(test.questions[position], value)
        self._journal.append(opened.id, generation, seq, question_id, answer, done)
        opened.answered |= 1 << position

    async def pause(self, opened: OpenAttempt) -> list[tuple[str, Answer]] | None:
        """Pause for payment. Returns the answers for the host to keep, None if it was paid.

        Raises:
            SessionNotFoundError: the attempt has expired.
        """
        answers = await self._attempts.pause(opened.id, opened.provider, self._clock())
        if answers is None:
            opened.unlock()
            return None
        opened.state = AttemptState.AWAITING_PAYMENT
        return in_question_order(opened.test, dict(answers))

    async def finish(self, opened: OpenAttempt) -> ResultKey:
        """Store the guest result, once; every repeat gives the same key.

        Raises:
            PaymentRequiredError, AnswersIncompleteError: nothing was stored.
            SessionSupersededError: a newer connection owns the attempt.
            SessionNotFoundError: it has expired.
        """
        if opened.result_key is not None:
            return opened.result_key
        finished, result_key = await self._attempts.finish(
            opened.id,
            opened.provider,
            opened.generation,
            lambda attempt, answers: self._conclude(opened.test, attempt, answers),
        )
        opened.finish(finished)
        return result_key

    def _conclude(self, test: TestDefinition, attempt: Attempt, answers: Answers) -> Result:
        sheet = dict(answers)
        unlocked = unlocked_length(test, paid=attempt.paid)
        missing = [one.id for one in test.questions[:unlocked] if one.id not in sheet]
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
            created_at=self._clock(),
        )


def attempt_ids(
    open_id: UUID | None, opening: tuple[str, ...], now: datetime
) -> tuple[AttemptId, ...]:
    """Where the attempt of an `open` may be already, in the order in which a new one takes a place.

    With an `open_id` the ids follow from it and from what is opened, by a hash, since it is secret
    and they are not. So the database's own key makes sure that the same `open` begins one attempt.
    More than a day later the same `open` may begin another, whose id has the day in it.
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
    """Whether a client may count to this: 1 to 4,294,967,295."""
    return 0 < number <= MAX_COUNT

"""Attempts: begin, resume, answer, pause, finish (widget-protocol.md)."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from storage.answer_journal import MAX_SEQ, AnswerJournal, Done
from storage.attempts import AttemptStore, Recorded
from storage.tokens import TokenGrant
from widget_gateway.domain.answers import (
    Answer,
    answered_mask,
    check_sheet,
    check_value,
    in_question_order,
)
from widget_gateway.domain.attempts import (
    Attempt,
    AttemptState,
    unlocked_length,
)
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    AnswersIncompleteError,
    OriginNotAllowedError,
    PaymentRequiredError,
    QuestionLockedError,
    QuestionUnknownError,
    SessionNotFoundError,
    TestNotFoundError,
)
from widget_gateway.domain.ids import AccessToken, AttemptId, ProviderSlug, ResultKey, TestSlug
from widget_gateway.domain.open_attempts import OpenAttempt
from widget_gateway.domain.providers import TestKind
from widget_gateway.domain.results import Result
from widget_gateway.domain.tests import AccessMode, TestDefinition
from widget_gateway.services.catalogue import Catalogue
from widget_gateway.services.providers import ProviderService, hash_secret

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

    async def admit(self, provider: ProviderSlug, origin: str | None, own_origin: str) -> None:
        """Check that a page of this origin may open a channel for the provider.

        Raises:
            ProviderNotFoundError: no such provider.
            OriginNotAllowedError: not its page, or it is disabled.
        """
        known = await self._providers.get(provider)
        if not known.enabled:
            raise OriginNotAllowedError("The provider is disabled.")
        if origin != own_origin and not known.allows_origin(origin):
            raise OriginNotAllowedError

    async def begin(
        self,
        *,
        provider: ProviderSlug,
        test: TestSlug,
        locale: str | None,
        token: AccessToken | None,
        given: GivenAnswers,
    ) -> Opened:
        """Begin an attempt, spending the token if there is one and storing the host's answers.

        Raises:
            TestNotFoundError: none, one that saves nothing, or one the provider's list forbids.
            TokenInvalidError: unknown, spent, expired, or for something else.
            QuestionUnknownError, QuestionLockedError, AnswerInvalidError: in `given`. The token
                is not spent then.
        """
        definition = await self._catalogue.get_current(test)
        owner = await self._providers.get(provider)
        if definition.access is AccessMode.CALCULATION or owner.kind_of(test) is TestKind.FORBIDDEN:
            raise TestNotFoundError
        now = self._clock()
        resume_token = secrets.token_urlsafe(RESUME_TOKEN_BYTES)

        def begin(grant: TokenGrant | None) -> Attempt:
            paid = bool(grant and grant.paid)
            sheet = check_sheet(definition, given, unlocked=unlocked_length(definition, paid=paid))
            return Attempt(
                id=AttemptId(uuid4()),
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

        resume_hash = hash_secret(resume_token)
        expires_at = now + self._lifetime
        if token is None:
            attempt = begin(None)
            await self._attempts.add(attempt, resume_hash, expires_at)
        else:
            attempt = await self._attempts.claim_token_and_add(
                token,
                provider,
                test,
                begin,
                resume_hash=resume_hash,
                now=now,
                expires_at=expires_at,
            )
        return await self._opened(
            attempt, definition, list(attempt.initial_answers), seq=0, resume_token=resume_token
        )

    async def resume(
        self, *, provider: ProviderSlug, session: AttemptId, resume_token: str
    ) -> Opened:
        """Take an attempt over for a new connection.

        Raises:
            SessionNotFoundError: no such attempt of this provider.
            TokenInvalidError: the resume token is wrong.
        """
        now = self._clock()
        attempt = await self._attempts.open_next_generation(
            session,
            provider,
            hash_secret(resume_token),
            now=now,
            expires_at=now + self._lifetime,
        )
        test = await self._catalogue.get_version(attempt.test, attempt.version)
        recorded, seq = await self._attempts.find_answers(attempt)
        return await self._opened(attempt, test, recorded, seq=seq, resume_token=None)

    async def _opened(
        self,
        attempt: Attempt,
        test: TestDefinition,
        recorded: Recorded,
        *,
        seq: int,
        resume_token: str | None,
    ) -> Opened:
        sheet = dict(recorded)
        opened = OpenAttempt(
            id=attempt.id,
            test=test,
            locale=attempt.locale,
            generation=attempt.generation,
            state=attempt.state,
            paid=attempt.paid,
            seq=seq,
            answered=answered_mask(test, sheet),
            unlocked=unlocked_length(test, paid=attempt.paid),
            result_key=attempt.result_key,
        )
        if opened.state is AttemptState.RUNNING and opened.payment_is_due:
            # Begun with the host's answers, or the node died between the last ack and the pause.
            await self._pause(opened)
        answers = in_question_order(test, sheet)
        return Opened(attempt=opened, answers=answers, resume_token=resume_token)

    def answer(
        self, opened: OpenAttempt, seq: int, question_id: str, value: Sequence[str], done: Done
    ) -> None:
        """Queue a checked answer; `done` is told when it is durable, or that it can't be.

        The caller has seen to it that `seq` is above `opened.seq`.

        Raises:
            QuestionUnknownError, QuestionLockedError, AnswerInvalidError, SessionNotFoundError
                (finished): nothing was queued.
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
        self._journal.append(opened.id, opened.generation, seq, question_id, answer, done)
        opened.seq = seq
        opened.answered |= 1 << position

    async def pause(self, opened: OpenAttempt) -> list[tuple[str, Answer]] | None:
        """Pause for payment. Returns the answers for the host to keep, None if it was paid."""
        if not await self._pause(opened):
            return None
        attempt = await self._attempts.find(opened.id)
        if attempt is None:
            raise SessionNotFoundError
        recorded, _ = await self._attempts.find_answers(attempt)
        return in_question_order(opened.test, dict(recorded))

    async def _pause(self, opened: OpenAttempt) -> bool:
        if await self._attempts.pause(opened.id, self._clock()):
            opened.state = AttemptState.AWAITING_PAYMENT
            return True
        attempt = await self._attempts.find(opened.id)
        if attempt is None:
            raise SessionNotFoundError
        opened.unlock()
        return False

    async def finish(self, opened: OpenAttempt) -> ResultKey:
        """Store the guest result, once; every repeat gives the same key.

        Raises:
            PaymentRequiredError, AnswersIncompleteError: nothing was stored.
            SessionSupersededError: a newer connection owns the attempt.
            SessionNotFoundError: it has expired.
        """
        if opened.result_key is None:
            opened.result_key = await self._attempts.finish(
                opened.id, opened.generation, lambda a, r: self._conclude(opened.test, a, r)
            )
            opened.state = AttemptState.FINISHED
        return opened.result_key

    def _conclude(self, test: TestDefinition, attempt: Attempt, recorded: Recorded) -> Result:
        sheet = dict(recorded)
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


def is_seq(number: int) -> bool:
    """Whether a client may count to this: 1 to 4,294,967,295."""
    return 0 < number <= MAX_SEQ

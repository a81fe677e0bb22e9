"""Attempts as the console shows them: found by id, by RESULT_KEY or by user, without answers."""

from dataclasses import dataclass
from datetime import UTC, datetime

from storage.attempts.attempts import AttemptStore
from storage.attempts.results import ResultStore
from widget_gateway.domain.attempts.attempts import Attempt, AttemptState
from widget_gateway.domain.attempts.devices import Device
from widget_gateway.domain.attempts.results import Result
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.catalogue.order import arranged_questions
from widget_gateway.domain.catalogue.questions import Question
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import (
    AttemptNotFoundError,
    ResultNotFoundError,
    TestNotFoundError,
)
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, TestSlug, UserId
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.services.catalogue.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAttempt:
    """What the console shows of an attempt, or of a result whose attempt has expired.

    `answered` is the number of questions that have an answer. Fields are None where nothing is
    known: the last four of a result without its attempt.
    """

    id: AttemptId | None
    result_key: ResultKey | None
    provider: ProviderSlug
    sandbox: bool
    test: TestSlug
    version: int
    definition: TestDefinition | None
    locale: str
    state: AttemptState
    answered: int
    last_answer_at: datetime | None
    finished_at: datetime | None
    user_id: UserId | None
    attached_at: datetime | None
    has_token: bool
    """Whether it was begun with an access token, which named the user."""

    began_at: datetime | None = None
    expires_at: datetime | None = None
    generation: int | None = None
    paid: bool | None = None
    payment_id: str | None = None
    device: Device | None = None


@dataclass(frozen=True, slots=True)
class AttemptsOfUser:
    """The newest attempts that were begun for a user, and the newest results that a user has."""

    attempts: list[Attempt]
    results: list[Result]


class AttemptOverview:
    """Finds attempts of all providers."""

    def __init__(self, attempts: AttemptStore, results: ResultStore, catalogue: Catalogue) -> None:
        self._attempts = attempts
        self._results = results
        self._catalogue = catalogue

    async def get(self, attempt_id: AttemptId) -> FoundAttempt:
        """Return an attempt.

        Raises:
            AttemptNotFoundError: there is none, or it has expired.
        """
        found = await self._attempts.find_dated(attempt_id)
        if found is None:
            raise AttemptNotFoundError
        attempt, expires_at = found
        result = None if attempt.result_key is None else await self._find(attempt.result_key)
        recorded = await self._attempts.find_recorded(attempt)
        last_ms = max((row.at_ms for row in recorded.times if row.at_ms is not None), default=None)
        return FoundAttempt(
            id=attempt.id,
            result_key=attempt.result_key,
            provider=attempt.provider,
            sandbox=attempt.sandbox,
            test=attempt.test,
            version=attempt.version,
            definition=await self._definition(attempt.test, attempt.version),
            locale=attempt.locale,
            state=attempt.state,
            answered=len({question for question, _ in recorded.answers}),
            last_answer_at=None if last_ms is None else datetime.fromtimestamp(last_ms / 1000, UTC),
            finished_at=None if result is None else result.created_at,
            user_id=(result and result.user_id) or attempt.user_id,
            attached_at=None if result is None else result.attached_at,
            has_token=attempt.user_id is not None,
            began_at=attempt.created_at,
            expires_at=expires_at,
            generation=attempt.generation,
            paid=attempt.paid,
            payment_id=attempt.payment_id,
            device=attempt.device,
        )

    async def get_of_result(self, key: ResultKey) -> FoundAttempt:
        """Return the attempt of a result; what the result tells if the attempt has expired.

        Raises:
            ResultNotFoundError: there is no such result.
        """
        result = await self._find(key)
        if result is None:
            raise ResultNotFoundError
        if result.attempt is not None and await self._attempts.find(result.attempt) is not None:
            return await self.get(result.attempt)
        return FoundAttempt(
            id=None,
            result_key=key,
            provider=result.provider,
            sandbox=result.sandbox,
            test=result.test,
            version=result.version,
            definition=await self._definition(result.test, result.version),
            locale=result.locale,
            state=AttemptState.FINISHED,
            answered=len({question for question, _ in result.answers}),
            last_answer_at=None,
            finished_at=result.created_at,
            user_id=result.user_id,
            attached_at=result.attached_at,
            has_token=False,
        )

    async def answers_of(self, found: FoundAttempt) -> list[tuple[Question, Answer | None]]:
        """Return the questions in the order in which the visitor gets them, with what was answered.

        Raises:
            AttemptNotFoundError: the attempt has expired meanwhile, or the result was removed.
            TestNotFoundError: the version of the test is gone.
        """
        attempt = None if found.id is None else await self._attempts.find(found.id)
        if attempt is not None:
            sheet, seed = dict((await self._attempts.find_recorded(attempt)).answers), attempt.seed
        elif found.result_key is not None and (result := await self._find(found.result_key)):
            sheet, seed = dict(result.answers), result.seed
        else:
            raise AttemptNotFoundError
        test = await self._catalogue.get_version(found.test, found.version)
        return [(question, sheet.get(question.id)) for question in arranged_questions(test, seed)]

    async def list_of_user(self, place: UserPlace, limit: int) -> AttemptsOfUser:
        """Return the user's newest attempts and results, `limit` of each at most."""
        return AttemptsOfUser(
            await self._attempts.list_newest_of(place, limit),
            await self._results.list_newest_of(place, limit),
        )

    async def _find(self, key: ResultKey) -> Result | None:
        return await self._results.find(key)

    async def _definition(self, test: TestSlug, version: int) -> TestDefinition | None:
        try:
            return await self._catalogue.get_version(test, version)
        except TestNotFoundError:
            return None

"""What a partner's server asks of an attempt: data for a checkout page, and to mark it as paid."""

from dataclasses import dataclass
from datetime import timedelta

from storage.attempts.attempts import AttemptStore
from widget_gateway.domain.attempts.attempts import Attempt
from widget_gateway.domain.catalogue.answers import Answer, in_question_order
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import AttemptNotFoundError
from widget_gateway.domain.ids import AttemptId
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.services.catalogue.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptReport:
    """What a checkout page shows: an attempt, its test, and its answers in question order."""

    attempt: Attempt
    test: TestDefinition
    answers: list[tuple[str, Answer]]


class PaymentService:
    """Use cases of partners' servers around attempts (docs/protocol/http.md, "Partner API")."""

    def __init__(
        self, attempts: AttemptStore, catalogue: Catalogue, clock: Clock, lifetime: timedelta
    ) -> None:
        self._attempts = attempts
        self._catalogue = catalogue
        self._clock = clock
        self._lifetime = lifetime

    async def confirm_payment(
        self, caller: Caller, attempt_id: AttemptId, payment_id: str | None
    ) -> None:
        """Mark the attempt as paid; atomic. A repeat changes nothing.

        Raises:
            AttemptNotFoundError: the caller has no such attempt in its world, or it has expired.
        """
        now = self._clock()
        await self._attempts.confirm_payment(
            attempt_id,
            caller.provider.slug,
            payment_id,
            sandbox=caller.sandbox,
            now=now,
            expires_at=now + self._lifetime,
        )

    async def describe(self, caller: Caller, attempt_id: AttemptId) -> AttemptReport:
        """Return an attempt and its answers so far.

        Raises:
            AttemptNotFoundError: the caller has no such attempt in its world.
        """
        attempt = await self._attempts.find(attempt_id)
        if attempt is None or (attempt.provider, attempt.sandbox) != (
            caller.provider.slug,
            caller.sandbox,
        ):
            raise AttemptNotFoundError
        test = await self._catalogue.get_version(attempt.test, attempt.version)
        recorded = await self._attempts.find_recorded(attempt)
        answers = in_question_order(test, dict(recorded.answers), attempt.seed)
        return AttemptReport(attempt=attempt, test=test, answers=answers)

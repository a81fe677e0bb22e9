"""A partner's view of an attempt: what a checkout page shows, and the word that it is paid."""

from dataclasses import dataclass
from datetime import timedelta

from storage.attempts.attempts import AttemptStore
from widget_gateway.domain.attempts.attempts import Attempt
from widget_gateway.domain.catalogue.answers import Answer, in_question_order
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import SessionNotFoundError
from widget_gateway.domain.ids import AttemptId
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.services.catalogue.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptReport:
    """What a checkout page needs to know of an attempt."""

    attempt: Attempt
    test: TestDefinition
    answers: list[tuple[str, Answer]]


class PaymentService:
    """Use cases of partners' servers around attempts, which they call sessions."""

    def __init__(
        self, attempts: AttemptStore, catalogue: Catalogue, clock: Clock, lifetime: timedelta
    ) -> None:
        self._attempts = attempts
        self._catalogue = catalogue
        self._clock = clock
        self._lifetime = lifetime

    async def confirm_payment(
        self, caller: Caller, session: AttemptId, payment_id: str | None
    ) -> None:
        """The partner's server confirms that the attempt is paid; idempotent.

        Raises:
            SessionNotFoundError: not this provider's, or of the other world.
        """
        now = self._clock()
        await self._attempts.confirm_payment(
            session,
            caller.provider.slug,
            payment_id,
            sandbox=caller.sandbox,
            now=now,
            expires_at=now + self._lifetime,
        )

    async def describe(self, caller: Caller, session: AttemptId) -> AttemptReport:
        """An attempt and its answers so far.

        Raises:
            SessionNotFoundError: not this provider's, or of the other world.
        """
        attempt = await self._attempts.find(session)
        if attempt is None or (attempt.provider, attempt.sandbox) != (
            caller.provider.slug,
            caller.sandbox,
        ):
            raise SessionNotFoundError
        test = await self._catalogue.get_version(attempt.test, attempt.version)
        recorded = await self._attempts.find_answers(attempt)
        return AttemptReport(
            attempt=attempt, test=test, answers=in_question_order(test, dict(recorded))
        )

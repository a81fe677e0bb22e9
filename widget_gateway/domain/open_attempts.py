"""What one connection knows of its attempt.

It is small, since a process holds thousands: a bit for each answered question, and no answers.
"""

from dataclasses import dataclass

from widget_gateway.domain.attempts import AttemptState, next_question, payment_is_due
from widget_gateway.domain.ids import AttemptId, ResultKey
from widget_gateway.domain.tests import TestDefinition


@dataclass(slots=True, kw_only=True)
class OpenAttempt:
    """One connection's view of an attempt; `answered` is a bit mask of questions."""

    id: AttemptId
    test: TestDefinition
    locale: str
    generation: int
    state: AttemptState
    paid: bool
    seq: int
    answered: int
    unlocked: int
    result_key: ResultKey | None = None

    @property
    def next(self) -> str | None:
        """Id of the question to show next."""
        return next_question(self.test, self.answered)

    @property
    def payment_is_due(self) -> bool:
        """Whether the pause point is reached and the payment is not confirmed."""
        return payment_is_due(self.test, paid=self.paid, answered=self.answered)

    def unlock(self) -> None:
        """The payment is confirmed: the rest of the questions is open."""
        self.paid = True
        self.unlocked = len(self.test.questions)
        if self.state is AttemptState.AWAITING_PAYMENT:
            self.state = AttemptState.RUNNING

"""An attempt: one visitor's run of a test. Its states, and what moves it from one to the next.

running ──(all free questions answered, unpaid)──▶ awaiting_payment
awaiting_payment ──(payment confirmed)──▶ running
running ──(all questions answered, finish)──▶ finished
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from widget_gateway.domain.catalogue.answers import Answer, first_unanswered
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, TestSlug, UserId


class AttemptState(StrEnum):
    """Spelled as on the wire."""

    RUNNING = "running"
    AWAITING_PAYMENT = "awaiting_payment"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt as it is stored; its answers lie in the journal until it is finished.

    `generation` counts the connections that opened it: the highest owns it. `initial_answers` are
    those that the host handed in when it was begun. The rows of a finished attempt are gone:
    `stored_seqs` has the highest `seq` by generation that was among them, `last_seq` the highest of
    all.
    """

    id: AttemptId
    provider: ProviderSlug
    test: TestSlug
    version: int
    locale: str
    created_at: datetime
    state: AttemptState = AttemptState.RUNNING
    generation: int = 1
    paid: bool = False
    sandbox: bool = False
    user_id: UserId | None = None
    payment_id: str | None = None
    result_key: ResultKey | None = None
    last_seq: int = 0
    stored_seqs: Mapping[int, int] = field(default_factory=dict)
    initial_answers: tuple[tuple[str, Answer], ...] = ()

    def taken_over(self) -> "Attempt":
        """Opened by another connection, which owns it from now on."""
        return replace(self, generation=self.generation + 1)

    def paused(self) -> "Attempt":
        """Its free questions are answered; one that is paid, or not running, stays as it is."""
        if self.paid or self.state is not AttemptState.RUNNING:
            return self
        return replace(self, state=AttemptState.AWAITING_PAYMENT)

    def paid_with(self, payment_id: str | None) -> "Attempt":
        """Its payment is confirmed, and it runs on; the first payment's id stays."""
        if self.paid:
            return self
        waits = self.state is AttemptState.AWAITING_PAYMENT
        state = AttemptState.RUNNING if waits else self.state
        return replace(self, paid=True, payment_id=payment_id, state=state)

    def finished_with(self, result_key: ResultKey, seqs: Mapping[int, int]) -> "Attempt":
        """Its result is stored; `seqs` has the highest `seq` of each generation."""
        return replace(
            self,
            state=AttemptState.FINISHED,
            result_key=result_key,
            stored_seqs=seqs,
            last_seq=max(seqs.values(), default=0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptChange:
    """What a change stream tells of an attempt: only the fields that changed are not None.

    `at` is when, to the second.
    """

    id: AttemptId
    generation: int | None = None
    paid: bool | None = None
    deleted: bool = False
    at: datetime | None = None


def unlocked_length(test: TestDefinition, *, paid: bool) -> int:
    """How many of the test's questions may be sent and answered (recovery rule 4)."""
    return len(test.questions) if paid else test.free_length


def payment_is_due(test: TestDefinition, *, paid: bool, answered: int) -> bool:
    """Whether every free question of an unpaid attempt has its answer, and more would follow."""
    unlocked = unlocked_length(test, paid=paid)
    return unlocked < len(test.questions) and first_unanswered(answered) >= unlocked


def next_question(test: TestDefinition, answered: int) -> str | None:
    """Id of the question to show next, be it locked or not; None when all have an answer."""
    index = first_unanswered(answered)
    return test.questions[index].id if index < len(test.questions) else None

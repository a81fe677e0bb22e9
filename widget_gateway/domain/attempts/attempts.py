"""An attempt is one visitor's run of a test. It has these states, and these events change them.

running ──(all free questions answered, unpaid)──▶ awaiting_payment
awaiting_payment ──(payment confirmed)──▶ running
running ──(all questions answered, finish)──▶ finished
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from widget_gateway.domain.attempts.devices import Device
from widget_gateway.domain.catalogue.answers import Answer, first_unanswered
from widget_gateway.domain.catalogue.order import arranged_questions
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, TestSlug, UserId


class AttemptState(StrEnum):
    """The state of an attempt, spelled as on the wire."""

    RUNNING = "running"
    AWAITING_PAYMENT = "awaiting_payment"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt as it is stored; its answers are in the journal until it is finished.

    `generation` counts the connections that opened it; the newest of them owns it.
    `initial_answers` are those that the host page handed over at the start. Finishing removes the
    rows of the journal: `stored_seqs` then holds the highest `seq` of each generation among them,
    and `last_seq` the highest of all. `seed` decides the order where the test has a random one, and
    is None elsewhere. `device` is the kind of device that opened it last, None if it is not known.
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
    seed: str | None = None
    device: Device | None = None

    def taken_over(self, device: Device | None) -> "Attempt":
        """Return the attempt as opened by another connection, which owns it from now on.

        `device` is the kind of device at its other end.
        """
        return replace(self, generation=self.generation + 1, device=device)

    def paused(self) -> "Attempt":
        """Return the attempt as awaiting payment; unchanged if it is paid for or not running."""
        if self.paid or self.state is not AttemptState.RUNNING:
            return self
        return replace(self, state=AttemptState.AWAITING_PAYMENT)

    def paid_with(self, payment_id: str | None) -> "Attempt":
        """Return the attempt as paid for and running; a later payment does not replace the id."""
        if self.paid:
            return self
        waits = self.state is AttemptState.AWAITING_PAYMENT
        state = AttemptState.RUNNING if waits else self.state
        return replace(self, paid=True, payment_id=payment_id, state=state)

    def finished_with(self, result_key: ResultKey, seqs: Mapping[int, int]) -> "Attempt":
        """Return the attempt as finished; `seqs` holds the highest `seq` of each generation."""
        return replace(
            self,
            state=AttemptState.FINISHED,
            result_key=result_key,
            stored_seqs=seqs,
            last_seq=max(seqs.values(), default=0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptChange:
    """What a change stream tells of an attempt: fields that did not change are None.

    `at` is the time of the change, to the second.
    """

    id: AttemptId
    generation: int | None = None
    paid: bool | None = None
    deleted: bool = False
    at: datetime | None = None


def unlocked_length(test: TestDefinition, *, paid: bool) -> int:
    """How many of the test's questions may be sent and answered: all only once it is paid for."""
    return len(test.questions) if paid else test.free_length


def payment_is_due(test: TestDefinition, *, paid: bool, answered: int) -> bool:
    """Whether an unpaid attempt has an answer to every free question, and more questions follow.

    `answered` is a bit mask as of `answered_mask`.
    """
    unlocked = unlocked_length(test, paid=paid)
    return unlocked < len(test.questions) and first_unanswered(answered) >= unlocked


def next_question(test: TestDefinition, answered: int, seed: str | None = None) -> str | None:
    """Id of the attempt's first unanswered question, locked or not; None when all have an answer.

    `answered` is a bit mask as of `answered_mask`.
    """
    for question in arranged_questions(test, seed):
        if not answered >> test.positions[question.id] & 1:
            return question.id
    return None

"""What a connection keeps in memory about its attempt.

A view is small, since a process holds thousands of them: it has a bit for each answered question
and no answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from widget_gateway.domain.attempts.attempts import (
    Attempt,
    AttemptState,
    next_question,
    payment_is_due,
)
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey


@dataclass(slots=True, kw_only=True)
class AttemptView:
    """A connection's view of its attempt; `answered` is a bit mask of questions.

    `seq` is the highest of any generation that was stored when the attempt was opened.
    `unlocked` counts the questions that may be answered. `stored_seqs` holds the highest `seq` of
    each generation once the attempt is finished, and is empty before. `seed` decides the order of a
    test that has a random one.
    """

    id: AttemptId
    provider: ProviderSlug
    test: TestDefinition
    locale: str
    generation: int
    state: AttemptState
    paid: bool
    seq: int
    answered: int
    unlocked: int
    sandbox: bool = False
    result_key: ResultKey | None = None
    stored_seqs: Mapping[int, int] = field(default_factory=dict)
    seed: str | None = None

    @property
    def next(self) -> str | None:
        """Id of the question to show next."""
        return next_question(self.test, self.answered, self.seed)

    @property
    def payment_is_due(self) -> bool:
        """Whether the pause point is reached and the payment is not confirmed."""
        return payment_is_due(self.test, paid=self.paid, answered=self.answered)

    @property
    def has_answer_behind_pause(self) -> bool:
        """Whether a question that is locked without a payment has an answer."""
        return self.answered >> self.test.free_length > 0

    def finish(self, finished: Attempt) -> None:
        """Note that the attempt is finished and its result stored."""
        self.state = AttemptState.FINISHED
        self.result_key = finished.result_key
        self.stored_seqs = finished.stored_seqs

    def has_stored(self, generation: int, seq: int) -> bool:
        """Whether the attempt is finished and its result contains this answer.

        A generation's answers are stored in order, so the result has all up to its highest `seq`.
        Attempts that an older version of the gateway finished know the highest `seq` only.
        """
        if self.state is not AttemptState.FINISHED:
            return False
        if not self.stored_seqs:
            return seq <= self.seq
        return seq <= self.stored_seqs.get(generation, 0)

    def unlock(self) -> None:
        """Note that the payment is confirmed, which unlocks all questions."""
        self.paid = True
        self.unlocked = len(self.test.questions)
        if self.state is AttemptState.AWAITING_PAYMENT:
            self.state = AttemptState.RUNNING

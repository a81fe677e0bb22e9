"""How long visitors took for their answers, and how many of them came how far."""

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Self

from widget_gateway.domain.attempts.attempts import next_question
from widget_gateway.domain.catalogue.answers import answered_mask
from widget_gateway.domain.catalogue.tests import TestDefinition

TICK_MS = 100
"""The unit of stored durations, in milliseconds: people don't answer to the hundredth of a second,
and two bytes hold more than an hour and a half."""

UNTIMED = 0xFFFF
"""The stored duration of an answer whose duration is not known."""

LONGEST = UNTIMED - 1
"""The longest stored duration; a longer one is stored as this."""


class TimedAnswer(NamedTuple):
    """When an answer came, in milliseconds since 1970; None if that was not stored."""

    question: str
    generation: int
    at_ms: int | None


def durations_of(began_ms: int, answers: Iterable[TimedAnswer]) -> dict[str, int]:
    """Return how many ticks the visitor took for each question.

    The answers are in the order of the journal. An answer took as long as it came after the one
    before it, and the first one as long as it came after the attempt began. The first answer of a
    later connection has no duration, since nobody knows when the visitor came back. A question that
    was answered several times took as long as all its answers together.
    """
    spent: dict[str, int] = {}
    before: TimedAnswer | None = TimedAnswer("", 1, began_ms)
    for answer in answers:
        if (
            before is not None
            and before.generation == answer.generation
            and before.at_ms is not None
            and answer.at_ms is not None
            and answer.at_ms >= before.at_ms
        ):
            spent[answer.question] = spent.get(answer.question, 0) + answer.at_ms - before.at_ms
        before = answer
    return {question: min(round(ms / TICK_MS), LONGEST) for question, ms in spent.items()}


def packed(spent: Mapping[str, int], questions: Iterable[str]) -> bytes:
    """Return the durations in the order of the questions, in two bytes each, big-endian."""
    return b"".join(spent.get(question, UNTIMED).to_bytes(2, "big") for question in questions)


class TimeTally:
    """How often a question took how many ticks. It is bounded, since durations are."""

    def __init__(self) -> None:
        self._ticks: Counter[int] = Counter()

    @property
    def n(self) -> int:
        """How many answers were timed."""
        return self._ticks.total()

    def add(self, ticks: Iterable[int]) -> None:
        """Add durations; unknown ones are passed over."""
        self._ticks.update(ticks)
        del self._ticks[UNTIMED]

    def merge(self, other: Self) -> None:
        """Add the durations of another tally."""
        self._ticks.update(other._ticks)

    def quantiles(self, shares: Sequence[float]) -> list[float]:
        """Return these quantiles of the durations, in seconds; there must be some."""
        rising = sorted(self._ticks.items())
        reached = list(accumulate(count for _, count in rising))
        return [
            next(
                ticks * TICK_MS / 1000
                for (ticks, _), many in zip(rising, reached, strict=True)
                if many >= share * reached[-1]
            )
            for share in shares
        ]


def add_times(tallies: Sequence[TimeTally], times: Sequence[bytes | None]) -> None:
    """Add the packed durations of results; results of former gateways have none."""
    width = len(tallies)
    found = [
        packed_times for packed_times in times if packed_times and len(packed_times) == 2 * width
    ]
    joined = array("H", b"".join(found))
    if sys.byteorder == "little":
        joined.byteswap()
    for index, tally in enumerate(tallies):
        tally.add(joined[index::width])


@dataclass(slots=True)
class Funnel:
    """How far attempts came. `reached` counts those that came to each question of the test.

    `stopped` counts the unfinished ones by the question at which they are. Those that have all
    answers and are not finished are at none.
    """

    began: int
    finished: int
    awaiting_payment: int
    reached: Counter[str]
    stopped: Counter[str]

    @classmethod
    def empty(cls) -> Self:
        """A funnel without attempts."""
        return cls(0, 0, 0, Counter(), Counter())

    def add_finished(self, count: int) -> None:
        """Add attempts that are finished, and so have reached all questions."""
        self.began += count
        self.finished += count

    def add_unfinished(
        self,
        test: TestDefinition,
        answered: Iterable[str],
        seed: str | None,
        *,
        is_paused: bool,
    ) -> None:
        """Add an attempt that has answers to these questions.

        It is at the first one without, in the order that its `seed` makes.
        """
        self.began += 1
        self.awaiting_payment += is_paused
        known = {question for question in answered if question in test.positions}
        self.reached.update(known)
        following = next_question(test, answered_mask(test, dict.fromkeys(known, ())), seed)
        if following is not None:
            self.reached[following] += 1
            self.stopped[following] += 1

    def merge(self, other: Self) -> None:
        """Add the attempts of another funnel of the same version."""
        self.began += other.began
        self.finished += other.finished
        self.awaiting_payment += other.awaiting_payment
        self.reached.update(other.reached)
        self.stopped.update(other.stopped)

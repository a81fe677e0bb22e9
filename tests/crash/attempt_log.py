"""What visitors gave, and what they were promised."""

import uuid
from collections import Counter
from dataclasses import dataclass, field

Place = tuple[int, int]
"""(generation, seq) under which an answer was given; a question's highest one stands."""


@dataclass
class Attempt:
    """What a visitor knows of one attempt."""

    open_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    identity: dict[str, str] = field(default_factory=dict)
    answers: dict[Place, tuple[str, list[str]]] = field(default_factory=dict)
    acknowledged: set[Place] = field(default_factory=set)
    result_key: str | None = None
    is_spoiled: bool = False
    """The server refused what it must not refuse: there is no going on."""

    @property
    def unacknowledged(self) -> list[Place]:
        """In the order in which they were given."""
        return [place for place in self.answers if place not in self.acknowledged]

    @property
    def promised(self) -> dict[str, Place]:
        """Where the last acknowledged answer to each question was given."""
        return {self.answers[place][0]: place for place in sorted(self.acknowledged)}

    def may_stand(self, question: str, promised: Place) -> list[list[str]]:
        """The values that may be stored for a question: the promised one, and what came after."""
        return [
            value
            for place, (asked, value) in self.answers.items()
            if asked == question and place >= promised
        ]


@dataclass
class Notes:
    """What all visitors saw, by `time.monotonic()`."""

    acks: list[float] = field(default_factory=list)
    closes: list[tuple[float, int]] = field(default_factory=list)
    """Closed by a gateway, with this code."""

    refusals: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """What must never happen."""

"""The record of what visitors answered and of what was acknowledged."""

import uuid
from collections import Counter
from dataclasses import dataclass, field

Place = tuple[int, int]
"""Generation and seq of an answer; the answer with a question's highest place stands."""


@dataclass
class Attempt:
    """What a visitor knows of an attempt. `answers` has question and value by place."""

    open_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    identity: dict[str, str] = field(default_factory=dict)
    answers: dict[Place, tuple[str, list[str]]] = field(default_factory=dict)
    acknowledged: set[Place] = field(default_factory=set)
    result_key: str | None = None
    is_spoiled: bool = False
    """Whether the server refused what it must not refuse, so that the attempt ends here."""

    @property
    def unacknowledged(self) -> list[Place]:
        """The places that are not acknowledged, in the order in which they were answered."""
        return [place for place in self.answers if place not in self.acknowledged]

    @property
    def promised(self) -> dict[str, Place]:
        """The place of the last acknowledged answer to each question."""
        return {self.answers[place][0]: place for place in sorted(self.acknowledged)}

    def may_stand(self, question: str, promised: Place) -> list[list[str]]:
        """Return the values that may be stored for a question: the promised one and later ones."""
        return [
            value
            for place, (asked, value) in self.answers.items()
            if asked == question and place >= promised
        ]


@dataclass
class Notes:
    """What all visitors saw; moments are those of `time.monotonic()`."""

    acks: list[float] = field(default_factory=list)
    closes: list[tuple[float, int]] = field(default_factory=list)
    """The moments and codes at which a gateway closed a connection."""

    refusals: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """Events that must never happen, in words."""

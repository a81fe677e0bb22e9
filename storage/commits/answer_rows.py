"""The documents of the collection `answers`: how their keys are made, and how they are read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from struct import Struct
from uuid import UUID

from storage.client import Document
from widget_gateway.domain.attempts.durations import TimedAnswer
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.ids import AttemptId

_KEY = Struct(">16sII")
_ATTEMPT_BYTES = 16

MAX_COUNT = 2**32 - 1
"""The highest generation, and the highest `seq`, that a key can hold: both take four bytes."""


def row_key(attempt: bytes, generation: int, seq: int) -> bytes:
    """Make the key of an answer, 24 bytes. Keys of an attempt sort by generation and `seq`."""
    return _KEY.pack(attempt, generation, seq)


def attempt_of(key: bytes) -> AttemptId:
    """Read from a key which attempt the answer belongs to."""
    return AttemptId(UUID(bytes=bytes(key[:_ATTEMPT_BYTES])))


def place_of(key: bytes) -> tuple[bytes, int, int]:
    """Read the attempt, the generation and the `seq` of an answer from its key.

    Raises:
        struct.error, TypeError: it is no key of an answer.
    """
    attempt, generation, seq = _KEY.unpack(key)
    return attempt, generation, seq


def rows_of(attempt: AttemptId) -> Document:
    """Make the condition on `_id` that selects all answers of an attempt."""
    return {
        "$gte": row_key(attempt.bytes, 0, 0),
        "$lte": row_key(attempt.bytes, MAX_COUNT, MAX_COUNT),
    }


@dataclass(slots=True)
class Recorded:
    """The answers of an attempt in the order of generation and `seq`.

    The last value of a question is the one that counts. `seqs` has the highest `seq` of each
    generation that has a row. `times` tells of each answer of the visitor when it came.
    """

    answers: list[tuple[str, Answer]] = field(default_factory=list)
    seqs: dict[int, int] = field(default_factory=dict)
    times: list[TimedAnswer] = field(default_factory=list)

    def add(self, row: Document) -> None:
        """Add the next row in the order of keys."""
        _, generation, seq = place_of(row["_id"])
        self.answers.append((row["q"], tuple(row["v"])))
        self.seqs[generation] = seq
        # Rows that a former gateway wrote have no time.
        self.times.append(TimedAnswer(row["q"], generation, row.get("t")))

    @property
    def highest(self) -> int:
        """The highest `seq` of all generations; 0 without answers."""
        return max(self.seqs.values(), default=0)


def recorded_by_attempt(rows: Iterable[Document]) -> dict[AttemptId, Recorded]:
    """Sort rows, which are in the order of their keys, into the answers of each attempt."""
    found: dict[AttemptId, Recorded] = {}
    for row in rows:
        found.setdefault(attempt_of(row["_id"]), Recorded()).add(row)
    return found

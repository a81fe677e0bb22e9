"""The rows of answers: their keys, and what they amount to when they are read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from struct import Struct
from uuid import UUID

from storage.client import Document
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.ids import AttemptId

_KEY = Struct(">16sII")
_ATTEMPT_BYTES = 16

MAX_COUNT = 2**32 - 1
"""The highest generation and the highest `seq` that a key has room for."""


def row_key(attempt: bytes, generation: int, seq: int) -> bytes:
    """The place of an answer, 24 bytes: places sort in the order in which they count."""
    return _KEY.pack(attempt, generation, seq)


def attempt_of(key: bytes) -> AttemptId:
    """Whose answer lies at this place."""
    return AttemptId(UUID(bytes=bytes(key[:_ATTEMPT_BYTES])))


def rows_of(attempt: AttemptId) -> Document:
    """The range of the keys of an attempt's answers."""
    return {
        "$gte": row_key(attempt.bytes, 0, 0),
        "$lte": row_key(attempt.bytes, MAX_COUNT, MAX_COUNT),
    }


@dataclass(slots=True)
class Recorded:
    """An attempt's answers in the order of (generation, seq): a question's last value stands.

    `seqs` has the highest `seq` of each generation that left a row.
    """

    answers: list[tuple[str, Answer]] = field(default_factory=list)
    seqs: dict[int, int] = field(default_factory=dict)

    def add(self, row: Document) -> None:
        """Take in the next row in the order of keys."""
        _, generation, seq = _KEY.unpack(row["_id"])
        self.answers.append((row["q"], tuple(row["v"])))
        self.seqs[generation] = seq

    @property
    def highest(self) -> int:
        """The highest `seq` of any generation, 0 without answers."""
        return max(self.seqs.values(), default=0)


def recorded_by_attempt(rows: Iterable[Document]) -> dict[AttemptId, Recorded]:
    """The answers of several attempts, of rows sorted by key."""
    found: dict[AttemptId, Recorded] = {}
    for row in rows:
        found.setdefault(attempt_of(row["_id"]), Recorded()).add(row)
    return found

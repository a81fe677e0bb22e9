"""Calls that happen once: the right to run one, and the answer that it had."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it was sent."""

    status: int
    media_type: str
    body: bytes
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run the call. `seed` is the same for all tries of it."""

    id: dict[str, Any]
    token: UUID
    seed: UUID

"""Calls with an Idempotency-Key, which happen once: the right to run one, and its stored answer."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a call, as it was sent."""

    status: int
    media_type: str
    body: bytes
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a call; `token` tells this try from others, which all have its `seed`."""

    id: dict[str, Any]
    token: UUID
    seed: UUID

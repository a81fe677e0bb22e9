"""Counts of what an erasure has removed."""

from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    def __add__(self, other: Self) -> Self:
        """Add the counts of another part of the same erasure."""
        return type(self)(
            **{
                field.name: getattr(self, field.name) + getattr(other, field.name)
                for field in fields(self)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedUser(_Counts):
    """What was removed of a provider's user.

    `answers` counts those that were not in a result yet, `webhooks` deliveries in any state, and
    `kept_answers` the answers of calls with an `Idempotency-Key`. `accesses` counts rows of the
    ledger, which stay under a pseudonym.
    """

    users: int = 0
    accesses: int = 0
    results: int = 0
    attempts: int = 0
    answers: int = 0
    access_tokens: int = 0
    webhooks: int = 0
    kept_answers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedPerson(_Counts):
    """What was removed of a person of the portal.

    `events` counts pushed events that were for this person alone, and those from which only the
    person's id was removed. `audit_entries` stay under a pseudonym.
    """

    people: int = 0
    sign_ins: int = 0
    guards: int = 0
    events: int = 0
    deliveries: int = 0
    audit_entries: int = 0

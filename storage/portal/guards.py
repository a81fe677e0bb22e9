"""Guards against the guessing of PINs. One atomic command counts a try before the PIN is checked.

A guard is found by an HMAC of the login or of the address, so that neither can be read from the
database. The rules are those of widget_gateway/domain/portal/sign_ins.py. They are written as
aggregation pipelines, since only the database sees the tries of all processes in one order.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pymongo import ReturnDocument

from storage.client import Database, Document, translated
from storage.transactions import Session
from widget_gateway.domain.portal.locks import AddressTries, LoginTries
from widget_gateway.domain.portal.sign_ins import (
    ADDRESS_TRIES,
    ADDRESS_WINDOW,
    TRIES_BEFORE_BURNING,
    TRIES_BEFORE_LOCK,
    lock_durations,
)

UNKNOWN_KEPT_FOR = timedelta(days=2)
"""How long the guard of a login that nobody has is kept: longer than the longest lock."""

_LOCKS_MS = [duration // timedelta(milliseconds=1) for duration in lock_durations()]
"""The durations of a login's locks, one after the other, in milliseconds. The last one repeats."""


class Verdict(StrEnum):
    """What a guard decides about a try to sign in."""

    CHECKED = "checked"
    """The PIN is to be checked."""
    LOCKED = "locked"
    """The login is locked for a while."""
    BURNED = "burned"
    """The login is locked until there is a new PIN."""


@dataclass(frozen=True, slots=True)
class AddressVerdict:
    """What a guard decides about a try from an address.

    `free_at` is when the address may try again, or None if this try is allowed. `first` says that
    this is the first refusal after an allowed try.
    """

    free_at: datetime | None
    first: bool = False


class GuardStore:
    """Guards of logins and of addresses. A TTL index removes them, except for logins of people."""

    def __init__(self, database: Database) -> None:
        self._logins = database["login_guards"]
        self._addresses = database["address_guards"]

    async def count_login(self, guard: bytes, now: datetime, *, known: bool) -> Verdict:
        """Count a try at a login unless the login is locked or burned; atomic.

        `known` says whether a person has the login. The PIN of the try that locks a login is still
        checked: it is the last of the allowed tries.
        """
        verdict = {
            "$switch": {
                "branches": [
                    {
                        "case": {"$gte": [_or("$total", 0), TRIES_BEFORE_BURNING]},
                        "then": Verdict.BURNED.value,
                    },
                    {
                        "case": {"$gt": [_or("$locked_until", now), now]},
                        "then": Verdict.LOCKED.value,
                    },
                ],
                "default": Verdict.CHECKED.value,
            }
        }
        counted = {"$cond": [{"$eq": ["$verdict", Verdict.CHECKED.value]}, 1, 0]}
        locks = {"$gte": ["$tries", TRIES_BEFORE_LOCK]}
        lock_ms = {"$arrayElemAt": [_LOCKS_MS, {"$min": ["$level", len(_LOCKS_MS) - 1]}]}
        pipeline: list[Document] = [
            {"$set": {"verdict": verdict}},
            {
                "$set": {
                    "tries": {"$add": [_or("$tries", 0), counted]},
                    "total": {"$add": [_or("$total", 0), counted]},
                    "level": _or("$level", 0),
                    "expires_at": None if known else now + UNKNOWN_KEPT_FOR,
                }
            },
            {
                "$set": {
                    "locked_until": {"$cond": [locks, {"$add": [now, lock_ms]}, "$locked_until"]},
                    "level": {"$add": ["$level", {"$cond": [locks, 1, 0]}]},
                    "tries": {"$cond": [locks, 0, "$tries"]},
                }
            },
        ]
        with translated():
            row: Any = await self._logins.find_one_and_update(
                {"_id": guard},
                pipeline,
                {"verdict": 1},
                upsert=True,
                return_document=ReturnDocument.AFTER,
            )
        return Verdict(row["verdict"])

    async def clear_login(self, guard: bytes) -> None:
        """Take back the last try, whose PIN was right, and let locks begin with the shortest."""
        pipeline = [
            {
                "$set": {
                    "tries": 0,
                    "level": 0,
                    "total": {"$max": [{"$subtract": ["$total", 1]}, 0]},
                    "locked_until": None,
                }
            }
        ]
        with translated():
            await self._logins.update_one({"_id": guard}, pipeline)

    async def forgive_within(self, session: Session, guard: bytes) -> None:
        """Forget the tries at an old PIN, in the caller's transaction.

        The duration of the next lock stays.
        """
        fields = {"tries": 0, "total": 0, "locked_until": None, "expires_at": None}
        await self._logins.update_one({"_id": guard}, {"$set": fields}, session=session)

    async def find_login(self, guard: bytes) -> LoginTries:
        """Find what is counted at a login."""
        with translated():
            row = await self._logins.find_one({"_id": guard})
        if row is None:
            return LoginTries()
        return LoginTries(row["tries"], row["total"], row.get("locked_until"))

    async def unlock_within(self, session: Session, guard: bytes, now: datetime) -> bool:
        """End the lock of a login in the caller's transaction; False if it is not locked.

        The number of all tries stays, since the PIN does, and so does the duration of the next
        lock.
        """
        locked = {
            "_id": guard,
            "locked_until": {"$gt": now},
            "total": {"$lt": TRIES_BEFORE_BURNING},
        }
        fields = {"tries": 0, "locked_until": None}
        ended = await self._logins.update_one(locked, {"$set": fields}, session=session)
        return bool(ended.modified_count)

    async def find_address(self, guard: bytes, now: datetime) -> AddressTries:
        """Find what is counted of an address within ADDRESS_WINDOW."""
        with translated():
            row = await self._addresses.find_one({"_id": guard})
        times = sorted(tried["at"] for tried in row["tries"]) if row else []
        recent = [at for at in times if at > now - ADDRESS_WINDOW]
        is_full = len(recent) >= ADDRESS_TRIES
        return AddressTries(len(recent), recent[0] + ADDRESS_WINDOW if is_full else None)

    async def remove_address_within(self, session: Session, guard: bytes, now: datetime) -> bool:
        """Forget the tries from an address in the caller's transaction; False if there are none."""
        counted = {"_id": guard, "tries.at": {"$gt": now - ADDRESS_WINDOW}}
        removed = await self._addresses.delete_one(counted, session=session)
        return bool(removed.deleted_count)

    async def remove_within(self, session: Session, guard: bytes) -> int:
        """Remove the guard of a login in the caller's transaction; returns how many there were."""
        return int((await self._logins.delete_one({"_id": guard}, session=session)).deleted_count)

    async def count_address(self, guard: bytes, attempt: UUID, now: datetime) -> AddressVerdict:
        """Count a try from an address unless it had too many within ADDRESS_WINDOW; atomic.

        `attempt` is an id of the try, by which it can be given back.
        """
        recent = {
            "$filter": {
                "input": _or("$tries", []),
                "cond": {"$gt": ["$$this.at", now - ADDRESS_WINDOW]},
            }
        }
        is_full = {"$gte": [{"$size": "$tries"}, ADDRESS_TRIES]}
        pipeline: list[Document] = [
            {"$set": {"tries": recent}},
            {"$set": {"refused": {"$cond": [is_full, {"$add": [_or("$refused", 0), 1]}, 0]}}},
            {
                "$set": {
                    "tries": {
                        "$cond": [
                            is_full,
                            "$tries",
                            {"$concatArrays": ["$tries", [{"at": now, "id": attempt}]]},
                        ]
                    },
                    "expires_at": now + ADDRESS_WINDOW,
                }
            },
        ]
        with translated():
            row: Any = await self._addresses.find_one_and_update(
                {"_id": guard}, pipeline, upsert=True, return_document=ReturnDocument.AFTER
            )
        if not row["refused"]:
            return AddressVerdict(None)
        oldest: datetime = min(counted["at"] for counted in row["tries"])
        return AddressVerdict(oldest + ADDRESS_WINDOW, first=row["refused"] == 1)

    async def give_back(self, guard: bytes, attempt: UUID) -> None:
        """Take back a try from an address, because its PIN was right."""
        with translated():
            await self._addresses.update_one({"_id": guard}, {"$pull": {"tries": {"id": attempt}}})


def _or(value: str, otherwise: Any) -> Document:
    return {"$ifNull": [value, otherwise]}

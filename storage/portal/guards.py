"""Guards against guessing: each try is counted, by one atomic command, before it is checked.

A login's guard is found by an HMAC of the login, an address's by one of the address: what is
stored tells neither. The rules are those of widget_gateway/domain/portal/sign_ins.py, written as
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
from widget_gateway.domain.portal.sign_ins import (
    ADDRESS_TRIES,
    ADDRESS_WINDOW,
    TRIES_BEFORE_BURNING,
    TRIES_BEFORE_LOCK,
    lock_durations,
)

UNKNOWN_KEPT_FOR = timedelta(days=2)
"""How long tries at a login that nobody has are remembered: longer than the longest lock."""

_LOCKS_MS = [duration // timedelta(milliseconds=1) for duration in lock_durations()]


class Verdict(StrEnum):
    """What a guard says of a try."""

    CHECKED = "checked"
    LOCKED = "locked"
    BURNED = "burned"


@dataclass(frozen=True, slots=True)
class AddressVerdict:
    """`free_at` is when the address may try again; None where it may now.

    `first` is true of the first refusal after an allowed try.
    """

    free_at: datetime | None
    first: bool = False


class GuardStore:
    """Rows leave by TTL once they say nothing any more; those of people stay."""

    def __init__(self, database: Database) -> None:
        self._logins = database["login_guards"]
        self._addresses = database["address_guards"]

    async def count_login(self, guard: bytes, now: datetime, *, known: bool) -> Verdict:
        """Count a try at a login, unless it is locked or burned; atomic.

        The try that locks is still checked: it is the last of those that were allowed.
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
        """The PIN was right: the try was none, and locks begin anew."""
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
        """There is a new PIN: nothing guessed before counts, but the next lock lasts no shorter."""
        fields = {"tries": 0, "total": 0, "locked_until": None, "expires_at": None}
        await self._logins.update_one({"_id": guard}, {"$set": fields}, session=session)

    async def count_address(self, guard: bytes, attempt: UUID, now: datetime) -> AddressVerdict:
        """Count a try from an address, unless it had too many within the last hour; atomic."""
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
        oldest: datetime = min(one["at"] for one in row["tries"])
        return AddressVerdict(oldest + ADDRESS_WINDOW, first=row["refused"] == 1)

    async def give_back(self, guard: bytes, attempt: UUID) -> None:
        """The try was right: it does not count against its address."""
        with translated():
            await self._addresses.update_one({"_id": guard}, {"$pull": {"tries": {"id": attempt}}})


def _or(value: str, otherwise: Any) -> Document:
    return {"$ifNull": [value, otherwise]}

"""Sign-ins of people. A sign-in that has ended is deleted."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pymongo import ReturnDocument

from storage.changes import Changes
from storage.client import Client, Database, Document, translated
from storage.counters import CounterStore
from storage.portal.audit import AuditStore
from storage.transactions import Session, run
from widget_gateway.domain.portal.audit import AuditEntry
from widget_gateway.domain.portal.people import PersonId
from widget_gateway.domain.portal.sign_ins import (
    ACCESS_TOKEN_LIFETIME,
    MAX_ROTATIONS_KEPT,
    REFRESH_TOKEN_LIFETIME,
    REPLAY_WINDOW,
    Remote,
    Rotation,
    SignIn,
)


def _to_document(sign_in: SignIn) -> Document:
    return {
        "_id": sign_in.id,
        "person": sign_in.person,
        "user_agent": sign_in.remote.user_agent,
        "ip": sign_in.remote.address,
        "created_at": sign_in.created_at,
        "updated_at": sign_in.updated_at,
        "access_expire_at": sign_in.access_token_expires_at,
        "refresh_expire_at": sign_in.refresh_token_expires_at,
        "generation": sign_in.generation,
        # Nodes of the former version read this: the time of the last rotation.
        "rotated_at": sign_in.created_at,
        "rotations": [],
        "nonce": sign_in.nonce,
    }


def _sign_in_from(row: Document) -> SignIn:
    return SignIn(
        id=row["_id"],
        person=PersonId(row["person"]),
        remote=Remote(row["ip"], row["user_agent"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        access_token_expires_at=row["access_expire_at"],
        refresh_token_expires_at=row["refresh_expire_at"],
        generation=row["generation"],
        rotations=_rotations_from(row),
        nonce=row["nonce"],
    )


def _rotations_from(row: Document) -> tuple[Rotation, ...]:
    rotations = [Rotation(kept["generation"], kept["at"]) for kept in row.get("rotations", ())]
    latest = row["generation"] - 1
    if latest > 0 and all(known.generation != latest for known in rotations):
        # A node of the former version rotated last, and dated it by its own clock.
        rotations.append(Rotation(latest, row["rotated_at"]))
    return tuple(rotations)


def _milliseconds(duration: timedelta) -> int:
    """Convert a duration to the number that the database adds to a date."""
    return duration // timedelta(milliseconds=1)


_SECOND = {"$dateTrunc": {"date": "$$NOW", "unit": "second"}}

_ROTATION: list[Document] = [
    {
        "$set": {
            "generation": {"$add": ["$generation", 1]},
            "rotations": {
                "$slice": [
                    {
                        "$concatArrays": [
                            {
                                "$filter": {
                                    "input": {"$ifNull": ["$rotations", []]},
                                    "cond": {
                                        "$gte": [
                                            "$$this.at",
                                            {"$subtract": ["$$NOW", _milliseconds(REPLAY_WINDOW)]},
                                        ]
                                    },
                                }
                            },
                            [{"generation": "$generation", "at": "$$NOW"}],
                        ]
                    },
                    -MAX_ROTATIONS_KEPT,
                ]
            },
            "rotated_at": "$$NOW",
            "updated_at": "$$NOW",
            "access_expire_at": {"$add": [_SECOND, _milliseconds(ACCESS_TOKEN_LIFETIME)]},
            "refresh_expire_at": {"$add": [_SECOND, _milliseconds(REFRESH_TOKEN_LIFETIME)]},
        }
    }
]
"""What an exchange of the refresh token changes. The clock of the database dates it, since the
clocks of two nodes differ."""


class SignInStore:
    """Sign-ins by number, which is the portal's `session_id`. A TTL index removes expired ones."""

    def __init__(
        self, client: Client, database: Database, counters: CounterStore, audit: AuditStore
    ) -> None:
        self._client = client
        self._sign_ins = database["sign_ins"]
        self._counters = counters
        self._audit = audit

    async def next_id(self) -> int:
        """Take a number for a new sign-in."""
        return await self._counters.next("session")

    async def add(self, sign_in: SignIn, entry: AuditEntry) -> None:
        """Store a new sign-in and its entry in the audit trail; atomic."""

        async def work(session: Session) -> None:
            await self._sign_ins.insert_one(_to_document(sign_in), session=session)
            await self._audit.add_within(session, entry)

        await run(self._client, work)

    async def find(self, sign_in: int, now: datetime) -> SignIn | None:
        """Find a sign-in that has not expired."""
        with translated():
            row = await self._sign_ins.find_one(_alive(now) | {"_id": sign_in})
        return _sign_in_from(row) if row else None

    async def find_by_database_clock(self, sign_in: int) -> tuple[SignIn, datetime] | None:
        """Find a sign-in that has not expired, and the time; both by the database's clock."""
        steps: list[Document] = [
            {"$match": {"_id": sign_in, "$expr": {"$gt": ["$refresh_expire_at", "$$NOW"]}}},
            {"$set": {"now": "$$NOW"}},
        ]
        with translated():
            rows = [row async for row in await self._sign_ins.aggregate(steps)]
        return (_sign_in_from(rows[0]), rows[0]["now"]) if rows else None

    async def list_of(self, person: PersonId, now: datetime) -> list[SignIn]:
        """List the person's sign-ins that have not expired, oldest first."""
        with translated():
            found = self._sign_ins.find(_alive(now) | {"person": person}).sort("_id", 1)
            return [_sign_in_from(row) async for row in found]

    async def list_page(
        self, person: PersonId, now: datetime, before: int | None, limit: int
    ) -> list[SignIn]:
        """List the person's sign-ins that have not expired, newest first, below the id `before`."""
        wanted = _alive(now) | {"person": person}
        if before is not None:
            wanted["_id"] = {"$lt": before}
        with translated():
            found = self._sign_ins.find(wanted).sort("_id", -1).limit(limit)
            return [_sign_in_from(row) async for row in found]

    async def find_ended(self, ids: Sequence[int]) -> set[int]:
        """Return those of these ids whose sign-ins are no longer stored."""
        with translated():
            rows = self._sign_ins.find({"_id": {"$in": list(ids)}}, {"_id": 1})
            return set(ids) - {int(row["_id"]) async for row in rows}

    async def rotate(self, old: SignIn, entry: AuditEntry) -> SignIn | None:
        """Replace the refresh token by the next one, and add `entry` to the audit trail; atomic.

        Returns None, and changes nothing, if the token was replaced before or the sign-in ended.
        """

        async def work(session: Session) -> Document | None:
            row = await self._sign_ins.find_one_and_update(
                {"_id": old.id, "generation": old.generation, "nonce": old.nonce},
                _ROTATION,
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            if row is not None:
                await self._audit.add_within(session, entry)
            return row

        row = await run(self._client, work)
        return _sign_in_from(row) if row else None

    async def end(self, person: PersonId, sign_in: int, now: datetime, entry: AuditEntry) -> bool:
        """Delete a sign-in of this person, and add `entry` to the audit trail; atomic.

        Returns False, and changes nothing, if the person has no such sign-in or it has expired.
        """
        wanted = _alive(now) | {"_id": sign_in, "person": person}

        async def work(session: Session) -> bool:
            deleted = await self._sign_ins.delete_one(wanted, session=session)
            if deleted.deleted_count:
                await self._audit.add_within(session, entry)
            return bool(deleted.deleted_count)

        return await run(self._client, work)

    async def end_all(self, person: PersonId, entry_of: Callable[[int], AuditEntry]) -> list[int]:
        """Delete all sign-ins of this person; returns their ids; atomic.

        `entry_of` makes the entry of the audit trail for each of them.
        """

        async def work(session: Session) -> list[int]:
            rows = self._sign_ins.find({"person": person}, {"_id": 1}, session=session)
            ids = [int(row["_id"]) async for row in rows]
            await self._sign_ins.delete_many({"_id": {"$in": ids}}, session=session)
            for ended in ids:
                await self._audit.add_within(session, entry_of(ended))
            return ids

        return await run(self._client, work)

    async def remove_within(self, session: Session, person: PersonId) -> list[int]:
        """Delete all sign-ins of this person in the caller's transaction; returns their ids."""
        rows = self._sign_ins.find({"person": person}, {"_id": 1}, session=session)
        ids = [int(row["_id"]) async for row in rows]
        await self._sign_ins.delete_many({"_id": {"$in": ids}}, session=session)
        return ids


def _alive(now: datetime) -> Document:
    """Make a condition that leaves out expired rows, which the TTL index removes a minute late."""
    return {"refresh_expire_at": {"$gt": now}}


class SignInChanges(Changes[int]):
    """Sign-ins that ended, because they were deleted or because they have expired."""

    collection = "sign_ins"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": "delete"}},
        {"$project": {"documentKey": 1}},
    ]

    def read(self, row: Document) -> int:
        """Read which sign-in has ended."""
        return int(row["documentKey"]["_id"])

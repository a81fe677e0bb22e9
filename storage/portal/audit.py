"""The audit trail of the portal (docs/protocol/http.md).

Its entries are never changed, but for those of people who were erased: they get a pseudonym.
"""

from collections.abc import AsyncIterator

from bson import ObjectId
from pymongo import DESCENDING

from storage.client import Database, Document, rows_of, translated
from storage.transactions import Session
from widget_gateway.domain.portal.audit import (
    AuditAction,
    AuditEntry,
    AuditFilter,
    AuditPlace,
    Outcome,
)
from widget_gateway.domain.portal.people import Login, PersonId
from widget_gateway.domain.portal.sign_ins import Remote


def _to_document(entry: AuditEntry) -> Document:
    return {
        "at": entry.at,
        "action": entry.action.value,
        "outcome": entry.outcome.value,
        "person": entry.person,
        "login": entry.login,
        "session": entry.sign_in_id,
        "address": entry.remote.address,
        "user_agent": entry.remote.user_agent,
    }


def _entry_from(row: Document) -> AuditEntry:
    return AuditEntry(
        at=row["at"],
        action=AuditAction(row["action"]),
        outcome=Outcome(row["outcome"]),
        remote=Remote(row["address"], row["user_agent"]),
        person=None if row["person"] is None else PersonId(row["person"]),
        login=None if row["login"] is None else Login(row["login"]),
        sign_in_id=row["session"],
    )


class AuditStore:
    """Stores entries: of a change in the transaction that makes it, of a refusal by themselves."""

    def __init__(self, database: Database) -> None:
        self._entries = database["audit"]

    async def add(self, entry: AuditEntry) -> None:
        """Add an entry about something that changed nothing else, such as a refusal."""
        with translated():
            await self._entries.insert_one(_to_document(entry))

    async def add_within(self, session: Session, entry: AuditEntry) -> None:
        """Add an entry about the caller's transaction, as a part of it."""
        await self._entries.insert_one(_to_document(entry), session=session)

    async def list_page(
        self, chosen: AuditFilter, after: AuditPlace | None, limit: int
    ) -> list[tuple[AuditPlace, AuditEntry]]:
        """List wanted entries, newest first, each with its place; those behind the place `after`.

        Entries at the same moment are in the order of their ids.
        """
        found = self._entries.find(wanted_entries(chosen, after)).sort(
            [("at", DESCENDING), ("_id", DESCENDING)]
        )
        if chosen.person is None and chosen.login is None:
            found = found.hint("filtered")
        with translated():
            return [
                (AuditPlace(row["at"], str(row["_id"])), _entry_from(row))
                async for row in found.limit(limit)
            ]

    async def list_of(self, person: PersonId) -> AsyncIterator[AuditEntry]:
        """Yield all entries about a person, newest first, some hundred at a time."""
        found = self._entries.find({"person": person}).sort("at", DESCENDING)
        async for row in rows_of(found, _BATCH):
            yield _entry_from(row)

    async def pseudonymise(self, person: PersonId, login: Login | None, pseudonym: PersonId) -> int:
        """Put a pseudonym for a person, and remove logins, addresses and devices.

        Returns how many entries have changed. It may be repeated.
        """
        nameless: Document = {"login": None, "address": "", "user_agent": ""}
        with translated():
            named = await self._entries.update_many(
                {"person": person}, {"$set": nameless | {"person": pseudonym}}
            )
            if login is None:
                return int(named.modified_count)
            # Tries to sign in before the portal had told of the person name the login only.
            tried = await self._entries.update_many(
                {"login": login, "person": None}, {"$set": nameless}
            )
        return int(named.modified_count + tried.modified_count)


def wanted_entries(chosen: AuditFilter, after: AuditPlace | None) -> Document:
    """Make the condition that selects entries.

    It names each action and each outcome even if any is wanted. So the index `filtered` gives the
    entries of each pair in their order, and the database merges them instead of sorting all.
    """
    wanted: Document = {}
    whose = {"person": chosen.person, "login": chosen.login}
    if named := [{field: name} for field, name in whose.items() if name is not None]:
        wanted["$or"] = named
    actions = AuditAction if chosen.action is None else (chosen.action,)
    outcomes = Outcome if chosen.outcomes is None else chosen.outcomes
    wanted["action"] = {"$in": [action.value for action in actions]}
    wanted["outcome"] = {"$in": [outcome.value for outcome in outcomes]}
    if period := {
        sign: at for sign, at in (("$gte", chosen.since), ("$lt", chosen.until)) if at is not None
    }:
        wanted["at"] = period
    if after is not None:
        wanted["at"] = {"$lte": after.at} | wanted.get("at", {})
        # A condition without `$or`, so that the index gives the order.
        wanted["$nor"] = [{"at": after.at, "_id": {"$gte": ObjectId(after.id)}}]
    return wanted


_BATCH = 500
"""How many entries are read at once: about 150 KB."""

"""The trail of the console. An entry is written before its deed, and completed afterwards."""

from collections.abc import Mapping
from typing import Any

from bson import ObjectId
from pymongo import DESCENDING

from storage.client import Database, Document, translated
from widget_gateway.domain.console.trail import (
    BEGUN,
    DONE,
    Actor,
    Deed,
    Ending,
    TrailEntry,
    TrailFilter,
    TrailPlace,
)
from widget_gateway.domain.ids import AccountId, ProviderSlug


def entry_from(row: Document) -> TrailEntry:
    """Make an entry of its document."""
    return TrailEntry(
        id=str(row["_id"]),
        at=row["at"],
        actor=Actor(
            account=None if row["account"] is None else AccountId(row["account"]),
            login=row["login"],
            role=row["role"],
            address=row["address"],
            user_agent=row["user_agent"],
            request_id=row["request_id"],
        ),
        deed=Deed(row["deed"]),
        subject=row["subject"],
        provider=None if row["provider"] is None else ProviderSlug(row["provider"]),
        outcome=row["outcome"],
        before=row["before"],
        after=row["after"],
    )


_ENDINGS: dict[Ending, Any] = {
    Ending.DONE: DONE,
    Ending.BEGUN: BEGUN,
    Ending.REFUSED: {"$nin": [DONE, BEGUN]},
}


def wanted_entries(chosen: TrailFilter, after: TrailPlace | None) -> Document:
    """Make the condition that selects entries behind the place `after`, the newest first."""
    wanted: Document = {}
    whose: list[Document] = [] if chosen.login is None else [{"login": chosen.login}]
    whose += [{"subject": subject} for subject in chosen.subjects]
    if whose:
        wanted["$or"] = whose
    if chosen.deed is not None:
        wanted["deed"] = chosen.deed.value
    if chosen.provider is not None:
        wanted["provider"] = chosen.provider
    if chosen.ending is not None:
        wanted["outcome"] = _ENDINGS[chosen.ending]
    period = {"$gte": chosen.since, "$lt": chosen.until}
    if period := {sign: at for sign, at in period.items() if at is not None}:
        wanted["at"] = period
    if after is not None:
        wanted["at"] = {"$lte": after.at} | wanted.get("at", {})
        # A condition without `$or`, so that the index gives the order.
        wanted["$nor"] = [{"at": after.at, "_id": {"$gte": ObjectId(after.id)}}]
    return wanted


class TrailStore:
    """Entries, whose ids tell entries of the same time apart."""

    def __init__(self, database: Database) -> None:
        self._entries = database["console_trail"]

    async def begin(self, entry: TrailEntry) -> str:
        """Store the entry of a deed that begins; return its id."""
        entry_id = ObjectId()
        row = {
            "_id": entry_id,
            "at": entry.at,
            "account": entry.actor.account,
            "login": entry.actor.login,
            "role": entry.actor.role,
            "address": entry.actor.address,
            "user_agent": entry.actor.user_agent,
            "request_id": entry.actor.request_id,
            "deed": entry.deed.value,
            "subject": entry.subject,
            "provider": entry.provider,
            "outcome": BEGUN,
            "before": dict(entry.before),
            "after": {},
        }
        with translated():
            await self._entries.insert_one(row)
        return str(entry_id)

    async def complete(self, entry_id: str, outcome: str, after: Mapping[str, Any]) -> None:
        """Note how a deed has ended, and what is different since."""
        with translated():
            await self._entries.update_one(
                {"_id": ObjectId(entry_id)}, {"$set": {"outcome": outcome, "after": dict(after)}}
            )

    async def list_page(
        self, chosen: TrailFilter, after: TrailPlace | None, limit: int
    ) -> list[TrailEntry]:
        """List wanted entries, newest first; those behind the place `after`.

        Entries at the same moment are in the order of their ids.
        """
        with translated():
            found = self._entries.find(wanted_entries(chosen, after))
            found = found.sort([("at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
            return [entry_from(row) async for row in found]

"""The trail of the console. An entry is written before its deed, and completed afterwards."""

from collections.abc import Mapping
from typing import Any

from bson import ObjectId

from storage.client import Database, Document, translated
from widget_gateway.domain.console.trail import BEGUN, Actor, Deed, TrailEntry
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


class TrailStore:
    """Entries by an id that sorts by time."""

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

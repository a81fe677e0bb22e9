"""Entries of the desk's lists that editors have dismissed. A TTL index removes them."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from storage.client import Database, Document, translated
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.dismissals import DeskList, Entry


class DismissalStore:
    """Dismissals by their entries."""

    def __init__(self, database: Database) -> None:
        self._dismissals = database["qua_dismissals"]

    async def add(self, entry: Entry, editor: QuaUserId, now: datetime) -> None:
        """Dismiss an entry. A repeat changes nothing: the first editor and time stay."""
        row = {"_id": _id_of(entry), "by": editor, "at": now}
        with translated(), suppress(DuplicateKeyError):
            await self._dismissals.insert_one(row)

    async def remove(self, entry: Entry) -> None:
        """Bring an entry back. It need not be dismissed."""
        with translated():
            await self._dismissals.delete_one({"_id": _id_of(entry)})

    async def find(self, entries: Iterable[Entry]) -> set[Entry]:
        """Find those entries that are dismissed."""
        wanted = {"_id": {"$in": [_id_of(entry) for entry in entries]}}
        with translated():
            rows = self._dismissals.find(wanted, {"_id": 1})
            return {_entry_from(row["_id"]) async for row in rows}


def _id_of(entry: Entry) -> Document:
    return {"list": entry.list.value, "queries": list(entry.queries)}


def _entry_from(row_id: Document) -> Entry:
    return Entry(DeskList(row_id["list"]), tuple(row_id["queries"]))

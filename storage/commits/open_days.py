"""The counts of days that are not over, which are a field of documents that are written anyway.

The field has a number, or numbers by name, for each day, such as `2026-11-29`.
"""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from pymongo import UpdateOne

from storage.client import Document, translated
from storage.driver.adapter import Collection
from storage.transactions import Session


class OpenDays:
    """The field of this name in the documents of a collection. Its store makes it."""

    def __init__(self, rows: Collection, field: str) -> None:
        self._rows = rows
        self._field = field

    async def read_within(
        self, session: Session, among: Document
    ) -> AsyncIterator[tuple[Any, dict[str, Any]]]:
        """Yield the days of these documents by `_id`, in the caller's transaction."""
        wanted = {self._field: 1}
        async for row in self._rows.find(among, wanted, session=session):
            yield row["_id"], row.get(self._field) or {}

    async def sum_up(
        self, key: Document, numbers: Document, among: Document | None = None
    ) -> list[Document]:
        """Group documents by `key` and day, and return rows with the `numbers` of each.

        In both, `$days.k` is a day and `$days.v` what is stored of it. `among` is the condition for
        the documents; by default all are grouped.
        """
        steps: list[Document] = [
            {"$match": (among or {}) | {self._field: {"$gt": {}}}},
            {"$project": {"days": {"$objectToArray": f"${self._field}"}}},
            {"$unwind": "$days"},
            {"$group": {"_id": key | {"day": "$days.k"}} | numbers},
        ]
        with translated():
            return [row async for row in await self._rows.aggregate(steps)]

    async def list_before(self, day: date) -> list[Any]:
        """List the documents that have a day before this one, by `_id`."""
        is_before = {
            "$map": {
                "input": {"$objectToArray": f"${self._field}"},
                "in": {"$lt": ["$$this.k", day.isoformat()]},
            }
        }
        steps: list[Document] = [
            {"$match": {self._field: {"$gt": {}}}},
            {"$match": {"$expr": {"$anyElementTrue": is_before}}},
            {"$project": {"_id": 1}},
        ]
        with translated():
            return [row["_id"] async for row in await self._rows.aggregate(steps)]

    async def take_within(
        self, session: Session, ids: list[Any], before: date
    ) -> list[tuple[Any, str, Any]]:
        """Remove the days before this one in the caller's transaction.

        Returns the `_id`, the day, and what was stored of it.
        """
        taken = [
            (document_id, day, stored)
            async for document_id, days in self.read_within(session, {"_id": {"$in": ids}})
            for day, stored in days.items()
            if day < before.isoformat()
        ]
        if taken:
            writes = [
                UpdateOne({"_id": document_id}, {"$unset": {f"{self._field}.{day}": ""}})
                for document_id, day, _ in taken
            ]
            await self._rows.bulk_write(writes, session=session)
        return taken

"""Counters, each of which gives out a number at most once."""

from typing import Any

from pymongo import ReturnDocument

from storage.client import Database, translated
from storage.transactions import Session


class CounterStore:
    """Counters by name, one document each. A number that is not used is lost."""

    def __init__(self, database: Database) -> None:
        self._counters = database["counters"]

    async def next(self, name: str) -> int:
        """Take the next number, the first of which is 1; atomic."""
        with translated():
            return await self.next_within(None, name)

    async def next_within(self, session: Session | None, name: str) -> int:
        """Take the next number in the caller's transaction.

        Two transactions can't hold a counter at once, so numbers have the order of the commits.
        """
        return await self._take(session, name, 1)

    async def next_block(self, name: str, size: int) -> range:
        """Take the next `size` consecutive numbers; atomic."""
        with translated():
            last = await self._take(None, name, size)
        return range(last - size + 1, last + 1)

    async def _take(self, session: Session | None, name: str, count: int) -> int:
        row: Any = await self._counters.find_one_and_update(
            {"_id": name},
            {"$inc": {"n": count}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return int(row["n"])

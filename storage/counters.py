"""Numbers that are given out once each."""

from typing import Any

from pymongo import ReturnDocument

from storage.client import Database, translated
from storage.transactions import Session


class CounterStore:
    """One row a counter. A number that its taker does not use is never given out again."""

    def __init__(self, database: Database) -> None:
        self._counters = database["counters"]

    async def next(self, name: str) -> int:
        """The next number, from 1; atomic."""
        with translated():
            return await self.next_within(None, name)

    async def next_within(self, session: Session | None, name: str) -> int:
        """As `next`, in the caller's transaction: numbers then follow the order of commits."""
        return await self._take(session, name, 1)

    async def next_block(self, name: str, size: int) -> range:
        """The next `size` numbers in a row, for a taker of many; atomic."""
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

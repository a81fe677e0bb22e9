"""Counts of tries at a secret, such as a password. A window begins with its first try."""

from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument

from storage.client import Document, translated
from storage.driver.adapter import Collection


class TryStore:
    """Counts tries by a key of the caller's, for the length of a window."""

    def __init__(self, tries: Collection, window: timedelta) -> None:
        self._tries = tries
        self._window = window

    async def count(self, guard: bytes, now: datetime) -> tuple[int, datetime]:
        """Count a try; atomic.

        Returns the number of tries in the window, with this one, and the end of the window.
        """
        over = {"$lte": [{"$ifNull": ["$expires_at", now]}, now]}  # The TTL index may be late.
        pipeline: list[Document] = [
            {
                "$set": {
                    "tries": {"$cond": [over, 1, {"$add": ["$tries", 1]}]},
                    "expires_at": {"$cond": [over, now + self._window, "$expires_at"]},
                }
            }
        ]
        with translated():
            row: Any = await self._tries.find_one_and_update(
                {"_id": guard}, pipeline, upsert=True, return_document=ReturnDocument.AFTER
            )
        return int(row["tries"]), row["expires_at"]

    async def give_back(self, guard: bytes) -> None:
        """Take back a try, because its secret was right."""
        with translated():
            await self._tries.update_one(
                {"_id": guard, "tries": {"$gt": 0}}, {"$inc": {"tries": -1}}
            )

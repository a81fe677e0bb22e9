"""Leases: of all nodes, one does a piece of background work at a time."""

from datetime import datetime
from uuid import UUID, uuid4

from pymongo.errors import DuplicateKeyError

from storage.client import Database, translated


class LeaseStore:
    """Leases by the name of the work. A node that dies loses its lease when that ends."""

    def __init__(self, database: Database) -> None:
        self._leases = database["leases"]
        self._holder: UUID = uuid4()

    async def take(self, work: str, now: datetime, until: datetime) -> bool:
        """Take, or prolong, the lease of this work; atomic. Returns False if another has it."""
        free = {"$or": [{"holder": self._holder}, {"until": {"$lte": now}}]}
        with translated():
            try:
                await self._leases.update_one(
                    {"_id": work} | free,
                    {"$set": {"holder": self._holder, "until": until}},
                    upsert=True,
                )
            except DuplicateKeyError:
                return False
        return True

"""What each process of the gateway serves at this moment. What is old expires."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from storage.client import Database, Document, translated

SEEN_WITHIN = timedelta(seconds=15)
"""Processes that have not written for this long are not counted: they write every five seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What is served now: connected visitors of the widget, devices of the portal, and answers."""

    processes: int = 0
    visitors: int = 0
    devices: int = 0
    answers_per_s: float = 0.0


class PulseStore:
    """A document for each process, by its id. Times are the database's, so clocks may differ."""

    def __init__(self, database: Database) -> None:
        self._pulses = database["pulses"]

    async def beat(
        self, process: UUID, *, visitors: int, devices: int, answers_per_s: float
    ) -> None:
        """Write what a process serves now."""
        fields: Document = {
            "visitors": visitors,
            "devices": devices,
            "answers_per_s": answers_per_s,
            "at": "$$NOW",
        }
        with translated():
            await self._pulses.update_one({"_id": process}, [{"$set": fields}], upsert=True)

    async def forget(self, process: UUID) -> None:
        """Remove what a process served that ends."""
        with translated():
            await self._pulses.delete_one({"_id": process})

    async def read(self) -> Pulse:
        """Add up what all processes serve that have written lately."""
        oldest = {"$subtract": ["$$NOW", SEEN_WITHIN // timedelta(milliseconds=1)]}
        sums = {name: {"$sum": f"${name}"} for name in ("visitors", "devices", "answers_per_s")}
        steps: list[Document] = [
            {"$match": {"$expr": {"$gt": ["$at", oldest]}}},
            {"$group": {"_id": None, "processes": {"$sum": 1}} | sums},
            {"$project": {"_id": 0}},
        ]
        with translated():
            found = [row async for row in await self._pulses.aggregate(steps)]
        return Pulse(**found[0]) if found else Pulse()

"""Reading the ledger of accesses. It is written by storage/partners/accesses.py."""

from storage.client import Client, Database, Document, translated
from storage.driver.adapter import start_session
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.partners.invoices import DayCount, LedgerEntry, Period

BATCH = 500
"""Rows that are decoded in one go, in a few milliseconds. Left to itself, the driver takes 16 MB
of them at once, and every channel of the process waits."""


class LedgerStore:
    """Append-only. Each read is of one moment, also while accesses are issued."""

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._ledger = database["accesses"]

    async def count(self, provider: ProviderSlug) -> int:
        """Count all accesses that were issued to the provider."""
        mine = {"_id.provider": provider, "_id.sandbox": False}
        with translated():
            return int(await self._ledger.count_documents(mine))

    async def find_period(
        self, provider: ProviderSlug, period: Period, limit: int = 0
    ) -> list[LedgerEntry]:
        """The accesses that were issued in the period, oldest first; the first `limit`, if any."""
        with translated():
            async with start_session(self._client, snapshot=True) as session:
                rows = self._ledger.find(
                    _issued(provider, period),
                    {"_id.user_id": 1, "at": 1},
                    sort=[("at", 1), ("_id.user_id", 1)],
                    limit=limit,
                    batch_size=BATCH,
                    session=session,
                )
                return [LedgerEntry(UserId(row["_id"]["user_id"]), row["at"]) async for row in rows]

    async def count_by_day(self, provider: ProviderSlug, period: Period) -> list[DayCount]:
        """How many were issued on each day that had some, in order."""
        day = {"$dateTrunc": {"date": "$at", "unit": "day"}}
        steps: list[Document] = [
            {"$match": _issued(provider, period)},
            {"$group": {"_id": day, "count": {"$sum": 1}}},
            {"$sort": {"_id": 1}},
        ]
        with translated():
            async with start_session(self._client, snapshot=True) as session:
                rows = await self._ledger.aggregate(steps, session=session)
                return [DayCount(row["_id"].date(), row["count"]) async for row in rows]


def _issued(provider: ProviderSlug, period: Period) -> Document:
    return {
        "_id.provider": provider,
        "_id.sandbox": False,
        "at": {"$gte": period.begin, "$lt": period.end},
    }

"""The ledger of accesses, as it is read. storage/partners/accesses.py writes it."""

from storage.client import Client, Database, Document, translated
from storage.driver.adapter import start_session
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.partners.invoices import DayCount, LedgerEntry, Period

BATCH = 500
"""How many rows are read and decoded at a time, in a few milliseconds. By default the driver would
decode 16 MB at a time, while nothing else in the process runs."""


class LedgerStore:
    """Reads the ledger, to which rows are only ever added. Lists are snapshots of one moment."""

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
        """Find the accesses that were issued in the period, oldest first.

        `limit` is the most that are returned; 0 means all.
        """
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
        """Count the accesses of each day (in UTC) of the period, in order, without empty days."""
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

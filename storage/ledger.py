"""Reading the ledger of accesses. It is written where they are issued: storage/accesses.py."""

from storage.client import Database, translated
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.invoices import LedgerEntry, Period


class LedgerStore:
    """Append-only: what a period holds, once it is over, never changes."""

    def __init__(self, database: Database) -> None:
        self._ledger = database["accesses"]

    async def find_period(self, provider: ProviderSlug, period: Period) -> list[LedgerEntry]:
        """The accesses that were issued in the period, oldest first."""
        wanted = {
            "_id.provider": provider,
            "_id.sandbox": False,
            "at": {"$gte": period.begin, "$lt": period.end},
        }
        with translated():
            rows = self._ledger.find(wanted).sort([("at", 1), ("_id", 1)])
            return [LedgerEntry(UserId(row["_id"]["user_id"]), row["at"]) async for row in rows]

"""Counts of what happens with the tests of a provider. They outlive attempts, which expire.

The engine raises the counts in the transactions of its events (storage/commits/unit.py). The counts
of a test are spread over several documents, so that nodes that count at the same time seldom
conflict. Readers add them up.
"""

from dataclasses import dataclass

from storage.client import Database, Document, translated
from storage.commits.open_days import OpenDays
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.partners.providers import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCounts:
    """The counts of one test since the provider was registered.

    `results` counts the results of guests and of users.
    """

    __test__ = False  # This is no test case of pytest.

    started: int = 0
    paused: int = 0
    finished: int = 0
    attached: int = 0
    results: int = 0


class StatisticsStore:
    """Reads the counts, whose `_id` is {provider, sandbox, test, part}."""

    def __init__(self, database: Database) -> None:
        self._counts = database["statistics"]
        self.open_days = OpenDays(self._counts, "days")

    async def read(self, caller: Caller) -> dict[TestSlug, TestCounts]:
        """Read the counts of the caller's world by test, sorted."""
        mine = {"_id.provider": caller.provider.slug, "_id.sandbox": caller.sandbox}
        fields = TestCounts.__slots__
        pipeline: list[Document] = [
            {"$match": mine},
            {"$group": {"_id": "$_id.test", **{name: {"$sum": f"${name}"} for name in fields}}},
            {"$sort": {"_id": 1}},
        ]
        with translated():
            return {
                TestSlug(row["_id"]): TestCounts(**{name: row[name] for name in fields})
                async for row in await self._counts.aggregate(pipeline)
            }

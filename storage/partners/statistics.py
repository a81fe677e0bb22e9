"""Counts of what happens to a provider's tests, kept because attempts themselves expire.

A batch counts what its events did, in their transaction (storage/commits/unit.py). A test's counts
are spread over a few documents, for the sake of nodes that count at once; readers add them up.
"""

from dataclasses import dataclass

from storage.client import Database, Document, translated
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.partners.providers import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCounts:
    """Of one test, since the provider was registered. `results` are guests' and users'."""

    __test__ = False  # counts, not a test case for pytest

    started: int = 0
    paused: int = 0
    finished: int = 0
    attached: int = 0
    results: int = 0


class StatisticsStore:
    """`_id` is {provider, sandbox, test, part}."""

    def __init__(self, database: Database) -> None:
        self._counts = database["statistics"]

    async def read(self, caller: Caller) -> dict[TestSlug, TestCounts]:
        """The counts of the caller's world by test, sorted."""
        mine = {"_id.provider": caller.provider.slug, "_id.sandbox": caller.sandbox}
        fields = TestCounts.__slots__
        pipeline: list[Document] = [
            {"$match": mine},
            {"$group": {"_id": "$_id.test", **{one: {"$sum": f"${one}"} for one in fields}}},
            {"$sort": {"_id": 1}},
        ]
        with translated():
            return {
                TestSlug(row["_id"]): TestCounts(**{one: row[one] for one in fields})
                async for row in await self._counts.aggregate(pipeline)
            }

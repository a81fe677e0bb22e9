"""Counts of what happens to a provider's tests, kept because attempts themselves expire.

Written in the transactions of what they count. A test's counts are spread over a few documents, so
that visitors who begin at the same moment don't wait for each other; readers add them up.
"""

import random
from dataclasses import dataclass
from typing import Any

from storage.client import Database, translated
from storage.transactions import Session
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.providers import Caller

SPREAD = 16
"""Documents of a test. Two transactions meet in one out of as many cases."""


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

    async def count_within(
        self,
        session: Session,
        provider: ProviderSlug,
        test: TestSlug,
        *events: str,
        sandbox: bool,
    ) -> None:
        """Count one more of each of `events` (fields of TestCounts) in the caller's transaction."""
        part = random.randrange(SPREAD)  # noqa: S311 - spreading, no secret
        await self._counts.update_one(
            {"_id": {"provider": provider, "sandbox": sandbox, "test": test, "part": part}},
            {"$inc": dict.fromkeys(events, 1)},
            upsert=True,
            session=session,
        )

    async def read(self, caller: Caller) -> dict[TestSlug, TestCounts]:
        """The counts of the caller's world by test, sorted."""
        mine = {"_id.provider": caller.provider.slug, "_id.sandbox": caller.sandbox}
        fields = TestCounts.__slots__
        pipeline: list[dict[str, Any]] = [
            {"$match": mine},
            {"$group": {"_id": "$_id.test", **{one: {"$sum": f"${one}"} for one in fields}}},
            {"$sort": {"_id": 1}},
        ]
        with translated():
            return {
                TestSlug(row["_id"]): TestCounts(**{one: row[one] for one in fields})
                async for row in self._counts.aggregate(pipeline)
            }

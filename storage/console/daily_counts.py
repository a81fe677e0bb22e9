"""What was counted day by day: of each test, of a provider's accesses, and of the whole gateway.

The commit engine counts a day in the documents that it writes in any case (storage/commits/
counts.py). When the day is over, `fold` moves its counts from there to `daily_counts`, each within
a transaction, so that every count is in one place at any moment. The `_id` of a row is {provider,
sandbox, day, test}, so that the days of a provider are a range of keys.

The rows of the whole gateway have an empty slug. Their field `open` has what is counted of the day
elsewhere, as `sum_open` has found it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from bson.max_key import MaxKey
from pymongo import UpdateMany, UpdateOne

from storage.client import Client, Database, Document, translated
from storage.commits.open_days import OpenDays
from storage.transactions import Session, run
from widget_gateway.domain.ids import ProviderSlug, TestSlug

WHOLE_GATEWAY = ProviderSlug("")
"""Stands for all providers. No provider has an empty slug."""

ANY_TEST = TestSlug("")
"""Stands for what belongs to no test: accesses."""

FOLDED_AT_ONCE = 50
"""Of how many documents a transaction moves the counts. It takes some 20 ms, in which a batch that
counts into one of them has to be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCounts:
    """What happened in some days: with a test, with a provider's tests, or on the whole gateway.

    `accesses` are those that were issued. They belong to no test, and there are none in the
    sandbox.
    """

    started: int = 0
    paused: int = 0
    paid: int = 0
    finished: int = 0
    attached: int = 0
    accesses: int = 0


class DailyCountStore:
    """Reads the counts of days, in UTC, and moves those of days that are over."""

    def __init__(
        self, client: Client, database: Database, *, of_tests: OpenDays, of_accesses: OpenDays
    ) -> None:
        """`of_tests` are the open days of `statistics`, `of_accesses` those of providers."""
        self._client = client
        self._counts = database["daily_counts"]
        self._of_tests = of_tests
        self._of_accesses = of_accesses

    async def read(
        self, provider: ProviderSlug, first: date, last: date, *, sandbox: bool
    ) -> dict[tuple[date, TestSlug], DailyCounts]:
        """Read the counts of a provider by day and test, sorted, from `first` to `last`.

        They are exact. Accesses come under ANY_TEST. What did not happen is left out.
        """
        sums: dict[tuple[date, TestSlug], Counter[str]] = {}

        def add(day: str, test: str, counts: Document) -> None:
            sums.setdefault((date.fromisoformat(day), TestSlug(test)), Counter()).update(counts)

        async def work(session: Session) -> None:
            # A repeat begins anew. All is read as of one moment, so nothing moves meanwhile.
            sums.clear()
            among = _days(provider, first, last, sandbox=sandbox)
            async for row in self._counts.find(among, session=session):
                add(row["_id"]["day"], row["_id"]["test"], _numbers(row))
            mine = {"_id.provider": provider, "_id.sandbox": sandbox}
            async for key, days in self._of_tests.read_within(session, mine):
                for day, counts in days.items():
                    add(day, key["test"], counts)
            if not sandbox:
                async for _, days in self._of_accesses.read_within(session, {"_id": provider}):
                    for day, number in days.items():
                        add(day, ANY_TEST, {"accesses": number})

        with translated():
            await run(self._client, work)
        return {key: DailyCounts(**sums[key]) for key in sorted(sums) if first <= key[0] <= last}

    async def sum_test(self, test: TestSlug, first: date, last: date) -> DailyCounts:
        """Add up what was counted of a test with all providers, in the live world.

        It may be off for a moment while the counts of a day that is over are moved.
        """
        sums: Counter[str] = Counter()
        begin, end = first.isoformat(), last.isoformat()
        live: Document = {"_id.test": test, "_id.sandbox": False}
        numbers = {name: {"$sum": f"${name}"} for name in _OF_TESTS}
        folded: list[Document] = [
            {"$match": live | {"_id.day": {"$gte": begin, "$lte": end}}},
            {"$group": {"_id": None} | numbers},
        ]
        with translated():
            async for row in await self._counts.aggregate(folded):
                sums.update(_numbers(row))
        of_days = {name: {"$sum": f"$days.v.{name}"} for name in _OF_TESTS}
        for row in await self._of_tests.sum_up({}, of_days, live):
            if begin <= row["_id"]["day"] <= end:
                sums.update(_numbers(row))
        return DailyCounts(**sums)

    async def read_whole(
        self, first: date, last: date, *, sandbox: bool
    ) -> dict[date, DailyCounts]:
        """Read the counts of all providers by day, sorted, as `sum_open` last found them."""
        found = {}
        with translated():
            among = _days(WHOLE_GATEWAY, first, last, sandbox=sandbox)
            async for row in self._counts.find(among).sort("_id", 1):
                counted = Counter(_numbers(row))
                counted.update(row.get("open") or {})
                found[date.fromisoformat(row["_id"]["day"])] = DailyCounts(**counted)
        return found

    async def first_day(self) -> date | None:
        """Return the first day of which anything was counted; None before `sum_open` has run."""
        firsts = []
        with translated():
            for among in _EVERY_DAY:
                row = await self._counts.find_one(among, {"_id": 1}, sort=[("_id", 1)])
                if row is not None:
                    firsts.append(date.fromisoformat(row["_id"]["day"]))
        return min(firsts, default=None)

    async def sum_open(self) -> None:
        """Add up what was counted of the days that are not folded, for `read_whole`.

        One process at a time may do so.
        """
        sums: dict[tuple[str, bool], Counter[str]] = {}
        of_tests = {name: {"$sum": f"$days.v.{name}"} for name in _OF_TESTS}
        for row in (
            *await self._of_tests.sum_up({"sandbox": "$_id.sandbox"}, of_tests),
            *await self._of_accesses.sum_up({}, {"accesses": {"$sum": "$days.v"}}),
        ):
            key = (row["_id"]["day"], row["_id"].get("sandbox", False))
            sums.setdefault(key, Counter()).update(_numbers(row))
        known = {key: _whole(key[0], sandbox=key[1]) for key in sums}
        # The rows of days that are folded have all their counts themselves.
        folded = {
            "$or": _EVERY_DAY,
            "_id": {"$nin": list(known.values())},
            "open": {"$exists": True},
        }
        writes: list[UpdateOne | UpdateMany] = [
            *(
                UpdateOne({"_id": row_id}, {"$set": {"open": sums[key]}}, upsert=True)
                for key, row_id in known.items()
            ),
            UpdateMany(folded, {"$unset": {"open": ""}}),
        ]
        with translated():
            await self._counts.bulk_write(writes)

    async def fold(self, today: date) -> None:
        """Move the counts of days before `today` to their rows."""
        for open_days in (self._of_tests, self._of_accesses):
            ids = await open_days.list_before(today)
            for begin in range(0, len(ids), FOLDED_AT_ONCE):
                some = ids[begin : begin + FOLDED_AT_ONCE]
                await run(self._client, partial(self._fold, open_days, some, today))

    async def _fold(
        self, open_days: OpenDays, ids: list[Any], today: date, session: Session
    ) -> None:
        writes = []
        for document_id, day, stored in await open_days.take_within(session, ids, today):
            if open_days is self._of_tests:
                key, counts = document_id, stored
            else:
                key = {"provider": document_id, "sandbox": False, "test": ANY_TEST}
                counts = {"accesses": stored}
            row_id = _row_id(key["provider"], day, key["test"], sandbox=key["sandbox"])
            writes.append(UpdateOne({"_id": row_id}, {"$inc": counts}, upsert=True))
            # They leave what is open.
            of_all = counts | {f"open.{name}": -number for name, number in counts.items()}
            whole = _whole(day, sandbox=key["sandbox"])
            writes.append(UpdateOne({"_id": whole}, {"$inc": of_all}, upsert=True))
        if writes:
            await self._counts.bulk_write(writes, session=session)


_OF_TESTS = tuple(name for name in DailyCounts.__slots__ if name != "accesses")
"""What is counted of a test."""


def _row_id(provider: ProviderSlug, day: str, test: TestSlug, *, sandbox: bool) -> Document:
    return {"provider": provider, "sandbox": sandbox, "day": day, "test": test}


def _whole(day: str, *, sandbox: bool) -> Document:
    return _row_id(WHOLE_GATEWAY, day, ANY_TEST, sandbox=sandbox)


def _days(provider: ProviderSlug, first: date, last: date, *, sandbox: bool) -> Document:
    """Make the condition of a range of keys: all rows of these days."""
    world = {"provider": provider, "sandbox": sandbox}
    begin = world | {"day": first.isoformat()}
    end = world | {"day": last.isoformat(), "test": MaxKey()}
    return {"_id": {"$gte": begin, "$lte": end}}


def _numbers(row: Document) -> dict[str, int]:
    return {name: row[name] for name in DailyCounts.__slots__ if name in row}


_EVERY_DAY = [_days(WHOLE_GATEWAY, date.min, date.max, sandbox=world) for world in (False, True)]
"""The conditions of the rows of the whole gateway, in both worlds."""

"""Statistics of a test's attempts and results, for its authors (docs/authors.md)."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Self, TypeVar

from storage.attempts.attempts import AttemptStore
from storage.attempts.results import ResultBatch, ResultStore
from widget_gateway.domain.attempts.durations import Funnel, TimeTally, add_times
from widget_gateway.domain.attempts.results import ResultGroup, Selection
from widget_gateway.domain.catalogue.comparison import Comparison
from widget_gateway.domain.catalogue.norms import ScoreTally, differing_scales
from widget_gateway.domain.catalogue.tallies import TestTally
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import ScalesDifferError
from widget_gateway.services.attempts.counting import Counts, count_results
from widget_gateway.services.catalogue.catalogue import Catalogue

C = TypeVar("C", bound=Counts)

GroupOf = Callable[[ResultGroup], str | None]
"""Returns the name of the group of people that results belong to."""


@dataclass(slots=True)
class Gathered:
    """The statistics of a version in a locale; of all its locales if `locale` is None."""

    version: int
    locale: str | None
    tally: TestTally
    times: list[TimeTally]
    funnel: Funnel = field(default_factory=Funnel.empty)

    @classmethod
    def of(cls, test: TestDefinition, locale: str | None) -> "Gathered":
        """Statistics without results."""
        return cls(test.version, locale, TestTally(test), [TimeTally() for _ in test.questions])

    def add(self, group: ResultGroup) -> None:
        """Add results."""
        self.tally.add(group.sheets)
        add_times(self.times, group.times)

    def merge(self, other: "Gathered") -> None:
        """Add the statistics of another locale."""
        self.tally.merge(other.tally)
        self.funnel.merge(other.funnel)
        for mine, its in zip(self.times, other.times, strict=True):
            mine.merge(its)


@dataclass(frozen=True, slots=True)
class TestStatistics:
    """Statistics of each version and locale; `funnel_since` is when the counted attempts began.

    Attempts expire, and those that were given up first of all. Counting only attempts that were
    begun within their lifetime counts both kinds alike.
    """

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    funnel_since: datetime
    versions: list[Gathered]


@dataclass(frozen=True, slots=True)
class GatheredNorms:
    """The scores of results by the group of people that they belong to, by the version `test`."""

    test: TestDefinition
    groups: dict[str | None, ScoreTally]


class StatisticsByLocale:
    """Statistics of each version and locale; `tests` are the definitions of all the versions."""

    def __init__(self, tests: Mapping[int, TestDefinition]) -> None:
        self._tests = tests
        self.found: dict[tuple[int, str], Gathered] = {}

    def of(self, version: int, locale: str) -> Gathered:
        """Return the statistics of a version in a locale, to add to them."""
        if (version, locale) not in self.found:
            self.found[version, locale] = Gathered.of(self._tests[version], locale)
        return self.found[version, locale]

    def add(self, group: ResultGroup) -> None:
        """Add results."""
        self.of(group.version, group.locale).add(group)

    def merge(self, other: Self) -> None:
        """Add the statistics of another process."""
        for (version, locale), gathered in other.found.items():
            self.of(version, locale).merge(gathered)


class ScoresByGroup:
    """The scores of results by the group of people that they belong to, all by one version."""

    def __init__(self, test: TestDefinition, group_of: GroupOf) -> None:
        self._test = test
        self._group_of = group_of
        self.found: dict[str | None, ScoreTally] = {}

    def add(self, group: ResultGroup) -> None:
        """Add results."""
        self._of(self._group_of(group)).add(group.sheets)

    def merge(self, other: Self) -> None:
        """Add the scores of another process."""
        for name, tally in other.found.items():
            self._of(name).merge(tally)

    def _of(self, name: str | None) -> ScoreTally:
        return self.found.setdefault(name, ScoreTally(self._test))


class ComparedResults:
    """A comparison of two definitions by results of the first."""

    def __init__(self, old: TestDefinition, new: TestDefinition) -> None:
        self.comparison = Comparison(old, new)

    def add(self, group: ResultGroup) -> None:
        """Add results."""
        self.comparison.add(group.sheets)

    def merge(self, other: Self) -> None:
        """Add the comparison of another process."""
        self.comparison.merge(other.comparison)


class TestStatisticsService:
    """Reads all results of a test, a batch at a time, and adds them up."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    def __init__(
        self,
        results: ResultStore,
        attempts: AttemptStore,
        catalogue: Catalogue,
        clock: Clock,
        lifetime: timedelta,
    ) -> None:
        self._results = results
        self._attempts = attempts
        self._catalogue = catalogue
        self._clock = clock
        self._lifetime = lifetime

    async def gather(self, selection: Selection) -> TestStatistics:
        """Return the statistics of the selected attempts and results.

        Versions come in rising order. Of each, all locales together come before the single ones.

        Raises:
            TestNotFoundError: there is no such test.
        """
        await self._catalogue.get_state(selection.test)
        versions = await self._results.list_versions(selection)
        by_locale = await self._count(
            selection, partial(StatisticsByLocale, await self._tests(selection, versions))
        )
        since = self._clock() - self._lifetime
        if selection.begin is not None:
            since = max(since, selection.begin)
        find_test = partial(self._catalogue.get_version, selection.test)
        funnels = await self._attempts.read_funnels(replace(selection, begin=since), find_test)
        totals = StatisticsByLocale(
            await self._tests(selection, {*versions, *(version for version, _ in funnels)})
        )
        totals.merge(by_locale)
        for (version, locale), funnel in funnels.items():
            totals.of(version, locale).funnel = funnel
        return TestStatistics(since, _with_totals(totals.found))

    async def _tests(
        self, selection: Selection, versions: Iterable[int]
    ) -> dict[int, TestDefinition]:
        find = self._catalogue.get_version
        return {version: await find(selection.test, version) for version in versions}

    async def _count(self, selection: Selection, begin: Callable[[], C]) -> C:
        return await count_results(self._results.read_batches(selection), begin)

    async def gather_norms(self, selection: Selection, group_of: GroupOf) -> GatheredNorms:
        """Count the scores of the selected results, by the group of people that they belong to.

        `group_of` may be called in other processes, so it must be picklable.

        All are scored by the newest version among them. A version in which a scale counts
        something else is refused, since its scores can't be compared.

        Raises:
            TestNotFoundError: there is no such test, or no such version.
            ScalesDifferError: a scale does not count the same in all selected versions.
        """
        find_test = partial(self._catalogue.get_version, selection.test)
        newest = await find_test(max(selection.versions))
        for version in selection.versions:
            if names := differing_scales(newest, await find_test(version)):
                raise ScalesDifferError(
                    f"Version {version} counts differently than version {newest.version}: "
                    f"{', '.join(names)}."
                )
        counted = await self._count(selection, partial(ScoresByGroup, newest, group_of))
        return GatheredNorms(newest, counted.found)

    async def compare(
        self, selection: Selection, new: TestDefinition, most: int | None = None
    ) -> Comparison:
        """Score all selected results, of one version, by another definition, too.

        With `most`, no more results are read once there are so many, and this process alone counts.

        Raises:
            TestNotFoundError: there is no such test, or no such version.
        """
        (version,) = selection.versions
        old = await self._catalogue.get_version(selection.test, version)
        begin = partial(ComparedResults, old, new)
        if most is None:
            return (await self._count(selection, begin)).comparison
        batches = _first(self._results.read_batches(selection), most)
        return (await count_results(batches, begin, most)).comparison


async def _first(batches: AsyncIterator[ResultBatch], most: int) -> AsyncIterator[ResultBatch]:
    """Yield batches until they have so many results."""
    read = 0
    async for batch in batches:
        yield batch
        read += batch.results
        if read >= most:
            break


def _with_totals(by_locale: dict[tuple[int, str], Gathered]) -> list[Gathered]:
    ordered: list[Gathered] = []
    for version in sorted({version for version, _ in by_locale}):
        members = [by_locale[key] for key in sorted(by_locale) if key[0] == version]
        total = Gathered.of(members[0].tally.test, None)
        for member in members:
            total.merge(member)
        ordered += [total, *members]
    return ordered

"""Statistics of a test's attempts and results, for its authors (docs/authors.md)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from storage.attempts.attempts import AttemptStore
from storage.attempts.results import ResultStore
from widget_gateway.domain.attempts.durations import Funnel, TimeTally, add_times
from widget_gateway.domain.attempts.results import ResultGroup, Selection
from widget_gateway.domain.catalogue.comparison import Comparison
from widget_gateway.domain.catalogue.norms import ScoreTally, differing_scales
from widget_gateway.domain.catalogue.tallies import TestTally
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import ScalesDifferError
from widget_gateway.services.catalogue.catalogue import Catalogue


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
        find_test = partial(self._catalogue.get_version, selection.test)
        by_locale: dict[tuple[int, str], Gathered] = {}
        async for group in self._results.read_groups(selection):
            key = (group.version, group.locale)
            if key not in by_locale:
                by_locale[key] = Gathered.of(await find_test(group.version), group.locale)
            by_locale[key].add(group)
        since = self._clock() - self._lifetime
        if selection.begin is not None:
            since = max(since, selection.begin)
        funnels = await self._attempts.read_funnels(replace(selection, begin=since), find_test)
        for (version, locale), funnel in funnels.items():
            if (version, locale) not in by_locale:
                by_locale[version, locale] = Gathered.of(await find_test(version), locale)
            by_locale[version, locale].funnel = funnel
        return TestStatistics(since, _with_totals(by_locale))

    async def gather_norms(
        self, selection: Selection, group_of: Callable[[ResultGroup], str | None]
    ) -> GatheredNorms:
        """Count the scores of the selected results, by the group of people that they belong to.

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
        tallies: dict[str | None, ScoreTally] = {}
        async for group in self._results.read_groups(selection):
            of_group = group_of(group)
            if of_group not in tallies:
                tallies[of_group] = ScoreTally(newest)
            tallies[of_group].add(group.sheets)
        return GatheredNorms(newest, tallies)

    async def compare(self, selection: Selection, new: TestDefinition) -> Comparison:
        """Score all selected results, of one version, by another definition, too.

        Raises:
            TestNotFoundError: there is no such test, or no such version.
        """
        (version,) = selection.versions
        comparison = Comparison(await self._catalogue.get_version(selection.test, version), new)
        async for group in self._results.read_groups(selection):
            comparison.add(group.sheets)
        return comparison


def _with_totals(by_locale: dict[tuple[int, str], Gathered]) -> list[Gathered]:
    ordered: list[Gathered] = []
    for version in sorted({version for version, _ in by_locale}):
        members = [by_locale[key] for key in sorted(by_locale) if key[0] == version]
        total = Gathered.of(members[0].tally.test, None)
        for member in members:
            total.merge(member)
        ordered += [total, *members]
    return ordered

"""The funnel of a provider: how many of its visitors came how far, and where the others stopped."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, timedelta
from functools import partial
from typing import Self

from storage.attempts.attempts import AttemptStore
from storage.console.daily_counts import ANY_TEST, DailyCounts, DailyCountStore
from storage.partners.statistics import StatisticsStore, TestCounts
from widget_gateway.domain.attempts.durations import Funnel
from widget_gateway.domain.catalogue.questions import LocalText
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.providers import ProviderService

PERIODS = (7, 30, 90, 365)
"""The periods of the console, in days. Besides, there are all days since counting began."""

STOPS_OF = 500
"""Of how many attempts the stops are told: enough for a share to be right within five percent, and
few enough to be read while somebody waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How many came to each step. Results that a partner saves are attached, but not finished."""

    started: int = 0
    paused: int = 0
    paid: int = 0
    finished: int = 0
    attached: int = 0

    @classmethod
    def of(cls, counts: DailyCounts | TestCounts) -> Self:
        """Take over the counts of the steps."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: getattr(counts, name, 0) for name in names})

    @classmethod
    def total(cls, all_steps: Iterable["Steps"]) -> Self:
        """Add up."""
        known = list(all_steps)
        names = [field.name for field in fields(cls)]
        return cls(**{name: sum(getattr(steps, name) for steps in known) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFunnel:
    """The steps of a provider's visitors in one world.

    `first` and `last` are the days, in UTC, that are counted; `since` is the day on which counting
    by day began, or on which the provider was registered if that was later. `by_test` is sorted by
    slug, and has the tests of which something was counted. `by_day` has each day from `first` to
    `last`, also those on which nothing happened.
    `accesses` are those issued in the period, always of the live world.

    `registered` has the totals since the registration by test, as the partner API's `stats` tells
    them. Nothing counted payments then, so `paid` is 0 in them.
    """

    since: date
    first: date
    last: date
    by_test: dict[TestSlug, Steps]
    total: Steps
    by_day: dict[date, Steps]
    accesses: int
    registered: dict[TestSlug, Steps]
    registered_total: Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """How many visitors are at a question, which `position` numbers from 1 on.

    `text` is the question's, by language.
    """

    question: str
    text: LocalText
    position: int
    visitors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """Where visitors of a test stopped who have not finished it, by the newest of their attempts.

    `attempts` is how many attempts this covers: those of the version `version`, which is that of
    most of them. `is_all` is False where there are more unfinished attempts, or other versions.
    `by_question` has only questions at which somebody stopped, in the order of the test.
    `awaiting_payment` of the attempts wait for their payment, and are counted at the question
    behind the pause. `at_end` have answered everything.
    """

    attempts: int
    is_all: bool
    version: int | None
    awaiting_payment: int
    at_end: int
    by_question: tuple[Stop, ...]


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


class FunnelService:
    """Reads the funnels of providers, and where visitors stop."""

    def __init__(  # noqa: PLR0913 - each is read by one of the two methods
        self,
        *,
        counts: DailyCountStore,
        statistics: StatisticsStore,
        attempts: AttemptStore,
        providers: ProviderService,
        catalogue: Catalogue,
        clock: Clock,
    ) -> None:
        self._counts = counts
        self._statistics = statistics
        self._attempts = attempts
        self._providers = providers
        self._catalogue = catalogue
        self._clock = clock

    async def of(
        self, slug: ProviderSlug, days: int | None = None, *, sandbox: bool = False
    ) -> ProviderFunnel:
        """Return the funnel of the last `days` days, today included; None means all days.

        Raises:
            ProviderNotFoundError: there is no such provider.
        """
        provider = await self._providers.get(slug)
        today = self._clock().astimezone(UTC).date()
        began = await self._counts.first_day() or today
        since = max(began, provider.created_at.astimezone(UTC).date())
        first = since if days is None else today - timedelta(days=days - 1)
        counted = await self._counts.read(slug, first, today, sandbox=sandbox)
        by_test: dict[TestSlug, Steps] = {}
        by_day = dict.fromkeys(_days_between(first, today), Steps())
        accesses = 0
        for (day, test), counts in counted.items():
            accesses += counts.accesses
            if test != ANY_TEST:
                steps = Steps.of(counts)
                by_test[test] = Steps.total((by_test.get(test, Steps()), steps))
                by_day[day] = Steps.total((by_day[day], steps))
        caller = Caller(provider, sandbox=sandbox)
        registered = {
            test: Steps.of(counts) for test, counts in (await self._statistics.read(caller)).items()
        }
        return ProviderFunnel(
            since=since,
            first=first,
            last=today,
            by_test=dict(sorted(by_test.items())),
            total=Steps.total(by_test.values()),
            by_day=by_day,
            accesses=accesses,
            registered=registered,
            registered_total=Steps.total(registered.values()),
        )

    async def of_test(self, test: TestSlug, days: int) -> Steps:
        """Return the steps of a test with all providers in the last days, today included."""
        today = self._clock().astimezone(UTC).date()
        return Steps.of(await self._counts.sum_test(test, today - timedelta(days=days - 1), today))

    async def stops(self, slug: ProviderSlug, test: TestSlug, *, sandbox: bool = False) -> Stops:
        """Return where the newest STOPS_OF unfinished attempts of a test are."""
        funnels = await self._attempts.read_newest_unfinished(
            slug,
            test,
            STOPS_OF,
            partial(self._catalogue.get_version, test),
            sandbox=sandbox,
        )
        by_version: dict[int, Funnel] = {}
        for (version, _locale), funnel in funnels.items():
            by_version.setdefault(version, Funnel.empty()).merge(funnel)
        if not by_version:
            return Stops(
                attempts=0, is_all=True, version=None, awaiting_payment=0, at_end=0, by_question=()
            )
        read = sum(funnel.began for funnel in by_version.values())
        version, funnel = max(by_version.items(), key=lambda item: (item[1].began, item[0]))
        definition = await self._catalogue.get_version(test, version)
        positions = definition.positions
        return Stops(
            attempts=funnel.began,
            is_all=read < STOPS_OF and len(by_version) == 1,
            version=version,
            awaiting_payment=funnel.awaiting_payment,
            at_end=funnel.began - funnel.stopped.total(),
            by_question=tuple(
                Stop(
                    question=question,
                    text=definition.by_id[question].text,
                    position=positions[question] + 1,
                    visitors=visitors,
                )
                for question, visitors in sorted(
                    funnel.stopped.items(), key=lambda item: positions[item[0]]
                )
            ),
        )

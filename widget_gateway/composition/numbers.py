"""The composition of the numbers that the console shows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from storage.attempts.attempts import AttemptStore
from storage.client import Client, Database
from storage.console.daily_counts import DailyCountStore
from storage.console.needs import NeedsStore
from storage.console.pulse import PulseStore
from storage.leases import LeaseStore
from storage.partners.providers import ProviderStore
from storage.partners.statistics import StatisticsStore
from storage.partners.webhooks import WebhookStore
from widget_gateway.domain.clock import Clock
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.console.daily_counting import DailyCounting
from widget_gateway.services.console.funnels import FunnelService
from widget_gateway.services.console.needs import NeedsService
from widget_gateway.services.console.overview import OverviewService
from widget_gateway.services.console.pulse import PulseService
from widget_gateway.services.health import Finding
from widget_gateway.services.partners.providers import ProviderService


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What handlers need, and what goes on in the background by its `run`."""

    funnels: FunnelService
    overview: OverviewService
    daily_counting: DailyCounting
    needs: NeedsService
    pulse: PulseService


def compose_numbers(  # noqa: PLR0913 - each argument is a collaborator
    client: Client,
    database: Database,
    *,
    statistics: StatisticsStore,
    provider_store: ProviderStore,
    webhooks: WebhookStore,
    attempts: AttemptStore,
    providers: ProviderService,
    catalogue: Catalogue,
    doctor: Callable[[], Awaitable[list[Finding]]],
    is_wanted: Callable[[], Awaitable[bool]],
    count: Callable[[str], int],
    answered: Callable[[], int],
    clock: Clock,
) -> Numbers:
    """Make the services of the console's numbers.

    `doctor` and `is_wanted` are for NeedsService, `count` and `answered` for PulseService.
    """
    counts = DailyCountStore(
        client,
        database,
        of_tests=statistics.open_days,
        of_accesses=provider_store.open_days,
    )
    leases, pulses = LeaseStore(database), PulseStore(database)
    needs = NeedsService(
        needs=NeedsStore(database),
        providers=provider_store,
        webhooks=webhooks,
        doctor=doctor,
        is_wanted=is_wanted,
        leases=leases,
        clock=clock,
    )
    return Numbers(
        funnels=FunnelService(
            counts=counts,
            statistics=statistics,
            attempts=attempts,
            providers=providers,
            catalogue=catalogue,
            clock=clock,
        ),
        overview=OverviewService(
            pulses=pulses, attempts=attempts, counts=counts, needs=needs, clock=clock
        ),
        daily_counting=DailyCounting(counts, leases, clock),
        needs=needs,
        pulse=PulseService(pulses, count, answered),
    )

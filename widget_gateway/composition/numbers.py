"""The composition of the numbers that the console shows."""

from dataclasses import dataclass

from storage.attempts.attempts import AttemptStore
from storage.client import Client, Database
from storage.console.daily_counts import DailyCountStore
from storage.leases import LeaseStore
from storage.partners.providers import ProviderStore
from storage.partners.statistics import StatisticsStore
from widget_gateway.domain.clock import Clock
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.console.daily_counting import DailyCounting
from widget_gateway.services.console.funnels import FunnelService
from widget_gateway.services.partners.providers import ProviderService


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What handlers need, and what goes on in the background by its `run`."""

    funnels: FunnelService
    daily_counting: DailyCounting


def compose_numbers(  # noqa: PLR0913 - each argument is a collaborator
    client: Client,
    database: Database,
    *,
    statistics: StatisticsStore,
    provider_store: ProviderStore,
    attempts: AttemptStore,
    providers: ProviderService,
    catalogue: Catalogue,
    clock: Clock,
) -> Numbers:
    """Make the services of the console's numbers."""
    counts = DailyCountStore(
        client,
        database,
        of_tests=statistics.open_days,
        of_accesses=provider_store.open_days,
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
        daily_counting=DailyCounting(counts, LeaseStore(database), clock),
    )

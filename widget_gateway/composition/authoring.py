"""Makes and connects what authors of tests work with, on the command line and in the console."""

from dataclasses import dataclass

from storage.attempts.attempts import AttemptStore
from storage.attempts.results import ResultStore
from storage.catalogue.hidden_tests import HiddenTestStore
from storage.client import Database
from storage.console.test_drafts import TestDraftStore
from storage.partners.access_tokens import AccessTokenStore
from widget_gateway.domain.clock import Clock
from widget_gateway.services.attempts.comparisons import TestComparisons
from widget_gateway.services.attempts.statistics import TestStatisticsService
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.console.drafts import TestDrafts
from widget_gateway.services.console.previews import TestPreviews
from widget_gateway.services.console.test_overview import TestOverview
from widget_gateway.services.partners.providers import ProviderService


@dataclass(frozen=True, kw_only=True)
class Authoring:
    """The services around drafts, previews and versions of tests."""

    overview: TestOverview
    comparisons: TestComparisons
    drafts: TestDrafts
    previews: TestPreviews


def compose_authoring(  # noqa: PLR0913 - each argument is a collaborator
    database: Database,
    *,
    catalogue: Catalogue,
    providers: ProviderService,
    statistics: TestStatisticsService,
    hidden: HiddenTestStore,
    attempts: AttemptStore,
    results: ResultStore,
    clock: Clock,
) -> Authoring:
    """Make the services around drafts, previews and versions of tests."""
    return Authoring(
        overview=TestOverview(catalogue, providers),
        comparisons=TestComparisons(catalogue, statistics),
        drafts=TestDrafts(TestDraftStore(database), catalogue, clock),
        previews=TestPreviews(
            hidden=hidden,
            catalogue=catalogue,
            tokens=AccessTokenStore(database),
            attempts=attempts,
            results=results,
            clock=clock,
        ),
    )

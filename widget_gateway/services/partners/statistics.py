"""A provider's numbers: accesses, users and results by test."""

from dataclasses import dataclass

from storage.partners.statistics import StatisticsStore, TestCounts
from storage.partners.users import UserStore
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.partners.providers import Caller, PaymentPolicy, Provider
from widget_gateway.services.partners.providers import ProviderService


@dataclass(frozen=True, slots=True)
class Statistics:
    """The numbers of a provider. `access_left` is at least 0, or None if there is no limit."""

    provider: Provider
    access_left: int | None
    users: int
    results: int
    by_test: dict[TestSlug, TestCounts]


class StatisticsService:
    """Reads the numbers of a provider."""

    def __init__(
        self, statistics: StatisticsStore, users: UserStore, providers: ProviderService
    ) -> None:
        self._statistics = statistics
        self._users = users
        self._providers = providers

    async def read(self, caller: Caller) -> Statistics:
        """Return the numbers of the caller's world; accesses are always those of the live world."""
        provider = await self._providers.get(
            caller.provider.slug
        )  # the caller's may be out of date
        by_test = await self._statistics.read(caller)
        left = None
        if provider.payment_policy is PaymentPolicy.PREPAID:
            allowed = provider.access_limit + provider.overdraft
            left = max(0, allowed - provider.access_count)
        return Statistics(
            provider=provider,
            access_left=left,
            users=await self._users.count(caller),
            results=sum(counts.results for counts in by_test.values()),
            by_test=by_test,
        )

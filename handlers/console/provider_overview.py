"""`/console/providers/<slug>/`: how far visitors come, the accesses, and what was agreed."""

from collections.abc import Mapping

from handlers.console.provider_page import PROVIDER, ProviderPage, without_secrets
from handlers.console.widget_code import WidgetCode, is_for_pages, widget_code
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.partners.providers import PaymentPolicy, Provider
from widget_gateway.services.console.funnels import PERIODS, ProviderFunnel, Steps

LOOKED_AT = 10
"""Tests of which the first that a page can show is in the code for the page."""

USUAL_DAYS = 30
"""The period that is shown unless another one is asked for."""

ALL_DAYS = "all"
"""The value of `days` that asks for all days since counting began."""


def most_taken(steps: Mapping[TestSlug, Steps]) -> TestSlug | None:
    """Return the test that was begun most often; None if there is none."""
    return max(steps, key=lambda test: (steps[test].started, test), default=None)


def access_share(provider: Provider) -> float | None:
    """Return which share of its limit a prepaid provider has used; None without a limit."""
    if provider.payment_policy is PaymentPolicy.POSTPAID:
        return None
    allowed = provider.access_limit + provider.overdraft
    return provider.access_count / allowed if allowed else 1.0


class ProviderOverviewHandler(ProviderPage):
    """The first page of a provider."""

    tab = "overview"

    async def get(self, provider: str) -> None:
        """Show it for a period, and where visitors of one test stop."""
        found = await self.find_provider(provider)
        days = self._days()
        funnel = await self.services.funnels.of(found.slug, days, sandbox=self.is_sandbox)
        tests = sorted({*funnel.by_test, *funnel.registered})
        test = self._test(funnel)
        stops = None
        if test is not None:
            stops = await self.services.funnels.stops(found.slug, test, sandbox=self.is_sandbox)
        self.show_page(
            "provider_overview.html",
            found,
            funnel=funnel,
            days=ALL_DAYS if days is None else str(days),
            periods=[str(period) for period in PERIODS],
            tests=tests,
            test=test,
            stops=stops,
            webhook=without_secrets(found.webhook_url),
            access_share=access_share(found),
            hindrances=await self.services.first_steps.hindrances(found),
            code=await self._code(found, test),
        )

    async def _code(self, provider: Provider, shown: TestSlug | None) -> WidgetCode | None:
        """Return the code for a page with the test that is shown, or another of the provider's."""
        listed = await self.services.test_overview.list_page(None, LOOKED_AT, provider.slug)
        tests = [each.state.slug for each in listed if is_for_pages(each.state, each.newest)]
        if not tests or not provider.enabled:
            return None
        test = shown if shown in tests else tests[0]
        sandbox = self.is_sandbox and provider.sandbox_guests
        return widget_code(self, provider.slug, test, sandbox=sandbox)

    def _days(self) -> int | None:
        """Return the length of the period that is asked for; None for all days."""
        asked = self.one_field("days")
        if asked == ALL_DAYS:
            return None
        return next((days for days in PERIODS if str(days) == asked), USUAL_DAYS)

    def _test(self, funnel: ProviderFunnel) -> TestSlug | None:
        """Return the test whose stops are shown: the one asked for, else the one taken most."""
        asked = TestSlug(self.one_field("test"))
        if asked in funnel.by_test or asked in funnel.registered:
            return asked
        return most_taken(funnel.by_test) or most_taken(funnel.registered)


ROUTES = [(PROVIDER, ProviderOverviewHandler)]

"""Invoices: what a provider owes for a period (docs/invoices.md)."""

from storage.partners.ledger import LedgerStore
from storage.partners.providers import ProviderStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.partners.invoices import DayCount, Invoice, LedgerEntry, Period, month_of
from widget_gateway.domain.partners.providers import Caller, Provider


class InvoiceService:
    """Makes invoices from the ledger. They are not stored, but made anew each time."""

    def __init__(self, ledger: LedgerStore, providers: ProviderStore, clock: Clock) -> None:
        self._ledger = ledger
        self._providers = providers
        self._clock = clock

    def this_month(self) -> Period:
        """Return the current month."""
        return month_of(self._clock().date())

    async def draw_invoice(
        self, caller: Caller, period: Period, most_listed: int | None = None
    ) -> Invoice:
        """Return the invoice of a period; the sandbox's is empty.

        It lists each access, or the sum of each day if there are more than `most_listed` accesses.
        """
        provider = caller.provider
        entries: list[LedgerEntry] = []
        days: list[DayCount] = []
        if not caller.sandbox:
            await self._settle(provider, period)
            limit = 0 if most_listed is None else most_listed + 1
            entries = await self._ledger.find_period(provider, period, limit)
            if most_listed is not None and len(entries) > most_listed:
                entries, days = [], await self._ledger.count_by_day(provider, period)
        return Invoice(
            provider=provider,
            period=period,
            drawn_at=self._clock(),
            entries=tuple(entries),
            days=tuple(days),
            sandbox=caller.sandbox,
        )

    async def _settle(self, provider: Provider, period: Period) -> None:
        """Make sure that the ledger of the period does not change any more, if it is over."""
        await self._ledger.price_rows(provider.slug)
        until = provider.invoiced_until
        if until is None or until < period.end:
            await self._providers.close_period(provider.slug, period.end)

    async def count_by_day(self, caller: Caller, period: Period) -> list[DayCount]:
        """Return the number of accesses of each day that has any; the sandbox has none."""
        if caller.sandbox:
            return []
        return await self._ledger.count_by_day(caller.provider, period)

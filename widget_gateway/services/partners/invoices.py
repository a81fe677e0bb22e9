"""Invoices: what a provider owes for a period (docs/invoices.md)."""

from storage.partners.ledger import LedgerStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.partners.invoices import DayCount, Invoice, LedgerEntry, Period, month_of
from widget_gateway.domain.partners.providers import Caller


class InvoiceService:
    """Makes invoices from the ledger. They are not stored, but made anew each time."""

    def __init__(self, ledger: LedgerStore, clock: Clock) -> None:
        self._ledger = ledger
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
        entries: list[LedgerEntry] = []
        days: list[DayCount] = []
        if not caller.sandbox:
            provider = caller.provider.slug
            limit = 0 if most_listed is None else most_listed + 1
            entries = await self._ledger.find_period(provider, period, limit)
            if most_listed is not None and len(entries) > most_listed:
                entries, days = [], await self._ledger.count_by_day(provider, period)
        return Invoice(
            provider=caller.provider,
            period=period,
            drawn_at=self._clock(),
            entries=tuple(entries),
            days=tuple(days),
            sandbox=caller.sandbox,
        )

    async def count_by_day(self, caller: Caller, period: Period) -> list[DayCount]:
        """Return the number of accesses of each day that has any; the sandbox has none."""
        if caller.sandbox:
            return []
        return await self._ledger.count_by_day(caller.provider.slug, period)

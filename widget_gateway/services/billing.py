"""What a provider owes for a period."""

from storage.ledger import LedgerStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.invoices import Invoice, Period, month_of
from widget_gateway.domain.providers import Caller


class BillingService:
    """Reads only: invoices are drawn anew each time, from the ledger."""

    def __init__(self, ledger: LedgerStore, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def this_month(self) -> Period:
        """The month that runs."""
        return month_of(self._clock().date())

    async def draw_invoice(self, caller: Caller, period: Period) -> Invoice:
        """The invoice of a period; the sandbox's is empty."""
        entries = (
            [] if caller.sandbox else await self._ledger.find_period(caller.provider.slug, period)
        )
        return Invoice(
            provider=caller.provider,
            period=period,
            entries=tuple(entries),
            drawn_at=self._clock(),
            sandbox=caller.sandbox,
        )

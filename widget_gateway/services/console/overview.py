"""What the overview shows: what lives now, the last days, and what needs a hand."""

from dataclasses import dataclass
from datetime import UTC, date, timedelta

from storage.attempts.attempts import AttemptStore
from storage.console.daily_counts import DailyCounts, DailyCountStore
from storage.console.needs import Needs
from storage.console.pulse import Pulse, PulseStore
from widget_gateway.domain.clock import Clock
from widget_gateway.services.console.needs import NeedsService

DAYS = 30
"""How many days are shown, today included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The live world of the whole gateway.

    `days` has each of the last DAYS days, in UTC, also those without anything. `since` is the day
    on which counting by day began; None if nothing was counted yet.
    """

    pulse: Pulse
    awaiting_payment: int
    days: dict[date, DailyCounts]
    since: date | None
    needs: Needs | None


class OverviewService:
    """Reads the overview. Nothing of it takes longer with more results or providers."""

    def __init__(
        self,
        *,
        pulses: PulseStore,
        attempts: AttemptStore,
        counts: DailyCountStore,
        needs: NeedsService,
        clock: Clock,
    ) -> None:
        self._pulses = pulses
        self._attempts = attempts
        self._counts = counts
        self._needs = needs
        self._clock = clock

    async def read(self) -> Overview:
        """Return the overview as of now."""
        today = self._clock().astimezone(UTC).date()
        first = today - timedelta(days=DAYS - 1)
        counted = await self._counts.read_whole(first, today, sandbox=False)
        every_day = [first + timedelta(days=number) for number in range(DAYS)]
        return Overview(
            pulse=await self._pulses.read(),
            awaiting_payment=await self._attempts.count_awaiting_payment(sandbox=False),
            days={day: counted.get(day, DailyCounts()) for day in every_day},
            since=await self._counts.first_day(),
            needs=await self._needs.read(),
        )

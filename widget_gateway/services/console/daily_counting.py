"""Moves the counts of days that are over to their rows, and adds up what the gateway counts now."""

import asyncio
import random
from datetime import UTC, timedelta

import structlog

from storage.console.daily_counts import DailyCountStore
from storage.leases import LeaseStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import StorageError

INTERVAL_S = 30.0
"""Mean seconds between two turns of a node, so that the sums are about half a minute old."""

LEASE = timedelta(minutes=2)
"""How long a node keeps others from doing the same. A node that died is replaced when it ends."""

_WORK = "daily_counts"

_log = structlog.get_logger(__name__)


class DailyCounting:
    """Keeps the counts by day in order. One node does so at a time."""

    def __init__(self, counts: DailyCountStore, leases: LeaseStore, clock: Clock) -> None:
        self._counts = counts
        self._leases = leases
        self._clock = clock

    async def settle(self) -> None:
        """Move what is over, then add up; nothing happens while another node does so."""
        now = self._clock()
        if await self._leases.take(_WORK, now, now + LEASE):
            await self._counts.fold(now.astimezone(UTC).date())
            await self._counts.sum_open()

    async def run(self) -> None:
        """Settle from time to time until cancelled."""
        while True:
            try:
                await self.settle()
            except StorageError as error:
                _log.warning("daily_counts_failed", reason=error.reason)
            await asyncio.sleep(INTERVAL_S * random.uniform(0.5, 1.5))  # noqa: S311 - jitter

"""Retention: removes results that are older than their provider keeps them (docs/privacy.md)."""

import asyncio
import random
from datetime import datetime, timedelta

import structlog

from storage.attempts.results import ResultStore
from storage.leases import LeaseStore
from storage.partners.idempotency import IdempotencyStore
from storage.partners.providers import ProviderStore
from storage.privacy.user_records import UserRecords
from widget_gateway.domain.attempts.results import OldResults
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import ProviderNotFoundError, StorageError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import PREVIEW_PROVIDER

INTERVAL_S = 1800.0
"""Mean seconds between two looks for old results. Days are counted, so half an hour is soon."""

LEASE = timedelta(minutes=5)
"""How long a node that removes results keeps others from doing so. It is prolonged by each batch,
which takes less than a second; a node that died is replaced when its lease ends."""

PAUSE_S = 0.05
"""The pause after each batch in seconds, so that visitors are served meanwhile."""

_WORK = "retention"

_log = structlog.get_logger(__name__)


class Retention:
    """Removes old results, with all that belongs to them, and counts what would be removed."""

    def __init__(  # noqa: PLR0913 - collaborators come in by keyword
        self,
        *,
        providers: ProviderStore,
        results: ResultStore,
        records: UserRecords,
        calls: IdempotencyStore,
        leases: LeaseStore,
        clock: Clock,
    ) -> None:
        self._providers = providers
        self._results = results
        self._records = records
        self._calls = calls
        self._leases = leases
        self._clock = clock

    async def preview(
        self, slug: ProviderSlug, days: int | None
    ) -> tuple[int | None, list[OldResults]]:
        """Count the results that are older than `days`, by default than the provider keeps them.

        Returns the number of days, too, which is None for a provider that keeps them for ever.

        Raises:
            ProviderNotFoundError: there is no such provider.
        """
        provider = await self._providers.find(slug)
        if provider is None:
            raise ProviderNotFoundError(names=(slug,))
        kept = days if days is not None else provider.results_kept_days
        if kept is None:
            return None, []
        return kept, await self._results.count_older(slug, self._before(kept))

    def _before(self, days: int) -> datetime:
        return self._clock() - timedelta(days=days)

    async def remove_old(self) -> int:
        """Remove what is too old by now, of all providers; returns the number of results.

        Results of previews are removed, too. It does nothing while another node is at it.
        """
        removed = 0
        for provider in (*await self._providers.list_all(), PREVIEW_PROVIDER):
            if provider.results_kept_days is None:
                continue
            before = self._before(provider.results_kept_days)
            is_last = False
            while not is_last:
                now = self._clock()
                if not await self._leases.take(_WORK, now, now + LEASE):
                    return removed
                batch = await self._records.remove_older(provider.slug, before)
                if batch.subjects:
                    await self._calls.forget(provider.slug, batch.subjects)
                removed += batch.counts.results
                is_last = batch.is_last
                await asyncio.sleep(PAUSE_S)
        return removed

    async def run(self) -> None:
        """Remove old results from time to time until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_S * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            try:
                removed = await self.remove_old()
            except StorageError as error:
                _log.warning("retention_failed", reason=error.reason)
            else:
                if removed:
                    _log.info("old_results_removed", results=removed)

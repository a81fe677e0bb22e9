"""Looks every minute what needs a hand, since some of it takes long in a large database."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from storage.console.needs import FailingWebhook, Fault, NearLimit, Needs, NeedsStore
from storage.leases import LeaseStore
from storage.partners.providers import ProviderStore
from storage.partners.webhooks import WebhookStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import StorageError
from widget_gateway.services.health import Finding

INTERVAL_S = 60.0
"""Mean seconds between two looks of a node."""

LEASE = timedelta(minutes=5)
"""How long a node keeps others from looking. A node that died is replaced when it ends."""

NEAR = 0.8
"""The share of its limit from which on a provider is shown, as by the webhook that tells it."""

GIVEN_UP_WITHIN = timedelta(days=1)
"""For how long a delivery that was given up is shown; later it is in the provider's log only."""

MOST = 100
"""Providers that are shown at most of each kind."""

_WORK = "console_needs"

_log = structlog.get_logger(__name__)


class NeedsService:
    """Finds what needs a hand, and keeps it for the overview. One node does so at a time."""

    def __init__(  # noqa: PLR0913 - collaborators come in by keyword
        self,
        *,
        needs: NeedsStore,
        providers: ProviderStore,
        webhooks: WebhookStore,
        doctor: Callable[[], Awaitable[list[Finding]]],
        is_wanted: Callable[[], Awaitable[bool]],
        leases: LeaseStore,
        clock: Clock,
    ) -> None:
        """`doctor` makes the checks of the command `doctor` that look at the database.

        `is_wanted` tells whether anybody can see what is found: nobody can without an account.
        """
        self._needs = needs
        self._providers = providers
        self._webhooks = webhooks
        self._doctor = doctor
        self._is_wanted = is_wanted
        self._leases = leases
        self._clock = clock

    async def read(self) -> Needs | None:
        """Return what was found last; None before the first look."""
        return await self._needs.read()

    async def look(self) -> None:
        """Look now, unless another node does so or nobody could see it."""
        now = self._clock()
        if not await self._is_wanted() or not await self._leases.take(_WORK, now, now + LEASE):
            return
        near = await self._providers.find_near_limit(NEAR, MOST)
        failing = await self._webhooks.find_failing(now - GIVEN_UP_WITHIN, MOST)
        findings = await self._doctor()
        await self._needs.keep(
            Needs(
                at=now,
                limits=tuple(NearLimit(provider=slug, share=share) for slug, share in near),
                webhooks=tuple(
                    FailingWebhook(provider=slug, waiting=waiting, given_up=given_up)
                    for slug, waiting, given_up in failing
                ),
                faults=tuple(
                    Fault(
                        subject=finding.subject,
                        detail=finding.detail,
                        remedy=finding.remedy,
                        warns=finding.ok,
                    )
                    for finding in findings
                    if finding.warns or not finding.ok
                ),
            )
        )

    async def run(self) -> None:
        """Look from time to time until cancelled."""
        while True:
            try:
                await self.look()
            except StorageError as error:
                _log.warning("needs_failed", reason=error.reason)
            await asyncio.sleep(INTERVAL_S * random.uniform(0.5, 1.5))  # noqa: S311 - jitter

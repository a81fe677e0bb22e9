"""Whether this node can work: for readiness and for `doctor`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from storage.health import AccessCounts, HealthStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import StorageError

RECENT_S = 1.0
"""Readiness asks the database at most this often, however often it is asked itself."""

MAX_SKEW = timedelta(seconds=5)
"""Between this node's clock and the database's. Tokens and keys expire by the node's clock."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `doctor` looked at; `remedy` says what to do where `ok` is false."""

    subject: str
    ok: bool
    detail: str
    remedy: str | None = None


class HealthService:
    """Storage reachable, indexes built, clocks and counters agreeing."""

    def __init__(
        self, health: HealthStore, clock: Clock, search_is_loaded: Callable[[], bool]
    ) -> None:
        self._health = health
        self._clock = clock
        self._search_is_loaded = search_is_loaded
        self._checked_at = float("-inf")
        self._faults: list[str] = []

    async def faults(self) -> list[str]:
        """What keeps this node from working; empty when it is ready."""
        if time.monotonic() - self._checked_at > RECENT_S:
            self._faults = await self._look()
            self._checked_at = time.monotonic()
        if not self._search_is_loaded():
            return [*self._faults, "the search index is being loaded"]
        return self._faults

    async def _look(self) -> list[str]:
        try:
            await self._health.ping()
            return [f"index {name} is missing" for name in await self._health.missing_indexes()]
        except StorageError as error:
            return [error.message]

    async def examine(self) -> list[Finding]:
        """All of it, with remedies.

        Raises:
            StorageUnavailableError: the database can't be asked.
        """
        missing = await self._health.missing_indexes()
        skew = abs(await self._health.server_time() - self._clock())
        findings = [
            Finding("storage", ok=True, detail=f"MongoDB {await self._health.server_version()}"),
            Finding(
                "indexes",
                ok=not missing,
                detail=f"missing: {', '.join(missing)}" if missing else "all built",
                remedy="Start the gateway once: it builds them.",
            ),
            Finding(
                "time",
                ok=skew <= MAX_SKEW,
                detail=f"{skew.total_seconds():.1f} s from the database's clock",
                remedy="Let NTP set the clocks of this node and of the database.",
            ),
        ]
        return [*findings, *map(_counts_agree, await self._health.access_counts())]


def _counts_agree(counts: AccessCounts) -> Finding:
    return Finding(
        f"accesses of {counts.provider}",
        ok=counts.counter == counts.ledger == counts.users,
        detail=f"counter {counts.counter}, ledger {counts.ledger}, users {counts.users}",
        remedy="They are written together: the database was changed by hand. Compare `accesses` "
        "and `provider_users` with a backup; the ledger is what was billed.",
    )

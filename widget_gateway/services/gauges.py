"""Gauges that are read from the database when Prometheus asks for the metrics.

They say how far the gateway is from breaking a promise. They are the same on each node, so an alert
takes the maximum of all.
"""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta

from storage.partners.providers import ProviderStore
from storage.partners.webhooks import WebhookStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import StorageError

KEPT_S = 10.0
"""Seconds for which the gauges are kept. Prometheus asks every 15 seconds, and several of them, or
anybody who reaches the address, must not keep the database busy."""

READ_S = 2.0
"""Seconds that reading them may take. The other metrics are most needed while the database fails,
so they must not wait for it; Prometheus gives up after ten seconds."""

SHOWN_SHARE = 0.8
"""The share of its limit from which on a provider is shown. A webhook tells the provider then,
too."""

SHOWN_KEY_AGE = timedelta(days=300)
"""The age from which on a key is shown."""

MAX_SHOWN = 100
"""Providers that a gauge shows at most, so that thousands of them do not become series."""

_Row = tuple[dict[str, str], float]


class StoredGauges:
    """Reads the gauges, and writes them in Prometheus's text format."""

    def __init__(
        self,
        deliveries: WebhookStore,
        providers: ProviderStore,
        clock: Clock,
        *,
        has_old_secret: bool,
    ) -> None:
        """`has_old_secret` says whether tokens signed with JWT_OLD_SECRET are still taken."""
        self._deliveries = deliveries
        self._providers = providers
        self._clock = clock
        self._has_old_secret = has_old_secret
        self._lock = asyncio.Lock()
        self._exposed = b""
        self._read_at = float("-inf")

    async def expose(self) -> bytes:
        """Return the gauges. Those that can't be read now are left out."""
        async with self._lock:
            if time.monotonic() - self._read_at >= KEPT_S:
                self._exposed = await self._read()
                self._read_at = time.monotonic()
            return self._exposed

    async def _read(self) -> bytes:
        gauges: dict[str, tuple[str, list[_Row]]] = {
            "storage_up": ("Whether the database could be read just now", [({}, 0.0)]),
            "jwt_old_secret_set": (
                "Whether tokens that were signed with the former secret are still taken",
                [({}, float(self._has_old_secret))],
            ),
        }
        try:
            async with asyncio.timeout(READ_S):
                gauges |= {
                    "outbox_oldest_seconds": (
                        "How long the webhook that waits the longest has been due",
                        [({}, await self._outbox_age())],
                    ),
                    "provider_limit_used_ratio": (
                        f"Share of its limit that a provider has used, from {SHOWN_SHARE:.0%} on",
                        await self._near_limit(),
                    ),
                    "provider_key_age_seconds": (
                        f"Age of a provider's oldest key, from {SHOWN_KEY_AGE.days} days on",
                        await self._key_ages(),
                    ),
                }
                gauges["storage_up"] = (gauges["storage_up"][0], [({}, 1.0)])
        except (StorageError, TimeoutError):
            pass
        return "".join(
            line
            for name, (about, rows) in gauges.items()
            for line in _lines(f"widget_gateway_{name}", about, rows)
        ).encode()

    async def _outbox_age(self) -> float:
        now = self._clock()
        due = await self._deliveries.find_due(now)
        return max(((now - waiting.since).total_seconds() for waiting in due), default=0.0)

    async def _near_limit(self) -> list[_Row]:
        found = await self._providers.find_near_limit(SHOWN_SHARE, MAX_SHOWN)
        return [({"provider": slug}, share) for slug, share in found]

    async def _key_ages(self) -> list[_Row]:
        now = self._clock()
        found = await self._providers.find_old_keys(now - SHOWN_KEY_AGE, MAX_SHOWN)
        return [({"provider": slug}, (now - made_at).total_seconds()) for slug, made_at in found]


def _lines(name: str, about: str, rows: list[_Row]) -> Iterator[str]:
    """Write a gauge. Slugs have no character that would have to be escaped."""
    yield f"# HELP {name} {about}\n# TYPE {name} gauge\n"
    for labels, value in rows:
        told = ",".join(f'{key}="{text}"' for key, text in labels.items())
        yield f"{name}{{{told}}} {value}\n" if told else f"{name} {value}\n"

"""Providers by key, cached in memory: each call of the partner API looks one up.

They hardly ever change. A change stream tells which providers were changed on other nodes, and
while the stream is lost nothing is cached (docs/adr/0009).
"""

from datetime import datetime

from storage.changes import LiveCache
from storage.partners.providers import KnownKey, ProviderChanges, ProviderStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import ClientNotFoundError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import Caller

MAX_KEPT = 10_000
"""Keys that a process keeps, about 10 MB."""


class CallerCache:
    """Callers by the hash of their key. Unknown keys are not kept."""

    def __init__(self, providers: ProviderStore, changes: ProviderChanges, clock: Clock) -> None:
        self._changes = changes
        self._clock = clock
        self._kept = LiveCache(changes, providers.find_key, MAX_KEPT)

    async def run(self) -> None:
        """Follow the changes until cancelled."""
        await self._changes.follow_forever(self._on_change)

    async def _on_change(self, changed: ProviderSlug | None) -> None:
        if changed is None:
            self._kept.clear()
        else:
            self.forget(changed)

    def forget(self, provider: ProviderSlug) -> None:
        """Drop the provider's callers: they are read anew at its next call."""
        self._kept.drop_where(lambda known: known.caller.provider.slug == provider)

    async def get(self, digest: bytes) -> Caller:
        """Return the enabled provider whose key has this hash.

        Raises:
            ClientNotFoundError: the key is unknown or has expired, or its provider is disabled.
        """
        known = await self._kept.get(digest)
        if known is None or not _is_valid(known, self._clock()):
            raise ClientNotFoundError
        return known.caller


def _is_valid(known: KnownKey, now: datetime) -> bool:
    return known.expires_at is None or known.expires_at > now

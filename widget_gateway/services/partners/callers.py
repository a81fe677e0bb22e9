"""Who calls: providers by key, kept in memory for as long as changes of them would be noticed.

Each call of the partner API begins with this question, and the answer hardly ever changes. A change
stream drops what was changed elsewhere, and without the stream nothing is kept (docs/adr/0009).
"""

import asyncio
import random
from datetime import datetime

import structlog

from storage.changes import ProviderChanges
from storage.partners.providers import KnownKey, ProviderStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import ClientNotFoundError, StorageError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import Caller

_log = structlog.get_logger(__name__)

MAX_KEPT = 10_000
"""Keys of as many providers as one process may meet, some 10 MB; above it begins anew."""

RECONNECT_S = 1.0


class CallerCache:
    """Callers by the hash of their key. Only keys that are somebody's are kept."""

    def __init__(self, providers: ProviderStore, changes: ProviderChanges, clock: Clock) -> None:
        self._providers = providers
        self._changes = changes
        self._clock = clock
        self._kept: dict[bytes, KnownKey] = {}
        self._following = False
        self._forgotten = 0

    async def run(self) -> None:
        """Follow the changes until cancelled, through losses of the stream."""
        while True:
            try:
                async for changed in self._changes.follow():
                    if changed is None:
                        self._forget_all()
                    else:
                        self.forget(changed)
                    self._following = True
            except StorageError as error:
                _log.warning("provider_changes_lost", reason=error.reason)
            finally:
                self._following = False
                self._forget_all()
            await asyncio.sleep(random.uniform(0, RECONNECT_S))  # noqa: S311 - jitter, no secret

    def forget(self, provider: ProviderSlug) -> None:
        """Read the provider anew at its next call."""
        self._forgotten += 1
        for digest in [d for d, one in self._kept.items() if one.caller.provider.slug == provider]:
            del self._kept[digest]

    def _forget_all(self) -> None:
        self._forgotten += 1
        self._kept.clear()

    async def get(self, digest: bytes) -> Caller:
        """The enabled provider whose key has this hash.

        Raises:
            ClientNotFoundError: nobody's key, one that has ended, or a disabled provider's.
        """
        now = self._clock()
        known = self._kept.get(digest)
        if known is None:
            known = await self._read(digest)
        if known is None or not _is_valid(known, now):
            raise ClientNotFoundError
        return known.caller

    async def _read(self, digest: bytes) -> KnownKey | None:
        before = self._forgotten
        known = await self._providers.find_key(digest)
        # What changed while it was read may not be in it: then it is not kept.
        if known is not None and self._following and before == self._forgotten:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[digest] = known
        return known


def _is_valid(known: KnownKey, now: datetime) -> bool:
    return known.expires_at is None or known.expires_at > now

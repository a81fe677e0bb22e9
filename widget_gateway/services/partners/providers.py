"""Providers: registering them, and telling who calls by a key."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from storage.partners.providers import ProviderStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import ProviderNotFoundError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import LIVE_PREFIX, SANDBOX_PREFIX, Caller, Provider
from widget_gateway.services.partners.callers import CallerCache

KEY_BYTES = 32
DEFAULT_OVERLAP = timedelta(hours=24)
"""How long the old keys work beside the new ones: time to deploy the new ones everywhere."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Secret keys, shown once."""

    client_key: str
    sandbox_key: str


def hash_secret(secret: str) -> bytes:
    """SHA-256: for secrets that are long and random, where no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()


def _new_keys() -> KeyPair:
    return KeyPair(
        LIVE_PREFIX + secrets.token_urlsafe(KEY_BYTES),
        SANDBOX_PREFIX + secrets.token_urlsafe(KEY_BYTES),
    )


class ProviderService:
    """Use cases around providers."""

    def __init__(self, providers: ProviderStore, callers: CallerCache, clock: Clock) -> None:
        self._providers = providers
        self._callers = callers
        self._clock = clock

    async def create(self, provider: Provider) -> KeyPair:
        """Register a provider and hand out its keys: this once, since only hashes are kept.

        Raises:
            ProviderExistsError: the slug is taken.
        """
        keys = _new_keys()
        await self._providers.add(
            provider, live=hash_secret(keys.client_key), sandbox=hash_secret(keys.sandbox_key)
        )
        return keys

    async def rotate_keys(self, slug: ProviderSlug, overlap: timedelta) -> KeyPair:
        """Hand out new keys; the old ones work for `overlap` more.

        Raises:
            ProviderNotFoundError: no such provider.
        """
        keys = _new_keys()
        now = self._clock()
        await self._providers.rotate_keys(
            slug,
            live=hash_secret(keys.client_key),
            sandbox=hash_secret(keys.sandbox_key),
            now=now,
            old_valid_until=now + overlap,
        )
        self._callers.forget(slug)
        return keys

    async def update(self, slug: ProviderSlug, changes: Mapping[str, Any]) -> Provider:
        """Change some fields of a provider; `changes` is by field, never slug or counter.

        Raises:
            ProviderNotFoundError: no such provider.
        """
        changed = await self._providers.update(slug, changes)
        self._callers.forget(slug)
        return changed

    async def authenticate(self, client_key: str) -> Caller:
        """Who calls with this key. The provider's `access_count` may be an old one.

        Raises:
            ClientNotFoundError: nobody, or a provider that is disabled.
        """
        return await self._callers.get(hash_secret(client_key))

    async def get(self, slug: ProviderSlug) -> Provider:
        """A provider by its public slug, enabled or not.

        Raises:
            ProviderNotFoundError: no such provider.
        """
        provider = await self._providers.find(slug)
        if provider is None:
            raise ProviderNotFoundError
        return provider

    async def list_all(self) -> list[Provider]:
        """All providers, by slug."""
        return await self._providers.list_all()

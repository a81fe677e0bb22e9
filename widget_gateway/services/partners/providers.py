"""Providers: registers and changes them, and finds them by key or slug."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from storage.partners.logos import LogoStore
from storage.partners.providers import ProviderStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import (
    OriginNotAllowedError,
    PriceInvalidError,
    ProviderExistsError,
    ProviderNotFoundError,
)
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.brands import Logo
from widget_gateway.domain.partners.providers import (
    LIVE_PREFIX,
    PREVIEW_PROVIDER,
    SANDBOX_PREFIX,
    Caller,
    KeyFacts,
    Provider,
    TestLists,
    is_preview,
)
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.partners.callers import CallerCache
from widget_gateway.services.partners.currencies import checked, is_in_use
from widget_gateway.services.refused_origins import RefusedOrigins

KEY_BYTES = 32
"""Random bytes of a key."""

DEFAULT_OVERLAP = timedelta(hours=24)
"""How long old keys work beside new ones, so that the new ones can be deployed everywhere."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A provider's secret keys for the live world and the sandbox. They are shown only once."""

    client_key: str
    sandbox_key: str


def hash_secret(secret: str) -> bytes:
    """Return the SHA-256 of a long random secret, which needs no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def _new_keys() -> KeyPair:
    return KeyPair(
        LIVE_PREFIX + secrets.token_urlsafe(KEY_BYTES),
        SANDBOX_PREFIX + secrets.token_urlsafe(KEY_BYTES),
    )


class ProviderService:
    """Use cases around providers."""

    def __init__(  # noqa: PLR0913 - each argument is a collaborator
        self,
        *,
        providers: ProviderStore,
        logos: LogoStore,
        callers: CallerCache,
        catalogue: Catalogue,
        refused_origins: RefusedOrigins,
        clock: Clock,
    ) -> None:
        self._providers = providers
        self._logos = logos
        self._catalogue = catalogue
        self._callers = callers
        self._clock = clock
        self._refused_origins = refused_origins

    async def create(self, provider: Provider) -> KeyPair:
        """Register a provider and return its keys. Only their hashes are stored.

        Raises:
            ProviderExistsError: the slug is taken.
            PriceInvalidError: the currency is not in use, or can't have the price.
            TestNotFoundError: its lists name tests that do not exist.
        """
        if is_preview(provider.slug):
            raise ProviderExistsError
        await self._catalogue.require((*provider.main_tests, *provider.bonus_tests))
        provider = self._checked(provider, is_new_currency=True)
        keys = _new_keys()
        await self._providers.add(
            provider, live=hash_secret(keys.client_key), sandbox=hash_secret(keys.sandbox_key)
        )
        return keys

    async def keep_logo(self, logo: Logo) -> None:
        """Store a logo, so that providers can name it by its digest."""
        await self._logos.keep(logo)

    async def find_logo(self, digest: str) -> Logo | None:
        """Find a logo by its digest."""
        return await self._logos.find(digest)

    async def rotate_keys(self, slug: ProviderSlug, overlap: timedelta) -> KeyPair:
        """Return new keys of a provider. The old keys still work for the time of `overlap`.

        Raises:
            ProviderNotFoundError: there is no such provider.
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

    async def list_page(self, *, search: str = "", after: str = "", limit: int) -> list[Provider]:
        """Return providers behind a slug, sorted by it, whose slug or name contains a text."""
        return await self._providers.list_page(search=search, after=after, limit=limit)

    async def list_keys(self, slug: ProviderSlug) -> list[KeyFacts]:
        """Return what is known of a provider's keys, the newest first.

        Raises:
            ProviderNotFoundError: there is no such provider.
        """
        return await self._providers.list_keys(slug)

    async def end_key(self, slug: ProviderSlug, key_id: str) -> None:
        """End a key at once, on all nodes.

        Raises:
            ProviderNotFoundError: there is no such provider.
            KeyNotFoundError: it has no such key, or the key has ended already.
        """
        await self._providers.end_key(slug, key_id, self._clock())
        self._callers.forget(slug)

    async def update(
        self, slug: ProviderSlug, changes: Mapping[str, Any], seen: Provider | None = None
    ) -> Provider:
        """Change fields of a provider. `changes` has the values by field, without slug and counter.

        With `seen`, the provider as it was when the changes were decided, nothing is overwritten
        that somebody else has changed meanwhile.

        Raises:
            ProviderNotFoundError: there is no such provider.
            PriceInvalidError: the currency is not in use, or can't have the price.
            TestNotFoundError: the new lists name tests that do not exist.
            ProviderChangedError: one of the fields is no longer as it was `seen`.
        """
        named = (*changes.get("main_tests", ()), *changes.get("bonus_tests", ()))
        await self._catalogue.require(named)

        def check(changed: Provider) -> Provider:
            if changes.keys().isdisjoint(("price", "currency")):
                return changed
            return self._checked(changed, is_new_currency="currency" in changes)

        changed = await self._providers.update(slug, changes, check, seen)
        self._callers.forget(slug)
        return changed

    def _checked(self, provider: Provider, *, is_new_currency: bool) -> Provider:
        """Return the provider with a price that has the decimals of its currency."""
        if is_new_currency and not is_in_use(provider.currency, self._clock().date()):
            raise PriceInvalidError(f"{provider.currency} is no currency that is in use.")
        return replace(provider, price=checked(provider.terms.price).amount)

    async def authenticate(self, client_key: str) -> Caller:
        """Return the caller that has this key. Its provider's `access_count` may be out of date.

        Raises:
            ClientNotFoundError: the key is unknown or has expired, or its provider is disabled.
        """
        return await self._callers.get(hash_secret(client_key))

    async def get(self, slug: ProviderSlug) -> Provider:
        """Return a provider by its public slug, enabled or not; also that of previews.

        Raises:
            ProviderNotFoundError: there is no such provider.
        """
        if is_preview(slug):
            return PREVIEW_PROVIDER
        provider = await self._providers.find(slug)
        if provider is None:
            raise ProviderNotFoundError(names=(slug,))
        return provider

    async def admit(self, slug: ProviderSlug, origin: str | None, own_origin: str) -> Provider:
        """Return a provider, if a page of this origin may open its attempts.

        `origin` is None for a client that is no browser. `own_origin` is the gateway's own.

        Raises:
            ProviderNotFoundError: there is no such provider.
            OriginNotAllowedError: the provider does not allow the origin, or is disabled.
        """
        known = await self.get(slug)
        if not known.enabled:
            raise OriginNotAllowedError("The provider is disabled.")
        if origin != own_origin and not known.allows_origin(origin):
            self._refused_origins.note(origin, provider=slug)
            raise OriginNotAllowedError
        return known

    async def list_all(self) -> list[Provider]:
        """Return all providers, in the order of their slugs."""
        return await self._providers.list_all()

    async def list_test_lists(self) -> list[TestLists]:
        """Return the tests that the agreements of enabled providers name, by provider."""
        return await self._providers.list_test_lists()

"""Providers and the hashes of their keys."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from bson.decimal128 import Decimal128
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from storage.changes import Changes
from storage.client import Database, translated
from storage.driver.adapter import wait_of
from storage.driver.gathered import GatheredReads
from widget_gateway.domain.errors import ProviderExistsError, ProviderNotFoundError
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import Caller, PaymentPolicy, Provider, TestPolicy

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A provider's key: who calls with it, and until when it works (None: until it is rotated)."""

    caller: Caller
    expires_at: datetime | None


def provider_from(row: Document) -> Provider:
    """A stored provider without its keys."""
    return Provider(
        slug=ProviderSlug(row["_id"]),
        name=row["name"],
        created_at=row["created_at"],
        enabled=row["enabled"],
        origins=tuple(row["origins"]),
        allow_no_origin=row["allow_no_origin"],
        open_results=row["open_results"],
        payment_policy=PaymentPolicy(row["payment_policy"]),
        access_limit=row["access_limit"],
        overdraft=row["overdraft"],
        access_count=row["access_count"],
        price=row["price"].to_decimal(),
        currency=row["currency"],
        test_policy=TestPolicy(row["test_policy"]),
        main_tests=tuple(map(TestSlug, row["main_tests"])),
        bonus_tests=tuple(map(TestSlug, row["bonus_tests"])),
        webhook_url=row["webhook_url"],
    )


def _to_document(provider: Provider) -> Document:
    return {
        "_id": provider.slug,
        "name": provider.name,
        "created_at": provider.created_at,
        "enabled": provider.enabled,
        "origins": list(provider.origins),
        "allow_no_origin": provider.allow_no_origin,
        "open_results": provider.open_results,
        "payment_policy": provider.payment_policy.value,
        "access_limit": provider.access_limit,
        "overdraft": provider.overdraft,
        "access_count": provider.access_count,
        "price": Decimal128(Decimal(provider.price)),
        "currency": provider.currency,
        "test_policy": provider.test_policy.value,
        "main_tests": list(provider.main_tests),
        "bonus_tests": list(provider.bonus_tests),
        "webhook_url": provider.webhook_url,
    }


def _key(digest: bytes, *, sandbox: bool) -> Document:
    return {"hash": digest, "sandbox": sandbox, "expires_at": None}


class ProviderStore:
    """Keys are stored as SHA-256: they are 256 random bits, so no slow hash is needed."""

    def __init__(self, database: Database) -> None:
        self._providers = database["providers"]
        self._by_slug = GatheredReads(self._find_many, wait_of(database))

    async def add(self, provider: Provider, *, live: bytes, sandbox: bytes) -> None:
        """Store a new provider with the hashes of its two keys.

        Raises:
            ProviderExistsError: the slug is taken.
        """
        keys = [_key(live, sandbox=False), _key(sandbox, sandbox=True)]
        with translated():
            try:
                await self._providers.insert_one(
                    _to_document(provider) | {"keys": keys, "webhook_secrets": []}
                )
            except DuplicateKeyError:
                raise ProviderExistsError from None

    async def update(self, slug: ProviderSlug, changes: Mapping[str, Any]) -> Provider:
        """Set some fields, and only these: the counter goes on counting meanwhile; atomic.

        Raises:
            ProviderNotFoundError: no such provider.
        """
        with translated():
            row = await self._providers.find_one({"_id": slug})
            if row is None:
                raise ProviderNotFoundError
            changed = _to_document(replace(provider_from(row), **changes))
            fields = {name: changed[name] for name in changes}
            row = await self._providers.find_one_and_update(
                {"_id": slug}, {"$set": fields}, return_document=ReturnDocument.AFTER
            )
        if row is None:
            raise ProviderNotFoundError
        return provider_from(row)

    async def find(self, slug: ProviderSlug) -> Provider | None:
        """A provider by its public slug, enabled or not."""
        return await self._by_slug.get(slug)

    async def _find_many(self, slugs: list[ProviderSlug]) -> dict[ProviderSlug, Provider]:
        with translated():
            found = self._providers.find({"_id": {"$in": slugs}})
            return {row["_id"]: provider_from(row) async for row in found}

    async def find_key(self, digest: bytes) -> KnownKey | None:
        """The key with this hash, of an enabled provider, be it valid or past its end."""
        with translated():
            row = await self._providers.find_one({"keys.hash": digest, "enabled": True})
        if row is None:
            return None
        for key in row["keys"]:
            if key["hash"] == digest:
                caller = Caller(provider_from(row), sandbox=key["sandbox"])
                return KnownKey(caller, key["expires_at"])
        return None

    async def list_all(self) -> list[Provider]:
        """All providers, by slug."""
        with translated():
            return [provider_from(row) async for row in self._providers.find().sort("_id", 1)]

    async def rotate_keys(
        self,
        slug: ProviderSlug,
        *,
        live: bytes,
        sandbox: bytes,
        now: datetime,
        old_valid_until: datetime,
    ) -> None:
        """Add new keys; the old ones end at `old_valid_until`, earlier if they had to already.

        Atomic: two rotations at once add up, and no key outlives the overlap of the first.

        Raises:
            ProviderNotFoundError: no such provider.
        """
        still_valid = {
            "$filter": {
                "input": "$keys",
                "cond": {"$gt": [{"$ifNull": ["$$this.expires_at", old_valid_until]}, now]},
            }
        }
        limited = {
            "$map": {
                "input": still_valid,
                "in": {
                    "$mergeObjects": [
                        "$$this",
                        {
                            "expires_at": {
                                "$min": [
                                    {"$ifNull": ["$$this.expires_at", old_valid_until]},
                                    old_valid_until,
                                ]
                            }
                        },
                    ]
                },
            }
        }
        new = [_key(live, sandbox=False), _key(sandbox, sandbox=True)]
        with translated():
            changed = await self._providers.update_one(
                {"_id": slug}, [{"$set": {"keys": {"$concatArrays": [limited, new]}}}]
            )
        if not changed.matched_count:
            raise ProviderNotFoundError


class ProviderChanges(Changes[ProviderSlug]):
    """Providers whose agreement, keys or webhook changed; a counted access is no such change."""

    collection = "providers"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {
            "$match": {
                "operationType": {"$in": ["update", "replace", "delete"]},
                "updateDescription.updatedFields.access_count": {"$exists": False},
            }
        },
        {"$project": {"documentKey": 1}},
    ]

    def read(self, row: Document) -> ProviderSlug:
        """Which provider."""
        return ProviderSlug(row["documentKey"]["_id"])

"""Providers, with the hashes of their keys and with their webhooks."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bson.decimal128 import Decimal128
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from storage.changes import Changes
from storage.client import Database, Document, translated
from storage.commits.open_days import OpenDays
from storage.driver.adapter import wait_of
from storage.driver.gathered import GatheredReads
from storage.transactions import Session
from widget_gateway.domain.errors import (
    KeyNotFoundError,
    ProviderChangedError,
    ProviderExistsError,
    ProviderNotFoundError,
)
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.money import Price
from widget_gateway.domain.partners.providers import (
    Caller,
    FormerTerms,
    KeyFacts,
    PaymentPolicy,
    Provider,
    Terms,
    TestLists,
    TestPolicy,
)
from widget_gateway.domain.partners.webhooks import Target

_PRICE = ("price", "currency")
_TERMS = ("name", *_PRICE)
"""Fields that invoices show. Their former values are kept when they change."""

_ABSENT = {"$exists": False}
"""What a filter says of a field that documents of former versions do not have."""

KEY_ID_BYTES = 5
"""The bytes of a key's hash that name it among the few keys of its provider."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A provider's key: the caller that uses it, and when it expires (None: it does not)."""

    caller: Caller
    expires_at: datetime | None


def provider_from(row: Document) -> Provider:
    """Make a provider of its document. Keys and webhook secrets are left out."""
    return Provider(
        slug=ProviderSlug(row["_id"]),
        name=row["name"],
        created_at=row["created_at"],
        enabled=row["enabled"],
        origins=tuple(row["origins"]),
        allow_no_origin=row["allow_no_origin"],
        open_results=row["open_results"],
        # Documents of the former version have no such field.
        sandbox_guests=row.get("sandbox_guests", False),
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
        # Documents of former versions have none of these fields.
        brand_name=row.get("brand_name"),
        brand_color=row.get("brand_color"),
        brand_logo=row.get("brand_logo"),
        former_terms=tuple(map(_former_terms_from, row.get("former_terms", ()))),
        invoiced_until=row.get("invoiced_until"),
        results_kept_days=row.get("results_kept_days"),
    )


def _former_terms_from(row: Document) -> FormerTerms:
    return FormerTerms(Terms(row["name"], price_from(row)), row["until"])


def price_from(row: Document) -> Price:
    """Make a price of the fields of a document."""
    return Price(row["price"].to_decimal(), row["currency"])


def price_fields(price: Price) -> Document:
    """Make the fields that documents store a price in."""
    return {"price": Decimal128(price.amount), "currency": price.currency}


def webhook_target_from(row: Document, now: datetime) -> Target | None:
    """Find where an enabled provider's events are sent, with the secrets valid at `now`.

    None if it is disabled or has no webhook.
    """
    if not row["enabled"] or row["webhook_url"] is None:
        return None
    valid = [
        stored["secret"]
        for stored in row["webhook_secrets"]
        if stored["expires_at"] is None or stored["expires_at"] > now
    ]
    return Target(row["webhook_url"], tuple(valid))


def _to_document(provider: Provider) -> Document:
    return {
        "_id": provider.slug,
        "name": provider.name,
        "created_at": provider.created_at,
        "enabled": provider.enabled,
        "origins": list(provider.origins),
        "allow_no_origin": provider.allow_no_origin,
        "open_results": provider.open_results,
        "sandbox_guests": provider.sandbox_guests,
        "payment_policy": provider.payment_policy.value,
        "access_limit": provider.access_limit,
        "overdraft": provider.overdraft,
        "access_count": provider.access_count,
        **price_fields(provider.terms.price),
        "test_policy": provider.test_policy.value,
        "main_tests": list(provider.main_tests),
        "bonus_tests": list(provider.bonus_tests),
        "webhook_url": provider.webhook_url,
        "brand_name": provider.brand_name,
        "brand_color": provider.brand_color,
        "brand_logo": provider.brand_logo,
        "results_kept_days": provider.results_kept_days,
    }


def _with_former_terms(fields: Document) -> Document:
    """Make the `$set` stage of an update, which also keeps the former terms if they change."""
    # As literals, names that begin with a dollar sign are not read as expressions.
    sets: Document = {name: {"$literal": value} for name, value in fields.items()}
    if is_same := [{"$eq": [f"${name}", sets[name]]} for name in _TERMS if name in fields]:
        kept = {"$ifNull": ["$former_terms", []]}
        former = {name: f"${name}" for name in _TERMS} | {"until": "$$NOW"}
        sets["former_terms"] = {
            "$cond": [{"$and": is_same}, kept, {"$concatArrays": [kept, [former]]}]
        }
    return sets


def _key_id(digest: bytes) -> str:
    return digest[:KEY_ID_BYTES].hex()


def _key(digest: bytes, created_at: datetime, *, sandbox: bool) -> Document:
    return {"hash": digest, "sandbox": sandbox, "expires_at": None, "created_at": created_at}


class ProviderStore:
    """Providers by slug. Of their keys, 256 random bits each, only SHA-256 hashes are stored."""

    def __init__(self, database: Database) -> None:
        self._providers = database["providers"]
        self.open_days = OpenDays(self._providers, "access_days")
        self._by_slug = GatheredReads(self.find_many, wait_of(database))

    async def add(self, provider: Provider, *, live: bytes, sandbox: bytes) -> None:
        """Store a new provider with the hashes of its two keys.

        Raises:
            ProviderExistsError: the slug is taken.
        """
        keys = [
            _key(live, provider.created_at, sandbox=False),
            _key(sandbox, provider.created_at, sandbox=True),
        ]
        with translated():
            try:
                await self._providers.insert_one(
                    _to_document(provider) | {"keys": keys, "webhook_secrets": []}
                )
            except DuplicateKeyError:
                raise ProviderExistsError from None

    async def update(
        self,
        slug: ProviderSlug,
        changes: Mapping[str, Any],
        check: Callable[[Provider], Provider] = lambda changed: changed,
        seen: Provider | None = None,
    ) -> Provider:
        """Change these fields of a provider and no others; atomic.

        `check` gets the changed provider, and returns the provider to be stored or raises. The
        former values of what invoices show are kept, with the time by the database's clock. `seen`
        is the provider as it was when the change was decided, if the fields have to be so still.

        Raises:
            ProviderNotFoundError: there is no such provider. What `check` raises is raised, too.
            ProviderChangedError: one of the fields is no longer as it was `seen`.
        """
        with translated():
            while True:
                row = await self._providers.find_one({"_id": slug})
                if row is None:
                    raise ProviderNotFoundError(names=(slug,))
                current = provider_from(row)
                changed = _to_document(check(replace(current, **changes)))
                fields = {name: changed[name] for name in changes}
                as_read: Document = {}
                if seen is not None:
                    if any(getattr(seen, name) != getattr(current, name) for name in changes):
                        raise ProviderChangedError
                    as_read = {name: row.get(name, _ABSENT) for name in changes}
                if not fields.keys().isdisjoint(_PRICE):
                    # They were checked together, so neither of them may have changed meanwhile.
                    fields |= {name: changed[name] for name in _PRICE}
                    as_read |= {name: row[name] for name in _PRICE}
                stored = await self._providers.find_one_and_update(
                    {"_id": slug} | as_read,
                    [{"$set": _with_former_terms(fields)}],
                    return_document=ReturnDocument.AFTER,
                )
                if stored is not None:
                    return provider_from(stored)

    async def close_period(self, slug: ProviderSlug, end: datetime) -> None:
        """Let no later access have a time before `end`, if `end` is past by the database's clock.

        An access that was requested before, but is not stored yet, conflicts with this change of
        its provider's document, and then gets a later time. So no access is added any more to an
        invoice that ends at `end`.
        """
        is_open = {"invoiced_until": {"$not": {"$gte": end}}}
        is_over = {"$expr": {"$lte": [end, "$$NOW"]}}
        with translated():
            await self._providers.update_one(
                {"_id": slug} | is_open | is_over, {"$set": {"invoiced_until": end}}
            )

    async def find(self, slug: ProviderSlug) -> Provider | None:
        """Find a provider by its public slug, whether it is enabled or not."""
        return await self._by_slug.get(slug)

    async def find_many(self, slugs: list[ProviderSlug]) -> dict[ProviderSlug, Provider]:
        """Find providers by their slugs. Slugs of no provider are left out."""
        with translated():
            found = self._providers.find({"_id": {"$in": slugs}})
            return {row["_id"]: provider_from(row) async for row in found}

    async def find_key(self, digest: bytes) -> KnownKey | None:
        """Find the key of an enabled provider by its hash, even if the key has expired."""
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
        """List all providers, sorted by slug."""
        with translated():
            return [provider_from(row) async for row in self._providers.find().sort("_id", 1)]

    async def list_page(self, *, search: str, after: str, limit: int) -> list[Provider]:
        """List providers behind a slug, sorted by it, whose slug or name contains a text."""
        wanted: Document = {"_id": {"$gt": after}}
        if search:
            text = {"$regex": re.escape(search), "$options": "i"}
            wanted["$or"] = [{"_id": text}, {"name": text}]
        with translated():
            found = self._providers.find(wanted).sort("_id", 1).limit(limit)
            return [provider_from(row) async for row in found]

    async def list_keys(self, slug: ProviderSlug) -> list[KeyFacts]:
        """List what is known of a provider's keys, the newest first.

        Raises:
            ProviderNotFoundError: there is no such provider.
        """
        with translated():
            row = await self._providers.find_one({"_id": slug}, {"keys": 1})
        if row is None:
            raise ProviderNotFoundError(names=(slug,))
        return [
            KeyFacts(_key_id(key["hash"]), key["sandbox"], key.get("created_at"), key["expires_at"])
            for key in reversed(row["keys"])
        ]

    async def end_key(self, slug: ProviderSlug, key_id: str, now: datetime) -> None:
        """Let a key that is valid at `now` be so no longer; atomic.

        Raises:
            ProviderNotFoundError: there is no such provider.
            KeyNotFoundError: it has no such key, or the key has ended already.
        """
        is_valid = {"$or": [{"expires_at": None}, {"expires_at": {"$gt": now}}]}
        with translated():
            row = await self._providers.find_one({"_id": slug}, {"keys": 1})
            if row is None:
                raise ProviderNotFoundError(names=(slug,))
            named = [key["hash"] for key in row["keys"] if _key_id(key["hash"]) == key_id]
            ended = await self._providers.update_one(
                {"_id": slug, "keys": {"$elemMatch": {"hash": {"$in": named}} | is_valid}},
                {"$set": {"keys.$.expires_at": now}},
            )
        if not ended.matched_count:
            raise KeyNotFoundError

    async def set_limit_within(
        self,
        session: Session,
        slug: ProviderSlug,
        before: Mapping[str, str | int],
        after: Mapping[str, str | int],
    ) -> bool:
        """Change a provider's payment policy, limit and overdraft in the caller's transaction.

        Returns False, and changes nothing, if they are no longer what they were `before`.
        """
        changed = await self._providers.update_one(
            {"_id": slug, **before}, {"$set": after}, session=session
        )
        return bool(changed.matched_count)

    async def list_test_lists(self) -> list[TestLists]:
        """List the tests that the agreements of enabled providers name, sorted by provider."""
        wanted = {"main_tests": 1, "bonus_tests": 1}
        with translated():
            return [
                TestLists(
                    ProviderSlug(row["_id"]),
                    tuple(map(TestSlug, row["main_tests"])),
                    tuple(map(TestSlug, row["bonus_tests"])),
                )
                async for row in self._providers.find({"enabled": True}, wanted).sort("_id", 1)
            ]

    async def find_near_limit(self, share: float, most: int) -> list[tuple[ProviderSlug, float]]:
        """List the prepaid providers that have used at least this share of what they may use.

        Each has the share that it has used. There are at most `most`, the fullest first.
        """
        may_use = {"$add": ["$access_limit", "$overdraft"]}
        steps: list[Document] = [
            {"$match": {"enabled": True, "payment_policy": PaymentPolicy.PREPAID.value}},
            {"$project": {"used": "$access_count", "may_use": may_use}},
            {"$match": {"may_use": {"$gt": 0}}},
            {"$project": {"share": {"$divide": ["$used", "$may_use"]}}},
            {"$match": {"share": {"$gte": share}}},
            {"$sort": {"share": -1, "_id": 1}},
            {"$limit": most},
        ]
        with translated():
            rows = await self._providers.aggregate(steps)
            return [(ProviderSlug(row["_id"]), row["share"]) async for row in rows]

    async def find_old_keys(
        self, made_before: datetime, most: int
    ) -> list[tuple[ProviderSlug, datetime]]:
        """List enabled providers with a key that was made before a time and that does not expire.

        Each has the time when its oldest key was made; for keys of former versions that is when
        the provider was. There are at most `most`, the oldest first.
        """
        made_at = {"$ifNull": ["$keys.created_at", "$created_at"]}
        steps: list[Document] = [
            {"$match": {"enabled": True, "created_at": {"$lt": made_before}}},
            {"$unwind": "$keys"},
            {"$match": {"keys.expires_at": None}},
            {"$group": {"_id": "$_id", "made_at": {"$min": made_at}}},
            {"$match": {"made_at": {"$lt": made_before}}},
            {"$sort": {"made_at": 1, "_id": 1}},
            {"$limit": most},
        ]
        with translated():
            rows = await self._providers.aggregate(steps)
            return [(ProviderSlug(row["_id"]), row["made_at"]) async for row in rows]

    async def rotate_keys(
        self,
        slug: ProviderSlug,
        *,
        live: bytes,
        sandbox: bytes,
        now: datetime,
        old_valid_until: datetime,
    ) -> None:
        """Add new keys, and let the old ones expire at `old_valid_until` at the latest; atomic.

        Two rotations at the same time add the keys of both, and extend no old key.

        Raises:
            ProviderNotFoundError: there is no such provider.
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
        new = [_key(live, now, sandbox=False), _key(sandbox, now, sandbox=True)]
        with translated():
            changed = await self._providers.update_one(
                {"_id": slug}, [{"$set": {"keys": {"$concatArrays": [limited, new]}}}]
            )
        if not changed.matched_count:
            raise ProviderNotFoundError(names=(slug,))

    async def set_webhook(self, slug: ProviderSlug, url: str | None, secret: str | None) -> None:
        """Send a provider's events to `url`, signed with `secret`; both None turn the webhook off.

        Raises:
            ProviderNotFoundError: there is no such provider.
        """
        secrets = [] if secret is None else [_webhook_secret(secret)]
        await self._set(slug, {"webhook_url": url, "webhook_secrets": secrets})

    async def rotate_webhook_secret(
        self, slug: ProviderSlug, secret: str, old_valid_until: datetime
    ) -> bool:
        """Sign with a new secret, and with the last one until `old_valid_until`.

        Returns False, and changes nothing, where the provider has no webhook.

        Raises:
            ProviderNotFoundError: there is no such provider.
        """
        with translated():
            row = await self._providers.find_one({"_id": slug})
        if row is None:
            raise ProviderNotFoundError(names=(slug,))
        if row["webhook_url"] is None:
            return False
        last = row["webhook_secrets"][0]["secret"]
        secrets = [_webhook_secret(secret), _webhook_secret(last, old_valid_until)]
        await self._set(slug, {"webhook_secrets": secrets})
        return True

    async def _set(self, slug: ProviderSlug, fields: Document) -> None:
        with translated():
            changed = await self._providers.update_one({"_id": slug}, {"$set": fields})
        if not changed.matched_count:
            raise ProviderNotFoundError(names=(slug,))


def _webhook_secret(secret: str, expires_at: datetime | None = None) -> Document:
    return {"secret": secret, "expires_at": expires_at}


class ProviderChanges(Changes[ProviderSlug]):
    """Changes of providers: of all fields but the number of accesses, and removals."""

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
        """Read which provider has changed."""
        return ProviderSlug(row["documentKey"]["_id"])

"""The ledger of accesses, as it is read. storage/partners/accesses.py writes it.

The former version wrote rows without a price. `price_rows` gives such rows the price that the
provider had at their time, as far as that is known. It runs at each start, and before each invoice,
because nodes of the former version may still run beside this one.
"""

from collections import Counter
from itertools import groupby

import structlog

from storage.client import Client, Database, Document, translated
from storage.driver.adapter import start_session
from storage.partners.providers import ProviderStore, price_fields, price_from
from storage.transactions import Session
from widget_gateway.domain.ids import ProviderSlug, UserId
from widget_gateway.domain.partners.invoices import DayCount, LedgerEntry, Period
from widget_gateway.domain.partners.money import Price
from widget_gateway.domain.partners.providers import Provider
from widget_gateway.domain.partners.users import UserPlace

BATCH = 500
"""How many rows are read and decoded at a time, in a few milliseconds. By default the driver would
decode 16 MB at a time, while nothing else in the process runs."""

_ASSUMPTION = (
    "The ledger did not say what these accesses cost. Each was given the price that its provider "
    "had at its time; earlier than the first recorded change of terms, the price before that "
    "change; without one, the present price. The rows are marked price_assumed."
)

_log = structlog.get_logger(__name__)


class LedgerStore:
    """Reads the ledger. Rows are only ever added to it, and none is removed.

    Only rows without a price get one, and those of an erased user get a pseudonym for the user's
    id. Lists are snapshots of one moment.
    """

    def __init__(self, client: Client, database: Database, providers: ProviderStore) -> None:
        self._client = client
        self._ledger = database["accesses"]
        self._providers = providers

    async def count(self, provider: ProviderSlug) -> int:
        """Count all accesses that were issued to the provider."""
        mine = {"_id.provider": provider, "_id.sandbox": False}
        with translated():
            return int(await self._ledger.count_documents(mine))

    async def count_erased(self, provider: ProviderSlug) -> int:
        """Count the accesses whose users were erased."""
        with translated():
            mine = {"_id.provider": provider, "erased": True}
            return int(await self._ledger.count_documents(mine, hint="erased"))

    async def find_access(self, place: UserPlace) -> LedgerEntry | None:
        """Find the access of a user; one without a price yet has the present price."""
        with translated():
            row = await self._ledger.find_one({"_id": _id_of(place)})
        if row is None:
            return None
        if "price" in row:
            return LedgerEntry(place.user_id, row["at"], price_from(row))
        provider = await self._providers.find(place.provider)
        if provider is None:
            return None
        return LedgerEntry(place.user_id, row["at"], provider.terms.price)

    async def pseudonymise_within(
        self, session: Session, place: UserPlace, pseudonym: UserId
    ) -> int:
        """Put a pseudonym for the id of a user into the ledger, in the caller's transaction.

        Returns how many rows the user had. An `_id` can't be changed, so a row is replaced.
        """
        row = await self._ledger.find_one({"_id": _id_of(place)}, session=session)
        if row is None:
            return 0
        await self._ledger.delete_one({"_id": row["_id"]}, session=session)
        nameless = row | {"_id": row["_id"] | {"user_id": pseudonym}, "erased": True}
        await self._ledger.insert_one(nameless, session=session)
        return 1

    async def find_period(
        self, provider: Provider, period: Period, limit: int = 0
    ) -> list[LedgerEntry]:
        """Find the accesses that were issued in the period, oldest first.

        `limit` is the most that are returned; 0 means all. A row that has no price yet, because a
        node of the former version has just written it, counts with the present price.
        """
        prices: dict[tuple[bytes, str], Price] = {}
        present = price_fields(provider.terms.price)

        def entry_from(row: Document) -> LedgerEntry:
            priced = row if "price" in row else present
            key = (priced["price"].bid, priced["currency"])
            price = prices.get(key) or prices.setdefault(key, price_from(priced))
            return LedgerEntry(UserId(row["_id"]["user_id"]), row["at"], price)

        with translated():
            async with start_session(self._client, snapshot=True) as session:
                rows = self._ledger.find(
                    _issued(provider.slug, period),
                    {"_id.user_id": 1, "at": 1, "price": 1, "currency": 1},
                    sort=[("at", 1), ("_id.user_id", 1)],
                    limit=limit,
                    batch_size=BATCH,
                    session=session,
                )
                return [entry_from(row) async for row in rows]

    async def count_by_day(self, provider: Provider, period: Period) -> list[DayCount]:
        """Count the accesses of each day (in UTC) and price, in order, without empty days."""
        present = price_fields(provider.terms.price)
        price = {name: {"$ifNull": [f"${name}", value]} for name, value in present.items()}
        day = {"$dateTrunc": {"date": "$at", "unit": "day"}}
        steps: list[Document] = [
            {"$match": _issued(provider.slug, period)},
            {"$group": {"_id": {"day": day} | price, "count": {"$sum": 1}}},
            {"$sort": {"_id.day": 1, "_id.currency": 1, "_id.price": 1}},
        ]
        with translated():
            async with start_session(self._client, snapshot=True) as session:
                rows = await self._ledger.aggregate(steps, session=session)
                return [
                    DayCount(row["_id"]["day"].date(), row["count"], price_from(row["_id"]))
                    async for row in rows
                ]

    async def price_rows(self, provider: ProviderSlug | None = None) -> None:
        """Give rows without a price, of one provider or of all, the price of their time.

        The price depends only on the time of the row and on the changes of terms, which are kept
        for ever. So any number of nodes may do this, at any time, and at the same time.
        """
        whose: Document = {} if provider is None else {"_id.provider": provider}
        orphans: set[ProviderSlug] = set()
        priced: Counter[tuple[ProviderSlug, Price]] = Counter()
        with translated():
            while rows := await self._find_unpriced(whose, orphans):
                slugs = {row["_id"]["provider"] for row in rows}
                # Providers are read after the rows, so they have each change that a row followed.
                providers = await self._providers.find_many(list(slugs))
                orphans |= slugs - providers.keys()
                for slug, of_provider in groupby(rows, lambda row: row["_id"]["provider"]):
                    if slug in providers:
                        priced += await self._price(providers[slug], list(of_provider))
        for (slug, price), count in priced.items():
            _log.warning(
                "prices_assumed",
                provider=slug,
                accesses=count,
                price=f"{price.amount:f}",
                currency=price.currency,
                assumption=_ASSUMPTION,
            )

    async def _find_unpriced(self, whose: Document, orphans: set[ProviderSlug]) -> list[Document]:
        wanted = {"$and": [{"price": None}, whose, {"_id.provider": {"$nin": list(orphans)}}]}
        rows = self._ledger.find(
            wanted, {"at": 1}, hint="unpriced", sort=[("_id.provider", 1)], limit=BATCH
        )
        return await rows.to_list(BATCH)

    async def _price(
        self, provider: Provider, rows: list[Document]
    ) -> Counter[tuple[ProviderSlug, Price]]:
        """Write the prices of a provider's rows, and count how many rows got which price."""
        by_price: dict[Price, list[Document]] = {}
        for row in rows:
            by_price.setdefault(provider.terms_at(row["at"]).price, []).append(row["_id"])
        priced: Counter[tuple[ProviderSlug, Price]] = Counter()
        for price, ids in by_price.items():
            done = await self._ledger.update_many(
                {"_id": {"$in": ids}, "price": None},
                {"$set": price_fields(price) | {"price_assumed": True}},
            )
            priced[provider.slug, price] += done.modified_count
        return +priced


def _issued(provider: ProviderSlug, period: Period) -> Document:
    return {
        "_id.provider": provider,
        "_id.sandbox": False,
        "at": {"$gte": period.begin, "$lt": period.end},
    }


def _id_of(place: UserPlace) -> Document:
    return {"provider": place.provider, "sandbox": place.sandbox, "user_id": place.user_id}

"""The ledger of accesses: rows as if accesses had been issued at chosen moments, and counts."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import WriteConcern
from pymongo.database import Database

MAY = {"from": "2026-05-01", "to": "2026-05-31"}


def at(text: str) -> datetime:
    """Read a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def issue(database: Database[Any], *moments: datetime, provider: str = "college") -> None:
    """An access to another user at each of these moments, at the provider's present price."""
    _write(database, provider, _numbered(database, moments), **_present_price(database, provider))


def issue_as_formerly(
    database: Database[Any], *moments: datetime, provider: str = "college"
) -> None:
    """The same as the former version wrote it: no row said what its access cost."""
    _write(database, provider, _numbered(database, moments))


def issue_to(database: Database[Any], users: Iterable[str]) -> None:
    """Issue accesses to these users in May, in this order."""
    first = at("2026-05-04T12:30:00")
    rows = ((user, first + timedelta(minutes=number)) for number, user in enumerate(users))
    _write(database, "college", rows, **_present_price(database, "college"))


def counts(database: Database[Any], slug: str = "college") -> tuple[int, int, int]:
    """Return the counter, the ledger rows and the users of a provider, which always agree."""
    mine = {"_id.provider": slug, "_id.sandbox": False}
    provider = database["providers"].find_one({"_id": slug})
    assert provider is not None
    return (
        provider["access_count"],
        database["accesses"].count_documents(mine),
        database["provider_users"].count_documents(mine),
    )


def _numbered(
    database: Database[Any], moments: Iterable[datetime]
) -> Iterable[tuple[str, datetime]]:
    start = database["accesses"].count_documents({}) + 1
    return ((f"user-{number}", moment) for number, moment in enumerate(moments, start))


def _present_price(database: Database[Any], provider: str) -> dict[str, Any]:
    row = database["providers"].find_one({"_id": provider})
    assert row is not None
    return {"price": row["price"], "currency": row["currency"]}


def _write(
    database: Database[Any], provider: str, rows: Iterable[tuple[str, datetime]], **price: Any
) -> None:
    # As durably as the gateway does: invoices show nothing that could be rolled back.
    ledger = database["accesses"].with_options(write_concern=WriteConcern("majority"))
    ledger.insert_many(
        {"_id": {"provider": provider, "sandbox": False, "user_id": user}, "at": moment} | price
        for user, moment in rows
    )

"""A ledger with accesses of chosen moments and users, as if they had been issued then."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import WriteConcern
from pymongo.database import Database

MAY = {"from": "2026-05-01", "to": "2026-05-31"}


def at(text: str) -> datetime:
    """A moment by UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def issue(database: Database[Any], *moments: datetime, provider: str = "college") -> None:
    """An access to another user at each of these moments."""
    start = database["accesses"].count_documents({}) + 1
    users = (f"user-{number}" for number, _ in enumerate(moments, start))
    _write(database, provider, zip(users, moments, strict=True))


def issue_to(database: Database[Any], users: Iterable[str]) -> None:
    """Accesses of May to these users, in this order."""
    first = at("2026-05-04T12:30:00")
    rows = ((user, first + timedelta(minutes=number)) for number, user in enumerate(users))
    _write(database, "college", rows)


def _write(database: Database[Any], provider: str, rows: Iterable[tuple[str, datetime]]) -> None:
    # As durably as the gateway does: invoices show nothing that could be rolled back.
    ledger = database["accesses"].with_options(write_concern=WriteConcern("majority"))
    ledger.insert_many(
        {"_id": {"provider": provider, "sandbox": False, "user_id": user}, "at": moment}
        for user, moment in rows
    )

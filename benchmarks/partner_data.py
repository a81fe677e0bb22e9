"""The results of the partner API's benchmark, by number, in the form in which they are stored."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pymongo import MongoClient
from pymongo.database import Database

PROVIDER = "bench"
TEST = "work-values"
QUESTIONS = 24
CHUNK = 5_000

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def result_key(number: int) -> UUID:
    """The key of a result. Keys are spread over the whole range, like random ones."""
    return UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128, version=4)


def open_databases(uri: str) -> MongoClient[dict[str, Any]]:
    """Open a client that fills the databases fast, since what it writes need not be durable."""
    return MongoClient(uri, uuidRepresentation="standard", w=1, journal=False)


def add_results(database: Database[dict[str, Any]], numbers: range, *, attached: bool) -> None:
    """Store results. Each attached result gets a user of its own."""
    for start in range(numbers.start, numbers.stop, CHUNK):
        chunk = range(start, min(start + CHUNK, numbers.stop))
        database["results"].insert_many(
            [_result(n, attached=attached) for n in chunk], ordered=False
        )
        if attached:
            database["provider_users"].insert_many([_user(n) for n in chunk], ordered=False)


def _result(number: int, *, attached: bool) -> dict[str, Any]:
    at = _BEGIN + timedelta(seconds=number)
    return {
        "_id": result_key(number),
        "provider": PROVIDER,
        "sandbox": False,
        "test": TEST,
        "version": 1,
        "locale": "ru",
        "answers": [[str(q), [str(1 + (q * number) % 5)]] for q in range(1, QUESTIONS + 1)],
        "attempt": None,
        "created_at": at,
        "user_id": f"user-{number}" if attached else None,
        "attached_at": at if attached else None,
    }


def _user(number: int) -> dict[str, Any]:
    return {
        "_id": {"provider": PROVIDER, "sandbox": False, "user_id": f"user-{number}"},
        "key": UUID(int=number, version=4),
        "created_at": _BEGIN + timedelta(seconds=number),
        "main": 1,
        "bonus": 0,
        "passed": [TEST],
    }

"""What the console's benchmark fills a database with, in the form in which it is stored.

The first provider is as large as providers get: it has two fifths of all. The others share the
rest evenly.
"""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from bson.decimal128 import Decimal128
from pymongo.database import Database

LARGE = "bench"
TEST = "work-values"
QUESTIONS = 24
DAYS = 365
CHUNK = 5_000

UNFINISHED = 100_000
"""How many attempts nobody has finished. Each of the large provider's newest has answers."""

ANSWERED = 600
"""How many attempts have answers: more than the console reads."""

Row = dict[str, Any]


class ConsoleData:
    """The rows, by number. The same numbers always make the same rows."""

    def __init__(
        self, database: Database[Row], *, results: int, users: int, providers: int
    ) -> None:
        """Store into `database`, which has the large provider already."""
        self._database = database
        self._results = results
        self._users = users
        self._providers = providers
        self._now = datetime.now(UTC)

    def fill(self) -> None:
        """Store all. The large provider is there already, and the others are copies of it."""
        database = self._database
        large = database["providers"].find_one({"_id": LARGE})
        assert large is not None
        counted = Counter(map(self.slug, range(self._users)))
        database["providers"].update_one({"_id": LARGE}, {"$set": {"access_count": counted[LARGE]}})
        others = range(1, self._providers)
        _insert(
            database, "providers", (self._provider(large, n, counted) for n in others), len(others)
        )
        _insert(database, "provider_users", map(self._user, range(self._users)), self._users)
        _insert(database, "accesses", map(self._access, range(self._users)), self._users)
        _insert(database, "results", map(self._result, range(self._results)), self._results)
        _insert(database, "attempts", map(self._attempt, range(UNFINISHED)), UNFINISHED)
        _insert(database, "answers", self._answers(), ANSWERED * QUESTIONS)
        _insert(database, "statistics", map(self._counts, others), len(others))
        _insert(database, "daily_counts", self._daily_counts(), DAYS * self._providers)

    def slug(self, number: int) -> str:
        """Return whose the thing with this number is."""
        large = number % 5 < 2
        return LARGE if large else f"partner-{1 + number % max(1, self._providers - 1)}"

    def _provider(self, large: Row, number: int, counted: Counter[str]) -> Row:
        keys = [key | {"hash": f"{number} {key['sandbox']}".encode()} for key in large["keys"]]
        slug = f"partner-{number}"
        return large | {
            "_id": slug,
            "name": f"Partner {number}",
            "keys": keys,
            "access_count": counted[slug],
        }

    def _id_of_user(self, number: int) -> Row:
        return {"provider": self.slug(number), "sandbox": False, "user_id": f"user-{number}"}

    def _user(self, number: int) -> Row:
        return {
            "_id": self._id_of_user(number),
            "key": UUID(int=number, version=4),
            "created_at": self._at(number, self._users),
            "main": 1,
            "bonus": 0,
            "passed": [TEST],
        }

    def _access(self, number: int) -> Row:
        return {
            "_id": self._id_of_user(number),
            "at": self._at(number, self._users),
            "price": Decimal128("100"),
            "currency": "RUB",
        }

    def _result(self, number: int) -> Row:
        user = number % self._users if number < self._users else None
        return {
            "_id": _spread(number),
            "provider": self.slug(number),
            "sandbox": False,
            "test": TEST,
            "version": 1,
            "locale": "ru",
            "answers": [[str(q), [str(1 + (q * number) % 5)]] for q in range(1, QUESTIONS + 1)],
            "attempt": _spread(number + 2**40),
            "created_at": self._at(number, self._results),
            "user_id": None if user is None else f"user-{user}",
            "attached_at": None if user is None else self._at(number, self._results),
            "seed": None,
        }

    def _attempt(self, number: int) -> Row:
        return {
            "_id": _spread(number + 2**50),
            "provider": LARGE if number < ANSWERED else self.slug(number),
            "sandbox": False,
            "test": TEST,
            "version": 1,
            "locale": "ru",
            "created_at": self._now - timedelta(seconds=number),
            "state": "awaiting_payment" if number % 4 == 0 else "running",
            "generation": 1,
            "paid": False,
            "payment_id": None,
            "user_id": None,
            "result_key": None,
            "last_seq": 0,
            "stored_seqs": [],
            "initial_answers": [],
            "seed": None,
            "device": None,
            "resume_hash": bytes(32),
            "expires_at": self._now + timedelta(days=30),
        }

    def _answers(self) -> Iterator[Row]:
        chance = random.Random(1)
        for number in range(ANSWERED):
            attempt = _spread(number + 2**50).bytes
            for seq in range(1, chance.randint(1, QUESTIONS)):
                key = attempt + (1).to_bytes(4, "big") + seq.to_bytes(4, "big")
                yield {"_id": key, "q": str(seq), "v": ["1"], "t": 0}

    def _counts(self, number: int) -> Row:
        counts = {"started": 9, "finished": 5, "attached": 4}
        return {
            "_id": {
                "provider": f"partner-{number}",
                "sandbox": False,
                "test": TEST,
                "part": number % 16,
            },
            **counts,
            "results": 5,
            "days": {self._now.date().isoformat(): counts},
        }

    def _daily_counts(self) -> Iterator[Row]:
        for ago in range(1, DAYS + 1):
            day = (self._now - timedelta(days=ago)).date().isoformat()
            for slug in ("", LARGE, *(f"partner-{n}" for n in range(1, self._providers))):
                scale = self._providers if not slug else 1
                yield {
                    "_id": {
                        "provider": slug,
                        "sandbox": False,
                        "day": day,
                        "test": TEST if slug else "",
                    },
                    **dict.fromkeys(("started", "paused", "paid"), scale * (ago % 7 + 3)),
                    **dict.fromkeys(("finished", "attached"), scale * (ago % 5 + 1)),
                }

    def _at(self, number: int, of: int) -> datetime:
        return self._now - timedelta(days=DAYS) * (1 - number / of)


def _spread(number: int) -> UUID:
    """Make an id. Ids are spread over the whole range, like random ones."""
    return UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128, version=4)


def _insert(database: Database[Row], name: str, rows: Iterator[Row], number: int) -> None:
    print(f"  about {number:,} {name}", flush=True)
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            database[name].insert_many(chunk, ordered=False)
            chunk = []
    if chunk:
        database[name].insert_many(chunk, ordered=False)

"""The proof that a backup is one consistent moment: what is stored twice agrees.

Documents come in a stream, collection after collection. What has to be compared is kept in a
temporary SQLite database, which is on disk where it is large, so that a backup of any size is
proven in the same memory.
"""

import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from storage.client import Document
from storage.commits.answer_rows import place_of

_LIMIT = 2**63
"""The whole numbers that SQLite stores are smaller."""

_TABLES = """
CREATE TABLE users (provider, sandbox, user_id, places, PRIMARY KEY (provider, sandbox, user_id))
    WITHOUT ROWID;
CREATE TABLE ledger (provider, sandbox, user_id, erased, PRIMARY KEY (provider, sandbox, user_id))
    WITHOUT ROWID;
CREATE TABLE counters (provider PRIMARY KEY, counted) WITHOUT ROWID;
CREATE TABLE results (result_key PRIMARY KEY, attempt, provider, sandbox, user_id, test, version)
    WITHOUT ROWID;
CREATE TABLE attempts (attempt PRIMARY KEY, generation, result_key, test, version) WITHOUT ROWID;
CREATE TABLE answers (attempt PRIMARY KEY, generation, number) WITHOUT ROWID;
CREATE TABLE versions (test, version, PRIMARY KEY (test, version)) WITHOUT ROWID;
"""

_INSERTS = {
    "users": "INSERT OR REPLACE INTO users VALUES (?, ?, ?, ?)",
    "ledger": "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?)",
    "counters": "INSERT OR REPLACE INTO counters VALUES (?, ?)",
    "results": "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?)",
    "attempts": "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?)",
    "answers": "INSERT INTO answers VALUES (?, ?, 1) ON CONFLICT (attempt) DO UPDATE SET "
    "generation = max(generation, excluded.generation), number = number + 1",
    "versions": "INSERT OR REPLACE INTO versions VALUES (?, ?)",
}

_KEYS = {
    "users": 3,
    "ledger": 3,
    "counters": 1,
    "results": 1,
    "attempts": 1,
    "answers": 1,
    "versions": 2,
}
"""How many columns of a table are its key, in which nothing may be absent."""

_ACCESSES = """
SELECT provider, counted,
    (SELECT count(*) FROM ledger WHERE ledger.provider = counters.provider AND NOT sandbox),
    (SELECT count(*) FROM users WHERE users.provider = counters.provider AND NOT sandbox),
    (SELECT count(*) FROM ledger WHERE ledger.provider = counters.provider AND erased),
    (SELECT count(*) FROM ledger WHERE ledger.provider = counters.provider AND NOT erased
        AND NOT EXISTS (SELECT * FROM users WHERE (users.provider, users.sandbox, users.user_id)
            = (ledger.provider, ledger.sandbox, ledger.user_id)))
FROM counters ORDER BY provider
"""
"""Of each provider: its counter, the rows of its ledger, its users, the rows of users who were
erased since, and other rows without a user."""

_PLACES = """
CREATE TABLE attached AS SELECT provider, sandbox, user_id, count(*) AS number FROM results
    WHERE user_id IS NOT NULL GROUP BY provider, sandbox, user_id;
CREATE UNIQUE INDEX attached_user ON attached (provider, sandbox, user_id);
"""

_UNEQUAL_PLACES = """
SELECT count(*) FROM users LEFT JOIN attached USING (provider, sandbox, user_id)
    WHERE places IS NOT coalesce(number, 0)
"""

_STRANGERS = """
SELECT count(*) FROM attached LEFT JOIN users USING (provider, sandbox, user_id)
    WHERE places IS NULL
"""

_NO_RESULT = """
SELECT count(*) FROM attempts LEFT JOIN results USING (result_key)
    WHERE attempts.result_key IS NOT NULL AND results.attempt IS NOT attempts.attempt
"""

_TWICE_FINISHED = """
SELECT count(*) FROM (SELECT attempt FROM results WHERE attempt IS NOT NULL
    GROUP BY attempt HAVING count(*) > 1)
"""

_FROM_THE_FUTURE = """
SELECT count(*) FROM answers JOIN attempts USING (attempt)
    WHERE answers.generation > attempts.generation
"""

_NO_TEST = """
SELECT count(*) FROM (SELECT test, version FROM results UNION ALL
    SELECT test, version FROM attempts) LEFT JOIN versions AS known USING (test, version)
    WHERE known.test IS NULL
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """A statement that was proven, or disproven; `detail` has the numbers."""

    subject: str
    ok: bool
    detail: str


class Books:
    """Takes the documents of a backup in and proves that they agree; also a context manager."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")  # A private file, which the system removes by itself.
        self._rows.executescript(_TABLES)
        self._odd = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._rows.close()

    def add(self, collection: str, documents: Iterable[Document]) -> None:
        """Take documents of a collection in. Those that are not of our form are counted."""
        table, row_from = _READERS.get(collection, (None, None))
        rows = []
        for document in documents:
            if table is None or row_from is None:
                continue  # It is not compared, but has to be decoded.
            try:
                rows.append(_storable(row_from(document), _KEYS[table]))
            except (KeyError, TypeError, AttributeError, ValueError, struct.error):
                self._odd += 1
        if table is not None:
            self._rows.executemany(_INSERTS[table], rows)

    def prove(self) -> list[Proof]:
        """Compare what was taken in; call it once, when all has been."""
        self._rows.executescript(_PLACES)
        return [*self._of_accesses(), self._of_places(), *self._of_attempts(), *self._of_form()]

    def _of_accesses(self) -> Iterator[Proof]:
        for provider, counter, ledger, users, erased, without in self._rows.execute(_ACCESSES):
            yield Proof(
                f"accesses of {provider}",
                ok=counter == ledger == users + erased and not without,
                detail=f"counter {counter}, ledger {ledger}, users {users}"
                + (f" and {erased} erased" if erased else ""),
            )

    def _of_places(self) -> Proof:
        (users,) = self._rows.execute("SELECT count(*) FROM users").fetchone()
        (attached,) = self._rows.execute(
            "SELECT count(*) FROM results WHERE user_id IS NOT NULL"
        ).fetchone()
        unequal, strangers = self._count(_UNEQUAL_PLACES), self._count(_STRANGERS)
        faults = [
            *([f"{unequal} with other places than results"] if unequal else []),
            *([f"{strangers} with results, and not registered"] if strangers else []),
        ]
        return Proof(
            "places of users",
            ok=not faults,
            detail="; ".join(
                [f"{users} users hold {attached} results", *(f"users: {f}" for f in faults)]
            ),
        )

    def _of_attempts(self) -> Iterator[Proof]:
        finished = self._count("SELECT count(*) FROM attempts WHERE result_key IS NOT NULL")
        lost, twice = self._count(_NO_RESULT), self._count(_TWICE_FINISHED)
        yield Proof(
            "finished attempts",
            ok=not lost and not twice,
            detail=f"{finished}, each with its result"
            if not lost and not twice
            else f"{finished}; {lost} without their result, {twice} with several",
        )
        running = self._count("SELECT count(*) FROM attempts WHERE result_key IS NULL")
        answers = self._count(
            "SELECT coalesce(sum(number), 0) FROM answers JOIN attempts USING (attempt)"
        )
        early = self._count(_FROM_THE_FUTURE)
        yield Proof(
            "open attempts",
            ok=not early,
            detail=f"{running} with {answers} answers"
            + (f"; {early} have answers of an opening that they had not yet" if early else ""),
        )

    def _of_form(self) -> Iterator[Proof]:
        (versions,) = self._rows.execute("SELECT count(*) FROM versions").fetchone()
        without = self._count(_NO_TEST)
        yield Proof(
            "tests",
            ok=not without,
            detail=f"{versions} versions"
            + (
                f"; {without} results or attempts are of versions that are not here" * bool(without)
            ),
        )
        if self._odd:
            yield Proof("form", ok=False, detail=f"{self._odd} documents have not our form")

    def _count(self, query: str) -> int:
        return int(self._rows.execute(query).fetchone()[0])


def _storable(row: tuple[Any, ...], keys: int) -> tuple[Any, ...]:
    """Return the row, of which the first `keys` values are its key, if SQLite can store it.

    Raises:
        TypeError: a value has another type than ours have.
    """
    for place, value in enumerate(row):
        is_whole = isinstance(value, int) and abs(value) < _LIMIT
        is_absent = value is None and place >= keys
        if not (is_absent or is_whole or isinstance(value, str | bytes)):
            raise TypeError(value)
    return row


def _world(place: Document) -> tuple[Any, ...]:
    return place["provider"], bool(place["sandbox"]), place["user_id"]


def _places(row: Document) -> Any:
    """Return how many places of a user hold a result. Results that were too old are removed."""
    return row["main"] + row["bonus"] - row.get("results_removed", 0)


def _key(value: Any) -> bytes | None:
    return None if value is None else value.bytes


def _answer(row: Document) -> tuple[Any, ...]:
    attempt, generation, _ = place_of(row["_id"])
    return attempt, generation


_READERS: dict[str, tuple[str, Callable[[Document], tuple[Any, ...]]]] = {
    "provider_users": ("users", lambda row: (*_world(row["_id"]), _places(row))),
    # Rows of users who were erased have a pseudonym for the user's id, and say so.
    "accesses": ("ledger", lambda row: (*_world(row["_id"]), bool(row.get("erased")))),
    "providers": ("counters", lambda row: (row["_id"], row["access_count"])),
    "results": (
        "results",
        lambda row: (
            *(_key(row["_id"]), _key(row["attempt"])),
            *(*_world(row), row["test"], row["version"]),
        ),
    ),
    "attempts": (
        "attempts",
        lambda row: (
            *(_key(row["_id"]), row["generation"], _key(row["result_key"])),
            *(row["test"], row["version"]),
        ),
    ),
    "answers": ("answers", _answer),
    "test_versions": ("versions", lambda row: (row["_id"]["test"], row["_id"]["version"])),
}
"""How documents of a collection become rows of a table: the others are not compared."""

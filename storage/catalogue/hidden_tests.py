"""Hidden tests: a test as an author looks at it in the console, which nobody else can take."""

from dataclasses import dataclass
from datetime import datetime

from storage.client import Database, Document, translated
from widget_gateway.domain.ids import TestSlug


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenTest:
    """Whose look at what it is. `source` says in words of the console what is shown.

    `owner` is the id of the account that looks, and `origin` that of the page which frames the
    widget.
    """

    slug: TestSlug
    source: str
    owner: str
    origin: str
    expires_at: datetime


class HiddenTestStore:
    """Hidden tests by slug. They never change, and a TTL index removes them.

    A test is `{_id, definition, source, owner, origin, expires_at}`.
    """

    def __init__(self, database: Database) -> None:
        self._tests = database["test_previews"]

    async def add(self, test: HiddenTest, definition: Document, removed_at: datetime) -> None:
        """Store a hidden test, which is removed later than it expires: its results need it."""
        row = {
            "_id": test.slug,
            "definition": definition | {"slug": test.slug},
            "source": test.source,
            "owner": test.owner,
            "origin": test.origin,
            "usable_until": test.expires_at,
            "expires_at": removed_at,
        }
        with translated():
            await self._tests.insert_one(row)

    async def find(self, slug: TestSlug) -> Document | None:
        """Find the definition of a hidden test."""
        with translated():
            row = await self._tests.find_one({"_id": slug}, {"definition": 1})
        return row["definition"] if row else None

    async def find_look(self, slug: TestSlug, now: datetime) -> HiddenTest | None:
        """Find whose look at what a hidden test is, unless that has ended."""
        wanted = {"_id": slug, "usable_until": {"$gt": now}}
        with translated():
            row = await self._tests.find_one(wanted, {"definition": 0})
        if row is None:
            return None
        return HiddenTest(
            slug=TestSlug(row["_id"]),
            source=row["source"],
            owner=row["owner"],
            origin=row["origin"],
            expires_at=row["usable_until"],
        )

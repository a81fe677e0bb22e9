"""Test definitions: all versions of each test, and which version is current."""

from pymongo import ReturnDocument

from storage.client import Client, Database, Document, translated
from storage.driver.adapter import wait_of
from storage.driver.gathered import GatheredReads
from storage.transactions import Session, run


class TestStore:
    """Tests by slug in `tests`, `{_id, version, digest}`; all definitions in `test_versions`."""

    __test__ = False  # This is no test case of pytest.

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._tests = database["tests"]
        self._versions = database["test_versions"]
        self._current = GatheredReads(self._find_current, wait_of(database))

    async def add_version(self, slug: str, digest: str, definition: Document) -> tuple[int, bool]:
        """Store a definition as the current version unless the current one has this digest; atomic.

        Returns the number of the current version, and whether it is new. If the definition has a
        version number, the new version gets at least that number. Imports at the same time get
        different numbers.
        """
        wanted = int(definition.get("version", 1))

        async def work(session: Session) -> tuple[int, bool]:
            current = await self._tests.find_one({"_id": slug}, session=session)
            if current and current["digest"] == digest:
                return int(current["version"]), False
            version = max(wanted, int(current["version"]) + 1 if current else 1)
            await self._versions.insert_one(
                {
                    "_id": {"test": slug, "version": version},
                    "definition": definition | {"version": version},
                },
                session=session,
            )
            await self._tests.find_one_and_update(
                {"_id": slug},
                {"$set": {"version": version, "digest": digest}},
                upsert=True,
                return_document=ReturnDocument.AFTER,
                session=session,
            )
            return version, True

        return await run(self._client, work)

    async def find_version(self, slug: str, version: int) -> Document | None:
        """Find the definition of a version."""
        with translated():
            row = await self._versions.find_one({"_id": {"test": slug, "version": version}})
        return row["definition"] if row else None

    async def find_current_version(self, slug: str) -> int | None:
        """Find the number of the current version, which new attempts take."""
        return await self._current.get(slug)

    async def _find_current(self, slugs: list[str]) -> dict[str, int]:
        with translated():
            found = self._tests.find({"_id": {"$in": slugs}}, {"version": 1})
            return {row["_id"]: int(row["version"]) async for row in found}

    async def list_slugs(self) -> list[str]:
        """List the slugs of all tests, sorted."""
        with translated():
            return [row["_id"] async for row in self._tests.find({}, {"_id": 1}).sort("_id", 1)]

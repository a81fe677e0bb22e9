"""Test definitions: all versions of each test, and which version is current."""

from dataclasses import dataclass
from typing import Any

from storage.client import Client, Database, Document, translated
from storage.driver.adapter import wait_of
from storage.driver.gathered import GatheredReads
from storage.transactions import Session, run
from widget_gateway.domain.catalogue.tests import TestState
from widget_gateway.domain.errors import TestChangedError, TestNotFoundError

_OPEN = {"version": {"$gt": 0}, "withdrawn": {"$ne": True}}
"""The condition for a test that new attempts may begin: it is published and not withdrawn."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version that an import led to. `is_new` is false if the content was stored already."""

    number: int
    is_new: bool
    is_draft: bool


@dataclass(frozen=True, slots=True)
class Current:
    """The version that has to be the current one when another is stored; None: there is none."""

    version: int | None


class TestStore:
    """Tests by slug in `tests`; all definitions in `test_versions`.

    A test is `{_id, version, digest, last, withdrawn}`: its current version and the digest of what
    that was imported from, the highest number of all versions, and whether it takes no new
    attempts. A test of drafts only has no `version`. The last two fields are absent in documents of
    former gateways, which had neither drafts nor withdrawn tests.

    A version is `{_id: {test, version}, definition, digest, draft}`; former gateways stored neither
    `digest` nor `draft`.

    All changes of a test write its document in `tests`, so those at the same time conflict, and
    happen one after another.
    """

    __test__ = False  # This is no test case of pytest.

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._tests = database["tests"]
        self._versions = database["test_versions"]
        self._current = GatheredReads(self._find_current, wait_of(database))

    async def add_version(
        self,
        slug: str,
        digest: str,
        definition: Document,
        *,
        draft: bool = False,
        onto: Current | None = None,
    ) -> StoredVersion:
        """Store a definition as the current version, or as a draft; atomic.

        It changes nothing if the current version has this digest, or, for a draft, if the newest
        draft has it. If the definition has a version number, the new version gets at least that
        number. Imports at the same time get different numbers. A withdrawn test stays withdrawn.

        Raises:
            TestChangedError: another version is current than that of `onto`.
        """
        wanted = int(definition.get("version", 1))

        async def work(session: Session) -> StoredVersion:
            test = await self._tests.find_one({"_id": slug}, session=session) or {}
            current_version = _current(test)
            if onto is not None and onto.version != current_version:
                raise TestChangedError(current_version)
            if current_version is not None and test["digest"] == digest:
                return StoredVersion(current_version, is_new=False, is_draft=False)
            last = _last(test)
            if draft and last and await self._is_draft(slug, last, session, digest=digest):
                return StoredVersion(last, is_new=False, is_draft=True)
            version = max(wanted, last + 1)
            row: Document = {
                "_id": {"test": slug, "version": version},
                "definition": definition | {"version": version},
                "digest": digest,
            }
            await self._versions.insert_one(
                row | ({"draft": True} if draft else {}), session=session
            )
            current = {} if draft else {"version": version, "digest": digest}
            await self._tests.update_one(
                {"_id": slug}, {"$set": {"last": version, **current}}, upsert=True, session=session
            )
            return StoredVersion(version, is_new=True, is_draft=draft)

        return await run(self._client, work)

    async def publish(self, slug: str, version: int | None) -> tuple[int, bool]:
        """Make a version current, and let the test take new attempts; atomic.

        Without a number, that is the newest version if it is a draft, else the current version.
        Returns the number of the current version, and whether anything has changed.

        Raises:
            TestNotFoundError: there is no such test or version.
        """

        async def work(session: Session) -> tuple[int, bool]:
            test = await self._known(slug, session)
            number = version
            if number is None:
                last = _last(test)
                is_draft = await self._is_draft(slug, last, session)
                number = last if is_draft else int(test["version"])
            row = await self._versions.find_one(
                {"_id": {"test": slug, "version": number}}, {"definition": 0}, session=session
            )
            if row is None:
                raise TestNotFoundError(f"The test has no version {number}.")
            if number == test.get("version") and not test.get("withdrawn"):
                return number, False
            # An import compares digests. Of an old version none is stored, and "" equals none.
            fields = {"version": number, "last": _last(test), "withdrawn": False}
            if number != test.get("version"):
                fields["digest"] = row.get("digest", "")
            await self._tests.update_one({"_id": slug}, {"$set": fields}, session=session)
            if row.get("draft"):
                await self._versions.update_one(
                    {"_id": row["_id"]}, {"$unset": {"draft": ""}}, session=session
                )
            return number, True

        return await run(self._client, work)

    async def withdraw(self, slug: str) -> bool:
        """Let the test take no new attempts; atomic. Returns whether it took them before.

        Raises:
            TestNotFoundError: there is no such test, or it was never published.
        """

        async def work(session: Session) -> bool:
            test = await self._known(slug, session)
            if not test.get("version"):
                raise TestNotFoundError("The test was never published.")
            if test.get("withdrawn"):
                return False
            await self._tests.update_one(
                {"_id": slug}, {"$set": {"withdrawn": True}}, session=session
            )
            return True

        return await run(self._client, work)

    async def _known(self, slug: str, session: Session) -> Document:
        test: Document | None = await self._tests.find_one({"_id": slug}, session=session)
        if test is None:
            raise TestNotFoundError(names=(slug,))
        return test

    async def _is_draft(self, slug: str, version: int, session: Session, **fields: Any) -> bool:
        """Whether the version is a draft with these fields."""
        wanted = {"_id": {"test": slug, "version": version}, "draft": True, **fields}
        return await self._versions.find_one(wanted, {"_id": 1}, session=session) is not None

    async def find_version(self, slug: str, version: int) -> Document | None:
        """Find the definition of a version."""
        with translated():
            row = await self._versions.find_one({"_id": {"test": slug, "version": version}})
        return row["definition"] if row else None

    async def list_versions(self, slug: str) -> list[int]:
        """List the numbers of all versions of a test, the newest first."""
        with translated():
            found = self._versions.find(_versions_of(slug), {"_id": 1})
            return sorted([int(row["_id"]["version"]) async for row in found], reverse=True)

    async def find_current_version(self, slug: str) -> int | None:
        """Find the number of the version that new attempts take; None if there are to be none."""
        return await self._current.get(slug)

    async def _find_current(self, slugs: list[str]) -> dict[str, int]:
        with translated():
            found = self._tests.find({"_id": {"$in": slugs}, **_OPEN}, {"version": 1})
            return {row["_id"]: int(row["version"]) async for row in found}

    async def list_slugs(self) -> list[str]:
        """List the slugs of the tests that new attempts may begin, sorted."""
        with translated():
            return [row["_id"] async for row in self._tests.find(_OPEN, {"_id": 1}).sort("_id", 1)]

    async def list_states(self) -> list[TestState]:
        """List all tests, sorted by slug."""
        drafts: dict[str, list[int]] = {}
        with translated():
            found = self._versions.find({"draft": True}, {"_id": 1}).sort("_id", 1)
            async for row in found:
                drafts.setdefault(row["_id"]["test"], []).append(int(row["_id"]["version"]))
            return [
                _state(test, drafts.get(test["_id"], []))
                async for test in self._tests.find({}).sort("_id", 1)
            ]

    async def find_state(self, slug: str) -> TestState | None:
        """Find which versions a test has."""
        with translated():
            test = await self._tests.find_one({"_id": slug})
            if test is None:
                return None
            found = self._versions.find({**_versions_of(slug), "draft": True}, {"_id": 1})
            numbers = sorted([int(row["_id"]["version"]) async for row in found])
        return _state(test, numbers)


def _versions_of(slug: str) -> Document:
    """Make the condition that selects all versions of a test by their `_id`."""
    return {"_id": {"$gte": {"test": slug, "version": 0}, "$lt": {"test": f"{slug}\0"}}}


def _last(test: Document) -> int:
    """The highest number of a test's versions; 0 of a test that does not exist."""
    return int(test.get("last") or test.get("version") or 0)


def _current(test: Document) -> int | None:
    """The number of a test's current version, if it has one."""
    return int(test["version"]) if test.get("version") else None


def _state(test: Document, drafts: list[int]) -> TestState:
    return TestState(
        slug=test["_id"],
        current=_current(test),
        drafts=tuple(drafts),
        withdrawn=bool(test.get("withdrawn")),
    )

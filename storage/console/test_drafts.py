"""Drafts of tests: uploaded files, and what reading them has found."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from bson.binary import Binary
from pymongo import ReturnDocument

from storage.client import Database, Document, translated
from widget_gateway.domain.console.drafts import (
    KEPT_FOR,
    DraftId,
    ImportWishes,
    Outcome,
    TestDraft,
)
from widget_gateway.domain.errors import DraftChangedError, DraftNotFoundError
from widget_gateway.domain.ids import TestSlug

_WITHOUT_CONTENTS = {"files.content": 0}


class TestDraftStore:
    """Drafts by id, which sorts by time. A TTL index removes those that nobody has changed.

    A draft is `{_id, name, login, created_at, changed_at, expires_at, revision, wishes, files,
    outcome, based_on, published}`. `files` is a list of `{name, size, content}`, as a name may have
    dots. The tests of `based_on` and `published` are lists for the same reason.
    """

    __test__ = False  # This is no test case of pytest.

    def __init__(self, database: Database) -> None:
        self._drafts = database["test_drafts"]

    async def add(self, draft: TestDraft, files: Mapping[str, bytes]) -> None:
        """Store a new draft; `files` are the contents by name."""
        row = {
            "_id": draft.id,
            "name": draft.name,
            "login": draft.login,
            "created_at": draft.created_at,
            "revision": draft.revision,
            "wishes": asdict(draft.wishes),
            "published": [],
        }
        changed = _checked(files, draft.outcome, draft.based_on, draft.changed_at)
        with translated():
            await self._drafts.insert_one(row | changed)

    async def replace(  # noqa: PLR0913 - all that changes together
        self,
        draft_id: DraftId,
        revision: int,
        *,
        files: Mapping[str, bytes],
        outcome: Outcome,
        based_on: Mapping[str, int | None],
        now: datetime,
    ) -> TestDraft:
        """Replace the files of a draft that still has this revision; atomic.

        Raises:
            DraftChangedError: it has another revision by now, or is gone.
        """
        with translated():
            row = await self._drafts.find_one_and_update(
                {"_id": draft_id, "revision": revision},
                {"$set": _checked(files, outcome, based_on, now), "$inc": {"revision": 1}},
                projection=_WITHOUT_CONTENTS,
                return_document=ReturnDocument.AFTER,
            )
        if row is None:
            raise DraftChangedError
        return _draft_from(row)

    async def note_published(self, draft_id: DraftId, slug: TestSlug, version: int) -> None:
        """Keep which version a test of the draft became."""
        with translated():
            await self._drafts.update_one(
                {"_id": draft_id}, {"$push": {"published": {"test": slug, "version": version}}}
            )

    async def find(self, draft_id: DraftId) -> TestDraft | None:
        """Find a draft."""
        with translated():
            row = await self._drafts.find_one({"_id": draft_id}, _WITHOUT_CONTENTS)
        return None if row is None else _draft_from(row)

    async def read_files(self, draft_id: DraftId) -> dict[str, bytes]:
        """Read the contents of a draft's files by name.

        Raises:
            DraftNotFoundError: there is no such draft any more.
        """
        with translated():
            row = await self._drafts.find_one({"_id": draft_id}, {"files": 1})
        if row is None:
            raise DraftNotFoundError
        return {file["name"]: bytes(file["content"]) for file in row["files"]}

    async def list_page(self, before: DraftId | None, limit: int) -> list[TestDraft]:
        """List drafts, the newest first, that were made before the draft `before`."""
        older = {"_id": {"$lt": before}} if before else {}
        with translated():
            found = self._drafts.find(older, _WITHOUT_CONTENTS).sort("_id", -1).limit(limit)
            return [_draft_from(row) async for row in found]

    async def remove(self, draft_id: DraftId) -> bool:
        """Remove a draft; returns whether there was one."""
        with translated():
            removed = await self._drafts.delete_one({"_id": draft_id})
        return removed.deleted_count == 1


def _checked(
    files: Mapping[str, bytes],
    outcome: Outcome,
    based_on: Mapping[str, int | None],
    now: datetime,
) -> Document:
    """Make the fields of a draft that change together with its files."""
    found: Document = msgspec.to_builtins(outcome)
    return {
        "changed_at": now,
        "expires_at": now + KEPT_FOR,
        "files": [
            {"name": name, "size": len(content), "content": Binary(content)}
            for name, content in files.items()
        ],
        "outcome": found
        | {"refused": _pairs(found["refused"]), "passed_over": _pairs(found["passed_over"])},
        "based_on": [{"test": test, "version": version} for test, version in based_on.items()],
    }


def _pairs(by_name: Mapping[str, Any]) -> list[Document]:
    return [{"name": name, "found": found} for name, found in by_name.items()]


def _by_name(pairs: Sequence[Document]) -> dict[str, Any]:
    return {pair["name"]: pair["found"] for pair in pairs}


def _draft_from(row: Document) -> TestDraft:
    found = row["outcome"]
    outcome = found | {
        "refused": _by_name(found["refused"]),
        "passed_over": _by_name(found["passed_over"]),
    }
    return TestDraft(
        id=DraftId(row["_id"]),
        name=row["name"],
        login=row["login"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        revision=row["revision"],
        wishes=msgspec.convert(row["wishes"], ImportWishes),
        sizes={file["name"]: file["size"] for file in row["files"]},
        outcome=msgspec.convert(outcome, Outcome),
        based_on={base["test"]: base["version"] for base in row["based_on"]},
        published={made["test"]: made["version"] for made in row["published"]},
    )

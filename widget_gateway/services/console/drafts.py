"""Drafts of tests: uploaded, checked as the import checks, mended, and published or removed."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from storage.console.test_drafts import TestDraftStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.drafts import (
    MAX_FINDINGS,
    CheckedTest,
    DraftId,
    Finding,
    ImportWishes,
    Outcome,
    TestDraft,
    placed_finding,
)
from widget_gateway.domain.errors import DraftNotFoundError, TestNotFoundError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.batches import Batch, Wishes
from widget_gateway.services.catalogue.catalogue import Catalogue, Current, Imported
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.uploads import UploadedFile, read_upload, unpacked

YAML_ENDINGS = (".yaml", ".yml", ".json")
"""Endings of the names of files that are mended as text."""


KEPT_BATCHES = 4
"""Drafts whose definitions a process remembers. Each takes a megabyte or so."""


class TestDrafts:
    """Keeps drafts. Reading files takes long, so a process reads one draft at a time."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    def __init__(self, drafts: TestDraftStore, catalogue: Catalogue, clock: Clock) -> None:
        self._drafts = drafts
        self._catalogue = catalogue
        self._clock = clock
        self._turn = asyncio.Lock()
        self._kept: OrderedDict[tuple[DraftId, int], Batch] = OrderedDict()

    async def upload(
        self, files: Sequence[UploadedFile], wishes: ImportWishes, login: str
    ) -> TestDraft:
        """Check files as `test import` does, and keep them as a draft with what was found.

        Raises:
            UploadInvalidError: the files can't be taken; nothing is kept.
        """
        async with self._turn:
            taken = await asyncio.to_thread(unpacked, files)
        outcome = await self._check(taken, wishes)
        now = self._clock()
        draft = TestDraft(
            id=_new_id(now),
            name=", ".join(file.name for file in files[:3]) + (" …" if len(files) > 3 else ""),  # noqa: PLR2004 - they fit a line
            login=login,
            created_at=now,
            changed_at=now,
            revision=1,
            wishes=wishes,
            sizes={file.name: len(file.content) for file in taken},
            outcome=outcome,
            based_on=await self._published_now(outcome),
        )
        await self._drafts.add(draft, {file.name: file.content for file in taken})
        return draft

    async def edit(self, draft: TestDraft, revision: int, name: str, text: str) -> TestDraft:
        """Replace the text of a file of a draft that has this revision, and check the draft anew.

        Raises:
            DraftNotFoundError: there is no such draft, or no such text in it.
            DraftChangedError: somebody else has changed it meanwhile; nothing is kept.
            UploadInvalidError: the files are too large now; nothing is kept.
        """
        files = await self._drafts.read_files(draft.id)
        if name not in files or not is_editable(name):
            raise DraftNotFoundError
        return await self._replace(draft, revision, files | {name: text.encode()})

    async def upload_again(
        self, draft: TestDraft, revision: int, files: Sequence[UploadedFile]
    ) -> TestDraft:
        """Replace all files of a draft that has this revision, and check the draft anew.

        Raises: as `edit`.
        """
        return await self._replace(draft, revision, {file.name: file.content for file in files})

    async def _replace(
        self, draft: TestDraft, revision: int, files: Mapping[str, bytes]
    ) -> TestDraft:
        given = [UploadedFile(name, content) for name, content in files.items()]
        async with self._turn:
            taken = await asyncio.to_thread(unpacked, given)
        outcome = await self._check(taken, draft.wishes)
        # What a test is based on stays what was published when it came into the draft.
        based_on = {**await self._published_now(outcome), **draft.based_on}
        contents = {file.name: file.content for file in taken}
        return await self._drafts.replace(
            draft.id,
            revision,
            files=contents,
            outcome=outcome,
            based_on=based_on,
            now=self._clock(),
        )

    async def _check(self, files: Sequence[UploadedFile], wishes: ImportWishes) -> Outcome:
        return _outcome_of(await self._read(files, wishes), [file.name for file in files])

    async def _read(self, files: Sequence[UploadedFile], wishes: ImportWishes) -> Batch:
        async with self._turn:
            return await asyncio.to_thread(read_upload, files, wishes_of(wishes))

    async def _published_now(self, outcome: Outcome) -> dict[str, int | None]:
        return {test.slug: await self.current_of(test.slug) for test in outcome.tests}

    async def current_of(self, slug: TestSlug) -> int | None:
        """Return the number of a test's current version; None if it has none, or is unknown."""
        try:
            return (await self._catalogue.get_state(slug)).current
        except TestNotFoundError:
            return None

    async def get(self, draft_id: DraftId) -> TestDraft:
        """Return a draft.

        Raises:
            DraftNotFoundError: there is none, or it has expired.
        """
        draft = await self._drafts.find(draft_id)
        if draft is None:
            raise DraftNotFoundError
        return draft

    async def list_page(self, before: DraftId | None, limit: int) -> list[TestDraft]:
        """Return drafts, the newest first, that were made before `before`."""
        return await self._drafts.list_page(before, limit)

    async def read_files(self, draft_id: DraftId) -> dict[str, bytes]:
        """Return the contents of all files by name.

        Raises:
            DraftNotFoundError: there is no such draft.
        """
        return await self._drafts.read_files(draft_id)

    async def read_file(self, draft_id: DraftId, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            DraftNotFoundError: there is no such draft, or no such file in it.
        """
        files = await self._drafts.read_files(draft_id)
        if name not in files:
            raise DraftNotFoundError
        return files[name]

    async def definition_of(self, draft: TestDraft, slug: TestSlug) -> tuple[Path, Definition]:
        """Read a test of a draft anew; returns it with the name of its file.

        Raises:
            DraftNotFoundError: the draft has no such test without a fault.
        """
        batch = await self._batch_of(draft)
        for path, definition in batch.definitions.items():
            if definition.test.slug == slug:
                return path, definition
        raise DraftNotFoundError

    async def _batch_of(self, draft: TestDraft) -> Batch:
        """Return what a draft's files are read as, which a process remembers of the last drafts."""
        key = (draft.id, draft.revision)
        if key not in self._kept:
            files = await self._drafts.read_files(draft.id)
            given = [UploadedFile(name, content) for name, content in files.items()]
            self._kept[key] = await self._read(given, draft.wishes)
            while len(self._kept) > KEPT_BATCHES:
                self._kept.popitem(last=False)
        return self._kept[key]

    async def publish(self, draft: TestDraft, slug: TestSlug, onto: int | None) -> Imported:
        """Import a test of a draft as `test import` does, over the version `onto`; atomic.

        Raises:
            DraftNotFoundError: the draft has no such test without a fault.
            TestChangedError: another version is current by now; nothing is changed.
        """
        self._kept.pop((draft.id, draft.revision), None)
        path, definition = await self.definition_of(draft, slug)
        imported = await self._catalogue.add(path, definition, onto=Current(onto))
        await self._drafts.note_published(draft.id, slug, imported.version)
        return imported

    async def remove(self, draft_id: DraftId) -> None:
        """Remove a draft.

        Raises:
            DraftNotFoundError: there is none.
        """
        if not await self._drafts.remove(draft_id):
            raise DraftNotFoundError


def is_editable(name: str) -> bool:
    """Whether a file is mended as text on the page."""
    return name.lower().endswith(YAML_ENDINGS)


def wishes_of(said: ImportWishes) -> Wishes:
    """Return what `test import` makes of the same options."""
    changes = {"slug": said.slug, "access": said.access, "pause_after": said.pause_after}
    pairs = (line.rpartition("=") for line in said.columns.splitlines())
    return Wishes(
        changes={name: value for name, value in changes.items() if value},
        images=said.images or None,
        columns={column.strip(): field.strip() for column, _, field in pairs if column.strip()},
        locale=said.locale or None,
    )


def _new_id(now: datetime) -> DraftId:
    return DraftId(f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}")


def _outcome_of(batch: Batch, names: Sequence[str]) -> Outcome:
    def found(file: Path, messages: Sequence[str], *, is_note: bool = False) -> tuple[Finding, ...]:
        kept = [
            placed_finding(message, str(file), names, is_note=is_note)
            for message in messages[:MAX_FINDINGS]
        ]
        if len(messages) > MAX_FINDINGS:
            more = f"… and {len(messages) - MAX_FINDINGS} more"
            kept.append(Finding(str(file), more, is_note=is_note))
        return tuple(kept)

    return Outcome(
        tests=tuple(
            CheckedTest(
                file=str(file),
                slug=definition.test.slug,
                title=dict(definition.test.title),
                questions=len(definition.test.questions),
                locales=definition.test.locales,
                digest=definition.digest,
                notes=found(file, definition.notes, is_note=True),
            )
            for file, definition in batch.definitions.items()
        ),
        refused={str(file): found(file, faults) for file, faults in batch.refused.items()},
        passed_over={str(file): why for file, why in batch.passed_over.items()},
    )

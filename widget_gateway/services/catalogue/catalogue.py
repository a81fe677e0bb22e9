"""The catalogue of tests. The import writes it; all other services only read it."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.catalogue.tests import TestStore
from widget_gateway.domain.catalogue.tests import TestDefinition, TestState
from widget_gateway.domain.errors import DefinitionError, TestNotFoundError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.definitions import (
    Definition,
    definition_from,
    read_definition,
    read_source,
)
from widget_gateway.services.catalogue.importers.qti import MANIFEST
from widget_gateway.services.catalogue.importers.registry import recognise
from widget_gateway.services.catalogue.importers.sources import ImportOptions, read_foreign
from widget_gateway.services.catalogue.ipip_neo import ITEM_LISTS, holds_ipip_neo, read_ipip_neo
from widget_gateway.services.catalogue.predecessor.reading import (
    QUIZ,
    companions,
    read_predecessor,
)

FOREIGN_SUFFIXES = (".csv", ".tsv", ".xlsx", ".gift", ".lss", ".zip")
SUFFIXES = (".yaml", ".yml", ".json", ".xml", *FOREIGN_SUFFIXES)
"""Endings of the names of files that are read in directories."""

MAX_CACHED = 500
"""Versions of tests kept in memory, about 100 KB each: enough for all of a large catalogue."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What the import of one file led to. `is_new` is false if the content was stored already."""

    path: Path
    slug: TestSlug
    version: int
    is_new: bool
    is_draft: bool = False


class Catalogue:
    """Reads and adds versions of tests.

    Versions never change, so they are cached. Which version is current is read anew each time.
    """

    def __init__(self, tests: TestStore) -> None:
        self._tests = tests
        self._cache: dict[tuple[str, int], TestDefinition] = {}

    async def get_current(self, slug: TestSlug) -> TestDefinition:
        """Return the version of a test with which new attempts begin.

        Raises:
            TestNotFoundError: there is no such test, or it is withdrawn or was never published.
        """
        version = await self._tests.find_current_version(slug)
        if version is None:
            raise TestNotFoundError
        return await self.get_version(slug, version)

    async def get_version(self, slug: TestSlug, version: int) -> TestDefinition:
        """Return a version of a test, current or not.

        Raises:
            TestNotFoundError: there is no such test or version.
        """
        if test := self._cache.get((slug, version)):
            return test
        document = await self._tests.find_version(slug, version)
        if document is None:
            raise TestNotFoundError
        if len(self._cache) >= MAX_CACHED:
            self._cache.pop(next(iter(self._cache)))
        return self._cache.setdefault((slug, version), definition_from(document))

    async def get_document(self, slug: TestSlug, version: int) -> dict[str, Any]:
        """Return the document of a version, as it was imported.

        Raises:
            TestNotFoundError: there is no such test or version.
        """
        document = await self._tests.find_version(slug, version)
        if document is None:
            raise TestNotFoundError
        return document

    async def list_all(self) -> list[TestDefinition]:
        """Return the current versions of the tests that take new attempts, sorted by slug."""
        found = []
        for slug in await self._tests.list_slugs():
            with suppress(TestNotFoundError):  # It was withdrawn meanwhile.
                found.append(await self.get_current(TestSlug(slug)))
        return found

    async def get_state(self, slug: TestSlug) -> TestState:
        """Return which versions a test has, withdrawn or not.

        Raises:
            TestNotFoundError: there is no such test.
        """
        state = await self._tests.find_state(slug)
        if state is None:
            raise TestNotFoundError
        return state

    async def list_states(self) -> list[TestState]:
        """Return which versions each test has, sorted by slug."""
        return await self._tests.list_states()

    async def add(self, path: Path, definition: Definition, *, draft: bool = False) -> Imported:
        """Make the definition its test's current version, or a draft.

        Unchanged content changes nothing. A withdrawn test stays withdrawn.
        """
        slug = definition.test.slug
        stored = await self._tests.add_version(
            slug, definition.digest, definition.document, draft=draft
        )
        return Imported(path, slug, stored.number, stored.is_new, stored.is_draft)

    async def publish(self, slug: TestSlug, version: int | None = None) -> tuple[int, bool]:
        """Make a version current and let the test take new attempts; atomic.

        Without a number, that is the newest version if it is a draft, else the current version.
        Returns the number of the current version, and whether anything has changed.

        Raises:
            TestNotFoundError: there is no such test or version.
        """
        return await self._tests.publish(slug, version)

    async def withdraw(self, slug: TestSlug) -> bool:
        """Let the test take no new attempts; atomic. Returns whether it took them before.

        Attempts that were begun go on, and results stay.

        Raises:
            TestNotFoundError: there is no such test, or it was never published.
        """
        return await self._tests.withdraw(slug)


def definition_files(paths: list[Path]) -> list[Path]:
    """Return the files in `paths` and, sorted, those in the directories of `paths`.

    A directory with the item lists of IPIP-NEO-120 is returned itself, in place of its lists, and
    of one with a QTI package only the manifest. Hidden files and directories and links to
    directories are skipped, as links may form a circle.
    """
    found: list[Path] = []
    for path in paths:
        found += files_in(path)[0] if path.is_dir() else [path]
    return found


def files_in(top: Path) -> tuple[list[Path], dict[Path, str]]:
    """Return the files of a directory that may be definitions, and why others are none.

    Files that are read together with another one are in neither.
    """
    found: list[Path] = []
    others: dict[Path, str] = {}

    def keep_unreadable(error: OSError) -> None:
        found.append(Path(error.filename))  # reading it tells why it can't be read

    for name, folders, files in os.walk(top, onerror=keep_unreadable):
        folder = Path(name)
        folders[:] = sorted(child for child in folders if not child.startswith("."))
        for link in (folder / child for child in folders if (folder / child).is_symlink()):
            others[link] = "a link to a directory is not followed"
        read_with_others: set[Path] = set()
        if MANIFEST in files:  # a package, which its manifest reads
            folders.clear()
            files[:] = [MANIFEST]
        if holds_ipip_neo(folder):
            found.append(folder)
            read_with_others |= {folder / file for file in ITEM_LISTS}
        for path in (folder / file for file in sorted(files) if not file.startswith(".")):
            if path in read_with_others:
                continue
            if why := _why_none(path):
                others[path] = why
            else:
                found.append(path)
    quizzes = [path for path in found if path.suffix.lower() == ".xml"]
    belonging = {path for quiz in quizzes for paths in companions(quiz) for path in paths}
    return [path for path in found if path not in belonging], others


def _why_none(path: Path) -> str | None:
    """Return why a file in a directory is not read as a definition; None if it may be one."""
    name = path.name.lower()
    if name.endswith(".schema.json"):
        return "a JSON Schema"
    if not name.endswith(SUFFIXES):
        return f"the name ends in {path.suffix}" if path.suffix else "the name has no ending"
    if path.suffix.lower() == ".xml" and path.name != QUIZ:
        folder = path.with_suffix("")
        if (folder / QUIZ).is_file():
            return f"{folder / QUIZ} is this test, too, and wins"
    return None


def read_definition_file(
    path: Path,
    changes: Mapping[str, Any] | None = None,
    options: ImportOptions | None = None,
    title: Mapping[str, str] | None = None,
) -> Definition:
    """Read and check a file or directory that `definition_files` returned.

    `changes` replace top-level fields. `options` are what the person who imports it says about the
    file, and `title` is the title of a test in the predecessor's XML.

    Raises:
        NoDefinitionError: it holds something else.
        DefinitionError: it can't be read, or has faults.
    """
    if path.is_dir():
        if not holds_ipip_neo(path):
            raise DefinitionError([f"{path}: the directory can't be read"])
        return read_ipip_neo(path, changes)
    options = options or ImportOptions()
    if path.is_file():
        source = read_foreign(path, options)
        if importer := recognise(source):
            return importer.read(source, changes)
    if path.suffix.lower() == ".xml":
        return read_predecessor(path, changes, options.images, title)
    return read_definition(read_source(path), str(path), changes)


def bundled_directory() -> Path:
    """Return the directory with the tests that come with the gateway."""
    return Path(__file__).parents[2] / "bundled"

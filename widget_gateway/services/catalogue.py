"""The catalogue of tests: imported from files, read by everybody else."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.tests import TestStore
from widget_gateway.domain.errors import DefinitionError, TestNotFoundError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.domain.tests import TestDefinition
from widget_gateway.services.definitions import (
    MAX_BYTES,
    Definition,
    definition_from,
    read_definition,
)

SUFFIXES = (".yaml", ".yml", ".json")

MAX_CACHED = 500
"""Versions kept in memory: the whole of a large catalogue, about 100 KB each."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file."""

    path: Path
    slug: TestSlug
    version: int
    is_new: bool


class Catalogue:
    """Versions never change, so they are cached; which one is current is asked each time."""

    def __init__(self, tests: TestStore) -> None:
        self._tests = tests
        self._cache: dict[tuple[str, int], TestDefinition] = {}

    async def get_current(self, slug: TestSlug) -> TestDefinition:
        """The version that new attempts begin.

        Raises:
            TestNotFoundError: no such test.
        """
        version = await self._tests.find_current_version(slug)
        if version is None:
            raise TestNotFoundError
        return await self.get_version(slug, version)

    async def get_version(self, slug: TestSlug, version: int) -> TestDefinition:
        """A version of a test, current or not.

        Raises:
            TestNotFoundError: no such test or version.
        """
        if test := self._cache.get((slug, version)):
            return test
        document = await self._tests.find_version(slug, version)
        if document is None:
            raise TestNotFoundError
        if len(self._cache) >= MAX_CACHED:
            self._cache.pop(next(iter(self._cache)))
        return self._cache.setdefault((slug, version), definition_from(document))

    async def list_all(self) -> list[TestDefinition]:
        """The current versions of all tests, by slug."""
        return [await self.get_current(TestSlug(slug)) for slug in await self._tests.list_slugs()]

    async def add(self, path: Path, definition: Definition) -> Imported:
        """Make the definition the current version; unchanged content changes nothing."""
        slug = definition.test.slug
        version, is_new = await self._tests.add_version(
            slug, definition.digest, definition.document
        )
        return Imported(path, slug, version, is_new)


def definition_files(paths: list[Path]) -> list[Path]:
    """The definition files among `paths` and, sorted, in the directories among them."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(
                one
                for one in path.iterdir()
                if one.suffix in SUFFIXES and not one.name.endswith(".schema.json")
            )
        else:
            found.append(path)
    return found


def read_definition_file(path: Path, changes: Mapping[str, Any] | None = None) -> Definition:
    """Read and check one file.

    Raises:
        DefinitionError: it can't be read, or has faults.
    """
    try:
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DefinitionError([f"{path}: can't be read: {error.strerror}"]) from None
    return read_definition(source, str(path), changes)


def bundled_directory() -> Path:
    """Where the tests that come with the gateway lie."""
    return Path(__file__).parent.parent / "bundled"

"""The catalogue of tests. The import writes it; all other services only read it."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.catalogue.hidden_tests import HiddenTestStore
from storage.catalogue.tests import Current as Current  # noqa: PLC0414 - for those who publish
from storage.catalogue.tests import TestStore
from widget_gateway.domain.catalogue.tests import TestDefinition, TestState, is_hidden
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import TestNotFoundError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.definitions import Definition, definition_from

MAX_CACHED = 500
"""Versions of tests kept in memory, about 100 KB each: enough for all of a large catalogue."""


HIDDEN_VERSION = 0
"""The version of hidden tests. Those of others begin with 1."""


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

    def __init__(self, tests: TestStore, hidden: HiddenTestStore, clock: Clock) -> None:
        self._tests = tests
        self._hidden = hidden
        self._clock = clock
        self._cache: dict[tuple[str, int], TestDefinition] = {}

    async def get_current(self, slug: TestSlug) -> TestDefinition:
        """Return the version of a test with which new attempts begin.

        Raises:
            TestNotFoundError: there is no such test, or it is withdrawn or was never published.
        """
        version = await self._tests.find_current_version(slug)
        if version is None:
            raise TestNotFoundError(names=(slug,))
        return await self.get_version(slug, version)

    async def get_version(self, slug: TestSlug, version: int) -> TestDefinition:
        """Return a version of a test, current or not; also the only one of a hidden test.

        Raises:
            TestNotFoundError: there is no such test or version.
        """
        if is_hidden(slug):
            return await self.get_hidden(slug)
        if test := self._cache.get((slug, version)):
            return test
        document = await self._tests.find_version(slug, version)
        if document is None:
            raise TestNotFoundError(names=(slug,))
        return self._keep(slug, version, document)

    async def get_hidden(self, slug: TestSlug) -> TestDefinition:
        """Return a hidden test, which only previews may use.

        Raises:
            TestNotFoundError: there is no such test, or it is not hidden.
        """
        if test := self._cache.get((slug, HIDDEN_VERSION)):
            return test
        document = await self._hidden.find(slug) if is_hidden(slug) else None
        if document is None:
            raise TestNotFoundError(names=(slug,))
        return self._keep(slug, HIDDEN_VERSION, document)

    async def origins_of_look(self, slug: TestSlug) -> tuple[str, ...]:
        """Return the origin of the page that may show a hidden test; none if nobody looks at it."""
        look = await self._hidden.find_look(slug, self._clock())
        return (look.origin,) if look else ()

    def _keep(self, slug: TestSlug, version: int, document: dict[str, Any]) -> TestDefinition:
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
            raise TestNotFoundError(names=(slug,))
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
            raise TestNotFoundError(names=(slug,))
        return state

    async def get_newest(self, state: TestState) -> TestDefinition:
        """Return the current version of a test, or its newest draft if it was never published."""
        return await self.get_version(state.slug, state.current or max(state.drafts))

    async def require(self, slugs: Iterable[TestSlug]) -> None:
        """Check that tests exist, be they published or not.

        Raises:
            TestNotFoundError: some do not exist; its `names` are those of all of them.
        """
        wanted = tuple(dict.fromkeys(slugs))
        if not wanted:
            return
        known = {state.slug for state in await self._tests.list_states()}
        unknown = tuple(slug for slug in wanted if slug not in known)
        if unknown:
            raise TestNotFoundError(names=unknown)

    async def list_states(self) -> list[TestState]:
        """Return which versions each test has, sorted by slug."""
        return await self._tests.list_states()

    async def list_versions(self, slug: TestSlug) -> list[int]:
        """Return the numbers of all versions of a test, the newest first; none if it is unknown."""
        return await self._tests.list_versions(slug)

    async def add(
        self,
        path: Path,
        definition: Definition,
        *,
        draft: bool = False,
        onto: Current | None = None,
    ) -> Imported:
        """Make the definition its test's current version, or a draft; atomic.

        Unchanged content changes nothing. A withdrawn test stays withdrawn.

        Raises:
            TestChangedError: another version is current than that of `onto`.
        """
        slug = definition.test.slug
        stored = await self._tests.add_version(
            slug, definition.digest, definition.document, draft=draft, onto=onto
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

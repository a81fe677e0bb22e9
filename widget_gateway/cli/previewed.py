"""What `test preview` shows: the test of the last good file, and the faults of the file now."""

import asyncio
from pathlib import Path
from typing import Any

from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.catalogue.tests import AccessMode, TestDefinition
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.catalogue import Catalogue
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.files import read_definition_file

LOOK_S = 0.3
"""Seconds between two looks at the file: sooner than an author looks up, and cheap."""


class Previewed:
    """Follows a file. Each good state of it becomes a version in the preview's own catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._change = 0
        self._faults: list[str] = []
        self.test: TestDefinition | None = None

    def describe(self) -> dict[str, Any]:
        """Return what the page shows; `change` is another number after each change."""
        test = self.test
        return {
            "change": self._change,
            "slug": test.slug if test else None,
            "version": test.version if test else 0,
            "title": (localized(test.title, test.locales[0]) or "") if test else "",
            "locales": list(test.locales) if test else [],
            "faults": self._faults,
        }

    async def show(self, path: Path, definition: Definition) -> None:
        """Show a definition that has no fault."""
        added = await self._catalogue.add(path, definition)
        self.test = await self._catalogue.get_version(added.slug, added.version)
        self._faults = []
        self._change += 1

    async def follow(self, path: Path) -> None:
        """Show what the file says now, and again whenever it is saved, until cancelled."""
        seen: object = None
        while True:
            state = await asyncio.to_thread(_state_of, path)
            if state != seen:
                seen = state
                await self._read(path)
            await asyncio.sleep(LOOK_S)

    async def _read(self, path: Path) -> None:
        try:
            definition = await asyncio.to_thread(_read_for_visitors, path)
        except DefinitionError as error:
            self._faults = error.problems
            self._change += 1
        else:
            await self.show(path, definition)


def _state_of(path: Path) -> object:
    """Return what differs after the file, or one of those beside it that it needs, was saved."""
    files = sorted(path.parent.glob("*.xml")) if path.suffix.lower() == ".xml" else [path]
    states = []
    for file in files:
        try:
            found = file.stat()
        except OSError:
            states.append((file.name, 0, 0))
        else:
            states.append((file.name, found.st_mtime_ns, found.st_size))
    return states


def _read_for_visitors(path: Path) -> Definition:
    definition = read_definition_file(path)
    # The widget does not open a test for calculation only.
    if definition.test.access is AccessMode.CALCULATION:
        return read_definition_file(path, {"access": AccessMode.FREE.value})
    return definition

"""Finds and reads files of definitions, in whatever form they are written."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import Definition, read_definition, read_source
from widget_gateway.services.catalogue.importers.archives import QTI_MANIFEST
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


def files_in(top: Path) -> tuple[list[Path], dict[Path, str]]:
    """Return the files of a directory, sorted, that may be definitions, and why others are none.

    Files that are read together with another one are in neither: a directory with the item lists of
    IPIP-NEO-120 is returned itself, in place of its lists, and of one with a QTI package only the
    manifest. Hidden files and directories are skipped, and links to directories are not followed,
    as they may form a circle.
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
        if QTI_MANIFEST in files:  # a package, which its manifest reads
            folders.clear()
            files[:] = [QTI_MANIFEST]
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
    """Read and check a file or directory that `files_in` returned.

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

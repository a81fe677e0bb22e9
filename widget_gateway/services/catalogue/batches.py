"""Reads many files at once: what is good is kept, and the rest is told with its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from widget_gateway.domain.errors import DefinitionError, NoDefinitionError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.files import files_in, read_definition_file
from widget_gateway.services.catalogue.importers.sources import ImportOptions
from widget_gateway.services.catalogue.predecessor.reading import slug_of


@dataclass(frozen=True, slots=True)
class Batch:
    """What files and directories hold, each by its path and in the order of reading.

    `refused` has the faults of definitions, `passed_over` says of other files what they are.
    """

    definitions: dict[Path, Definition] = field(default_factory=dict)
    refused: dict[Path, list[str]] = field(default_factory=dict)
    passed_over: dict[Path, str] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """All faults of all files."""
        return [fault for faults in self.refused.values() for fault in faults]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person who reads files says about them.

    `changes` replace top-level fields of definitions. `images` is put before the names of pictures,
    and `titles` are those of tests in the predecessor's XML, by slug and language; `titles_file`
    holds them, and no test. `columns` and `locale` are those of ImportOptions.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    images: str | None = None
    titles: Mapping[TestSlug, Mapping[str, str]] = field(default_factory=dict)
    titles_file: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    locale: str | None = None


def read_batch(paths: Sequence[Path], wishes: Wishes) -> Batch:
    """Read files, and all files of directories.

    A file that is named itself is refused if it is no definition; in a directory it is passed over.
    All files that make the same test are refused, as nothing says which of them is meant.
    """
    batch = Batch()
    read = {wishes.titles_file.resolve()} if wishes.titles_file else set[Path]()
    for top in paths:
        is_directory = top.is_dir()
        found, others = files_in(top) if is_directory else ([top], {})
        batch.passed_over.update(others)
        if is_directory and not found:
            batch.refused[top] = [f"{top}: there is no definition in it"]
        for path in found:
            if (real := path.resolve()) not in read:
                read.add(real)
                _read(batch, path, wishes, passes_over=is_directory)
    _refuse_twins(batch)
    return batch


def _read(batch: Batch, path: Path, wishes: Wishes, *, passes_over: bool) -> None:
    title = wishes.titles.get(TestSlug(slug_of(path)))
    options = ImportOptions(wishes.images, wishes.columns, wishes.locale)
    try:
        batch.definitions[path] = read_definition_file(path, wishes.changes, options, title)
    except NoDefinitionError as error:
        if passes_over:
            batch.passed_over[path] = _without_place(error.problems[0], path)
        else:
            batch.refused[path] = error.problems
    except DefinitionError as error:
        batch.refused[path] = error.problems


def _refuse_twins(batch: Batch) -> None:
    makers: dict[TestSlug, list[Path]] = {}
    for path, definition in batch.definitions.items():
        makers.setdefault(definition.test.slug, []).append(path)
    for slug, paths in makers.items():
        for path in paths if len(paths) > 1 else ():
            others = ", ".join(str(other) for other in paths if other != path)
            batch.refused[path] = [f"{path}:1: slug: {slug} is also made of {others}; keep one"]
            del batch.definitions[path]


def _without_place(problem: str, path: Path) -> str:
    """Return what a problem says, without the name of the file and the line."""
    said = problem.removeprefix(f"{path}:").lstrip()
    line, _, rest = said.partition(": ")
    return rest if line.isdigit() else said

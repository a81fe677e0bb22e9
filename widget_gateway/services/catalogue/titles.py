"""Reads a table of titles, for tests whose files do not say theirs: a CSV file with a header."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.definitions import check_size, read_source

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")

_SLUG = "slug"


def read_titles(path: Path) -> dict[TestSlug, dict[str, str]]:
    """Return the titles by slug and language. The columns are `slug` and tags of languages.

    They are separated by commas, semicolons or tabs: what the header has. Empty cells are skipped.

    Raises:
        DefinitionError: it has a message for each fault, with file, line and column.
    """
    source = read_source(path)
    check_size(source, str(path))
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DefinitionError([f"{path}:1: is not UTF-8; save the table as UTF-8"]) from None
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    faults: list[str] = []
    titles: dict[TestSlug, dict[str, str]] = {}
    try:
        rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
        columns = [name.strip() for name in next(rows, [])]
        faults += [f"{path}:1: {fault}" for fault in _header_faults(columns)]
        for row in rows if not faults else ():
            slug = TestSlug(row[columns.index(_SLUG)].strip()) if len(row) == len(columns) else None
            if not any(cell.strip() for cell in row):
                continue
            if slug is None:
                why = f"has {len(row)} cells, and the header has {len(columns)}"
                faults.append(
                    f"{path}:{rows.line_num}: {why}; put a text with {delimiter!r} in quotes"
                )
            elif slug in titles:
                faults.append(f"{path}:{rows.line_num}: slug: {slug} has a title already")
            else:
                cells = zip(columns, (cell.strip() for cell in row), strict=True)
                titles[slug] = {name: cell for name, cell in cells if cell and name != _SLUG}
    except csv.Error as error:
        faults.append(f"{path}:1: is no table: {error}")
    if faults:
        raise DefinitionError(faults)
    return {slug: title for slug, title in titles.items() if title}


def _header_faults(columns: list[str]) -> Iterator[str]:
    if columns.count(_SLUG) != 1:
        yield 'the first line names the columns: "slug" and languages, such as "slug,ru,en"'
    for name in columns:
        if name != _SLUG and not _LANGUAGE.fullmatch(name):
            yield f'the column "{name}" is no language, such as ru or en'
        elif columns.count(name) > 1 and name != _SLUG:
            yield f'the column "{name}" is there twice'

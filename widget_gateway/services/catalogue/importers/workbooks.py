"""Reads workbooks of Excel (XLSX): their sheets are tables."""

import re
import warnings
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import islice
from typing import Any

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.importers.archives import WORKBOOK, Archive
from widget_gateway.services.catalogue.importers.sources import Source
from widget_gateway.services.catalogue.importers.tables import (
    MAX_COLUMNS,
    MAX_ROWS,
    Row,
    Table,
    read_tables,
)

_DOCUMENT_TYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)

_MAX_SHEETS = 20
"""Most sheets that are read. A test needs two."""


def recognises(source: Source) -> bool:
    """Whether this is a zip archive with a workbook."""
    return source.is_zip and WORKBOOK.encode() in source.content


def read(source: Source, changes: Mapping[str, Any] | None) -> Definition:
    """Read a workbook as a definition; `changes` replace top-level fields.

    Raises:
        DefinitionError: it has a message for each fault.
    """
    return read_tables(source, "Excel workbook", list(_tables(source))).finish(changes)


def _tables(source: Source) -> Iterator[Table]:
    # A gateway's processes import this module; they need not spend 12 MiB and 0.2 s on openpyxl.
    import openpyxl  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    archive = Archive(source)  # bounds what openpyxl is going to unpack
    for name in archive.names:
        content = archive.read(name) if name.endswith((".xml", ".rels")) else b""
        if _DOCUMENT_TYPE.search(content.replace(b"\0", b"")):
            why = f"{name} in it has a document type (<!DOCTYPE …>), which is not taken"
            raise DefinitionError([f"{source.name}:1: {why}"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and other parts that are not read
            workbook = openpyxl.load_workbook(
                BytesIO(source.content), read_only=True, data_only=True, keep_links=False
            )
            for sheet in workbook.worksheets[:_MAX_SHEETS]:
                sheet.reset_dimensions()  # the size that it names may be wrong
                yield Table(sheet.title, list(_rows(source, sheet)))
    except DefinitionError:
        raise
    except (InvalidFileException, KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
        why = f"not a workbook that can be read: {type(error).__name__}"
        raise DefinitionError([f"{source.name}:1: {why}"]) from None


def _rows(source: Source, sheet: Any) -> Iterator[Row]:
    cells = sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS)
    for number, values in enumerate(islice(cells, MAX_ROWS + 1), 1):
        if number > MAX_ROWS:
            raise DefinitionError(
                [f"{source.name}:{number}: the sheet {sheet.title} has more than {MAX_ROWS} rows"]
            )
        yield Row(number, tuple(_said(value) for value in values))


def _said(value: Any) -> str:
    """Return a cell as text: whole numbers without a point, truth as Excel shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()

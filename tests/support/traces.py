"""Looks through all that a gateway has stored or logged for the traces of a person."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database


def _spellings(trace: str | UUID) -> list[bytes]:
    """The bytes by which a trace may be stored: a UUID as text, as digits and as a binary."""
    if isinstance(trace, UUID):
        return [str(trace).encode(), trace.hex.encode(), trace.bytes]
    return [trace.encode(), trace.encode("unicode_escape")]


def traces_in_database(database: Database[Any], traces: Iterable[str | UUID]) -> dict[str, int]:
    """Count the documents of each collection whose BSON has any of the traces anywhere.

    Documents are searched as bytes, so no field can be overlooked, whatever its name and place.
    """
    wanted = [spelling for trace in traces for spelling in _spellings(trace)]
    raw: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
    found: dict[str, int] = {}
    for name in database.list_collection_names():
        for row in database.get_collection(name, codec_options=raw).find():
            if any(spelling in row.raw for spelling in wanted):
                found[name] = found.get(name, 0) + 1
    return found


def traces_in_logs(logs: Iterable[Any], traces: Iterable[str | UUID]) -> list[str]:
    """Return the log entries that have any of the traces."""
    wanted = [str(trace) for trace in traces]
    return [str(entry) for entry in logs if any(trace in str(entry) for trace in wanted)]


def traces_in_files(files: Iterable[Path], traces: Iterable[str | UUID]) -> list[Path]:
    """Return the files that have any of the traces."""
    wanted = [spelling for trace in traces for spelling in _spellings(trace)]
    return [file for file in files if any(w in file.read_bytes() for w in wanted)]

"""The dictionary's file, whose tables are mapped into memory.

It has a header with a checksum, a description of what it was made of, and the tables. Mapping takes
almost no time, and all processes of a machine share the pages.
"""

import fcntl
import json
import mmap
import os
import struct
import sys
import tempfile
import zlib
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

MAGIC = b"WGspell1"
"""First bytes of a file."""

_HEAD = struct.Struct("<8sII")
"""Header: MAGIC, the CRC-32 of all that follows it, and the length of the description in bytes."""

_CHECKED_FROM = 12
"""Offset, in bytes, of what the checksum covers: the description's length and all that follows."""

_ALIGNMENT = 8
"""Bytes to whose multiples the tables are aligned."""

MadeOf = Mapping[str, str | int]
"""Versions of everything that determines the content of a file."""


class UnusableFileError(Exception):
    """The file is absent, incomplete, damaged, of other versions, or no such file."""


def write_tables(path: Path, made_of: MadeOf, tables: Mapping[str, "array[int]"]) -> None:
    """Write the tables to `path`; atomic: other processes never see an incomplete file.

    Raises:
        OSError: the directory can't be written to.
    """
    places: dict[str, tuple[str, int, int]] = {}
    offset = 0
    for name, table in tables.items():
        size = len(table) * table.itemsize
        places[name] = (table.typecode, offset, size)
        offset += size + -size % _ALIGNMENT
    meta = json.dumps({"made_of": _with_order(made_of), "tables": places}).encode()
    meta += b" " * (-(len(meta) + _HEAD.size) % _ALIGNMENT)
    body = [len(meta).to_bytes(4, "little"), meta]
    for table in tables.values():
        raw = table.tobytes()
        body += (raw, bytes(-len(raw) % _ALIGNMENT))
    checksum = 0
    for part in body:
        checksum = zlib.crc32(part, checksum)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(MAGIC + checksum.to_bytes(4, "little"))
            file.writelines(body)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def map_tables(path: Path, made_of: MadeOf) -> dict[str, memoryview]:
    """Return the tables of a file that was made of exactly `made_of`.

    Raises:
        UnusableFileError: there is no such file, so it has to be made again.
    """
    try:
        with path.open("rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:  # mmap refuses an empty file
        raise UnusableFileError(str(error)) from None
    if len(mapped) < _HEAD.size:
        raise UnusableFileError("it is cut off")
    magic, checksum, meta_size = _HEAD.unpack_from(mapped)
    if magic != MAGIC or zlib.crc32(mapped[_CHECKED_FROM:]) != checksum:
        raise UnusableFileError("it is damaged")
    start = _HEAD.size + meta_size
    meta = json.loads(bytes(mapped[_HEAD.size : start]))
    if meta["made_of"] != _with_order(made_of):
        raise UnusableFileError("it is of other versions")
    return {
        name: mapped[start + offset : start + offset + size].cast(code)
        for name, (code, offset, size) in meta["tables"].items()
    }


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Lock this file against other processes. The lock of a process that dies is released."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _with_order(made_of: MadeOf) -> dict[str, str | int]:
    return {**made_of, "byte order": sys.byteorder}

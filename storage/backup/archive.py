"""The file of a backup: a ZIP archive that is written and read in a stream, with bounded memory.

It has an entry `<collection>.bson` for each collection: its documents one after another, as in the
files of mongodump. The last entries are `manifest.json`, which has the number of documents, the
size and the SHA-256 digest of each collection, and `seal.json` (storage/backup/seal.py). A file
that breaks off has no directory, which a ZIP archive has at its end, and so is no archive.
"""

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated, Any, Self, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import msgspec
from bson import decode
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.errors import BSONError

from storage.backup.contents import KEPT
from storage.backup.seal import Seal
from storage.client import Document
from widget_gateway.domain.errors import StorageError

T = TypeVar("T")

FORMAT = 1
"""The version of the archive's form. A reader takes only the one that it knows."""

LEVEL = 3
"""zlib's level of compression, from 1 to 9. Higher ones take more time than reading takes, and a
backup has to be read while the database still knows its moment."""

CHUNK_BYTES = 2**20
"""How many bytes of an entry are decompressed at once."""

DOCUMENT_BYTES = 16 * 2**20
"""The size of the largest document that MongoDB stores, in bytes."""

ENTRY_BYTES = 2**20
"""The most bytes of the manifest and of the seal: both have some kilobytes."""

LARGEST_RATIO = 1_032
"""How many bytes DEFLATE can make of one. An archive whose entries claim more holds none of them
really: its entries overlap."""

_MANIFEST, _SEAL = "manifest.json", "seal.json"
_SUFFIX = ".bson"
_LENGTH_BYTES = 4
_SMALLEST_DOCUMENT = 5
_ENCRYPTED = 0x1
"""The flag of a ZIP entry that is encrypted."""

_DECODED = CodecOptions[Document](
    uuid_representation=UuidRepresentation.STANDARD,
    tz_aware=True,
    tzinfo=UTC,
    # Times that Python can't hold stay numbers: the gateway stores none, but they are no garbage.
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
)


class ArchiveError(StorageError):
    """The file is no whole backup of ours, or can't be written. The message says why."""

    reason = "archive_invalid"


class Moment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cluster time: seconds since 1970, and the number of a change within the second."""

    seconds: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
    number: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]

    @property
    def time(self) -> datetime:
        """The moment by the database's clock, to the second."""
        return datetime.fromtimestamp(self.seconds, UTC)


class Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the archive has of one collection."""

    documents: Annotated[int, msgspec.Meta(ge=0)]
    bytes: Annotated[int, msgspec.Meta(ge=0)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the archive says of itself. All documents are as they were at the moment `as_of`."""

    format: int
    gateway: Annotated[str, msgspec.Meta(max_length=100)]
    mongodb: Annotated[str, msgspec.Meta(max_length=100)]
    database: Annotated[str, msgspec.Meta(max_length=100)]
    as_of: Moment
    collections: dict[str, Contents]

    @property
    def documents(self) -> int:
        """The number of all documents."""
        return sum(contents.documents for contents in self.collections.values())


class ArchiveWriter:
    """Writes an archive to a file, which need not be seekable; also a context manager."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = ZipFile(file, "w", ZIP_DEFLATED, compresslevel=LEVEL)

    def add(self, collection: str, batches: Iterable[list[bytes]]) -> Contents:
        """Write the documents of a collection; return what was written."""
        digest = hashlib.sha256()
        documents = size = 0
        with self._zip.open(collection + _SUFFIX, "w", force_zip64=True) as entry:
            for batch in batches:
                joined = b"".join(batch)
                entry.write(joined)
                digest.update(joined)
                documents += len(batch)
                size += len(joined)
        return Contents(documents, size, digest.hexdigest())

    def finish(self, manifest: bytes, seal: Seal) -> None:
        """Write what makes the file a backup. Without it, no reader takes it."""
        self._zip.writestr(_MANIFEST, manifest)
        self._zip.writestr(_SEAL, msgspec.json.encode(seal))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._zip.close()
        except OSError:
            if error is None:
                raise


class Archive:
    """An archive that is read; also a context manager.

    All that is read is distrusted: the file may be damaged, or made by somebody else.
    """

    def __init__(self, path: Path) -> None:
        """Open the file and read its manifest and seal.

        Raises:
            ArchiveError: the file can't be read, or is no backup of ours.
        """
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise ArchiveError(f"{path} can't be read: {error.strerror}.") from None
        try:
            with _told(path):
                self._zip = ZipFile(self._file)
                self._entries = self._checked_entries()
                self.manifest_bytes = self._read_small(_MANIFEST)
                self.manifest = _manifest_from(self.manifest_bytes)
                self.seal = _read_json(self._read_small(_SEAL), Seal, _SEAL)
                self._check_names()
        except BaseException:
            self._file.close()
            raise
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def batches(self, collection: str, most: int, most_bytes: int) -> Iterator[list[bytes]]:
        """Yield the documents of a collection, up to `most` and about `most_bytes` at once.

        Raises:
            ArchiveError: they are not those of the manifest. What was yielded before is suspect.
        """
        batch: list[bytes] = []
        size = 0
        for document in self._documents(collection):
            batch.append(document)
            size += len(document)
            if len(batch) >= most or size >= most_bytes:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _documents(self, collection: str) -> Iterator[bytes]:
        told = self.manifest.collections.get(collection)
        if told is None:  # The gateway that made the backup had no such collection.
            return
        digest = hashlib.sha256()
        documents = size = 0
        kept = b""
        with _told(self.path), self._zip.open(self._entries[collection + _SUFFIX]) as entry:
            while chunk := entry.read(CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
                if size > told.bytes:
                    break
                kept += chunk
                begin = 0
                while (end := _end_of_document(kept, begin, collection)) is not None:
                    yield kept[begin:end]
                    documents += 1
                    begin = end
                kept = kept[begin:]
        if kept or (documents, size, digest.hexdigest()) != (
            told.documents,
            told.bytes,
            told.sha256,
        ):
            raise ArchiveError(
                f"{self.path} is damaged: {collection} is not as the manifest says. "
                "Take another backup."
            )

    def _checked_entries(self) -> dict[str, ZipInfo]:
        entries = self._zip.infolist()
        found = {entry.filename: entry for entry in entries}
        is_plain = all(
            entry.compress_type in (ZIP_DEFLATED, ZIP_STORED)
            and not entry.flag_bits & _ENCRYPTED
            and entry.file_size >= 0
            for entry in entries
        )
        claimed = sum(entry.file_size for entry in entries)
        held = os.fstat(self._file.fileno()).st_size
        if len(found) != len(entries) or not is_plain or claimed > LARGEST_RATIO * held:
            raise ArchiveError("It is no backup of a Widget Gateway.")
        return found

    def _read_small(self, name: str) -> bytes:
        entry = self._entries.get(name)
        if entry is None:
            raise ArchiveError("It is no backup of a Widget Gateway.")
        with self._zip.open(entry) as opened:
            content = opened.read(ENTRY_BYTES + 1)
        if len(content) > ENTRY_BYTES:
            raise ArchiveError(f"{name} is too large.")
        return content

    def _check_names(self) -> None:
        told = self.manifest.collections
        if unknown := sorted(set(told) - set(KEPT)):
            raise ArchiveError(
                f"This gateway has no collection {unknown[0][:100]!r}. If a newer version has made "
                f"the backup ({self.manifest.gateway[:100]!r}), restore it with that version."
            )
        if self._entries.keys() != {_MANIFEST, _SEAL} | {name + _SUFFIX for name in told}:
            raise ArchiveError("It has other entries than its manifest says.")


def decoded(document: bytes, collection: str) -> Document:
    """Decode a document of an archive.

    Raises:
        ArchiveError: it is no BSON, or has no `_id`.
    """
    try:
        row = decode(document, _DECODED)
    except (BSONError, ValueError, OverflowError, RecursionError):
        raise ArchiveError(f"{collection} has a document that is no BSON.") from None
    if "_id" not in row:
        raise ArchiveError(f"{collection} has a document without an _id.")
    return row


def _end_of_document(data: bytes, begin: int, collection: str) -> int | None:
    """Return where the document that begins there ends; None if it is not there as a whole."""
    if len(data) - begin < _LENGTH_BYTES:
        return None
    length = int.from_bytes(data[begin : begin + _LENGTH_BYTES], "little")
    if not _SMALLEST_DOCUMENT <= length <= DOCUMENT_BYTES:
        raise ArchiveError(f"{collection} has a document that is no BSON.")
    return begin + length if len(data) - begin >= length else None


def _manifest_from(content: bytes) -> Manifest:
    told = _read_json(content, dict[str, Any], _MANIFEST).get("format")
    if told != FORMAT:
        raise ArchiveError(
            f"Its format is {str(told)[:20]!r}, and this gateway reads format {FORMAT}. Restore it "
            "with the version that made it."
        )
    return _read_json(content, Manifest, _MANIFEST)


def _read_json(content: bytes, kind: type[T], name: str) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, RecursionError):
        raise ArchiveError(f"{name} can't be read.") from None


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn the errors of reading a ZIP archive into ArchiveError, which names the file."""
    try:
        yield
    except ArchiveError as error:
        if str(path) in error.message:
            raise
        raise ArchiveError(f"{path} is no backup that can be restored. {error.message}") from None
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise ArchiveError(
            f"{path} is no whole backup: it was cut off, changed, or never was one. Take another."
        ) from None
    except OSError as error:
        raise ArchiveError(f"{path} can't be read: {error.strerror}.") from None

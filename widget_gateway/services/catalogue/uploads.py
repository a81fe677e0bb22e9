"""Files that somebody uploads: checked names and sizes, and zip archives as directories of files.

Nothing of an upload is trusted. Names stay within the upload, an archive is unpacked only if what
it declares is within the limits, and an archive in it counts with all that it unpacks into.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from widget_gateway.domain.errors import DefinitionError, UploadFault, UploadInvalidError
from widget_gateway.services.catalogue.batches import Batch, Wishes, read_batch
from widget_gateway.services.catalogue.importers.archives import (
    MAX_UNPACKED_BYTES,
    QTI_MANIFEST,
    WORKBOOK,
    Archive,
)
from widget_gateway.services.catalogue.importers.sources import Source

MAX_UPLOAD_BYTES = 8 * 2**20
"""The most bytes of a request with files: as much as the largest file that is imported."""

MAX_FILES = 300
"""The most files of an upload, unpacked. A catalogue of the predecessor's has 200."""

MAX_TOTAL_BYTES = 12 * 2**20
"""The most bytes of all files together, unpacked. They are stored as one document, which may have
16 MiB."""

MAX_RATIO = 200
"""How many times its own size an archive may unpack into. Texts shrink to a tenth; a file of
nothing but one letter shrinks to a thousandth."""

MAX_NAME = 200
"""The most characters of a file's name, with its folders."""

_SMALL = 2**20
"""Bytes up to which an archive may unpack whatever its ratio is."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file of an upload. Its name is a relative path with forward slashes."""

    name: str
    content: bytes


def unpacked(files: Sequence[UploadedFile]) -> tuple[UploadedFile, ...]:
    """Return the files of an upload, sorted by name, with zip archives as folders of their files.

    An archive that is itself a form of tests, such as a QTI package or a workbook, stays a file.
    So does an archive within an archive.

    Raises:
        UploadInvalidError: it has no file, or breaks one of the limits.
    """
    found: dict[str, UploadedFile] = {}
    total = 0
    for file in _members(files):
        name = _checked_name(file.name)
        if name in found:
            raise UploadInvalidError(UploadFault.TWICE, name)
        found[name] = UploadedFile(name, file.content)
        total += len(file.content)
        if len(found) > MAX_FILES:
            raise UploadInvalidError(UploadFault.TOO_MANY, name)
        if total > MAX_TOTAL_BYTES:
            raise UploadInvalidError(UploadFault.TOO_LARGE, name)
    if not found:
        raise UploadInvalidError(UploadFault.EMPTY, "")
    for name in found:
        for folder in PurePosixPath(name).parents:
            if str(folder) in found:
                raise UploadInvalidError(UploadFault.TWICE, name)
    return tuple(found[name] for name in sorted(found))


def _members(files: Sequence[UploadedFile]) -> Iterator[UploadedFile]:
    for file in files:
        source = Source(Path(file.name), file.content)
        if not source.is_zip:
            yield file
            continue
        archive = _open(file)
        if _is_one_test(archive):
            yield file
            continue
        budget = MAX_UNPACKED_BYTES - archive.unpacked_bytes
        for name in sorted(archive.names):
            if _is_hidden(name):
                continue
            member = UploadedFile(name, _read(archive, name))
            if Source(Path(name), member.content).is_zip:
                budget -= _open(member).unpacked_bytes
                if budget < 0:
                    raise UploadInvalidError(UploadFault.BOMB, name)
            yield member


def _is_one_test(archive: Archive) -> bool:
    """Whether the archive is a form of tests itself: a workbook, or a single QTI package."""
    manifests = [name for name in archive.names if PurePosixPath(name).name == QTI_MANIFEST]
    return len(manifests) == 1 or WORKBOOK in archive.names


def _open(file: UploadedFile) -> Archive:
    """Open an archive, which is checked but not unpacked."""
    try:
        archive = Archive(Source(Path(file.name), file.content))
    except DefinitionError as error:
        raise UploadInvalidError(UploadFault.ARCHIVE, error.problems[0]) from None
    if archive.unpacked_bytes > max(_SMALL, MAX_RATIO * len(file.content)):
        raise UploadInvalidError(UploadFault.BOMB, file.name)
    return archive


def _read(archive: Archive, name: str) -> bytes:
    try:
        return archive.read(name)
    except DefinitionError as error:
        raise UploadInvalidError(UploadFault.ARCHIVE, error.problems[0]) from None


def _is_hidden(name: str) -> bool:
    """Whether the import would skip the file anyway, such as what macOS adds to archives."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _checked_name(text: str) -> str:
    """Return the name of a file as a relative path.

    Raises:
        UploadInvalidError: it leads out of the upload, or is no name of a file.
    """
    path = PurePosixPath(unicodedata.normalize("NFC", text).replace("\\", "/"))
    name = str(path)
    is_outside = path.is_absolute() or ".." in path.parts or ":" in name
    if is_outside or not name.isprintable() or name == "." or len(name) > MAX_NAME:
        raise UploadInvalidError(UploadFault.NAME, name[:MAX_NAME])
    return name


def read_upload(files: Sequence[UploadedFile], wishes: Wishes) -> Batch:
    """Read the files of `unpacked` as `test import` does: one as a file, several as a directory.

    The paths of the batch, and those in its messages, are the names of the files. It takes as long
    as the import does, so it belongs into a thread.
    """
    with TemporaryDirectory(prefix="widget-gateway-upload-") as folder:
        top = Path(folder).resolve() / "upload"
        for file in files:
            path = top / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
        return _within(top, read_batch([top / files[0].name] if len(files) == 1 else [top], wishes))


def _within(top: Path, batch: Batch) -> Batch:
    """Return the batch with paths that begin at `top`."""

    def shown(message: str) -> str:
        return message.replace(f"{top}/", "").replace(str(top), ".")

    return Batch(
        {
            path.relative_to(top): replace(definition, notes=tuple(map(shown, definition.notes)))
            for path, definition in batch.definitions.items()
        },
        {
            path.relative_to(top): [shown(fault) for fault in faults]
            for path, faults in batch.refused.items()
        },
        {path.relative_to(top): shown(why) for path, why in batch.passed_over.items()},
    )

"""Reads the members of zip archives from outside, within bounds, and never writes them anywhere."""

import zipfile
import zlib
from functools import cached_property
from io import BytesIO
from pathlib import PurePosixPath

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.importers.sources import Source

QTI_MANIFEST = "imsmanifest.xml"
"""The name of the file that lists the contents of a QTI package."""

WORKBOOK = "xl/workbook.xml"
"""The member that each workbook of Excel has."""

MAX_MEMBERS = 2_000
"""Most members of an archive. A package of 300 items with a picture each has 600."""

MAX_UNPACKED_BYTES = 64 * 2**20
"""Most bytes of all members together, by their own word; a member that has more is refused."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Archive:
    """A zip archive that was checked before any of its members is unpacked."""

    def __init__(self, source: Source) -> None:
        """Open the archive.

        Raises:
            DefinitionError: it is damaged, encrypted, too large, or has members outside of itself.
        """
        source.check_size()
        self._name = source.name
        try:
            self._zip = zipfile.ZipFile(BytesIO(source.content))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise self._refusal(f"is a damaged zip archive: {error}") from None
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise self._refusal(f"the archive has more than {MAX_MEMBERS} members")
        for member in members:
            self._check(member)
        if self.unpacked_bytes > MAX_UNPACKED_BYTES:
            raise self._refusal(
                f"the archive unpacks into more than {MAX_UNPACKED_BYTES // 2**20} MiB"
            )

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all files in the archive."""
        return frozenset(m.filename for m in self._zip.infolist() if not m.is_dir())

    @cached_property
    def unpacked_bytes(self) -> int:
        """The bytes of all members together, by their own word."""
        return sum(member.file_size for member in self._zip.infolist())

    def read(self, name: str) -> bytes:
        """Return the content of a member.

        Raises:
            DefinitionError: there is no such member, or it is damaged or larger than it says.
        """
        try:
            with self._zip.open(name) as member:
                return member.read()
        except KeyError:
            raise self._refusal(f"{name} is not in the archive") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise self._refusal(f"{name} in the archive is damaged: {error}") from None

    def _check(self, member: zipfile.ZipInfo) -> None:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[:1]:
            raise self._refusal(f'the archive has a member outside of itself, "{member.filename}"')
        if member.flag_bits & 1:
            raise self._refusal(f"{member.filename} in the archive is encrypted")
        if member.compress_type not in _METHODS:
            raise self._refusal(f"{member.filename} in the archive is packed in an unknown way")

    def _refusal(self, why: str) -> DefinitionError:
        return DefinitionError([f"{self._name}:1: {why}"])

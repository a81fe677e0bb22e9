"""Foreign files before they are understood: bounded bytes, and what kind of text they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.predecessor.elements import Element, parse_elements

MAX_BYTES = 8 * 2**20
"""Largest file. Exports of other systems may contain pictures, which a definition does not."""

MAX_ELEMENTS = 200_000
"""Most elements of an XML file. LimeSurvey writes about 300 for a question with all attributes."""

MAX_MARKS = 1_000_000
"""Most `<` and `=` in an XML file. They bound the memory that its tree takes before it is read."""

_HEAD_BYTES = 2**16
"""How much of a file is looked at to find out what kind of text it is."""

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

_SKIPPED = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_CYRILLIC_WORD = re.compile("[А-яЁё]{2}")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person who imports a file says about it.

    `images` is put before the names of pictures. `columns` says which field a table's column is, by
    the column's name or number. `locale` is the language of texts that do not name theirs.
    """

    images: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    locale: str | None = None


@dataclass(frozen=True)
class Source:
    """A foreign file."""

    path: FilePath
    content: bytes
    options: ImportOptions = field(default_factory=ImportOptions)

    @property
    def name(self) -> str:
        """The file's name for messages."""
        return str(self.path)

    @cached_property
    def head(self) -> str:
        """The beginning of the file as text, without what can't be decoded."""
        return self.content[:_HEAD_BYTES].decode(self._encoding or "utf-8", "replace")

    @cached_property
    def root_name(self) -> str:
        """The local name of the root element if the file is XML, else an empty text."""
        text = self.head.lstrip("\ufeff \t\r\n")
        if not text.startswith("<"):
            return ""
        match = _ROOT.search(_SKIPPED.sub("", text))
        return match[1] if match else ""

    @property
    def is_zip(self) -> bool:
        """Whether the file is a zip archive."""
        return self.content.startswith(b"PK\x03\x04")

    @cached_property
    def text(self) -> str:
        """The file as text, with line feeds as the only ends of lines.

        Raises:
            DefinitionError: it is too large, or is no text.
        """
        self.check_size()
        text = self._decoded()
        if (at := text.find("\0")) >= 0:
            line = text.count("\n", 0, at) + 1
            raise DefinitionError([f"{self.name}:{line}: has a character that is not text"])
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def encoding(self) -> str:
        """The name of the encoding in which the file is read as text."""
        if self._encoding:
            return "UTF-16" if self._encoding.startswith("utf-16") else "UTF-8"
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return "Windows-1251" if self._is_cyrillic() else "Windows-1252"
        return "UTF-8"

    @property
    def _encoding(self) -> str | None:
        """The encoding that the first bytes show, or None."""
        for mark, encoding in _BYTE_ORDER_MARKS:
            if self.content.startswith(mark):
                return encoding
        head = self.content[:200]
        if len(head) > 1 and head[1::2].count(0) > len(head) // 3:
            return "utf-16-le"
        return "utf-16-be" if head and head[::2].count(0) > len(head) // 3 else None

    def _is_cyrillic(self) -> bool:
        """Whether the bytes beyond ASCII stand beside each other, as in Russian words."""
        return bool(_CYRILLIC_WORD.search(self.content.decode("cp1251", "replace")))

    def _decoded(self) -> str:
        try:
            if self._encoding:
                return self.content.decode(self._encoding)
            codec = {"UTF-8": "utf-8", "Windows-1251": "cp1251"}.get(self.encoding, "cp1252")
            return self.content.decode(codec)
        except UnicodeDecodeError as error:
            line = self.content.count(b"\n", 0, error.start) + 1
            why = "has bytes that are no text; save the file as UTF-8"
            raise DefinitionError([f"{self.name}:{line}: {why}"]) from None

    def xml(self) -> Element:
        """Parse the file as XML, without namespaces.

        Raises:
            DefinitionError: it is too large, no XML, or hostile.
        """
        self.check_size()
        return parse_foreign_xml(self.content, self.name)

    def check_size(self) -> None:
        """Refuse a file that is too large.

        Raises:
            DefinitionError: it is larger than MAX_BYTES.
        """
        if len(self.content) > MAX_BYTES:
            raise DefinitionError(
                [f"{self.name}:1: the file is larger than {MAX_BYTES // 2**20} MiB"]
            )


def parse_foreign_xml(content: bytes, name: str) -> Element:
    """Parse XML whose size is checked already, without namespaces.

    Raises:
        DefinitionError: it is no XML, or hostile.
    """
    if content.count(b"<") + content.count(b"=") > MAX_MARKS:
        raise DefinitionError([f"{name}:1: the file has more than {MAX_MARKS} tags and attributes"])
    return parse_elements(content, name, MAX_ELEMENTS)


def read_foreign(path: FilePath, options: ImportOptions) -> Source:
    """Read a file, at most one byte more than MAX_BYTES.

    Raises:
        DefinitionError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            return Source(path, file.read(MAX_BYTES + 1), options)
    except OSError as error:
        raise DefinitionError([f"{path}: can't be read: {error.strerror}"]) from None

"""The inverted index (tantivy): its schema, its files, and what it tells of its documents.

In a directory, its files are mapped into memory, so all processes of a machine share their pages.
One process at a time writes. A commit replaces the file `meta.json`, which names all others, so
other processes see a state as a whole or not at all.
"""

import json
import os
import zlib
from collections.abc import Iterable
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import msgspec
import tantivy
from tantivy import DocAddress, Document, Query, Searcher

from widget_gateway.domain.qua.search import (
    KEYWORD_REPEATS,
    NO_TERMS,
    TITLE_REPEATS,
    DocumentKind,
    SearchDocument,
    SearchField,
    split_document_id,
)

FORMAT = 1
"""Version of the schema and of what `add` writes. It is raised with each change of these."""

TITLES = "titles"
"""The field with the terms of titles of questions, and of nothing else."""

FREQUENCIES = "freq"
"""Index option of tantivy: frequencies without positions, which only phrases would need."""

PLACE, VERSION = "place", "version"
"""Numbers of a document: its rank among equally good ones, and the version of its content."""

_STORED = "stored"
_META = "meta.json"

_PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
"""The endings of the files that each segment has."""

_PAGES = 2**60
"""Added to the places of external resources, which come after all questions."""

_STORE_SETTINGS = {"docstore_compression": "none", "docstore_blocksize": 1024}
"""How documents are stored. A page of hits has one of each of twenty blocks, and with tantivy's own
settings reading these takes three times as long; the files grow by a third."""

_WRITER_BYTES = 300_000_000
"""Memory that the writer fills before it makes a segment, enough for 100,000 articles. Each further
segment costs every search about 0.1 ms."""

_FOOTER_MAGIC = 1337
_FOOTER_TAIL = 8
"""A file of a segment ends with a footer in JSON, its length, and this number, of 4 bytes each."""


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder().add_text_field(
        "id", tokenizer_name="raw", index_option="basic"
    )
    for field in (*SearchField, TITLES):
        builder.add_text_field(field, tokenizer_name="terms", index_option=FREQUENCIES)
    builder.add_integer_field(PLACE, fast=True)
    builder.add_integer_field(VERSION, fast=True)
    builder.add_bytes_field(_STORED, stored=True)
    return builder.build()


SCHEMA = _schema()


class DamagedIndexError(Exception):
    """The files of the index are incomplete or damaged, so it has to be built anew."""


class InvertedIndex:
    """An index in a directory, or in the memory of the process.

    Any number of threads may search, as tantivy releases the interpreter's lock while it works.
    """

    def __init__(self, directory: Path | None = None) -> None:
        """Open the index in a directory, or make one there if it is empty.

        Raises:
            DamagedIndexError: what is in the directory can't be read.
            OSError: the directory can't be written to.
        """
        self._meta = None if directory is None else directory / _META
        self._commits = self._reloads = 0
        self._shown: object = None
        try:
            if directory is None:
                self._index = tantivy.Index(SCHEMA)
            else:
                if not tantivy.Index.exists(str(directory)):
                    _create(directory)
                self._index = tantivy.Index.open(str(directory))
            self._index.register_tokenizer(
                "terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            )
            self._index.config_reader(reload_policy="manual")
            if self._index.schema != SCHEMA:
                raise DamagedIndexError("it has another schema")
            self._shown = self._state()
            self._index.reload()
        except ValueError as error:
            raise DamagedIndexError(str(error)) from None

    def open_writer(self) -> tantivy.IndexWriter:
        """Open the writer, which starts threads. There is one at a time, in any process."""
        writer = self._index.writer(_WRITER_BYTES, num_threads=1)
        # A commit that was killed may have left a file that the next one would make again.
        writer.garbage_collect_files()
        return writer

    def searcher(self) -> Searcher:
        """Return a searcher of the state that was last reloaded."""
        return self._index.searcher()

    def reload(self) -> int:
        """Let `searcher` show what any process has committed; returns the number of the state.

        The number rises whenever there is another state.

        Raises:
            DamagedIndexError: it can't be read. `searcher` shows the former state.
        """
        state = self._state()
        if state != self._shown:
            try:
                self._index.reload()
            except ValueError as error:
                raise DamagedIndexError(str(error)) from None
            self._shown = state
            self._reloads += 1
        return self._reloads

    def note_commit(self) -> None:
        """Let the next `reload` see a commit of this process, also if the index is in memory."""
        self._commits += 1

    def _state(self) -> object:
        """Return what differs after each commit."""
        if self._meta is None:
            return self._commits
        try:
            found = os.stat(self._meta)  # noqa: PTH116 - each search asks, and a Path takes longer
        except OSError:  # Somebody removed the files; those that are mapped can still be read.
            return self._shown
        return found.st_ino, found.st_mtime_ns


def row_of(document: SearchDocument) -> Document:
    """Return what the index holds of an analysed document."""
    terms = document.terms
    external = document.kind is DocumentKind.EXTERNAL
    row = Document()
    row.add_text("id", document.id)
    row.add_integer(PLACE, _place(document.id))
    row.add_integer(VERSION, document.version)
    row.add_text(SearchField.WORDS, " ".join([terms.title] * TITLE_REPEATS))
    row.add_text(SearchField.WORDS, " ".join([terms.keywords] * KEYWORD_REPEATS))
    row.add_text(SearchField.EXTERNAL if external else SearchField.WORDS, terms.text)
    if not external:
        row.add_text(TITLES, terms.title)
    row.add_bytes(_STORED, _encoder.encode(replace(document, terms=NO_TERMS)))
    return row


def read(searcher: Searcher, addresses: Iterable[DocAddress]) -> list[SearchDocument]:
    """Return documents that a searcher has found, without their terms, which the index has."""
    documents: Any = (searcher.doc(address).get_first(_STORED) for address in addresses)
    return [_decoder.decode(document) for document in documents]


def read_places(searcher: Searcher, addresses: list[DocAddress]) -> list[int]:
    """Return the ranks among equally good documents: questions come first, then newer ones."""
    places: list[Any] = searcher.fast_field_values(PLACE, addresses)
    return places


def read_version(searcher: Searcher, id_: str) -> int | None:
    """Return the version of a document, or None if the index does not have it."""
    query = Query.term_query(SCHEMA, "id", id_, "basic")
    hits = searcher.search(query, limit=1, count=False).hits
    if not hits:
        return None
    versions: list[Any] = searcher.fast_field_values(VERSION, [hits[0][1]])
    return int(versions[0])


def read_versions(searcher: Searcher) -> dict[str, int]:
    """Return the versions of all documents, by id."""
    if not searcher.num_docs:
        return {}
    hits = searcher.search(Query.all_query(), limit=searcher.num_docs, count=False).hits
    addresses = [address for _, address in hits]
    versions: list[Any] = searcher.fast_field_values(VERSION, addresses)
    return dict(zip(map(_id, read_places(searcher, addresses)), versions, strict=True))


def check_files(directory: Path) -> None:
    """Read all files of the index and compare their checksums.

    Raises:
        DamagedIndexError: a file is missing, cut off or damaged.
        OSError: a file can't be read.
    """
    try:
        segments = json.loads((directory / _META).read_bytes())["segments"]
        for segment in segments:
            name = segment["segment_id"].replace("-", "")
            for part in _PARTS:
                _check_file(directory / f"{name}.{part}")
            if deletes := segment["deletes"]:
                _check_file(directory / f"{name}.{deletes['opstamp']}.del")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedIndexError(repr(error)) from None
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise DamagedIndexError(str(error)) from None


def _check_file(path: Path) -> None:
    with (
        path.open("rb") as file,
        mmap(file.fileno(), 0, access=ACCESS_READ) as mapped,
        memoryview(mapped) as content,
    ):
        length, magic = (
            int.from_bytes(content[at : at + 4], "little")
            for at in (len(content) - _FOOTER_TAIL, len(content) - 4)
        )
        end = len(content) - _FOOTER_TAIL - length
        if magic != _FOOTER_MAGIC or end < 0:
            raise DamagedIndexError(f"{path.name} is cut off")
        footer = json.loads(bytes(content[end : end + length]))
        if zlib.crc32(content[:end]) != footer["crc"]:
            raise DamagedIndexError(f"{path.name} is damaged")


def _create(directory: Path) -> None:
    """Make an empty index. The binding has no parameters for the settings of the store."""
    tantivy.Index(SCHEMA, path=str(directory))
    meta = json.loads((directory / _META).read_bytes())
    meta["index_settings"] |= _STORE_SETTINGS
    (directory / _META).write_text(json.dumps(meta))


def _place(id_: str) -> int:
    kind, number = split_document_id(id_)
    return (_PAGES if kind is DocumentKind.EXTERNAL else 0) - number


def _id(place: int) -> str:
    return f"q:{-place}" if place <= 0 else f"e:{_PAGES - place}"


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SearchDocument)

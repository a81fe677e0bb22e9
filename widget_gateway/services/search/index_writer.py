"""Writes documents into the inverted index, each in its newest version."""

from collections.abc import Iterable
from contextlib import suppress

from widget_gateway.domain.qua.search import RemovedDocument, SearchChange, SearchDocument
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.inverted_index import (
    DamagedIndexError,
    InvertedIndex,
    read_version,
    read_versions,
    row_of,
)


class UnwritableIndexError(Exception):
    """The index can't be written to, as on a full disk. This writer is of no further use."""


class IndexWriter:
    """The only writer of an index. One thread at a time calls it."""

    def __init__(self, index: InvertedIndex, analyzer: Analyzer) -> None:
        """Open the index for writing.

        Raises:
            UnwritableIndexError: it can't be written to, or another process writes to it.
        """
        self._index = index
        self._analyzer = analyzer
        try:
            self._writer = index.open_writer()
        except ValueError as error:
            raise UnwritableIndexError(str(error)) from None
        self._committed = index.searcher()
        self._changed: dict[str, int | None] = {}
        """Versions of what was written since the last commit; None for a forgotten removal."""
        self._removed: dict[str, int] = {}
        """Versions of removals, which older versions of the documents may follow."""

    def versions(self) -> dict[str, int]:
        """Return the versions of all documents at the last commit, by id."""
        return read_versions(self._committed)

    def write(self, changes: Iterable[SearchChange]) -> None:
        """Write changes, which are found after `commit`. Outdated versions are ignored.

        Raises:
            UnwritableIndexError: the index can't be written to.
        """
        try:
            for change in changes:
                self._write(change)
        except ValueError as error:
            raise UnwritableIndexError(str(error)) from None

    def _write(self, change: SearchChange) -> None:
        known = self._version(change.id)
        if known is not None:
            if change.version is not None and change.version <= known:
                return
            self._writer.delete_documents_by_term("id", change.id)
        self._changed[change.id] = change.version
        if isinstance(change, SearchDocument):
            self._removed.pop(change.id, None)
            self._writer.add_document(row_of(self._analyzer.analyse_document(change)))
        elif change.version is None:
            self._removed.pop(change.id, None)
        else:
            self._removed[change.id] = change.version

    def _version(self, id_: str) -> int | None:
        if id_ in self._changed:
            return self._changed[id_]
        removed = self._removed.get(id_)
        return read_version(self._committed, id_) if removed is None else removed

    def forget(self, ids: Iterable[str]) -> None:
        """Remove documents that no longer exist; they may come again in any version.

        Raises:
            UnwritableIndexError: the index can't be written to.
        """
        self.write(RemovedDocument(id=id_, version=None) for id_ in ids)

    def commit(self) -> None:
        """Let searches of all processes find what was written.

        Raises:
            UnwritableIndexError: the index can't be written to.
        """
        if not self._changed:
            return
        try:
            self._writer.commit()
            self._index.note_commit()
            self._index.reload()
        except (ValueError, DamagedIndexError) as error:
            raise UnwritableIndexError(str(error)) from None
        self._committed = self._index.searcher()
        self._changed.clear()

    def close(self) -> None:
        """End the writer's threads. What was not committed is lost.

        It waits until segments are merged. Otherwise a merge that ends just now would replace the
        state of the index and remove files, while another process already writes.
        """
        with suppress(ValueError):  # The writer has failed before, so it merges nothing.
            self._writer.wait_merging_threads()
        del self._writer

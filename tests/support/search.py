"""A search index in memory that a test fills by itself."""

from collections.abc import Iterable

from widget_gateway.domain.qua.search import SearchChange
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.index import SearchIndex
from widget_gateway.services.search.index_writer import IndexWriter
from widget_gateway.services.search.inverted_index import InvertedIndex


class WritableIndex(SearchIndex):
    """An index together with its writer."""

    def __init__(self, analyzer: Analyzer) -> None:
        super().__init__(analyzer)
        inverted = InvertedIndex()
        self.writer = IndexWriter(inverted, analyzer)
        self.show(inverted)

    def write(self, changes: Iterable[SearchChange]) -> None:
        """Write changes and commit them."""
        self.writer.write(changes)
        self.writer.commit()

    def forget(self, ids: Iterable[str]) -> None:
        """Remove documents that no longer exist, and commit that."""
        self.writer.forget(ids)
        self.writer.commit()

"""The index that a process holds in its memory: what it finds, and how well.

Nothing here is a coroutine: writing is for one thread, finding for any number (tantivy lets go of
the interpreter while it works). widget_gateway/services/search_feed.py keeps the index current.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec
import tantivy
from tantivy import Occur, Query, Searcher

from widget_gateway.domain.qua_search import (
    FIELD_WEIGHTS,
    DocumentKind,
    RemovedDocument,
    SearchChange,
    SearchDocument,
    SearchField,
)
from widget_gateway.services.analysis import FUNCTION_WORDS, Analyzer, normalise, words

MAX_WORDS = 16
"""Of a longer query the rarest words count: they say what it is about."""

MAX_CONSIDERED_WORDS = 128

MAX_TEXT_LENGTH = 100_000
"""Characters of a text that can be found: some forty pages."""

_WRITER_BYTES = 30_000_000
"""What the writer may hold before it makes a segment of it."""

_FREQUENCIES = "freq"  # positions are of no use to a search without phrases
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(SearchDocument).decode


@dataclass(frozen=True, slots=True)
class Matches:
    """A page of the documents that a query finds."""

    total: int
    documents: list[tuple[SearchDocument, float]]
    """With their relevance against that of the best, best first. Their text is normalised."""
    rarity: dict[str, float]
    """The words of the query that were looked for, and how much each tells."""


class SearchIndex:
    """Documents under their newest version, found by words in any form."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        builder = tantivy.SchemaBuilder().add_text_field(
            "id", tokenizer_name="raw", index_option="basic"
        )
        for field in SearchField:
            builder.add_text_field(field, tokenizer_name="terms", index_option=_FREQUENCIES)
        builder.add_bytes_field("document", stored=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._index.register_tokenizer(
            "terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        )
        self._index.config_reader(reload_policy="manual")
        self._versions: dict[str, int] = {}

    @cached_property
    def _writer(self) -> tantivy.IndexWriter:
        """Made at first use: it has threads, and commands beside the server have no use for it."""
        return self._index.writer(_WRITER_BYTES, num_threads=1)

    def __len__(self) -> int:
        """How many documents can be found."""
        return self._index.searcher().num_docs

    def write(self, changes: Iterable[SearchChange]) -> None:
        """Take changes in, to be found after `commit`. Older ones than known are passed over."""
        for change in changes:
            known = self._versions.get(change.id)
            if known is not None:
                if change.version is not None and change.version <= known:
                    continue
                self._writer.delete_documents_by_term("id", change.id)
            if change.version is None:
                self._versions.pop(change.id, None)
            else:
                self._versions[change.id] = change.version
            if isinstance(change, SearchDocument):
                self._writer.add_document(self._row(change))

    def write_removal_of_others(self, present: Collection[str]) -> None:
        """Remove every document but those present."""
        absent = self._versions.keys() - present
        self.write(RemovedDocument(id=one, version=None) for one in absent)

    def commit(self) -> None:
        """Let searches find what was written."""
        self._writer.commit()
        self._index.reload()

    def find(self, query: str, *, limit: int, offset: int) -> Matches:
        """Documents with any word of the query in any form; none for a query without words."""
        searcher = self._index.searcher()
        looked_for = self._choose(searcher, query)
        if not looked_for:
            return Matches(0, [], {})
        wanted = Query.boolean_query([(Occur.Should, one.query) for one in looked_for])
        found = searcher.search(wanted, limit=offset + limit)
        best = found.hits[0][0] if found.hits else 1.0
        return Matches(
            total=found.count,  # type: ignore[attr-defined]  # the stub lacks it
            documents=[
                (_decode(searcher.doc(address)["document"][0]), score / best)
                for score, address in found.hits[offset:]
            ],
            rarity={one.word: one.rarity for one in looked_for},
        )

    def document_frequency(self, text: str) -> int:
        """In how many documents, at least, the rarest word of the text is, in any form."""
        searcher = self._index.searcher()
        return min(
            (
                max(max(self._frequencies(searcher, term).values(), default=0) for term in terms)
                for terms in map(self._analyzer.terms, words(text))
            ),
            default=0,
        )

    def _choose(self, searcher: Searcher, query: str) -> list["_Wanted"]:
        """Which words of the query to look for: the rarest of those that are in any document."""
        distinct = list(dict.fromkeys(words(normalise(query))))
        telling = [one for one in distinct if one not in FUNCTION_WORDS] or distinct
        looked_up = (self._look_up(searcher, one) for one in telling[:MAX_CONSIDERED_WORDS])
        present = [one for one in looked_up if one is not None]
        return sorted(present, key=lambda one: -one.rarity)[:MAX_WORDS]

    def _look_up(self, searcher: Searcher, word: str) -> "_Wanted | None":
        """How to look for a word; None if no document has it.

        BM25 takes a word for rare where it is rare in that field. It should tell as much in a title
        as in a text, and only the field's weight make the difference: this is undone here.
        """
        documents = searcher.num_docs
        readings, rarities = [], []
        for term in self._analyzer.terms(word):
            frequencies = self._frequencies(searcher, term)
            if not frequencies:
                continue
            rarity = _rarity(max(frequencies.values()), documents)
            rarities.append(rarity)
            readings.append(
                _any_of(
                    Query.boost_query(
                        Query.term_query(self._schema, field, term, _FREQUENCIES),
                        FIELD_WEIGHTS[field] * rarity / _rarity(frequency, documents),
                    )
                    for field, frequency in frequencies.items()
                )
            )
        if not readings:
            return None
        query = readings[0] if len(readings) == 1 else Query.disjunction_max_query(readings)
        return _Wanted(word, min(rarities), query)

    def _frequencies(self, searcher: Searcher, term: str) -> dict[SearchField, int]:
        """How many documents have the term, by the fields that have it."""
        found = {field: searcher.doc_freq(field, term) for field in SearchField}
        return {field: count for field, count in found.items() if count}

    def _row(self, document: SearchDocument) -> tantivy.Document:
        text = normalise(document.text[:MAX_TEXT_LENGTH])
        row = tantivy.Document()
        row.add_text("id", document.id)
        row.add_text(SearchField.TITLE, self._analyzer.analyse(normalise(document.title)))
        row.add_text(
            SearchField.KEYWORDS, self._analyzer.analyse(normalise(" ".join(document.keywords)))
        )
        external = document.kind is DocumentKind.EXTERNAL
        row.add_text(
            SearchField.EXTERNAL if external else SearchField.TEXT, self._analyzer.analyse(text)
        )
        row.add_bytes("document", _encode(replace(document, text=text)))
        return row


@dataclass(frozen=True, slots=True)
class _Wanted:
    word: str
    rarity: float
    query: Query


def _any_of(queries: Iterable[Query]) -> Query:
    alternatives = list(queries)
    if len(alternatives) == 1:
        return alternatives[0]
    return Query.boolean_query([(Occur.Should, one) for one in alternatives])


def _rarity(frequency: int, documents: int) -> float:
    """BM25's inverse document frequency. Removed documents count until their segment is merged."""
    return math.log(1 + (max(documents - frequency, 0) + 0.5) / (frequency + 0.5))

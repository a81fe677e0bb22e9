"""The search index, which each process keeps in memory.

Nothing here is a coroutine. One thread may write, and any number may search, as tantivy releases
the interpreter's lock while it works. `SearchFeed` keeps the index current.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import tantivy

from widget_gateway.domain.qua.search import (
    KEYWORD_REPEATS,
    NO_TERMS,
    TITLE_REPEATS,
    DocumentKind,
    RemovedDocument,
    SearchChange,
    SearchDocument,
    SearchField,
    split_document_id,
)
from widget_gateway.services.search.analysis import FUNCTION_WORDS, Analyzer, normalise, words
from widget_gateway.services.search.query_words import look_up_all, telling_words
from widget_gateway.services.search.synonyms import SynonymTable
from widget_gateway.services.search.titles import TITLES
from widget_gateway.services.search.view import FREQUENCIES, SearchView, Wanted

MAX_WORDS = 16
"""Words of a query that are searched for. Of more words the rarest are taken, as they tell most."""

MAX_LOOKED_AT = 5_000
"""Characters of a text in which words are looked for that are spelled like another one."""

MOST_LONGER = 2
"""Letters by which such a word may be longer or shorter."""

_PAGES = 2**60
"""Added to the places of external resources, which come after all questions."""

_WRITER_BYTES = 300_000_000
"""Memory that the writer fills before it makes a segment, enough for 100,000 articles. Each further
segment costs every search about 0.1 ms."""


@dataclass(frozen=True, slots=True)
class Matches:
    """A page of the documents that a query finds, and their number in all."""

    total: int
    documents: list[tuple[SearchDocument, float]]
    """Best first, each with its relevance divided by that of the best. Texts are normalised."""
    rarity: dict[str, float]
    """The words of the query that were searched for, each with its inverse document frequency."""
    is_complete: bool
    """Whether each word of the query is in some document, in some form."""
    unfinished: bool = False
    """Whether the last word is in no document, but the beginning of a word there."""


class SearchIndex:
    """Documents in their newest version. They are found by words in any form."""

    def __init__(self, analyzer: Analyzer, synonyms: SynonymTable | None = None) -> None:
        self._analyzer = analyzer
        self._synonyms = synonyms or SynonymTable(analyzer)
        builder = tantivy.SchemaBuilder().add_text_field(
            "id", tokenizer_name="raw", index_option="basic"
        )
        for field in SearchField:
            builder.add_text_field(field, tokenizer_name="terms", index_option=FREQUENCIES)
        builder.add_text_field(TITLES, tokenizer_name="terms", index_option=FREQUENCIES)
        builder.add_integer_field("place", fast=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._index.register_tokenizer(
            "terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        )
        self._index.config_reader(reload_policy="manual")
        self._view = self._open_view()
        self._versions: dict[str, int] = {}
        self._stored: dict[int, SearchDocument] = {}
        """Documents by place. tantivy's own store would decompress a whole block for each document,
        which takes longer than the rest of a search."""

    @cached_property
    def _writer(self) -> tantivy.IndexWriter:
        """The writer. It is made at first use, as it has threads that most commands do not need."""
        return self._index.writer(_WRITER_BYTES, num_threads=1)

    def __len__(self) -> int:
        """Return the number of documents that can be found."""
        return len(self._view)

    def write(self, changes: Iterable[SearchChange]) -> None:
        """Write changes, which are found after `commit`. Outdated versions are ignored."""
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
                self._add(self._analyzer.analyse_document(change))
            else:
                self._stored.pop(_place(change.id), None)

    def write_removal_of_others(self, present: Collection[str]) -> None:
        """Remove all documents whose ids are not in `present`."""
        absent = self._versions.keys() - present
        self.write(RemovedDocument(id=document_id, version=None) for document_id in absent)

    def commit(self) -> None:
        """Let searches find what was written."""
        self._writer.commit()
        self._index.reload()
        self._view = self._open_view()

    def _open_view(self) -> SearchView:
        return SearchView(self._index.searcher(), self._schema, self._analyzer)

    def find(self, query: str, *, limit: int, offset: int, typing: bool = False) -> Matches:
        """Return documents that have any word of the query or a synonym of it, in any form.

        If `typing`, or if no document has the last word, that may be the beginning of a word.
        """
        view = self._view
        looked_for, is_complete = self._choose(view, query, typing=typing)
        in_order = list(words(normalise(query)))
        looked_for, right = self._synonyms.extend(in_order, looked_for, view.look_up)
        if right and not is_complete:
            right |= FUNCTION_WORDS
            is_complete = all(word in right or view.look_up(word) for word in in_order)
        if not looked_for:
            return Matches(0, [], {}, is_complete)
        ranked, total = view.best(looked_for, offset + limit)
        page = ((self._stored.get(place), relevance) for relevance, place in ranked[offset:])
        return Matches(
            total=total,
            documents=[
                (document, relevance)
                for document, relevance in page
                if document is not None  # otherwise it was removed during the search
            ],
            rarity={
                word: wanted.rarity
                for wanted in looked_for
                for word in (wanted.word, *wanted.completions)
            },
            is_complete=is_complete,
            unfinished=any(wanted.is_unfinished for wanted in looked_for),
        )

    def find_titles(
        self, query: str, *, limit: int, with_typo: bool = False
    ) -> list[SearchDocument]:
        """Return questions whose titles have all words of an unfinished query, best first.

        If `with_typo`, a word that no title has may differ from a word of the title in one letter.
        """
        looked_for = telling_words(query)
        if not looked_for:
            return []
        places = self._view.titles.find(looked_for, limit, with_typo=with_typo)
        documents = map(self._stored.get, places)
        return [document for document in documents if document is not None]

    def has(self, id_: str) -> bool:
        """Whether the document can be found."""
        return _place(id_) in self._stored

    def knows(self, word: str) -> bool:
        """Whether the word is in any document, in any form; of several words, each of them."""
        return self.frequency(word) > 0

    def frequency(self, word: str) -> int:
        """Return in how many documents at least the word is, in any form; of several the rarest."""
        return min(map(self._view.frequency, words(word)), default=0)

    def near(self, word: str) -> set[str]:
        """Return words of documents whose spelling may be like that of a folded word.

        They come as they stand in the documents and in their dictionary forms. Few documents are
        looked at, and of each the beginning.
        """
        found: set[str] = set()
        for place in self._view.near(word):
            document = self._stored.get(place)
            if document is not None:  # otherwise it was removed during the search
                text = f"{document.title} {document.text[:MAX_LOOKED_AT]}"
                parts = (text, *document.keywords)
                for other in (other for part in parts for other in words(part)):
                    if abs(len(other) - len(word)) <= MOST_LONGER:
                        found.update((other, *self._analyzer.terms(other)))
        return found

    @staticmethod
    def _choose(view: SearchView, query: str, *, typing: bool) -> tuple[list[Wanted], bool]:
        """Choose the words to search for: the rarest of the query's words that are in any document.

        Returns them, and whether each word that was looked up is in a document.
        """
        present, is_complete = look_up_all(view, query, typing=typing)
        return sorted(present, key=lambda wanted: -wanted.rarity)[:MAX_WORDS], is_complete

    def _add(self, document: SearchDocument) -> None:
        place, terms = _place(document.id), document.terms
        external = document.kind is DocumentKind.EXTERNAL
        row = tantivy.Document()
        row.add_text("id", document.id)
        row.add_integer("place", place)
        row.add_text(SearchField.WORDS, " ".join([terms.title] * TITLE_REPEATS))
        row.add_text(SearchField.WORDS, " ".join([terms.keywords] * KEYWORD_REPEATS))
        row.add_text(SearchField.EXTERNAL if external else SearchField.WORDS, terms.text)
        if not external:
            row.add_text(TITLES, terms.title)
        self._writer.add_document(row)
        self._stored[place] = replace(document, terms=NO_TERMS)  # the index has the terms


def _place(id_: str) -> int:
    """Return a document's rank among equally good ones: questions come first, then newer ones."""
    kind, number = split_document_id(id_)
    return (_PAGES if kind is DocumentKind.EXTERNAL else 0) - number

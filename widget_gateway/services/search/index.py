"""The search index: finds documents by words in any form.

Nothing here is a coroutine. What other processes commit is found from the next search on.
`SearchFeed` keeps the index current.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from widget_gateway.domain.qua.search import SearchDocument
from widget_gateway.services.search.analysis import FUNCTION_WORDS, Analyzer, Terms
from widget_gateway.services.search.inverted_index import DamagedIndexError, InvertedIndex
from widget_gateway.services.search.query_words import look_up_all, telling_words
from widget_gateway.services.search.synonyms import SynonymTable
from widget_gateway.services.search.texts import normalise, words
from widget_gateway.services.search.view import SearchView, Wanted

MAX_WORDS = 16
"""Words of a query that are searched for. Of more words the rarest are taken, as they tell most."""

MAX_LOOKED_AT = 5_000
"""Characters of a text in which words are looked for that are spelled like another one."""

MOST_LONGER = 2
"""Letters by which such a word may be longer or shorter."""


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
    other_spellings: Mapping[str, Terms] = field(default_factory=dict)
    """Terms by which documents spell words of the query otherwise."""


class SearchIndex:
    """Documents in their newest version. They are found by words in any form."""

    def __init__(self, analyzer: Analyzer, synonyms: SynonymTable | None = None) -> None:
        """Begin with an empty index in memory."""
        self._analyzer = analyzer
        self._synonyms = synonyms or SynonymTable(analyzer)
        self.show(InvertedIndex())

    def show(self, inverted: InvertedIndex) -> None:
        """Search in this inverted index from now on.

        Raises:
            DamagedIndexError: it can't be read.
        """
        self._shown = inverted.reload()
        self._inverted = inverted
        self._view = SearchView(inverted.searcher(), self._analyzer)

    def _refreshed(self) -> SearchView:
        """Return a view of what any process has committed so far."""
        try:
            shown = self._inverted.reload()
        except DamagedIndexError:  # Somebody removed files; those that are mapped can be read.
            return self._view
        if shown != self._shown:
            self._shown = shown
            self._view = SearchView(self._inverted.searcher(), self._analyzer)
        return self._view

    def state(self) -> Hashable:
        """Return what changes whenever a search may find something else than before."""
        return self._refreshed(), self._synonyms.replacements

    def __len__(self) -> int:
        """Return the number of documents that can be found."""
        return len(self._refreshed())

    def find(self, query: str, *, limit: int, offset: int, typing: bool = False) -> Matches:
        """Return documents that have any word of the query or a synonym of it, in any form.

        If `typing`, or if no document has the last word, that may be the beginning of a word.
        """
        view = self._refreshed()
        looked_for, is_complete = self._choose(view, query, typing=typing)
        in_order = list(words(normalise(query)))
        looked_for, right = self._synonyms.extend(in_order, looked_for, view.look_up)
        if right and not is_complete:
            right |= FUNCTION_WORDS
            is_complete = all(word in right or view.look_up(word) for word in in_order)
        if not looked_for:
            return Matches(0, [], {}, is_complete)
        ranked, total = view.best(looked_for, offset + limit)
        page = ranked[offset:]
        documents = view.read(address for _, _, address in page)
        return Matches(
            total=total,
            documents=[
                (document, relevance)
                for document, (relevance, _, _) in zip(documents, page, strict=True)
            ],
            rarity={
                word: wanted.rarity
                for wanted in looked_for
                for word in (wanted.word, *wanted.completions)
            },
            is_complete=is_complete,
            unfinished=any(wanted.is_unfinished for wanted in looked_for),
            other_spellings={wanted.word: wanted.other_spellings for wanted in looked_for}
            | {term: (term,) for wanted in looked_for for term in wanted.completions},
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
        return self._refreshed().titles.find(looked_for, limit, with_typo=with_typo)

    def version(self, id_: str) -> int | None:
        """Return the version of a document, or None if it can't be found."""
        return self._refreshed().version(id_)

    def has(self, id_: str) -> bool:
        """Whether the document can be found."""
        return self.version(id_) is not None

    def knows(self, word: str) -> bool:
        """Whether the word is in any document, in any form; of several words, each of them."""
        return self.frequency(word) > 0

    def frequency(self, word: str) -> int:
        """Return in how many documents at least the word is, in any form; of several the rarest."""
        return min(map(self._refreshed().frequency, words(word)), default=0)

    def near(self, word: str) -> set[str]:
        """Return words of documents whose spelling may be like that of a folded word.

        They come as they stand in the documents, Russian ones in their dictionary forms, too. Few
        documents are looked at, and of each the beginning.
        """
        found: set[str] = set()
        for document in self._refreshed().near(word):
            text = f"{document.title} {document.text[:MAX_LOOKED_AT]}"
            parts = (text, *document.keywords)
            for other in (other for part in parts for other in words(part)):
                if abs(len(other) - len(word)) <= MOST_LONGER:
                    found.add(other)
                    if not other.isascii():  # the terms of English words are stems, not words
                        found.update(self._analyzer.terms(other))
        return found

    @staticmethod
    def _choose(view: SearchView, query: str, *, typing: bool) -> tuple[list[Wanted], bool]:
        """Choose the words to search for: the rarest of the query's words that are in any document.

        Returns them, and whether each word that was looked up is in a document.
        """
        present, is_complete = look_up_all(view, query, typing=typing)
        return sorted(present, key=lambda wanted: -wanted.rarity)[:MAX_WORDS], is_complete

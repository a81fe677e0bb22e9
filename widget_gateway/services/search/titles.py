"""Finds titles of questions that have all words of a query whose last word is unfinished."""

from collections.abc import Sequence
from functools import lru_cache

from tantivy import Occur, Query, Searcher

from widget_gateway.domain.qua.search import SearchDocument
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.completion import SHORTEST, completions
from widget_gateway.services.search.inverted_index import (
    FREQUENCIES,
    SCHEMA,
    TITLES,
    read,
    read_places,
)

MAX_WORDS = 16
"""Words of a query that a title has to have. Titles are short, so further ones tell little."""

KEPT_BEGINNINGS = 2**13
"""Beginnings of words whose completions are cached until the next commit."""

_OFTEN_TIED = 40
"""Titles that are read beyond those that are wanted, as more may be as good as the last."""

_SHORTEST_WITH_TYPO = 4
"""Letters of the shortest word that may have a typo."""

_ALIKE = 4
"""Decimal places in which scores are compared; the engine adds up numbers of single precision."""


class TitleFinder:
    """Finds titles in one state of the index."""

    def __init__(self, searcher: Searcher, analyzer: Analyzer) -> None:
        self._searcher = searcher
        self._analyzer = analyzer
        self._completions = lru_cache(KEPT_BEGINNINGS)(
            lambda beginning, by_sound: completions(
                searcher, beginning, fields=(TITLES,), by_sound=by_sound
            )
        )

    def find(self, words: Sequence[str], limit: int, *, with_typo: bool) -> list[SearchDocument]:
        """Return at most `limit` questions, best first.

        If `with_typo`, each word may differ in one letter. Among equally good titles the newer one
        comes first.
        """
        *whole, last = words[:MAX_WORDS]
        if whole and len(last) < SHORTEST and not self._terms(last):
            *whole, last = whole  # The next word has just begun.
        terms = [self._terms(word) for word in whole]
        of_last = self._terms(last)
        terms.append([*of_last, *self._completions(last, not of_last)])
        queries = [self._any_of(list(dict.fromkeys(of_word))) for of_word in terms]
        if with_typo:
            unfinished = [False] * len(whole) + [True]
            queries = [
                found or self._like(word, unfinished=is_last)
                for found, word, is_last in zip(queries, [*whole, last], unfinished, strict=True)
            ]
        wanted = [query for query in queries if query is not None]
        if len(wanted) < len(queries):
            return []
        query = Query.boolean_query([(Occur.Must, query) for query in wanted])
        hits = self._searcher.search(query, limit=limit + _OFTEN_TIED, count=False).hits
        addresses = [address for _, address in hits]
        places = read_places(self._searcher, addresses)
        ranked = sorted(
            zip(hits, places, strict=True),
            key=lambda found: (-round(found[0][0], _ALIKE), found[1]),
        )
        return read(self._searcher, (address for (_, address), _ in ranked[:limit]))

    def _terms(self, word: str) -> list[str]:
        """Return the terms by which titles with the word are found, if any title has them."""
        ways = self._analyzer.ways(word)
        return [term for term in ways if self._searcher.doc_freq(TITLES, term)]

    def _any_of(self, terms: list[str]) -> Query | None:
        if not terms:
            return None
        return Query.disjunction_max_query(
            [Query.term_query(SCHEMA, TITLES, term, FREQUENCIES) for term in terms]
        )

    def _like(self, word: str, *, unfinished: bool) -> Query | None:
        """Return a query for words that differ from this one in a letter."""
        if len(word) < _SHORTEST_WITH_TYPO:
            return None
        return Query.fuzzy_term_query(SCHEMA, TITLES, word, prefix=unfinished)

"""A view of the index at its last commit: looks words up and ranks documents."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from tantivy import DocAddress, Occur, Query, Searcher

from widget_gateway.domain.qua.search import FIELD_WEIGHTS, SearchDocument, SearchField
from widget_gateway.services.search.analysis import QUESTION_WORDS, Analyzer
from widget_gateway.services.search.completion import SHORTEST_UNASKED, completions
from widget_gateway.services.search.inverted_index import (
    FREQUENCIES,
    SCHEMA,
    read,
    read_places,
    read_version,
)
from widget_gateway.services.search.titles import TitleFinder

MAX_TIED = 500
"""Further documents that are read to sort equally good ones. Beyond them the order is arbitrary."""

MIDDLE, LONG = 5, 8
"""Letters from which on words of documents are looked for that differ by one and by two letters."""

MAX_NEAR = 20
"""Documents in which such a word is looked for."""

KEPT_WORDS = 2**13
"""Words whose queries are cached until the next commit."""

_OFTEN_TIED = 40
"""Documents read beyond the page: rarely more than these are as good as the last of the page."""

_COMPLETED = 0.5
"""Weight of what an unfinished word may become, relative to a whole word."""

_COMPLETED_BESIDE_WHOLE = 0.01
"""The same if the documents have the unfinished word as a whole word, too: so little that a title
with a longer word comes after a text with the word itself."""

FIELDS = tuple(SearchField)

FAMILY_WEIGHT = 0.8
"""How much a word counts in a document that only has another word of its family."""

SOUND_WEIGHT = 0.8
"""How much a word counts in a document that only has it as it sounds in the other alphabet."""

QUESTION_WEIGHT = 0.3
"""How much the words count that a question is made with."""

_ALIKE = 6
"""Decimal places in which relevances are compared: tantivy adds single-precision numbers in any
order."""

_Ranked = tuple[float, int, DocAddress]
"""Relevance, place and address of a document."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word to search for."""

    word: str
    rarity: float
    """Inverse document frequency of the word's most frequent term."""
    queries: tuple[Query, ...]
    """Queries whose scores add up to that of the word."""
    completions: tuple[str, ...] = ()
    """Terms that the word is searched for as well, since it may be the beginning of theirs."""
    is_unfinished: bool = False
    """Whether no document has the word itself, so that only its completions are found."""
    other_spellings: tuple[str, ...] = ()
    """Terms by which documents spell the word otherwise, such as its sound in Latin letters."""


class SearchView:
    """One state of the index. It never changes, so what is found out about words is cached."""

    def __init__(self, searcher: Searcher, analyzer: Analyzer) -> None:
        self._searcher = searcher
        self._analyzer = analyzer
        self._documents = searcher.num_docs
        self.titles = TitleFinder(searcher, analyzer)
        self.look_up = lru_cache(KEPT_WORDS)(self._look_up)
        self.look_up_unfinished = lru_cache(KEPT_WORDS)(self._look_up_unfinished)

    def __len__(self) -> int:
        """Return the number of documents that can be found."""
        return self._documents

    def frequency(self, word: str) -> int:
        """Return in how many documents the folded word is at least, in any form."""
        return max(
            max(self._frequencies(term).values(), default=0) for term in self._analyzer.terms(word)
        )

    def read(self, addresses: Iterable[DocAddress]) -> list[SearchDocument]:
        """Return documents that this view has found, without their terms."""
        return read(self._searcher, addresses)

    def version(self, id_: str) -> int | None:
        """Return the version of a document, or None if it can't be found."""
        return read_version(self._searcher, id_)

    def near(self, word: str) -> list[SearchDocument]:
        """Return a few documents with a word that is spelled like this folded one.

        Words of at least LONG letters may differ by two letters, those of MIDDLE or more by one.
        """
        if len(word) < MIDDLE:
            return []
        distance = 2 if len(word) >= LONG else 1
        query = sum_of(
            [
                Query.fuzzy_term_query(SCHEMA, field, term, distance)
                for term in self._analyzer.terms(word)
                for field in SearchField
            ]
        )
        hits = self._searcher.search(query, limit=MAX_NEAR, count=False).hits
        return self.read(address for _, address in hits)

    def is_word(self, word: str) -> bool:
        """Whether the folded word is Russian, or in Latin letters and in some document."""
        return self._analyzer.is_known(word) or (word.isascii() and self.frequency(word) > 0)

    def best(self, wanted: list[Wanted], count: int) -> tuple[list[_Ranked], int]:
        """Return the best documents, and how many there are in all.

        Equally good documents are sorted by place. tantivy returns these in the order in which they
        were indexed, which differs between processes; so all that are as good as the last of the
        page are read too.
        """
        query = sum_of([query for word in wanted for query in word.queries])
        found = self._searcher.search(query, limit=count + _OFTEN_TIED)
        total: int = found.count  # type: ignore[attr-defined]  # the stub lacks it
        hits = found.hits
        if not hits:
            return [], total
        best = hits[0][0]
        last = _relevance(hits[min(count, len(hits)) - 1][0], best)
        if len(hits) < total and _relevance(hits[-1][0], best) == last:
            hits = self._searcher.search(query, limit=count + MAX_TIED, count=False).hits
        relevances = [_relevance(score, best) for score, _ in hits]
        hits = hits[: sum(relevance >= last for relevance in relevances)]
        addresses = [address for _, address in hits]
        places = read_places(self._searcher, addresses)
        ranked = sorted(
            zip(relevances, places, addresses, strict=False),
            key=lambda found: (-found[0], found[1]),
        )
        return ranked[:count], total

    def _look_up(self, word: str) -> Wanted | None:
        """Return how to search for a folded word, or None if no document has it in any way.

        Of its readings, its family and its sound the one counts that tells most.
        """
        exact = [(term, self._frequencies(term)) for term in self._analyzer.terms(word)]
        counted = [frequencies for _, frequencies in exact]
        family = [
            (term, frequencies)
            for term in self._analyzer.families(word)
            # A family that is in as many documents as the word itself has no other members there.
            if (frequencies := self._frequencies(term)) not in counted
        ]
        others = [(term, self._frequencies(term)) for term in self._analyzer.other_spellings(word)]
        question = QUESTION_WEIGHT if word in QUESTION_WORDS else 1.0
        rarities, ways = [], []
        for found, weight in ((exact, 1.0), (family, FAMILY_WEIGHT), (others, SOUND_WEIGHT)):
            for term, frequencies in found:
                if frequencies:
                    rarity = self._rarity(max(frequencies.values()))
                    rarities.append(question * rarity)
                    ways.append(self._queries(term, frequencies, question * weight * rarity))
        if not ways:
            return None
        if len(ways) > 1:
            ways = [[Query.disjunction_max_query([sum_of(queries) for queries in ways])]]
        spelled = tuple(term for term, frequencies in others if frequencies)
        return Wanted(word, min(rarities), tuple(ways[0]), other_spellings=spelled)

    def _queries(
        self, term: str, frequencies: dict[SearchField, int], weight: float
    ) -> list[Query]:
        """Return queries for a term in each of the fields.

        BM25 weighs a term by its rarity within a field. Here the rarity in all fields counts, so
        that fields differ by their weights only: the boost replaces the one by the other.
        """
        return [
            Query.boost_query(
                Query.term_query(SCHEMA, field, term, FREQUENCIES),
                FIELD_WEIGHTS[field] * weight / self._rarity(frequency),
            )
            for field, frequency in frequencies.items()
        ]

    def look_up_last(self, word: str, *, typing: bool) -> Wanted | None:
        """Return how to search for the last word of a query, which may be unfinished.

        It is taken for that if `typing`, or if it is rather long and no document has it.
        """
        whole = self.look_up(word)
        if typing or (whole is None and len(word) >= SHORTEST_UNASKED):
            return self.look_up_unfinished(word, typing)
        return whole

    def _look_up_unfinished(self, word: str, by_sound: bool) -> Wanted | None:  # noqa: FBT001
        """Return how to search for a folded word that may be the beginning of another word.

        It is searched for as a whole word, too, which counts more. All that it may become counts
        alike, as if it were one frequent word. None if no document has any of these words. If it
        becomes nothing and `by_sound`, it may be the beginning of a word in the other alphabet.
        """
        whole = self.look_up(word)
        completed = completions(self._searcher, word, by_sound=by_sound and whole is None)
        terms = set(completed) - set(self._analyzer.terms(word))
        found = {term: self._frequencies(term) for term in sorted(terms)}
        if not found:
            return whole
        rarity = self._rarity(max(max(counts.values()) for counts in found.values()))
        weight = (_COMPLETED_BESIDE_WHOLE if whole else _COMPLETED) * rarity
        ended = Query.disjunction_max_query(
            [
                query
                for term, counts in found.items()
                for query in self._queries(term, counts, weight)
            ]
        )
        queries = (*whole.queries, ended) if whole else (ended,)
        return Wanted(
            word,
            whole.rarity if whole else rarity,
            queries,
            completions=tuple(found),
            is_unfinished=whole is None,
            other_spellings=whole.other_spellings if whole else (),
        )

    def _frequencies(self, term: str) -> dict[SearchField, int]:
        """Return the number of documents with the term, by field, without fields that have none."""
        return {field: count for field in FIELDS if (count := self._searcher.doc_freq(field, term))}

    def _rarity(self, frequency: int) -> float:
        """Return BM25's inverse document frequency. Removed documents count until a merge."""
        without = max(self._documents - frequency, 0)
        return math.log(1 + (without + 0.5) / (frequency + 0.5))


def _relevance(score: float, best: float) -> float:
    return round(score / best, _ALIKE)


def sum_of(queries: list[Query]) -> Query:
    """Return a query whose score is the sum of the scores of those of these that match."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])

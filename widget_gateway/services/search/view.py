"""The documents that were in the index at its last commit: how to look for words, and the best."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tantivy import Occur, Query, Schema, Searcher

from widget_gateway.domain.qua.search import FIELD_WEIGHTS, SearchField
from widget_gateway.services.search.analysis import Analyzer

FREQUENCIES = "freq"
"""What the index knows of a term in a field: positions are of no use to a search without phrases.
"""

MAX_TIED = 500
"""Equally good documents that are put in order; of more than these any is as good."""

KEPT_WORDS = 2**13
"""Words whose queries are kept until the next commit."""

_OFTEN_TIED = 40
"""Asked for beyond the page: it rarely ends among more documents that are as good as its last."""

_ALIKE = 6
"""Digits of a relevance that tell. The engine adds up in single precision, in any order."""

_Ranked = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to look for a word."""

    word: str
    rarity: float
    """How much it tells."""
    queries: tuple[Query, ...]
    """Whose scores add up."""


class SearchView:
    """One state of the index. It stays as it is, so what it finds out of a word is kept."""

    def __init__(self, searcher: Searcher, schema: Schema, analyzer: Analyzer) -> None:
        self._searcher = searcher
        self._schema = schema
        self._analyzer = analyzer
        self._documents = searcher.num_docs
        self.look_up = lru_cache(KEPT_WORDS)(self._look_up)

    def __len__(self) -> int:
        """How many documents can be found."""
        return self._documents

    def frequency(self, word: str) -> int:
        """In how many documents, at least, the folded word is, in any form."""
        return max(
            max(self._frequencies(term).values(), default=0) for term in self._analyzer.terms(word)
        )

    def best(self, wanted: list[Wanted], count: int) -> tuple[list[_Ranked], int]:
        """Relevance and place of the best documents, and how many there are in all.

        Of equally good ones the newest come first. The engine has them as they happened to come in,
        which each process sees otherwise: so all that are as good as the last are looked at, too.
        """
        query = _sum([query for word in wanted for query in word.queries])
        found = self._searcher.search(query, limit=count + _OFTEN_TIED)
        total: int = found.count  # type: ignore[attr-defined]  # the stub lacks it
        hits = found.hits
        if not hits:
            return [], total
        best = hits[0][0]
        last = _relevance(hits[min(count, len(hits)) - 1][0], best)
        if len(hits) < total and _relevance(hits[-1][0], best) == last:
            hits = self._searcher.search(query, limit=count + MAX_TIED, count=False).hits
        hits = [hit for hit in hits if _relevance(hit[0], best) >= last]
        places: list[Any] = self._searcher.fast_field_values(
            "place", [address for _, address in hits]
        )
        ranked = sorted(
            (-_relevance(score, best), place)
            for (score, _), place in zip(hits, places, strict=True)
        )
        return [(-relevance, place) for relevance, place in ranked[:count]], total

    def _look_up(self, word: str) -> Wanted | None:
        """How to look for a folded word; None if no document has it.

        BM25 takes a word for rare where it is rare in that field. It should tell as much in a title
        as in a text, and only the field's weight make the difference: this is undone here.
        """
        readings, rarities = [], []
        for term in self._analyzer.terms(word):
            frequencies = self._frequencies(term)
            if not frequencies:
                continue
            rarity = self._rarity(max(frequencies.values()))
            rarities.append(rarity)
            readings.append(
                [
                    Query.boost_query(
                        Query.term_query(self._schema, field, term, FREQUENCIES),
                        FIELD_WEIGHTS[field] * rarity / self._rarity(frequency),
                    )
                    for field, frequency in frequencies.items()
                ]
            )
        if not readings:
            return None
        if len(readings) > 1:
            readings = [[Query.disjunction_max_query([_sum(fields) for fields in readings])]]
        return Wanted(word, min(rarities), tuple(readings[0]))

    def _frequencies(self, term: str) -> dict[SearchField, int]:
        """How many documents have the term, by the fields that have it."""
        found = {field: self._searcher.doc_freq(field, term) for field in SearchField}
        return {field: count for field, count in found.items() if count}

    def _rarity(self, frequency: int) -> float:
        """BM25's inverse document frequency. Removed documents count until they are merged away."""
        without = max(self._documents - frequency, 0)
        return math.log(1 + (without + 0.5) / (frequency + 0.5))


def _relevance(score: float, best: float) -> float:
    return round(score / best, _ALIKE)


def _sum(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries])

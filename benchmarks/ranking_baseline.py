"""BM25 on dictionary forms, with which the search's ranking is compared."""

import math
from collections import Counter
from collections.abc import Sequence

from ranking_data import Entry

from widget_gateway.services.search.analysis import FUNCTION_WORDS, Analyzer
from widget_gateway.services.search.texts import normalise, words

K1 = 1.2
B = 0.75
"""The usual parameters of BM25, which tantivy has, too."""

WEIGHTS = (4, 2, 1)
"""Of title, keywords and text."""


class Baseline:
    """Entries by BM25, whose fields are added up or, if `one_field`, made one before that."""

    def __init__(self, entries: Sequence[Entry], *, one_field: bool = False) -> None:
        self._analyzer = Analyzer()
        texts = [(entry.title, " ".join(entry.keywords), entry.text) for entry in entries]
        self._fields = [[self._count(text) for text in of_entry] for of_entry in texts]
        self._weights: tuple[int, ...] = WEIGHTS
        if one_field:
            self._fields = [[self._joined(fields)] for fields in self._fields]
            self._weights = (1,)
        lengths = [[count.total() for count in fields] for fields in self._fields]
        means = [sum(column) / len(column) for column in zip(*lengths, strict=True)]
        self._norms = [
            [K1 * (1 - B + B * length / mean) for length, mean in zip(row, means, strict=True)]
            for row in lengths
        ]
        self._documents = Counter(term for fields in self._fields for term in set().union(*fields))

    def find(self, question: str) -> list[int]:
        """Return the numbers of the entries that have a word of the question, the best first."""
        distinct = list(dict.fromkeys(words(normalise(question))))
        telling = [word for word in distinct if word not in FUNCTION_WORDS] or distinct
        scores = [
            sum(
                max(self._score(number, term) for term in self._analyzer.terms(word))
                for word in telling
            )
            for number in range(len(self._fields))
        ]
        found = [number for number, score in enumerate(scores) if score]
        return sorted(found, key=lambda number: (-scores[number], -number))

    def _score(self, number: int, term: str) -> float:
        having = self._documents[term]
        rarity = math.log(1 + (len(self._fields) - having + 0.5) / (having + 0.5))
        return rarity * sum(
            weight * count[term] * (K1 + 1) / (count[term] + norm)
            for weight, count, norm in zip(
                self._weights, self._fields[number], self._norms[number], strict=True
            )
        )

    def _count(self, text: str) -> Counter[str]:
        found = words(normalise(text))
        return Counter(term for word in found for term in self._analyzer.terms(word))

    @staticmethod
    def _joined(fields: list[Counter[str]]) -> Counter[str]:
        """Return a field in which a word of the title counts as if it were there several times."""
        joined: Counter[str] = Counter()
        for count, weight in zip(fields, WEIGHTS, strict=True):
            for term, number in count.items():
                joined[term] += weight * number
        return joined

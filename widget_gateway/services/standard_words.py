"""Which Russian words are right as they stand: those of pymorphy3's dictionary, minus its faults."""

from functools import lru_cache

from pymorphy3 import MorphAnalyzer

_NOT_STANDARD = frozenset({"Erro", "Dist", "Infr"})
"""Marks of the dictionary for misspellings, distortions and colloquial forms (`щас`, `прийдя`)."""

_CACHED_WORDS = 2**15


class StandardWords:
    """Pymorphy3's dictionary: five million forms of 390,000 words, 40 MB, loaded in 0.1 s."""

    def __init__(self) -> None:
        self._analyzer = MorphAnalyzer(lang="ru")
        self._readings = self._analyzer.dictionary.words.similar_item_values
        self._standard: dict[tuple[int, int], bool] = {}
        self.has = lru_cache(_CACHED_WORDS)(self._has)

    def _has(self, word: str) -> bool:
        """Whether a word in lower case, with `ё` or `е`, is known and not only as a fault."""
        readings = self._readings(word, self._analyzer.char_substitutes)
        return any(self._is_standard(one) for same in readings for one in same)

    def _is_standard(self, reading: tuple[int, int]) -> bool:
        known = self._standard.get(reading)
        if known is None:
            tag = self._analyzer.dictionary.build_tag_info(*reading)
            known = self._standard[reading] = _NOT_STANDARD.isdisjoint(tag.grammemes)
        return known

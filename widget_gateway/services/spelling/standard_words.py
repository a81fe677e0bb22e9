"""Tells by pymorphy3's dictionary which Russian words are right."""

from enum import IntEnum
from functools import lru_cache

from widget_gateway.services.morphology import russian

_FAULTS = frozenset({"Erro", "Dist"})
"""Grammemes of misspelled and distorted words; `ето` has one of them, `ихний` has none."""

_COLLOQUIAL = frozenset({"Infr"})
"""Grammeme of colloquial words, which are right but not proposed: `щас`, `фотка`."""

_CACHED_WORDS = 2**15


class Standing(IntEnum):
    """How good a word is by the dictionary."""

    UNKNOWN = 0
    COLLOQUIAL = 1
    STANDARD = 2


class StandardWords:
    """Looks words up in pymorphy3's dictionary."""

    def __init__(self) -> None:
        self._analyzer = russian()
        self._readings = self._analyzer.dictionary.words.similar_item_values
        self._by_reading: dict[tuple[int, int], Standing] = {}
        self.standing = lru_cache(_CACHED_WORDS)(self._standing)
        """Returns the best standing of any reading of a word, which is in lower case."""

    def _standing(self, word: str) -> Standing:
        readings = self._readings(word, self._analyzer.char_substitutes)
        return max(
            (self._of_reading(reading) for same in readings for reading in same),
            default=Standing.UNKNOWN,
        )

    def _of_reading(self, reading: tuple[int, int]) -> Standing:
        known = self._by_reading.get(reading)
        if known is None:
            marks = self._analyzer.dictionary.build_tag_info(*reading).grammemes
            known = Standing.STANDARD
            if not marks.isdisjoint(_FAULTS):
                known = Standing.UNKNOWN
            elif not marks.isdisjoint(_COLLOQUIAL):
                known = Standing.COLLOQUIAL
            self._by_reading[reading] = known
        return known

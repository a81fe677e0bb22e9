"""Words typed in the wrong keyboard layout, in Latin letters, or in letters of both alphabets."""

import math
import re

from widget_gateway.services.spelling.dictionary import SpellingDictionary
from widget_gateway.services.spelling.keyboard import (
    in_english_layout,
    in_russian_layout,
    without_lookalikes,
)
from widget_gateway.services.spelling.tool_names import TOOL_NAMES
from widget_gateway.services.spelling.transliteration import russian_readings
from widget_gateway.services.spelling.typos import Meaning, TypoModel

_RUSSIAN_WORD = re.compile(r"[а-я]+\Z")
_LATIN_WORD = re.compile(r"[a-z]+\Z")
_MIXED = re.compile(r"(?=.*[а-яё])(?=.*[a-z])", re.IGNORECASE)

_AHEAD = 2 * math.log(10)
"""A Latin word that is in use must be a hundred times rarer than what it might stand for."""

_SHORTEST_ALONE = 3
"""A shorter word is taken for another layout only beside one that is."""

_SHORTEST_WITH_TYPO = 6
_WORST_WITH_TYPO = -16.0
"""A wrong layout and a typo at once: only in a long word, and for a likely meaning."""

_SHORTEST_ENGLISH = 4
"""Nearly any two or three letters are a Latin word somewhere."""

_UNUSUAL = -17.0
"""A Russian word rarer than this is no explanation for Latin letters."""


class LayoutModel:
    """Reads words as if typed in another layout or alphabet."""

    def __init__(self, dictionary: SpellingDictionary, typos: TypoModel) -> None:
        self._dictionary = dictionary
        self._typos = typos

    def russian_in_english_layout(self, typed: str, *, beside_others: bool = False) -> str | None:
        """`ghbdtn` is `привет`; None if the word makes sense as Latin, or none as Russian.

        `beside_others`: another word of the text was surely typed so, which settles doubts:
        `yt` is a word of its own, until it stands beside `hf,jnftn`.
        """
        if typed.lower() in TOOL_NAMES or (len(typed) < _SHORTEST_ALONE and not beside_others):
            return None
        word = folded(in_russian_layout(typed))
        frequency = self._dictionary.frequency(word)
        if frequency is None:
            return None
        latin = self._dictionary.others_frequency(typed.lower())
        ahead = 0.0 if beside_others else _AHEAD
        return word if latin is None or frequency - latin > ahead else None

    def misspelled_in_english_layout(self, typed: str) -> str | None:
        """`ghbdtnn` is `привет`: a wrong layout and a typo at once."""
        word = folded(in_russian_layout(typed))
        if len(word) < _SHORTEST_WITH_TYPO or not _RUSSIAN_WORD.match(word):
            return None
        if self._dictionary.others_frequency(typed.lower()) is not None:
            return None
        meant = self._typos.best(word)
        if meant is None or meant.score < _WORST_WITH_TYPO or " " in meant.text:
            return None
        return meant.text

    def transliterated(self, typed: str) -> str | None:
        """`privet` is `привет`; None for tools' names, English words and what is no Russian."""
        latin = typed.lower()
        if len(latin) < _SHORTEST_ALONE or latin in TOOL_NAMES:
            return None
        found: list[Meaning] = []
        for reading in russian_readings(latin):
            found += self._typos.spoken_like(reading)
        best = max(found, default=None)
        if best is None or best.score < _UNUSUAL:
            return None
        frequency = self._dictionary.others_frequency(latin)
        return best.text if frequency is None or best.score - frequency > _AHEAD else None

    def english_in_russian_layout(self, typed: str) -> Meaning | None:
        """`вщслук` is `docker`, with its frequency as the score."""
        latin = in_english_layout(typed.lower())
        if not _LATIN_WORD.match(latin):
            return None
        if latin in TOOL_NAMES:
            return Meaning(0.0, latin)
        frequency = self._dictionary.others_frequency(latin)
        if frequency is None or len(latin) < _SHORTEST_ENGLISH:
            return None
        return Meaning(frequency - _AHEAD, latin)

    def in_one_alphabet(self, typed: str) -> str | None:
        """`cтол` with a Latin c, or `ghbвет`, as Russian; None if that gives no word."""
        if not _MIXED.match(typed):
            return None
        for read in (without_lookalikes, in_russian_layout):
            word = folded(read(typed))
            if self._dictionary.frequency(word) is not None:
                return word
        return None


def folded(word: str) -> str:
    """As the dictionary has words: in lower case, `ё` as `е`."""
    return word.lower().replace("ё", "е")

"""Words that were typed in the wrong keyboard layout, in Latin letters, or in both alphabets."""

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
from widget_gateway.services.spelling.typos import Bonus, Meaning, TypoModel

_RUSSIAN_WORD = re.compile(r"[а-я]+\Z")
_LATIN_WORD = re.compile(r"[a-z]+\Z")
_MIXED = re.compile(r"(?=.*[а-яё])(?=.*[a-z])", re.IGNORECASE)

_UNWRITTEN = str.maketrans("ыйэ", "иие", "ьъ")
"""Letters that people write like others in Latin letters, and those that they leave out."""

_AHEAD = 2 * math.log(10)
"""Logarithm of 100: a reading must be this many times more frequent than the Latin word itself."""

_SHORTEST_ALONE = 3
"""Letters of the shortest word that is corrected without another word in the wrong layout."""

_SHORTEST_WITH_TYPO = 6
"""Letters of the shortest word that may have both a wrong layout and a typo."""

_WORST_WITH_TYPO = -16.0
"""Least score of the meaning of such a word, a natural logarithm: it has to be a likely one."""

_SHORTEST_ENGLISH = 4
"""Letters of the shortest English reading: almost any two or three letters are used somewhere."""

_UNUSUAL = -17.0
"""Least score of the meaning of a transliterated word, a natural logarithm."""


class LayoutModel:
    """Finds what a word means if it was typed in another layout or alphabet."""

    def __init__(self, dictionary: SpellingDictionary, typos: TypoModel) -> None:
        self._dictionary = dictionary
        self._typos = typos

    def russian_in_english_layout(self, typed: str, *, beside_others: bool = False) -> str | None:
        """Return the Russian word for the same keys, or None: `ghbdtn` gives `привет`.

        It is None if there is no such Russian word, or if the Latin word is frequent enough.
        `beside_others` says that another word of the text was certainly typed in the wrong layout.
        Then the frequency does not matter: `yt` is corrected beside `hf,jnftn`, but not alone.
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
        """Return the word for a wrong layout with a typo, or None: `ghbdtnn` gives `привет`."""
        word = folded(in_russian_layout(typed))
        if len(word) < _SHORTEST_WITH_TYPO or not _RUSSIAN_WORD.match(word):
            return None
        if self._dictionary.others_frequency(typed.lower()) is not None:
            return None
        meant = self._typos.best(word)
        if meant is None or meant.score < _WORST_WITH_TYPO or " " in meant.text:
            return None
        return meant.text

    def transliterated(self, typed: str, bonus: Bonus) -> Meaning | None:
        """Return the Russian word for Latin letters, or None: `privet` gives `привет`.

        Names of tools and frequent English words are not changed. The cost is 0 if only softness
        and the letters `ы`, `й` and `э` are lost in Latin letters.
        """
        latin = typed.lower()
        if len(latin) < _SHORTEST_ALONE or latin in TOOL_NAMES:
            return None
        found: list[Meaning] = []
        for reading in russian_readings(latin):
            for heard in self._typos.spoken_like(reading):
                is_exact = heard.text.translate(_UNWRITTEN) == reading.translate(_UNWRITTEN)
                cost = 0.0 if is_exact else heard.cost
                found.append(Meaning(heard.score + bonus(heard.text), heard.text, cost))
        best = max(found, default=None)
        if best is None or best.score < _UNUSUAL:
            return None
        frequency = self._dictionary.others_frequency(latin)
        return best if frequency is None or best.score - frequency > _AHEAD else None

    def english_in_russian_layout(self, typed: str) -> Meaning | None:
        """Return the English word for the same keys, or None: `вщслук` gives `docker`."""
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
        """Return the Russian word for letters of both alphabets, or None.

        Latin letters may look Cyrillic (`cтол`) or be typed in the wrong layout (`ghbвет`).
        """
        if not _MIXED.match(typed):
            return None
        for read in (without_lookalikes, in_russian_layout):
            word = folded(read(typed))
            if self._dictionary.frequency(word) is not None:
                return word
        return None


def folded(word: str) -> str:
    """Return the word as the dictionary has it: in lower case, with `ё` as `е`."""
    return word.lower().replace("ё", "е")

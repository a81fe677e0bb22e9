"""Meanings of misspelled words in Latin letters: names of products, and English words of offices.

No table is kept for this. A misspelled Latin word is rare, so the few hundred words that differ
from it by one slip are made when it comes, and looked up in the dictionary. That takes 2 ms.
"""

import math
import re
from collections.abc import Collection, Iterator
from string import ascii_lowercase

from widget_gateway.services.spelling.dictionary import SpellingDictionary
from widget_gateway.services.spelling.edit_costs import IMPOSSIBLE, edit_cost
from widget_gateway.services.spelling.rude_words import is_rude
from widget_gateway.services.spelling.tool_names import TOOL_NAMES
from widget_gateway.services.spelling.typos import Bonus, Meaning

_SHORTEST = 4
"""Letters of the shortest word that is corrected: shorter ones rather are abbreviations."""

_SHORTEST_SURE = 6
"""Letters of the shortest word of which a correction may be sure."""

_PRICE = 4.0
"""Score that an edit of cost 1 takes away, as for Russian words."""

_DEAREST = 1.2
"""Largest cost of edits: that of any one slip."""

_CHEAP = 0.16
"""The same for each letter of a long word, if documents have what is meant."""

_LIGHT = 0.7
"""Largest cost in short words and in words that are used somewhere, unless documents have what is
meant: that of swapped, doubled and forgotten letters."""

_UNKNOWN = -13.9
"""Score of an unchanged word. It is more than that of an unknown Russian word, because most names
of products are in no dictionary."""

_LONG = 8
"""Letters above which a word is long."""

_LONG_WORD = 0.5
"""Score that each further letter of an unchanged word takes away: long names are rare."""

_USUAL = -13.8
"""Least frequency of words that are never changed, and of those that are proposed although no
document has them, as a natural logarithm: one word of a million, which 28,000 English words are."""

_TOOL = -8.0
"""Frequency of a name of a tool at least: colleagues ask for these more often than they are written
about. Thus `confluense` means `confluence` rather than `конфлуенсе`."""

_DOCUMENTED = -10.5
"""Frequency of a word at least that documents have."""

_WORD = re.compile(r"[a-z]+\Z")


class LatinModel:
    """Finds what is meant by a word in Latin letters, which is in lower case."""

    def __init__(self, dictionary: SpellingDictionary) -> None:
        self._dictionary = dictionary

    def is_right(self, word: str) -> bool:
        """Whether the word is too usual or too short to be corrected."""
        return len(word) < _SHORTEST or self._frequency(word) >= _USUAL

    def best(self, word: str, documented: Collection[str], bonus: Bonus) -> Meaning | None:
        """Return the likeliest meaning; None if the word itself is likelier.

        `documented` are words that documents have. The first letter stays.
        """
        is_strange = len(word) >= _SHORTEST_SURE and not self._is_used(word)
        found = [Meaning(_UNKNOWN - _LONG_WORD * max(0, len(word) - _LONG), word)]
        for meant in {*filter(self._may_be_meant, _one_slip_away(word)), *documented}:
            if meant[0] != word[0] or not _WORD.match(meant):
                continue
            gain = bonus(meant)
            frequency, dearest = self._frequency(meant), _DEAREST if is_strange else _LIGHT
            if gain:
                frequency = max(frequency, _DOCUMENTED)
                dearest = max(_DEAREST, _CHEAP * len(word))
            cost = edit_cost(word, meant, dearest)
            if 0 < cost < IMPOSSIBLE:
                found.append(Meaning(frequency - _PRICE * cost + gain, meant, cost))
        best = max(found)
        return None if best.text == word else best

    def is_sure(self, word: str, meant: str, *, name: bool) -> bool:
        """Whether the word surely is a slip, given that documents have what is meant.

        It has to be long, used nowhere, and one slip away. If it is a `name` by its capital, an
        English word is not surely meant: somebody may look for Vertica where only "vertical" is.
        """
        return (
            len(word) >= _SHORTEST_SURE
            and not self._is_used(word)
            and meant in _one_slip_away(word)
            and not (name and meant not in TOOL_NAMES and self._is_usual(meant))
        )

    def _is_used(self, word: str) -> bool:
        return self._dictionary.others_frequency(word) is not None

    def _may_be_meant(self, word: str) -> bool:
        return self._is_usual(word) and not is_rude(word)

    def _is_usual(self, word: str) -> bool:
        return self._frequency(word) >= _USUAL

    def _frequency(self, word: str) -> float:
        counted = self._dictionary.others_frequency(word)
        least = _TOOL if word in TOOL_NAMES else -math.inf
        return least if counted is None else max(counted, least)


def _one_slip_away(word: str) -> Iterator[str]:
    """Yield what has one letter more, less or other, or two letters swapped, but not the first.

    Some of these come twice.
    """
    for at in range(1, len(word) + 1):
        start, rest = word[:at], word[at:]
        for letter in ascii_lowercase:
            yield start + letter + rest
            if rest:
                yield start + letter + rest[1:]
        if rest:
            yield start + rest[1:]
        if len(rest) > 1:
            yield start + rest[1] + rest[0] + rest[2:]

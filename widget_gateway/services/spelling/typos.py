"""What a misspelled Russian word may have been meant for: a noisy channel over one word.

The score of a meaning is the logarithm of its frequency less `_PRICE` times the cost of the edits.
It has to beat leaving the word as it is: perhaps it is a name that no dictionary knows.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from widget_gateway.services.spelling.dictionary import SpellingDictionary
from widget_gateway.services.spelling.edit_costs import IMPOSSIBLE, edit_cost
from widget_gateway.services.spelling.sounds import sound_of, without_one_letter

_PRICE = 4.0
"""What an edit of cost 1 weighs, as a natural logarithm."""

_DEAREST = 2.4
"""Above this cost words have too little to do with each other."""

_LIGHT = 0.5
"""Up to this cost a short word may be changed as readily as a long one."""

_SHORT = 5
_SHORT_WORD = 0.5
"""Short words have many neighbours: each letter below five makes an edit less likely."""

_UNKNOWN = -17.5
"""How frequent a word is at most that is in no list, if it is one."""

_LONG = 8
_LONG_WORD = 0.5
"""Each letter above eight makes it less likely that a word unknown to all lists is one."""

_STRANGER = -3.0
"""A word that is written, but in no dictionary, is right about once in twenty times."""

_NAME = 3.0
"""A capital inside of a sentence makes it likelier that the word is a name."""

_TWO_WORDS = 1.0
_WITH_PARTICLE = -2.5
_WITH_PREPOSITION = -3.5
_PARTICLE = 0.3
"""Two words written as one: likelier if one of them is a short word that leans on the other.
A preposition asks for a case, which is not looked at: `по роль` makes no sense."""

_MISSPELLED_PART = -2.0
"""Two faults in one word, joining and misspelling, are seldom; names fall to pieces easily."""

_PARTICLE_USUAL = -5.0
_FRAGMENT = -3.0
_SHORTEST_PART = 3

_LEANING_FORWARD = frozenset({"не", "ни", "то"})
_PREPOSITIONS = frozenset(
    {
        *("в", "во", "с", "со", "на", "по", "за", "из", "от", "до", "к", "ко"),
        *("у", "о", "об", "при", "для", "без", "под", "над", "через", "про"),
    }
)
_PARTICLES = frozenset({"бы", "б", "же", "ж", "ли", "ль", "то"})

_PARTS_TRIED = 3
_DEAREST_PART = 1.0


@dataclass(frozen=True, slots=True, order=True)
class Meaning:
    """What may have been meant, and how likely: a logarithm, comparable within one word."""

    score: float
    text: str


Bonus = Callable[[str], float]
"""What a word gains by being written in the corpus: from 0 to `MAX_BONUS`."""

MAX_BONUS = 3.0


class TypoModel:
    """Ranks meanings of words in lower case, without `ё`."""

    def __init__(self, dictionary: SpellingDictionary) -> None:
        self._dictionary = dictionary

    def best(self, word: str, bonus: Bonus | None = None) -> Meaning | None:
        """The likeliest meaning, one word or two; None if nothing is near."""
        found = [
            meaning for meaning in (self._one_word(word, bonus), self._two_words(word)) if meaning
        ]
        return max(found, default=None)

    def as_it_is(self, word: str, *, name: bool = False) -> float:
        """The score of leaving a word that is in no dictionary unchanged."""
        score = _UNKNOWN - _LONG_WORD * max(0, len(word) - _LONG)
        seen = self._dictionary.others_frequency(word)
        if seen is not None:
            score = max(score, seen + _STRANGER)
        return score + _NAME if name else score

    def spoken_like(self, word: str) -> list[Meaning]:
        """Words that sound alike and are written nearly so, the likeliest first."""
        found = []
        frequency = self._dictionary.frequency(word)
        if frequency is not None:
            found.append(Meaning(frequency, word))
        for at in self._dictionary.alike(sound_of(word)):
            meant = self._dictionary.word(at)
            cost = edit_cost(word, meant, _DEAREST_PART)
            if 0 < cost < IMPOSSIBLE and "-" not in meant:
                found.append(Meaning(self._dictionary.frequency_at(at) - _PRICE * cost, meant))
        return heapq.nlargest(_PARTS_TRIED, found)

    def _one_word(self, word: str, bonus: Bonus | None) -> Meaning | None:
        most = MAX_BONUS if bonus else 0.0
        short = _SHORT_WORD * max(0, _SHORT - len(word))
        best: Meaning | None = None
        for places in (self._dictionary.alike(sound_of(word)), self._candidates(word)):
            for at in sorted(places):  # the frequent ones first
                frequency = self._dictionary.frequency_at(at)
                limit = _DEAREST
                if best is not None:
                    limit = min(limit, (frequency + most - best.score) / _PRICE)
                    if limit <= 0:
                        break
                meant = self._dictionary.word(at)
                cost = edit_cost(word, meant, limit)
                if cost == IMPOSSIBLE:
                    continue
                score = frequency - _PRICE * cost - (short if cost > _LIGHT else 0.0)
                if bonus:
                    score += bonus(meant)
                if best is None or score > best.score:
                    best = Meaning(score, meant)
        return best

    def _candidates(self, word: str) -> set[int]:
        """Where words are that sound nearly alike: one letter more, less or another, or swapped."""
        dictionary = self._dictionary
        sound = sound_of(word)
        shorter = without_one_letter(sound)
        found = set(dictionary.near(sound))
        for rest in shorter:
            found.update(dictionary.near(rest))
        same = {sound} | shorter | {sound_of(variant) for variant in _slips(word)}
        if len(sound) > _SHORT:
            same.update(*map(without_one_letter, shorter))
        for variant in same:
            found.update(dictionary.alike(variant))
        return found

    def _two_words(self, word: str) -> Meaning | None:
        found = []
        for at in range(1, len(word)):
            lefts = self._part(word[:at])
            if lefts and (rights := self._part(word[at:])):
                found += [
                    _together(
                        left, right, exact=word.startswith(left.text) + word.endswith(right.text)
                    )
                    for left in lefts
                    for right in rights
                ]
        best = max(found, default=None)
        if best is not None:
            hyphenated = best.text.replace(" ", "-")
            if self._dictionary.frequency(hyphenated) is not None:
                return Meaning(best.score, hyphenated)
        return best

    def _part(self, part: str) -> list[Meaning]:
        if len(part) == 1:  # what sounds like a single letter is any letter
            frequency = self._dictionary.frequency(part)
            return [] if frequency is None else [Meaning(frequency, part)]
        return self.spoken_like(part)


def _together(left: Meaning, right: Meaning, *, exact: int) -> Meaning:
    if left.text in _PREPOSITIONS:
        score = right.score + _WITH_PREPOSITION + _PARTICLE * (left.score - _PARTICLE_USUAL)
    elif left.text in _LEANING_FORWARD:
        score = right.score + _WITH_PARTICLE + _PARTICLE * (left.score - _PARTICLE_USUAL)
    elif right.text in _PARTICLES:
        score = left.score + _WITH_PARTICLE + _PARTICLE * (right.score - _PARTICLE_USUAL)
    else:
        score = left.score + right.score + _TWO_WORDS
        if min(len(left.text), len(right.text)) < _SHORTEST_PART:
            score += _FRAGMENT
    score += _MISSPELLED_PART * (2 - exact)
    return Meaning(score, f"{left.text} {right.text}")


def _slips(word: str) -> Iterator[str]:
    """The word with two letters swapped, and with one taken away."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        if at and word[at] != word[at - 1]:
            yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]

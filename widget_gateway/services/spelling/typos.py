"""Meanings of misspelled Russian words, by a noisy-channel model of one word.

The score of a meaning is the natural logarithm of its frequency, minus `_PRICE` times the cost of
the edits. It must exceed the score of the unchanged word, which may be a name that no dictionary
has. The constants are scores, or parts of them, and were tuned as a whole (docs/spelling.md).
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from widget_gateway.services.spelling.dictionary import SpellingDictionary
from widget_gateway.services.spelling.edit_costs import IMPOSSIBLE, edit_cost
from widget_gateway.services.spelling.grammar import (
    PREPOSITIONS,
    is_first_name,
    is_verb,
    lemmas,
    may_follow,
)
from widget_gateway.services.spelling.sounds import letter_by_letter, sound_of, without_one_letter
from widget_gateway.services.spelling.standard_words import Standing
from widget_gateway.services.spelling.word_formation import compounds, without_prefix

_PRICE = 4.8
"""Score that an edit of cost 1 takes away."""

_DEAREST = 1.2
"""Largest cost of edits. Of dearer corrections three in four were wrong, and most of the words that
are too new for any dictionary are that far from an older one (`смузи`, `смеси`)."""

_DEAREST_A_LETTER = 0.175
"""Largest cost for each letter: in a short word there is little to recognise another one by."""

_OFTEN_SEEN = -14.9
"""Logarithm of the frequency of a word that many people write, though no dictionary has it."""

_DEAREST_IF_SEEN = 0.8
"""Largest cost of edits of such a word: what they misspell, they misspell as it sounds."""

_VERY_SHORT = 4
"""Letters up to which an unknown word is rather an abbreviation, and only a usual slip of a usual
word is corrected: `што`, `этож`."""

_USUAL = -8.5
"""Least logarithm of the frequency of a usual word."""

_USUAL_ENOUGH = -12.5
"""The same for a word of four letters with a light slip: `ящек`, `фаил`."""

_WELL_KNOWN = -15.0
"""Least score of what a rare word of the dictionary is rather a misspelling of."""

_DEAREST_NAME = 0.9
"""Largest cost of edits of a name that nobody has counted."""

_USUAL_SLIP = 0.6
"""Largest cost of a usual slip."""

_LIGHT = 0.5
"""Cost up to which an edit of a short word is as likely as one of a long word."""

_SHORT = 5
"""Letters below which a word is short."""

_SHORT_WORD = 0.5
"""Score that each letter below five takes away, as short words have many neighbours."""

_UNKNOWN = -19.0
"""Score of an unchanged word that is in no list: it could not be more frequent than this."""

_LONG = 8
"""Letters above which a word is long."""

_LONG_WORD = 0.5
"""Score that each further letter of a long word in no list takes away: it is less likely a word."""

_DOCUMENTED = -13.0
"""Score of a word that only the documents have: there it is as usual as one of a million."""

_STRANGER = -3.0
"""Added for an unchanged word that is used, but in no dictionary: one in twenty is right."""

_COMPOUND = -3.0
"""Added for a word of a first part and a word: `профпроба`."""

_PREFIXED = -2.0
"""Added for a verb of a prefix and a verb that is too new for dictionaries: `задеплоить`."""

_FORM = -1.0
"""Added for an unknown form of a word that is used, such as `иннополисе`."""

_SELDOM_FORM = -13.0
"""Score of a form that is right but seldom used."""

_NAME = 3.0
"""Added for an unchanged word with a capital within a sentence, which may be a name."""

_TWO_WORDS = 1.0
"""Added for two words written as one."""

_WITH_PARTICLE = -2.5
"""Added in its place if one of the two words is a particle."""

_WITH_PREPOSITION = -4.5
"""The same for a preposition. It is less, as the case that it needs is not checked (`по роль`)."""

_PARTICLE = 0.3
"""Weight of the frequency of that particle or preposition, relative to _PARTICLE_USUAL."""

_MISSPELLED_PART = -2.0
"""Added for each of two joined words that is also misspelled: it is rare to make both mistakes."""

_PARTICLE_USUAL = -5.0
"""Logarithm of the usual frequency of a particle."""

_SHORT_PAIR = 6
"""Letters up to which only two usual words are two words written as one."""

_FRAGMENT = -4.2
"""Added if one of two joined words is shorter than _SHORTEST_PART."""

_SHORTEST_PART = 3
"""Letters of the shortest joined word that is not a fragment."""

_LEANING_FORWARD = frozenset({"не", "ни", "то"})
_PARTICLES = frozenset({"бы", "б", "же", "ж", "ли", "ль", "то"})

_PARTS_TRIED = 3
"""Meanings that are tried for each of two joined words."""

_DEAREST_PART = 1.0
"""Largest cost of edits in each of two joined words."""


@dataclass(frozen=True, slots=True, order=True)
class Meaning:
    """What may have been meant. Scores are logarithms and comparable for the same word only.

    `cost` is that of the edits of letters.
    """

    score: float
    text: str
    cost: float = field(default=0.0, compare=False)


Bonus = Callable[[str], float]
"""Returns what a word's score gains by its use in the corpus: from 0 to `MAX_BONUS`."""

MAX_BONUS = 3.0


class TypoModel:
    """Ranks meanings of words, which are in lower case and have no `ё`."""

    def __init__(self, dictionary: SpellingDictionary, standing: Callable[[str], Standing]) -> None:
        self._dictionary = dictionary
        self._standing = standing

    def best(self, word: str, bonus: Bonus | None = None) -> Meaning | None:
        """Return the likeliest meaning, of one or two words; None if no word is near enough."""
        is_short = len(word) <= _VERY_SHORT
        one = self._one_word(word, bonus, _USUAL_SLIP if is_short else self._dearest(word))
        two = self._two_words(word)
        if is_short and one and not self._is_usual_enough(one, len(word)):
            one = None
        if len(word) <= _SHORT_PAIR and two and not all(map(self._is_usual, two.text.split())):
            two = None
        return max(filter(None, (one, two, self._compound(word))), default=None)

    def _dearest(self, word: str) -> float:
        seen = self._dictionary.others_frequency(word)
        if seen is not None and seen > _OFTEN_SEEN:
            return _DEAREST_IF_SEEN
        return min(_DEAREST, _DEAREST_A_LETTER * len(word))

    def _is_usual_enough(self, one: Meaning, letters: int) -> bool:
        least = _USUAL_ENOUGH if letters == _VERY_SHORT and one.cost <= _LIGHT else _USUAL
        return (self._dictionary.frequency(one.text) or _UNKNOWN) > least

    def _is_usual(self, word: str) -> bool:
        return (self._dictionary.frequency(word) or _UNKNOWN) > _USUAL

    def among(self, word: str, others: Iterable[str], bonus: Bonus) -> list[Meaning]:
        """Return those of other words, which documents have, that are near enough to be meant."""
        found = []
        for other in others:
            cost = edit_cost(word, other, _DEAREST)
            if 0 < cost < IMPOSSIBLE:
                frequency = self._dictionary.frequency(other)
                score = (_DOCUMENTED if frequency is None else frequency) - _PRICE * cost
                found.append(Meaning(score + bonus(other), other, cost))
        return found

    def is_likely_one(self, word: str) -> bool:
        """Whether a word of the dictionary that nobody has counted means a frequent one.

        It has to sound like that (`екатирина`), or be a name with a typo (`алексндр`).
        """
        found = self.spoken_like(word)
        if is_first_name(word) and (near := self._one_word(word, None, _DEAREST_NAME)):
            found.append(near)
        return any(meant.score > _WELL_KNOWN and meant.text != word for meant in found)

    def as_it_is(self, word: str, *, name: bool = False) -> float:
        """Return the score of an unchanged word that is in no dictionary."""
        score = _UNKNOWN - _LONG_WORD * max(0, len(word) - _LONG)
        score = max((score, *self._by_formation(word)))
        return score + _NAME if name else score

    def _by_formation(self, word: str) -> Iterator[float]:
        """Yield the scores of an unknown word by where it was met, or how it may be made."""
        if (seen := self._dictionary.others_frequency(word)) is not None:
            yield seen + _STRANGER
        for _, rest in compounds(word):
            if (share := self._dictionary.frequency(rest)) is not None:
                yield share + _COMPOUND
        for rest in without_prefix(word):
            if not self._standing(rest) and self._dictionary.knows(rest) and is_verb(rest):
                yield self._share(rest) + _PREFIXED
        for lemma in lemmas(word):
            if self._standing(lemma):
                continue  # pymorphy3 has all forms of its words.
            if self._dictionary.knows(lemma):
                yield self._share(lemma) + _FORM
            elif (seen := self._dictionary.others_frequency(lemma)) is not None:
                yield seen + _STRANGER + _FORM

    def _share(self, known: str) -> float:
        """Return the frequency of a right word, even if it is too seldom to be meant."""
        return self._dictionary.frequency(known) or _SELDOM_FORM

    def _compound(self, word: str) -> Meaning | None:
        """Return the likeliest meaning of a compound whose second part is misspelled."""
        if self._dictionary.others_frequency(word) is not None:
            return None
        found = [
            Meaning(meant.score + _COMPOUND, first + meant.text, meant.cost)
            for first, rest in compounds(word)
            if len(rest) > _VERY_SHORT
            and self._dictionary.frequency(rest) is None
            and (meant := self._one_word(rest, None, _DEAREST_PART))
        ]
        return max(found, default=None)

    def spoken_like(self, word: str) -> list[Meaning]:
        """Return words with the same sound and almost the same spelling, the likeliest first."""
        found = []
        frequency = self._dictionary.frequency(word)
        if frequency is not None:
            found.append(Meaning(frequency, word))
        for at in self._dictionary.alike(sound_of(word)):
            meant = self._dictionary.word(at)
            cost = edit_cost(word, meant, _DEAREST_PART)
            if 0 < cost < IMPOSSIBLE and "-" not in meant:
                found.append(
                    Meaning(self._dictionary.frequency_at(at) - _PRICE * cost, meant, cost)
                )
        return heapq.nlargest(_PARTS_TRIED, found)

    def _one_word(self, word: str, bonus: Bonus | None, dearest: float) -> Meaning | None:
        most = MAX_BONUS if bonus else 0.0
        short = _SHORT_WORD * max(0, _SHORT - len(word))
        best: Meaning | None = None
        for places in (self._dictionary.alike(sound_of(word)), self._candidates(word)):
            for at in sorted(places):  # frequent words come first
                frequency = self._dictionary.frequency_at(at)
                limit = dearest
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
                    best = Meaning(score, meant, cost)
        return best

    def _candidates(self, word: str) -> set[int]:
        """Return places of words whose sounds differ by one letter, or by two swapped letters."""
        dictionary = self._dictionary
        sound = sound_of(word)
        shorter = without_one_letter(sound)
        found = set(dictionary.near(sound))
        found.update(dictionary.near(letter_by_letter(word)))
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
                    if may_follow(left.text, right.text)
                ]
        best = max(found, default=None)
        if best is not None:
            hyphenated = best.text.replace(" ", "-")
            if self._dictionary.frequency(hyphenated) is not None:
                return Meaning(best.score, hyphenated, best.cost)
        return best

    def _part(self, part: str) -> list[Meaning]:
        if len(part) == 1:  # too many single letters sound alike
            frequency = self._dictionary.frequency(part)
            return [] if frequency is None else [Meaning(frequency, part)]
        return self.spoken_like(part)


def _together(left: Meaning, right: Meaning, *, exact: int) -> Meaning:
    if left.text in PREPOSITIONS:
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
    return Meaning(score, f"{left.text} {right.text}", left.cost + right.cost)


def _slips(word: str) -> Iterator[str]:
    """Yield the word with each letter removed, and with each two neighbours swapped."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        if at and word[at] != word[at - 1]:
            yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]

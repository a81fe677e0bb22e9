"""Corrects the words of one text: known words stay, unknown ones get their likeliest meaning."""

import math
import re
from collections.abc import Callable, Collection
from typing import Protocol

from widget_gateway.services.spelling import hyphens
from widget_gateway.services.spelling.colloquial import STANDARD
from widget_gateway.services.spelling.dictionary import SpellingDictionary
from widget_gateway.services.spelling.keyboard import LETTERS_ON_SIGNS, in_russian_layout
from widget_gateway.services.spelling.latin_words import LatinModel
from widget_gateway.services.spelling.layouts import LayoutModel, folded
from widget_gateway.services.spelling.standard_words import Standing
from widget_gateway.services.spelling.typos import MAX_BONUS, Meaning, TypoModel

MAX_UNKNOWN = 40
"""Unknown words of a text that are corrected; each takes some milliseconds."""

MAX_LOOKED_FOR = 8
"""Unknown words of a text that are looked for in the documents, which takes some milliseconds."""

MAX_LETTERS = 32
"""Letters of the longest word that is corrected, as the work grows with their square."""

MAX_ABBREVIATION = 6
"""Letters of the longest word in capitals that is taken for an abbreviation, as `ЕГРЮЛ` is."""

_BONUS = 1.5
"""Score that a word gains if a document has it: people search for what exists."""

_BONUS_A_DOUBLING = 0.3
"""Score that it gains further if twice as many documents have it."""

_CHEAP = 0.16
"""Cost of edits for each letter up to which a correction is sure: 0.96 for six letters."""

_NEARLY_EXACT = 0.4
"""Cost of edits up to which Latin letters surely are a Russian word: that of a doubled letter. Any
other word may be a name: `perco` is hardly `перца`. With a capital letter it certainly is."""

_SHORTEST_INEXACT = 5
"""Letters of the shortest word that may be a Russian word that its letters do not tell exactly."""

_SHORTEST = 3
"""Letters of the shortest unknown word that is corrected: shorter ones may be abbreviations."""

_LONG_RUN = re.compile(r"(.)\1{2,}")
"""A letter three times or more, which no Russian word has: `оооочень` means `очень`."""

_SIGNS_AROUND = LETTERS_ON_SIGNS + "!?()«»…"
"""Signs that may stand around a word."""


class Corpus(Protocol):
    """The words of all documents that can be found, in lower case, with `ё` as `е`."""

    def knows(self, word: str) -> bool:
        """Whether the word is in any document."""

    def frequency(self, word: str) -> int:
        """Return in how many documents the word is."""

    def near(self, word: str) -> Collection[str]:
        """Return words of documents whose spelling may be like that of the word."""


class WordCorrection:
    """Corrects the words of one text, of which up to `MAX_UNKNOWN` may be unknown.

    A typo is surely one if the edits are cheap for the length of the word, and if the documents
    have what is meant. With `only_sure` other typos stay. `is_doubtful` tells of such typos.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the models and what is known of the text
        self,
        dictionary: SpellingDictionary,
        standing: Callable[[str], Standing],
        layouts: LayoutModel,
        typos: TypoModel,
        latin: LatinModel,
        corpus: Corpus | None,
        *,
        only_sure: bool = False,
    ) -> None:
        self._dictionary = dictionary
        self._standing = standing
        self._layouts = layouts
        self._typos = typos
        self._latin = latin
        self._corpus = corpus
        self._only_sure = only_sure
        self._left = MAX_UNKNOWN
        self._left_to_look_for = MAX_LOOKED_FOR
        self._left_to_doubt = MAX_UNKNOWN
        self._likely_typos: dict[str, bool] = {}
        self.is_doubtful = False

    def knows(self, word: str) -> bool:
        """Whether the folded word is right, or each part of it if it has hyphens."""
        return (
            self._dictionary.knows(word)
            or (self._corpus is not None and self._corpus.knows(word))
            or (self._standing(word) is Standing.STANDARD and not self._is_likely_typo(word))
            or (
                "-" in word
                and (
                    all(map(self.knows, word.split("-"))) or self._is_modern(word.replace("-", ""))
                )
            )
        )

    def _is_likely_typo(self, word: str) -> bool:
        """Whether a word that only pymorphy3 has is rather a typo. Few words are looked at."""
        if word not in self._likely_typos:
            self._left_to_doubt -= 1
            self._likely_typos[word] = self._left_to_doubt >= 0 and self._typos.is_likely_one(word)
        return self._likely_typos[word]

    def _is_modern(self, word: str) -> bool:
        """Whether a word is too new for pymorphy3: such words are also written with a hyphen."""
        return self._dictionary.frequency(word) is not None and not self._standing(word)

    def joined(self, left: str, right: str) -> str | None:
        """Return two neighbours as one word if they belong together: `кто то`, `пожалуй ста`."""
        first, second = folded(left), folded(right)
        word = hyphens.joined(first, second)
        if word is None:
            both = first + second
            if len(both) > MAX_LETTERS or not self._dictionary.frequency(both):
                return None
            word = None if self.knows(first) and self.knows(second) else both
        return word and in_case_of(left, word)

    def russian(self, written: str, *, name: bool) -> str:
        """Return a Cyrillic word corrected. `name` says that it may be a name by its capital."""
        word = folded(written)
        separate = hyphens.apart(word)
        if separate and self._dictionary.frequency(word) is None and not self._in_corpus(word):
            return in_case_of(written, separate)
        if len(word) == 1 or self.knows(word):
            return written
        meant = STANDARD.get(word) or hyphens.unshortened(word)
        is_colloquial = self._standing(word) is Standing.COLLOQUIAL
        if meant is None and len(word) >= _SHORTEST and not is_colloquial:
            meant = self._meaning(word, name=name)
        return self._by_parts(written, name=name) if meant is None else in_case_of(written, meant)

    def _by_parts(self, written: str, *, name: bool) -> str:
        """Correct each part of a compound word, except parts such as `научно`."""
        *parts, last = written.split("-")
        if not parts:
            return written
        parts = [part if part.endswith("о") else self.russian(part, name=name) for part in parts]
        return "-".join((*parts, self.russian(last, name=name)))

    def _meaning(self, word: str, *, name: bool) -> str | None:
        if not self._may_try(word):
            return None
        short = _LONG_RUN.sub(r"\1", word)
        if short != word and len(short) > 1 and self.knows(short):
            return short
        found = [
            self._layouts.english_in_russian_layout(word),
            self._typos.best(word, self._bonus if self._corpus else None),
            Meaning(self._typos.as_it_is(word, name=name), word),
            *self._documented(word),
        ]
        best = max(meaning for meaning in found if meaning)
        if best.text == word:
            return None
        if name or best.cost > _CHEAP * len(word) or not self._is_documented(best.text):
            self.is_doubtful = True
            if self._only_sure:
                return None
        return best.text

    def _documented(self, word: str) -> list[Meaning]:
        """Return what the documents have that may be meant, such as names that they alone know."""
        return self._typos.among(word, map(folded, self._near(word)), self._bonus)

    def _near(self, word: str) -> Collection[str]:
        """Return words of documents that are spelled alike. Of few words this is looked for."""
        self._left_to_look_for -= 1
        if self._corpus is None or self._left_to_look_for < 0:
            return ()
        return self._corpus.near(word)

    def _is_documented(self, meant: str) -> bool:
        """Whether the documents have a word, or each of several words."""
        return self._corpus is None or all(map(self._corpus.knows, meant.split()))

    def is_surely_other_layout(self, written: str) -> bool:
        """Whether these Latin letters and signs are a word in the Russian layout only."""
        return any(
            not self._in_corpus(core) and self._layouts.russian_in_english_layout(core)
            for _, core, _ in _cores(written)
        )

    def latin(self, written: str, *, beside_others: bool) -> str:
        """Return a chunk of Latin letters and signs, corrected."""
        cores = _cores(written)
        *_, (before, bare, after) = cores
        if len(bare) > MAX_LETTERS or not bare or self._in_corpus(bare):
            return written
        for start, core, end in cores:
            if read := self._layouts.russian_in_english_layout(core, beside_others=beside_others):
                return start + in_case_of(in_russian_layout(core), read) + end
        if not bare.isalpha() or is_camel_case(bare) or not self._may_try(bare):
            return written
        read = self._latin_meaning(bare) or self._layouts.misspelled_in_english_layout(bare)
        return written if read is None else before + in_case_of(bare, read) + after

    def _latin_meaning(self, written: str) -> str | None:
        """Return what Latin letters mean, in either alphabet or unchanged; None if nothing."""
        word = written.lower()
        name = written[0].isupper() and not written.isupper()
        russian, latin = self._layouts.transliterated(word, self._bonus), None
        if russian and russian.cost and len(word) < _SHORTEST_INEXACT:
            russian = None
        if russian and russian.cost > _NEARLY_EXACT and name:
            russian = None
        if not self._latin.is_right(word) and not is_abbreviation(written):
            latin = self._latin.best(word, self._near(word), self._bonus)
        found = [meaning for meaning in (russian, latin) if meaning]
        if not found:
            return None
        best = max(found, key=lambda meaning: (self._is_documented(meaning.text), meaning))
        if best is latin:
            is_sure = self._is_documented(best.text) and self._latin.is_sure(
                word, best.text, name=name
            )
        else:
            is_sure = best.cost <= _NEARLY_EXACT
        self.is_doubtful |= not is_sure
        return best.text if is_sure or not self._only_sure else written

    def mixed(self, written: str) -> str:
        """Return a word with letters of both alphabets, corrected to one alphabet."""
        read = self._layouts.in_one_alphabet(written) if len(written) <= MAX_LETTERS else None
        return written if read is None else in_case_of(written, read)

    def _in_corpus(self, word: str) -> bool:
        return self._corpus is not None and self._corpus.knows(word.lower())

    def _may_try(self, word: str) -> bool:
        self._left -= 1
        return self._left >= 0 and len(word) <= MAX_LETTERS

    def _bonus(self, word: str) -> float:
        count = self._corpus.frequency(word) if self._corpus else 0
        return min(MAX_BONUS, _BONUS + _BONUS_A_DOUBLING * math.log2(count)) if count else 0.0


def in_case_of(written: str, word: str) -> str:
    """Return the word with the capitals of the word that it replaces."""
    if len(written) > 1 and written.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if written[:1].isupper() else word


def is_abbreviation(written: str) -> bool:
    """Whether capitals alone make a word so short that it is hardly misspelled."""
    return written.isupper() and len(written) <= MAX_ABBREVIATION


def is_camel_case(written: str) -> bool:
    """Whether a word has both capitals and small letters after the first: `getUserName`, `ЯКласс`.

    These are names, which nobody types by mistake.
    """
    rest = written[1:]
    return rest != rest.lower() and rest != rest.upper()


def _cores(written: str) -> list[tuple[str, str, str]]:
    """Split a chunk into signs, word and signs, in each way: some signs may be Russian letters."""
    cores = []
    for before, after in (("", ""), ("", _SIGNS_AROUND), (_SIGNS_AROUND, _SIGNS_AROUND)):
        end = written.rstrip(after) if after else written
        core = end.lstrip(before) if before else end
        split = (end[: len(end) - len(core)], core, written[len(end) :])
        if split not in cores:
            cores.append(split)
    return cores

"""Collects the words of the spelling dictionary. It takes half a minute and 600 MB, once."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from widget_gateway.services.spelling.colloquial import STANDARD
from widget_gateway.services.spelling.hyphens import FIXED, PARTICLES, PRONOUNS
from widget_gateway.services.spelling.modern_forms import Use, modern_forms, modern_words
from widget_gateway.services.spelling.rude_words import is_rude
from widget_gateway.services.spelling.sounds import sound_of
from widget_gateway.services.spelling.standard_words import StandardWords, Standing

_RUSSIAN = re.compile(r"[а-яё]{1,32}\Z")
_LATIN = re.compile(r"[a-z']{1,32}\Z")
_ONE_LETTER_WORDS = frozenset("авикосуябж")
"""Letters that are words; the lists have all letters."""

_CENTIBELS = math.log(10) / 100
"""Step between wordfreq's lists, as a natural logarithm: a hundredth of a power of ten."""

_RAREST_OTHER = -7.5 * math.log(10)
"""Least frequency of words that no dictionary has; rarer ones are mostly misspelled."""

_HYPHENATED = -3.5
"""Logarithm by which `кто-то` is rarer than `кто`. It is a guess, as wordfreq counts parts only."""

_MODERN = -6.0 * math.log(10)
"""Logarithm of the least share of a modern word, which is rather that of its next years
than that of the years that wordfreq has counted."""

_RARE_NAME = -6.8 * math.log(10)
"""The same for a name."""

_RAREST = -9 * math.log(10)
"""Logarithm of the share of a word that wordfreq has not met."""

_MUCH = 4.0
"""Difference of logarithms between a word and what is rather a misspelling of it."""

_FREQUENT = -13.0
"""Least frequency of words that adverbs with `по-` are made of."""


@dataclass(frozen=True)
class Words:
    """Words, with `ё` as `е`, and the natural logarithms of their shares of all words.

    `standard` words are proposed. `others` are used, too, so they are not changed lightly: names
    and jargon that no dictionary has, and Latin words. `known` words are right, but too rare to be
    meant.
    """

    standard: dict[str, float]
    others: dict[str, float]
    known: frozenset[str] = frozenset()


def collect_words(most: int | None = None) -> Words:
    """Return the words that correction needs.

    If there are to be at most `most` words of each of wordfreq's lists, it takes seconds. Then
    Wiktionary is left out, and modern words have no forms.
    """
    is_first = most is not None
    counted = _shares("ru", _RUSSIAN, most)
    standard = StandardWords()
    known = {
        word: share
        for word, share in counted.items()
        if (len(word) > 1 or word in _ONE_LETTER_WORDS)
        and standard.standing(word) is Standing.STANDARD
    }
    others = _shares("en", _LATIN, most)
    for word, share in _shares("ru", _LATIN, most).items():  # what Russians write in Latin letters
        others[word] = max(share, others.get(word, share))
    wiktionary = set() if is_first else set(_without_misspellings(_wiktionary(), known, counted))
    known |= {word: counted[word] for word in wiktionary if word in counted}
    seldom = set()
    for word, use in modern_words() if is_first else modern_forms():
        if use is Use.SELDOM:
            seldom.add(word)
        else:
            least = _MODERN if use is Use.COMMON else _RARE_NAME
            known[word] = max(known.get(word, least), counted.get(word, least), least)
    rude = set(filter(is_rude, known))
    never_meant = wiktionary | seldom | rude
    known = {word: share for word, share in known.items() if word not in rude}
    strangers = {
        word: share
        for word, share in counted.items()
        if word not in known and word not in never_meant
    }
    others = {word: share for word, share in (others | strangers).items() if share >= _RAREST_OTHER}
    return Words(
        standard=dict(_hyphenated(known, standard)) | known,
        others=others,
        known=frozenset(never_meant - known.keys()),
    )


def _wiktionary() -> set[str]:
    """Return the forms of words that Wiktionary has, as simplemma's lemmatiser ships them."""
    from simplemma.strategies.dictionaries.dictionary_factory import (  # noqa: PLC0415 - it is large
        DefaultDictionaryFactory,
    )

    forms = DefaultDictionaryFactory().get_dictionary("ru")
    folded = (form.replace("ё", "е") for form in forms)
    return {form for form in folded if len(form) > 1 and _RUSSIAN.match(form)} - STANDARD.keys()


def _without_misspellings(
    words: Iterable[str], known: dict[str, float], counted: dict[str, float]
) -> Iterator[str]:
    """Yield the words but those that sound like a much more frequent one: `сдесь`, `што`."""
    loudest: dict[str, float] = {}
    for word, share in known.items():
        sound = sound_of(word)
        loudest[sound] = max(share, loudest.get(sound, share))
    for word in words:
        if loudest.get(sound_of(word), _RAREST) - counted.get(word, _RAREST) < _MUCH:
            yield word


def _shares(language: str, accepted: re.Pattern[str], most: int | None) -> dict[str, float]:
    from wordfreq import get_frequency_list  # noqa: PLC0415 - 0.2 s, for what is done once

    shares: dict[str, float] = {}
    steps: Iterable[list[str]] = get_frequency_list(language, "large")
    for step, words in enumerate(steps):
        if most is not None and len(shares) >= most:
            break
        share = math.exp(-step * _CENTIBELS)
        for word in filter(accepted.match, words):
            folded = word.replace("ё", "е")
            shares[folded] = shares.get(folded, 0.0) + share
    return {word: math.log(share) for word, share in shares.items()}


def _hyphenated(known: dict[str, float], standard: StandardWords) -> Iterator[tuple[str, float]]:
    words = FIXED | {f"{word}-{particle}" for word in PRONOUNS for particle in PARTICLES}
    for word in words:
        rarest = min(known.get(part, _FREQUENT) for part in word.split("-"))
        yield word, rarest + _HYPHENATED
    for word, share in known.items():
        if share > _FREQUENT and word.endswith(("ому", "ему", "ски", "цки", "ьи")):
            adverb = f"по-{word}"
            if adverb not in words and standard.standing(adverb) is Standing.STANDARD:
                yield adverb, share + _HYPHENATED

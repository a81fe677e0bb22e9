"""Collects the words of the spelling dictionary. It takes half a minute and 550 MB, once."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from widget_gateway.services.spelling.hyphens import FIXED, PARTICLES, PRONOUNS
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

_FREQUENT = -13.0
"""Least frequency of words that adverbs with `по-` are made of."""


@dataclass(frozen=True)
class Words:
    """Words, with `ё` as `е`, and the natural logarithms of their shares of all words.

    `standard` words are proposed. `others` are used, too, so they are not changed lightly: names
    and jargon that no dictionary has, and Latin words.
    """

    standard: dict[str, float]
    others: dict[str, float]


def collect_words(most: int | None = None) -> Words:
    """Return the words of wordfreq's lists that correction needs, up to `most` of each list."""
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
    strangers = {word: share for word, share in counted.items() if word not in known}
    others = {word: share for word, share in (others | strangers).items() if share >= _RAREST_OTHER}
    return Words(standard=dict(_hyphenated(known, standard)) | known, others=others)


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

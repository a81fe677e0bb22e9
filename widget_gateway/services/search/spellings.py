"""Spellings of one word: alphabets that look alike, joined and separate words, and numbers.

People write "1c" in either alphabet, "Wi-Fi", "wifi" and "вайфай", "user name" and "getUserName".
Nothing here knows these words; each function is about a kind of such differences.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

_CYRILLIC = "авекмнорстух"
_LATIN = "abekmhopctyx"
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
"""Letters that look alike in both alphabets, in lower case."""

_HAS_CYRILLIC = re.compile("[а-яё]")
_HAS_LATIN = re.compile("[a-z]")
_RUN = re.compile(r"\d+|[^\W\d_]+")

_COMPOUND = re.compile(
    r"(?<!\w)(?:"
    r"[^\W_]+(?:[-_\u2010\u2011][^\W_]+){1,2}"
    r"|[A-Za-z][A-Za-z\d]*(?:\.[A-Za-z][A-Za-z\d]*){1,2}"
    r"|[А-Яа-яё]{1,2}/[А-Яа-яё]{1,2}(?!/)"
    r")(?!\w)"
)
"""Words joined by hyphens or underscores, names such as Node.js, and abbreviations such as б/у."""
_SEPARATOR = re.compile(r"[-_\u2010\u2011./]")
_JOINS = "-_\u2010\u2011./"
_CAPITAL = re.compile("[A-Z]")
_GROUP_END = re.compile(r"\d[ \u00a0\u202f()\u2010-\u2013-]")
"""Signs, letters and digits that joined words, identifiers and grouped numbers have. Most texts
have few of them, and it is much faster to look for these first."""
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\w)")
_GROUPED = re.compile(r"(?<!\w)\d+(?:[ \u00a0()\u2010-\u2013-]{1,3}\d+){1,6}(?!\w)")
_DIGITS = re.compile(r"\d+")
_IDENTIFIER = re.compile(r"(?<![^\W_])[a-z]{2,}\d*(?:[A-Z][a-z\d]*)+")
_HUMP = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+")

_SHORTEST_NUMBER = 2
"""Digits of the shortest number that may stand for a number with a letter, as 404 for 404б."""

_SHORTEST_LETTERS = 3
"""Letters of the shortest run that may stand for a word with digits, as `ндфл` for 2ндфл."""

_MOST_HUMPS = 8

_LOCAL, _NATIONAL, _INTERNATIONAL = 7, 10, 11
"""Digits of a Russian telephone number: within a town, with the town, and with a 7 or 8 before."""

_ENDING = re.compile("(?:[аеиуыюяь]|[аоея]м|[ая]х|[ая]ми)$")
"""Endings of Russian nouns, which people also add to loans and names."""

_DOUBLED = re.compile(r"([б-джзк-нп-тф-щb-df-hj-np-tv-xz])\1")


def undoubled(word: str) -> str:
    """Return a folded word with single consonants: people double them at random in names."""
    return _DOUBLED.sub(r"\1", word)


def spelled_with_doubled(words: Iterable[str]) -> Iterator[str]:
    """Yield folded words as they are, without doubled consonants, and with the second doubled."""
    for word in words:
        yield word
        yield undoubled(word)
        doubled = word[:2] + word[1:]
        if _DOUBLED.match(doubled, 1):
            yield doubled


def without_ending(word: str) -> str:
    """Return a folded Russian word without what may be its ending if it is a noun in some case."""
    return _ENDING.sub("", word)


def in_one_alphabet(word: str) -> str:
    """Return a folded word with letters that look alike taken from one alphabet.

    Beside digits and signs letters become Latin, if all have a Latin likeness ("1с" and "с++"). A
    word of letters becomes Russian or Latin, whichever has all of its letters.
    """
    if not _HAS_CYRILLIC.search(word):
        return word
    if not word.isalpha() or _HAS_LATIN.search(word):
        latin = word.translate(_TO_LATIN)
        cyrillic = word.translate(_TO_CYRILLIC)
        if word.isalpha() and not _HAS_LATIN.search(cyrillic):
            return cyrillic
        if not _HAS_CYRILLIC.search(latin):
            return latin
        if not _HAS_LATIN.search(cyrillic):
            return cyrillic
    return word


def in_either_alphabet(word: str) -> set[str]:
    """Return how a folded word may look in a text, given that its letters may be of either one."""
    return {word, word.translate(_TO_LATIN), word.translate(_TO_CYRILLIC)}


def parts_of_mixed(word: str) -> tuple[str, ...]:
    """Return the numbers and words that a folded word of digits and letters is made of.

    Parts that are too short to mean the same as the whole are left out: the 1 of "1с".
    """
    return tuple(
        run
        for run in _RUN.findall(word)
        if len(run) >= (_SHORTEST_NUMBER if run.isdigit() else _SHORTEST_LETTERS)
    )


Joined = tuple[int, int, tuple[str, ...]]
"""Start and end of joined words in a text, and the parts, as they are written."""


def joined_words(text: str) -> Iterator[Joined]:
    """Yield words that are joined by a sign. Numbers that are joined, as in dates, are no word."""
    for found in _matches_around(_COMPOUND, _joins(text), text):
        parts = tuple(_SEPARATOR.split(found[0]))
        if not all(part.isdigit() for part in parts):
            yield found.start(), found.end(), parts


def grouped_numbers(text: str) -> Iterator[Joined]:
    """Yield numbers whose digits are in groups: thousands and telephone numbers."""
    if not _GROUP_END.search(text):
        return
    for found in _THOUSANDS.finditer(text):
        yield found.start(), found.end(), tuple(_DIGITS.findall(found[0]))
    for found in _GROUPED.finditer(text):
        parts = tuple(_DIGITS.findall(found[0]))
        digits = "".join(parts)
        if len(digits) in (_LOCAL, _NATIONAL) or _has_country(digits):
            yield found.start(), found.end(), parts


def national_number(digits: str) -> str | None:
    """Return a telephone number without the 7 or 8 before it, or None if it has none."""
    return digits[1:] if _has_country(digits) else None


def local_number(digits: str) -> str | None:
    """Return a telephone number without that of the town, or None if it has none."""
    is_long = len(digits) == _NATIONAL or _has_country(digits)
    return digits[-_LOCAL:] if is_long else None


def _has_country(digits: str) -> bool:
    return len(digits) == _INTERNATIONAL and digits[0] in "78"


def identifiers(text: str) -> Iterator[Joined]:
    """Yield identifiers such as `getUserName` with their words, and any two of these as one."""
    for found in _matches_around(_IDENTIFIER, _capitals(text), text):
        humps = _HUMP.findall(found[0])[:_MOST_HUMPS]
        yield found.start(), found.end(), (*humps, *map("".join, pairwise(humps)))


def _joins(text: str) -> list[int]:
    """Return the places of signs that may join words. Most texts have few of them."""
    places = []
    for sign in _JOINS:
        at = text.find(sign)
        while at >= 0:
            if text[at + 1 : at + 2].isalnum():
                places.append(at)
            at = text.find(sign, at + 1)
    return sorted(places)


def _capitals(text: str) -> Iterator[int]:
    return (found.start() for found in _CAPITAL.finditer(text))


def _matches_around(
    wanted: re.Pattern[str], places: Iterable[int], text: str
) -> Iterator[re.Match[str]]:
    """Yield the matches that begin with letters or digits which come right before a place."""
    looked_at = 0
    for place in places:
        start = place
        while start > looked_at and text[start - 1].isalnum():
            start -= 1
        match = wanted.match(text, start) if start < place else None
        looked_at = max(looked_at, match.end() if match else place)
        if match:
            yield match

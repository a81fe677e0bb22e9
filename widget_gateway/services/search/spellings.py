"""Spellings of one word: alphabets that look alike, joined and separate words, and sounds.

People write "1c" in either alphabet, "Wi-Fi", "wifi" and "вайфай", "user name" and "getUserName".
Nothing here knows these words; each function is about a kind of such differences.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

_CYRILLIC = "авекмнорстух"
_LATIN = "abekmhopctyx"
_TO_LATIN = str.maketrans(_CYRILLIC, _LATIN)
_TO_CYRILLIC = str.maketrans(_LATIN, _CYRILLIC)
"""Letters that look alike in both alphabets, in lower case."""

_HAS_CYRILLIC = re.compile("[а-яё]")
_HAS_LATIN = re.compile("[a-z]")
_RUN = re.compile(r"\d+|[^\W\d_]+")

_COMPOUND = re.compile(r"(?<!\w)[^\W_]+(?:[-_\u2010\u2011][^\W_]+){1,2}(?!\w)")
_SEPARATOR = re.compile(r"[-_\u2010\u2011]")
_IDENTIFIER = re.compile(r"(?<![^\W_])[a-z]{2,}\d*(?:[A-Z][a-z\d]*)+")
_HUMP = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+")

_SHORTEST_NUMBER = 2
"""Digits of the shortest number that may stand for a number with a letter, as 404 for 404б."""

_SHORTEST_LETTERS = 3
"""Letters of the shortest run that may stand for a word with digits, as `ндфл` for 2ндфл."""

_SHORTEST_SOUND = 3
"""Letters of the shortest sound by which words of both alphabets meet."""

_MOST_HUMPS = 8

_DOUBLED = re.compile(r"([б-джзк-нп-тф-щb-df-hj-np-tv-xz])\1")


def undoubled(word: str) -> str:
    """Return a folded word with single consonants: people double them at random in names."""
    return _DOUBLED.sub(r"\1", word)


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


def joined_words(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the parts of words that are joined by a hyphen or an underscore, as they are written.

    Numbers that are joined, as in dates, are no word.
    """
    for found in _COMPOUND.finditer(text):
        parts = tuple(_SEPARATOR.split(found[0]))
        if not all(part.isdigit() for part in parts):
            yield parts


def words_of_identifiers(text: str) -> Iterator[str]:
    """Yield the words of which identifiers such as `getUserName` are made, and any two as one."""
    for found in _IDENTIFIER.finditer(text):
        humps = _HUMP.findall(found[0])[:_MOST_HUMPS]
        yield from humps
        yield from map("".join, pairwise(humps))


_LATIN_SOUNDS = [
    (re.compile(spelled), sound)
    for spelled, sound in (
        ("ph", "f"),
        ("th", "t"),
        ("sch|sh|ch", "ш"),
        ("ck|qu|q", "k"),
        ("xc", "ks"),
        ("x", "ks"),
        ("dg|dzh|j", "j"),
        ("c(?=[eiy])", "s"),
        ("c", "k"),
        ("le$", "l"),
        ("(?<=[^aeiouy])e$", ""),
        ("(?<=[ao])w", ""),
        ("w", "v"),
        ("(?<=[aeiouy])h", ""),
        ("z", "s"),
        ("[aeiouy]+", "a"),
    )
]
_CYRILLIC_SOUNDS = [
    (re.compile(spelled), sound)
    for spelled, sound in (
        ("дж", "j"),
        ("[чщш]", "ш"),
        ("[ъь]", ""),
        ("[аеиоуыэюяй]+", "a"),
    )
]
_CONSONANTS = str.maketrans("бвгджзклмнпрстфхцш", "bvgdjsklmnprstfhsш")
_REPEATED = re.compile(r"(.)\1+")


def sound(word: str) -> str | None:
    """Return how a folded word of one alphabet sounds, or None if that is too short to tell.

    All vowels are one, as people write what they hear: "wifi" and "вайфай" sound alike.
    """
    rules = _CYRILLIC_SOUNDS if _HAS_CYRILLIC.search(word) else _LATIN_SOUNDS
    heard = word
    for spelled, sounded in rules:
        heard = spelled.sub(sounded, heard)
    heard = _REPEATED.sub(r"\1", heard.translate(_CONSONANTS))
    return heard if len(heard) >= _SHORTEST_SOUND else None

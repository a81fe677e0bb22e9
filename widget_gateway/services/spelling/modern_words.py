"""Russian words of offices, IT, shops and names that are too new or too rare for dictionaries.

They are words as good as others: they are never changed, and misspellings of them are corrected to
them, in every form. The lists in the folder `words` were written for this project, from what
colleagues write. They are in lower case, in dictionary forms, with `е` for `ё`.
"""

import zlib
from enum import StrEnum
from importlib.resources import files

_WORDS = files(__package__) / "words"


class ModernList(StrEnum):
    """The lists, by what their words are."""

    ABBREVIATIONS = "abbreviations"
    """Of these only those that are read as words have endings."""
    NOUNS = "nouns"
    """Nouns and names of things, and a few words that have no forms."""
    VERBS = "verbs"
    """Verbs, in the infinitive."""
    ADJECTIVES = "adjectives"
    """Adjectives, in the masculine."""
    NAMES = "names"
    """Names of people and places."""
    FORMS = "forms"
    """Words that wordfreq has met and no dictionary has, in the forms that it has met."""


def read(which: ModernList) -> tuple[str, ...]:
    """Return the words of a list."""
    return tuple((_WORDS / f"{which}.txt").read_text(encoding="utf-8").split())


def checksum() -> int:
    """Return the CRC-32 of all lists, which changes with any word."""
    found = 0
    for which in ModernList:
        found = zlib.crc32((_WORDS / f"{which}.txt").read_bytes(), found)
    return found

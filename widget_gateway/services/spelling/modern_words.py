"""Russian words of offices, IT, shops and names that are too new or too rare for dictionaries.

They are words as good as others: they are never changed, and misspellings of them are corrected to
them, in every form. The lists in the folder `words` were written for this project, from what
colleagues write. They are in lower case, in dictionary forms, with `е` for `ё`.
"""

import zlib
from importlib.resources import files

_WORDS = files(__package__) / "words"


def _read(name: str) -> tuple[str, ...]:
    return tuple((_WORDS / f"{name}.txt").read_text(encoding="utf-8").split())


def checksum() -> int:
    """Return the CRC-32 of all lists, which changes with any word."""
    found = 0
    for path in sorted(_WORDS.iterdir(), key=lambda path: path.name):
        found = zlib.crc32(path.read_bytes(), found)
    return found


def abbreviations() -> tuple[str, ...]:
    """Return abbreviations, of which only those that are read as words have endings."""
    return _read("abbreviations")


def nouns() -> tuple[str, ...]:
    """Return nouns and names of things, and a few words that have no forms."""
    return _read("nouns")


def names() -> tuple[str, ...]:
    """Return names of people and places."""
    return _read("names")


def verbs() -> tuple[str, ...]:
    """Return verbs, in the infinitive."""
    return _read("verbs")


def adjectives() -> tuple[str, ...]:
    """Return adjectives, in the masculine."""
    return _read("adjectives")


def forms() -> tuple[str, ...]:
    """Return words that wordfreq has met and no dictionary has, in the forms that it has met."""
    return _read("forms")

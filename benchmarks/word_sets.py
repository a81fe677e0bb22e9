"""Words and queries of offices, IT, brands and names, right ones and misspelled ones.

Right ones must stay. Each set was written before any of its words was tried, by authors who had not
seen the lists of modern words. docs/spelling.md tells which of them served to choose numbers.
"""

from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).with_name("word_sets")


class WordSet(NamedTuple):
    """Right texts, and pairs of a misspelled text and what is meant."""

    right: list[str]
    misspelled: list[tuple[str, str]]


def _read(name: str) -> WordSet:
    right = (_FOLDER / name / "right.txt").read_text(encoding="utf-8").splitlines()
    pairs = (_FOLDER / name / "misspelled.tsv").read_text(encoding="utf-8").splitlines()
    split = (pair.partition("\t") for pair in pairs)
    return WordSet(right, [(typed, meant) for typed, _, meant in split])


WORD_SETS = {name: _read(name) for name in ("first", "second", "queries", "third")}


def same(text: str, other: str) -> bool:
    """Whether two texts differ at most in case and in the dots of `ё`."""
    return _folded(text) == _folded(other)


def _folded(text: str) -> str:
    return text.lower().replace("ё", "е")

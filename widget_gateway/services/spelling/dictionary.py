"""The words that correction proposes, with their frequencies, found by how they sound."""

import os
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path

from widget_gateway.services.spelling.dictionary_file import (
    MadeOf,
    UnusableFileError,
    alone,
    map_tables,
    write_tables,
)
from widget_gateway.services.spelling.sounds import sound_of, without_one_letter
from widget_gateway.services.spelling.word_lists import Words, collect_words

FILE_NAME = "spelling.dictionary"

FIRST_FILE_NAME = "spelling-first.dictionary"
"""What there is while the whole one is being made for the first time."""

FIRST_WORDS = 60_000
"""Of a dictionary that is made in seconds: nine tenths of the words that people type."""

_FORMAT = 1
"""Raised whenever the tables, the choice of words or the sounds change."""

_NICENESS = 10
"""Making the dictionary can wait; whoever is served meanwhile can't."""

_HASH_BITS = 32
_ENCODING = "cp1251"  # a byte a letter: words are found by position
_STEPS = 1_000
"""A logarithm is kept as so many whole steps below zero, in 16 bits."""


class SpellingDictionary:
    """Russian words and, for comparison, Latin ones, each with the logarithm of its frequency."""

    def __init__(self, tables: dict[str, memoryview]) -> None:
        self._letters = tables["letters"]
        self._starts = tables["starts"]
        self._rareness = tables["rareness"]
        self._same = _Buckets(tables["same_starts"], tables["same"])
        self._near = _Buckets(tables["near_starts"], tables["near"])
        self._others = _Buckets(tables["others_starts"], tables["others"])

    def __len__(self) -> int:
        return len(self._rareness)

    def frequency(self, word: str) -> float | None:
        """The natural logarithm of the word's share of all words; None if it isn't here."""
        for at in self._same.find(sound_of(word)):
            if self.word(at) == word:
                return self.frequency_at(at)
        return None

    def others_frequency(self, word: str) -> float | None:
        """The same of a word that is written, but never proposed: a name, jargon, a Latin word."""
        for at in self._others.find(word):
            if self.word(at) == word:
                return self.frequency_at(at)
        return None

    def alike(self, sound: str) -> Iterator[int]:
        """Where words are that sound so; there may be others among them."""
        return iter(self._same.find(sound))

    def near(self, sound: str) -> Iterator[int]:
        """Where words are that sound so but for one letter more; there may be others."""
        return iter(self._near.find(sound))

    def word(self, at: int) -> str:
        """The word there. The frequent ones come first."""
        return str(self._letters[self._starts[at] : self._starts[at + 1]], _ENCODING)

    def frequency_at(self, at: int) -> float:
        """The frequency of the word there, as `frequency` has it."""
        return float(-self._rareness[at] / _STEPS)


class _Buckets:
    """Numbers kept by the hashes of their keys: two arrays instead of a dictionary of lists.

    A bucket holds those of a few other keys as well.
    """

    def __init__(self, starts: memoryview, entries: memoryview) -> None:
        self._starts = starts
        self._entries = entries
        self._shift = _HASH_BITS - (len(starts) - 1).bit_length() + 1

    def find(self, key: str) -> memoryview:
        bucket = zlib.crc32(key.encode()) >> self._shift
        return self._entries[self._starts[bucket] : self._starts[bucket + 1]]


def _buckets(keys: Iterable[tuple[str, int]]) -> tuple["array[int]", "array[int]"]:
    """The two arrays; a bucket is the upper bits of a hash, so that sorting fills them."""
    hashed = array("Q", (zlib.crc32(key.encode()) << _HASH_BITS | at for key, at in keys))
    pairs = sorted(hashed)
    bits = len(pairs).bit_length() - 1  # one or two numbers a bucket
    shift = 2 * _HASH_BITS - bits
    starts = array("I", [0]) * ((1 << bits) + 1)
    for pair in pairs:
        starts[(pair >> shift) + 1] += 1
    return array("I", accumulate(starts)), array("I", (pair & 0xFFFFFFFF for pair in pairs))


def make_tables(words: Words) -> dict[str, "array[int]"]:
    """The tables of these words; the others are found only as they are written."""
    standard = sorted(words.standard, key=lambda word: (-words.standard[word], word))
    others = sorted(words.others)
    everything = standard + others
    shares = words.others | words.standard
    starts = array("I", [0])
    for word in everything:
        starts.append(starts[-1] + len(word))
    sounds = [sound_of(word) for word in standard]
    same_starts, same = _buckets((sound, at) for at, sound in enumerate(sounds))
    near_starts, near = _buckets(
        (rest, at) for at, sound in enumerate(sounds) for rest in without_one_letter(sound)
    )
    others_starts, others_at = _buckets((word, at) for at, word in enumerate(others, len(standard)))
    return {
        "letters": array("B", "".join(everything).encode(_ENCODING)),
        "starts": starts,
        "rareness": array("H", [round(-shares[word] * _STEPS) for word in everything]),
        "same_starts": same_starts,
        "same": same,
        "near_starts": near_starts,
        "near": near,
        "others_starts": others_starts,
        "others": others_at,
    }


def find_dictionary(data_dir: Path) -> SpellingDictionary | None:
    """The dictionary that is kept there, in a few hundredths of a second; None if it is to be made.

    A damaged file, or one of other versions, is as good as none.
    """
    try:
        return SpellingDictionary(map_tables(data_dir / FILE_NAME, made_of()))
    except UnusableFileError:
        return None


def find_first_dictionary(data_dir: Path) -> SpellingDictionary | None:
    """The dictionary of the most frequent words, which is there until the whole one is."""
    try:
        return SpellingDictionary(map_tables(data_dir / FIRST_FILE_NAME, first_made_of()))
    except UnusableFileError:
        return None


def make_first_dictionary(data_dir: Path) -> None:
    """Make the dictionary of the most frequent words, unless it is there.

    Raises:
        OSError: the directory can't be written to.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FIRST_FILE_NAME
    with alone(path):
        if find_first_dictionary(data_dir) is None:
            write_tables(path, first_made_of(), make_tables(collect_words(FIRST_WORDS)))


def load_dictionary(data_dir: Path) -> SpellingDictionary:
    """The dictionary that is kept there; made first if need be: half a minute of one core.

    Of several processes that need it at once, one makes it.

    Raises:
        OSError: the directory can't be written to.
    """
    found = find_dictionary(data_dir)
    if found is not None:
        return found
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE_NAME
    with alone(path):
        found = find_dictionary(data_dir)  # another one has made it meanwhile
        if found is None:
            write_tables(path, made_of(), make_tables(collect_words()))
            found = SpellingDictionary(map_tables(path, made_of()))
    (data_dir / FIRST_FILE_NAME).unlink(missing_ok=True)
    return found


def made_of() -> MadeOf:
    """What a file must have been made of to be used."""
    packages = ("wordfreq", "pymorphy3", "pymorphy3-dicts-ru")
    return {"format": _FORMAT, **{name: version(name) for name in packages}}


def first_made_of() -> MadeOf:
    """The same for the dictionary of the most frequent words."""
    return {**made_of(), "words": FIRST_WORDS}


if __name__ == "__main__":  # what a running gateway starts beside itself
    _data_dir = Path(sys.argv[1])
    make_first_dictionary(_data_dir)
    print("first", flush=True)  # noqa: T201 - told to the gateway
    os.nice(_NICENESS)
    load_dictionary(_data_dir)

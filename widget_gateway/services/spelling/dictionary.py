"""The dictionary of spelling: words that correction proposes, their frequencies and sounds."""

import os
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path

from widget_gateway.services.spelling import modern_words
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
"""Name of the file with the whole dictionary."""

FIRST_FILE_NAME = "spelling-first.dictionary"
"""Name of the file with the first dictionary, which is used until the whole one is made."""

FIRST_WORDS = 60_000
"""Words of the first dictionary, which is made in seconds: nine tenths of what people type."""

_FORMAT = 3
"""Version of the files. It is raised when the tables, the choice of words or the sounds change."""

_NICENESS = 10
"""Added to the niceness of the process that makes the dictionary, so that it delays nobody."""

_KNOWN = 0xFFFF
"""Stands in place of the frequency of a word that is right, but too rare to be meant."""

_HASH_BITS = 32
_ENCODING = "cp1251"
"""Encoding with one byte per letter, as words are found by position."""

_STEPS = 1_000
"""Steps per unit of a logarithm, which is stored as a number of steps below zero, in 16 bits."""


class SpellingDictionary:
    """Russian words and, for comparison, Latin words, with the logarithms of their frequencies.

    A place (`at`) is the index of a word. Frequent words come first.
    """

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
        """Return the natural logarithm of the word's share of all words; None if it is unknown."""
        for at in self._same.find(sound_of(word)):
            if self.word(at) == word:
                return self.frequency_at(at)
        return None

    def knows(self, word: str) -> bool:
        """Whether the word is right, however rare it is."""
        at = self._other(word)
        return self.frequency(word) is not None or (at is not None and self._rareness[at] == _KNOWN)

    def others_frequency(self, word: str) -> float | None:
        """Return the same for a word that is never proposed: a name, jargon or a Latin word."""
        at = self._other(word)
        return None if at is None else self.frequency_at(at)

    def _other(self, word: str) -> int | None:
        return next((at for at in self._others.find(word) if self.word(at) == word), None)

    def alike(self, sound: str) -> Iterator[int]:
        """Yield the places of the words with this sound, and of some other words."""
        return iter(self._same.find(sound))

    def near(self, sound: str) -> Iterator[int]:
        """Yield the places of words whose sound has one letter more, and of some other words."""
        return iter(self._near.find(sound))

    def word(self, at: int) -> str:
        """Return the word at a place."""
        return str(self._letters[self._starts[at] : self._starts[at + 1]], _ENCODING)

    def frequency_at(self, at: int) -> float:
        """Return the frequency of the word at a place, as `frequency` does."""
        return float(-self._rareness[at] / _STEPS)


class _Buckets:
    """Numbers by the hashes of their keys: two arrays in place of a dictionary of lists.

    A bucket holds the numbers of a few other keys too.
    """

    def __init__(self, starts: memoryview, entries: memoryview) -> None:
        self._starts = starts
        self._entries = entries
        self._shift = _HASH_BITS - (len(starts) - 1).bit_length() + 1

    def find(self, key: str) -> memoryview:
        bucket = zlib.crc32(key.encode()) >> self._shift
        return self._entries[self._starts[bucket] : self._starts[bucket + 1]]


def _buckets(keys: Iterable[tuple[str, int]]) -> tuple["array[int]", "array[int]"]:
    """Return starts and entries of buckets. The upper bits of a hash are its bucket's number."""
    hashed = array("Q", (zlib.crc32(key.encode()) << _HASH_BITS | at for key, at in keys))
    pairs = sorted(hashed)
    bits = len(pairs).bit_length() - 1  # one or two numbers a bucket
    shift = 2 * _HASH_BITS - bits
    starts = array("I", [0]) * ((1 << bits) + 1)
    for pair in pairs:
        starts[(pair >> shift) + 1] += 1
    return array("I", accumulate(starts)), array("I", (pair & 0xFFFFFFFF for pair in pairs))


def make_tables(words: Words) -> dict[str, "array[int]"]:
    """Return the tables for these words. `words.others` are found by spelling, not by sound."""
    standard = sorted(words.standard, key=lambda word: (-words.standard[word], word))
    others = sorted(words.others.keys() | words.known)
    everything = standard + others
    shares = words.others | words.standard
    rareness = {word: round(-share * _STEPS) for word, share in shares.items()}
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
        "rareness": array("H", [rareness.get(word, _KNOWN) for word in everything]),
        "same_starts": same_starts,
        "same": same,
        "near_starts": near_starts,
        "near": near,
        "others_starts": others_starts,
        "others": others_at,
    }


def find_dictionary(data_dir: Path) -> SpellingDictionary | None:
    """Return the stored dictionary, in a few hundredths of a second; None if it has to be made.

    A file that is damaged or of other versions counts as absent.
    """
    try:
        return SpellingDictionary(map_tables(data_dir / FILE_NAME, made_of()))
    except UnusableFileError:
        return None


def find_first_dictionary(data_dir: Path) -> SpellingDictionary | None:
    """Return the stored dictionary of the most frequent words, or None."""
    try:
        return SpellingDictionary(map_tables(data_dir / FIRST_FILE_NAME, first_made_of()))
    except UnusableFileError:
        return None


def make_first_dictionary(data_dir: Path) -> None:
    """Make the dictionary of the most frequent words, unless it exists.

    Raises:
        OSError: the directory can't be written to.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FIRST_FILE_NAME
    with alone(path):
        if find_first_dictionary(data_dir) is None:
            write_tables(path, first_made_of(), make_tables(collect_words(FIRST_WORDS)))


def load_dictionary(data_dir: Path) -> SpellingDictionary:
    """Return the stored dictionary. If it does not exist, it is made in half a minute of one core.

    If several processes need it at the same time, one of them makes it.

    Raises:
        OSError: the directory can't be written to.
    """
    found = find_dictionary(data_dir)
    if found is not None:
        return found
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE_NAME
    with alone(path):
        found = find_dictionary(data_dir)  # another process may have made it meanwhile
        if found is None:
            write_tables(path, made_of(), make_tables(collect_words()))
            found = SpellingDictionary(map_tables(path, made_of()))
    (data_dir / FIRST_FILE_NAME).unlink(missing_ok=True)
    return found


def made_of() -> MadeOf:
    """Return the versions of which a file must be made to be used."""
    packages = ("wordfreq", "pymorphy3", "pymorphy3-dicts-ru", "simplemma")
    versions = {name: version(name) for name in packages}
    return {"format": _FORMAT, "modern words": modern_words.checksum(), **versions}


def first_made_of() -> MadeOf:
    """Return the same for the dictionary of the most frequent words."""
    return {**made_of(), "words": FIRST_WORDS}


if __name__ == "__main__":  # a running gateway starts this in a process of its own
    _data_dir = Path(sys.argv[1])
    make_first_dictionary(_data_dir)
    print("first", flush=True)  # noqa: T201 - told to the gateway
    os.nice(_NICENESS)
    load_dictionary(_data_dir)

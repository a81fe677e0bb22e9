"""A phonetic key for Russian words: words that are easily confused in writing get the same key."""

import re

_ENDINGS = (("ого", "ово"), ("его", "ево"))
_CLUSTERS = (
    *(("тьс", "ц"), ("тс", "ц"), ("дс", "ц"), ("тц", "ц"), ("дц", "ц")),
    *(("сч", "щ"), ("зч", "щ"), ("жч", "щ"), ("шч", "щ")),
    *(("здн", "сн"), ("стн", "сн"), ("вств", "ств"), ("лнц", "нц"), ("рдц", "рц")),
    *(("нтск", "нск"), ("йо", "е"), ("ье", "е"), ("ьи", "и")),
)
_LETTERS = str.maketrans("оеэыяюйбвгджзщч", "аииииуипфктшсшш", "ъь-")
_RUN = re.compile(r"(.)\1+")


def sound_of(word: str) -> str:
    """Return the sound of a word as letters.

    Unstressed vowels, voiced and voiceless consonants, softness and double letters are not told
    apart. `word` is in lower case and has no `ё`. Letters of other alphabets stay as they are.
    """
    for ending, spoken in _ENDINGS:
        if word.endswith(ending):
            word = word.removesuffix(ending) + spoken
    for written, spoken in _CLUSTERS:
        if written in word:
            word = word.replace(written, spoken)
    return _RUN.sub(r"\1", word.translate(_LETTERS))


def without_one_letter(sound: str) -> set[str]:
    """Return all texts that remain when a letter is removed."""
    return {sound[:at] + sound[at + 1 :] for at in range(len(sound))}


def letter_by_letter(word: str) -> str:
    """Return the sounds of the letters alone: a letter that was forgotten may part a cluster."""
    return _RUN.sub(r"\1", word.translate(_LETTERS))

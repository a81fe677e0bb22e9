"""How a Russian word sounds, roughly: words that are easily written for each other sound alike."""

import re

_ENDINGS = (("ого", "ово"), ("его", "ево"))
_CLUSTERS = (
    *(("тьс", "ц"), ("тс", "ц"), ("дс", "ц"), ("тц", "ц"), ("дц", "ц")),
    *(("сч", "щ"), ("зч", "щ"), ("жч", "щ"), ("шч", "щ")),
    *(("здн", "сн"), ("стн", "сн"), ("вств", "ств"), ("лнц", "нц"), ("рдц", "рц")),
    *(("нтск", "нск"), ("чт", "шт"), ("чн", "шн"), ("йо", "е"), ("ье", "е"), ("ьи", "и")),
)
_LETTERS = str.maketrans("оеэыяюйбвгджзщ", "аииииуипфктшсш", "ъь-")
_RUN = re.compile(r"(.)\1+")


def sound_of(word: str) -> str:
    """The word's sound, in letters: unstressed vowels, voicing, softness and doubling fall away.

    `word` is in lower case and has no `ё`. Letters of other alphabets stand for themselves.
    """
    for ending, spoken in _ENDINGS:
        if word.endswith(ending):
            word = word.removesuffix(ending) + spoken
    for written, spoken in _CLUSTERS:
        if written in word:
            word = word.replace(written, spoken)
    return _RUN.sub(r"\1", word.translate(_LETTERS))


def without_one_letter(sound: str) -> set[str]:
    """All that is left of it when one letter is taken away."""
    return {sound[:at] + sound[at + 1 :] for at in range(len(sound))}

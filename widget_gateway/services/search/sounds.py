"""Sounds: names and loans that people write in either alphabet, such as "Jira" and "джира".

There are two kinds. In the sound of a word all vowels are one, as people write what they hear:
"wifi" and "вайфай" sound alike. Words that the dictionary of Russian knows would meet too many
others in this way. These have only a close sound, which keeps vowels: "сервер" and "server".
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache, reduce
from itertools import islice, product

from widget_gateway.services.search.spellings import without_ending

SHORTEST_SOUND = 3
"""Letters of the shortest sound by which words of both alphabets meet."""

SHORTEST_CLOSE = 5
"""Letters of the shortest close sound that has fewer than three consonants. Shorter words meet by
chance: `год` and "god", `мира` and "Miro"."""

_SHORTEST_CUT = 4
"""Letters of the shortest sound that is left if what may be an ending is cut off."""

_MOST_SPELLINGS = 64
"""Russian words that are looked up for an English one. Those with rarer letters come last."""

_KEPT_BEGINNINGS = 2**9
"""Beginnings of sounds whose regular expressions are cached: nearly all that there are."""

_HAS_CYRILLIC = re.compile("[а-яё]")
_VOWELS = re.compile("[aeiouyй]")
_RUN = re.compile("[а-яё]+|[a-z]+")
_REPEATED = re.compile(r"(.)\1+")
_EITHER = (
    ("(?<=[ao])w(?!h)", ("", "v")),
    ("th$", ("t", "s")),
    ("th", ("t", "tх")),
    ("^i(?=[^aeiouy])", ("i", "й")),
)
"""English letters that Russians hear in two ways: Windows is both виндоус and виндовс."""

_Rules = list[tuple[re.Pattern[str], str]]


def _compiled(rules: Iterable[tuple[str, str]]) -> _Rules:
    return [(re.compile(spelled), heard) for spelled, heard in rules]


_EITHER_WAY = [(re.compile(spelled), ways) for spelled, ways in _EITHER]

_LATIN_CONSONANTS = (
    ("wh", "v"),
    ("ph", "f"),
    ("sch|sh|ch", "ш"),
    ("ck|qu|q", "k"),
    ("xc", "ks"),
    ("x", "ks"),
    ("dg|dzh|j", "j"),
    ("c(?=[eiy])", "s"),
    ("c", "k"),
    ("le$", "l"),
)
_LATIN_ENDS = (
    ("(?<=[^aeiouyй])e$", ""),
    ("w", "v"),
    ("(?<=[aeiouy])h", ""),
    ("h", "х"),
    ("z", "s"),
)
_LATIN = _compiled((*_LATIN_CONSONANTS, *_LATIN_ENDS, ("[aeiouyй]+", "a")))
_CLOSE_LATIN = _compiled(
    (
        ("igh|[iy](?=[^aeiouy]e$)", "й"),
        ("a(?=[^aeiouy]e$)|ai|ay|ei|ey", "e"),
        ("[yj](?=a)", ""),
        ("oo|ou", "u"),
        ("ee|ea|ie", "i"),
        *_LATIN_CONSONANTS,
        *_LATIN_ENDS,
        ("y", "i"),
    )
)
_CYRILLIC_CONSONANTS = (("дж", "j"), ("[чщш]", "ш"), ("[ъь]", ""))
_CYRILLIC = _compiled((*_CYRILLIC_CONSONANTS, ("[аеиоуыэюяй]+", "a")))
_CLOSE_CYRILLIC = _compiled((*_CYRILLIC_CONSONANTS, ("[еэ]й", "e"), ("(?<!а)й", "i"), ("ай", "й")))
_LETTERS = str.maketrans("абвгдеёжзиклмнопрстуфцыэюя", "abvgdeejsiklmnoprstufsieua")

_SPELLED = dict(zip("bvgdiklmnoprtfх", "бвгдиклмнопртфх", strict=True)) | {
    "a": "ая",
    "e": "еэ",
    "s": "сзц",
    "u": "ую",
    "ш": "шч",
}
_SPELLED_LONG = {"j": ("дж", "ж"), "й": ("ай",)}
"""How Russian words spell a letter of a close sound, the most frequent way first."""

_WRITTEN = {"a": "аеиоуыэюяй", "s": "сзц", "ш": "чшщ", "j": "д"}
"""How Russian words spell letters of a sound that _SPELLED has otherwise."""


def sounds(word: str) -> tuple[str, ...]:
    """Return how a folded word of one alphabet sounds, without what is too short to tell.

    A Russian word may be in any form, so it also has the sound without what may be an ending.
    """
    if not _HAS_CYRILLIC.search(word):
        heard = (_heard(way, _LATIN) for way in _ways(word))
        return _long_enough(heard, SHORTEST_SOUND)
    heard_forms = [_heard(word, _CYRILLIC)]
    cut = _heard(without_ending(word), _CYRILLIC)
    if len(cut) >= _SHORTEST_CUT:
        heard_forms.append(cut)
    return _long_enough(heard_forms, SHORTEST_SOUND)


def close_sounds(word: str) -> tuple[str, ...]:
    """Return how a folded word of one alphabet sounds, with its vowels.

    Three consonants are enough: those of abbreviations, or of `гугл`.
    """
    if _HAS_CYRILLIC.search(word):
        heard = [_heard(word, _CLOSE_CYRILLIC)]
    else:
        heard = [_heard(way, _CLOSE_LATIN) for way in _ways(word)]
    return tuple(dict.fromkeys(way for way in heard if _tells_enough(way)))


def russian_spellings(word: str) -> Iterator[str]:
    """Yield words as which Russians may write a folded word with Latin letters.

    Few of them are real words.
    """
    mixed = _HAS_CYRILLIC.search(word)
    for heard in (mixed_sound(word, close=True),) if mixed else close_sounds(word):
        if all(letter in _SPELLED or letter in _SPELLED_LONG for letter in heard):
            letters = (_SPELLED.get(letter) or _SPELLED_LONG[letter] for letter in heard)
            yield from map("".join, islice(product(*letters), _MOST_SPELLINGS))


def mixed_sound(word: str, *, close: bool = False) -> str:
    """Return how a folded word with letters of both alphabets sounds."""
    latin, cyrillic = (_CLOSE_LATIN, _CLOSE_CYRILLIC) if close else (_LATIN, _CYRILLIC)
    return "".join(
        _heard(run, cyrillic if _HAS_CYRILLIC.match(run) else latin) for run in _RUN.findall(word)
    )


@lru_cache(_KEPT_BEGINNINGS)
def beginning_in_russian(heard: str) -> re.Pattern[str]:
    """Return what finds the beginning of Russian words whose sound begins with these two letters.

    It may also find places within words.
    """
    first, second = (_WRITTEN.get(letter) or _SPELLED.get(letter, letter) for letter in heard)
    if heard[0] == "j":
        first, second = "д", "ж"
    elif heard[0] == "a":
        second += _WRITTEN["a"]  # One vowel of a sound may be several letters.
    return re.compile(f"[{first}][{second}]")


def sound_of_number(word: str) -> str | None:
    """Return how a folded word of digits and letters of one alphabet sounds, as 2fa and 2фа.

    The Latin C is no sound by itself, and rather a Cyrillic letter that looks like it.
    """
    if _HAS_CYRILLIC.search(word):
        return _heard(word, _CLOSE_CYRILLIC)
    return None if "c" in word else _heard(word, _CLOSE_LATIN)


def _tells_enough(heard: str) -> bool:
    return len(heard) >= SHORTEST_CLOSE or len(_VOWELS.sub("", heard)) >= SHORTEST_SOUND


def _ways(word: str) -> list[str]:
    """Return an English word with letters that can be heard in two ways replaced by either."""
    ways = [word]
    for spelled, heard in _EITHER_WAY:
        if spelled.search(word):
            ways = [spelled.sub(each, way) for way in ways for each in heard]
    return ways


def _heard(word: str, rules: _Rules) -> str:
    heard = reduce(lambda so_far, rule: rule[0].sub(rule[1], so_far), rules, word)
    return _REPEATED.sub(r"\1", heard.translate(_LETTERS))


def _long_enough(heard: Iterable[str], shortest: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(way for way in heard if len(way) >= shortest))

"""Keyboards: neighbouring keys, and texts that were typed in the wrong layout."""

from itertools import permutations

_RUSSIAN_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_RUSSIAN = "".join(_RUSSIAN_ROWS) + "ё"
_ENGLISH = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_ENGLISH_SHIFTED = 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~'

_SHIFT_OF_ROWS = (0.0, 0.5, 1.0)
"""Distance by which each row is shifted to the right against the upper row, in keys."""

_TO_RUSSIAN = str.maketrans(_ENGLISH + _ENGLISH_SHIFTED, _RUSSIAN + _RUSSIAN.upper())
_TO_ENGLISH = str.maketrans(_RUSSIAN + _RUSSIAN.upper(), _ENGLISH + _ENGLISH_SHIFTED)
_LOOKALIKES = str.maketrans("aceopxykmtbhACEOPXYKMTBH", "асеорхукмтвнАСЕОРХУКМТВН")
"""Latin letters, and the Cyrillic letters that look like them."""

LETTERS_ON_SIGNS = "[];',.`{}:\"<>~"
"""Signs of the English layout whose keys have a letter in the Russian layout."""


def in_russian_layout(text: str) -> str:
    """Return what the same keys type in the Russian layout: `ghbdtn` gives `привет`."""
    return text.translate(_TO_RUSSIAN)


def in_english_layout(text: str) -> str:
    """Return what the same keys type in the English layout: `вщслук` gives `docker`."""
    return text.translate(_TO_ENGLISH)


def without_lookalikes(text: str) -> str:
    """Replace Latin letters that look Cyrillic by these, such as the Latin `c` in `cтол`."""
    return text.translate(_LOOKALIKES)


def _neighbours() -> frozenset[str]:
    places = {
        letter: (row, column + _SHIFT_OF_ROWS[row])
        for row, letters in enumerate(_RUSSIAN_ROWS)
        for column, letter in enumerate(letters)
    }
    return frozenset(
        letter + neighbour
        for letter, neighbour in permutations(places, 2)
        if abs(places[letter][0] - places[neighbour][0]) <= 1
        and abs(places[letter][1] - places[neighbour][1]) <= 1
    )


NEIGHBOURS = _neighbours()
"""Pairs of Russian letters whose keys are neighbours, in both orders."""

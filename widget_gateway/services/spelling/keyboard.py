"""Keyboards: which keys are neighbours, and what a word is when typed in the other layout."""

from itertools import permutations

_RUSSIAN_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_RUSSIAN = "".join(_RUSSIAN_ROWS) + "ё"
_ENGLISH = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_ENGLISH_SHIFTED = 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~'

_SHIFT_OF_ROWS = (0.0, 0.5, 1.0)
"""How far each row stands to the right of the upper one, in keys."""

_TO_RUSSIAN = str.maketrans(_ENGLISH + _ENGLISH_SHIFTED, _RUSSIAN + _RUSSIAN.upper())
_TO_ENGLISH = str.maketrans(_RUSSIAN + _RUSSIAN.upper(), _ENGLISH + _ENGLISH_SHIFTED)
_LOOKALIKES = str.maketrans("aceopxykmtbhACEOPXYKMTBH", "асеорхукмтвнАСЕОРХУКМТВН")

LETTERS_ON_SIGNS = "[];',.`{}:\"<>~"
"""Signs of the English layout whose keys bear a letter in the Russian one."""


def in_russian_layout(text: str) -> str:
    """What the same keys give in the Russian layout: `ghbdtn` is `привет`."""
    return text.translate(_TO_RUSSIAN)


def in_english_layout(text: str) -> str:
    """What the same keys give in the English layout: `вщслук` is `docker`."""
    return text.translate(_TO_ENGLISH)


def without_lookalikes(text: str) -> str:
    """Latin letters that look Cyrillic, made Cyrillic: the `c` of a copied `cтол`."""
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
"""Pairs of Russian letters whose keys touch, in both orders."""

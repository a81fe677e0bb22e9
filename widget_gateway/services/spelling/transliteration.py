"""Russian in Latin letters, in the spellings that people use rather than by a standard."""

from collections.abc import Sequence
from functools import reduce
from itertools import product

_PAIRS = """
shch=щ sch=щ zh=ж kh=х ts=ц tz=ц ch=ч sh=ш yu=ю ju=ю iu=ю ya=я ja=я ia=ия,я
yo=е jo=е ye=е je=е ck=к ph=ф iy=ий,ый iya=ия iyu=ию iye=ие
"""
_GROUPS = {
    latin: russian.split(",") for latin, russian in (pair.split("=") for pair in _PAIRS.split())
}
_LETTERS = dict(zip("abdefgiklmnoprstuvz'", "абдефгиклмнопрстувзь", strict=True))
_EITHER = {"c": "цк", "h": "хг", "j": "йж", "q": "кя", "w": "вш", "x": ("х", "кс"), "y": "йы"}
"""Letters that can be read in two ways."""

_FIRST = {"e": "еэ"}
"""The same for the first letter of a word."""

_MAX_READINGS = 16
"""Readings of a word; a word with more of them, by such letters, is hardly Russian."""


def russian_readings(word: str) -> list[str]:
    """Return the Russian readings of a Latin word in lower case, the likeliest first.

    Details such as softness and `й` for `и` are left to a comparison by sound. There is no reading
    if a character is unknown or if there are more than _MAX_READINGS.
    """
    parts: list[Sequence[str]] = []
    at = 0
    while at < len(word):
        for size in (4, 3, 2):
            if group := _GROUPS.get(word[at : at + size]):
                parts.append(group)
                at += size
                break
        else:
            letter = word[at]
            read = _LETTERS.get(letter) or _EITHER.get(letter)
            read = read if at else _FIRST.get(letter, read)
            if read is None:
                return []
            parts.append(read)
            at += 1
    if reduce(lambda many, part: many * len(part), parts, 1) > _MAX_READINGS:
        return []
    return ["".join(letters) for letters in product(*parts)]

"""Texts of documents and queries: characters that are the same, and words in order."""

import re
import unicodedata
from collections.abc import Iterator

WORD = re.compile(r"[A-Za-zСс](?:\+\+|#)(?!\w)|[^\W_]+")
"""A word: a run of letters and digits, or C++ or C#, whose C may be Cyrillic."""

_APOSTROPHE = re.compile("(?<=[а-яё])['\u2019\u02bc](?=[а-яё])")
"""An apostrophe within a Russian word, which stands for `ъ`."""
_DECORATED = re.compile("[\u00b2-\u024f\u1e00-\u1eff\uff10-\uff5a]")
_PLAIN = {
    code: plain
    for code in (*range(0xB2, 0x250), *range(0x1E00, 0x1F00), *range(0xFF10, 0xFF5B))
    if (plain := unicodedata.normalize("NFKD", chr(code))[:1].lower()).isalnum() and plain.isascii()
}
"""Latin letters with accents, small digits and full-width characters, each with what is typed."""
_INVISIBLE = re.compile("[\u0301\u00ad\u200b\u2060\ufeff]")
"""Stress mark, soft hyphen and zero-width characters, which would split a word in two."""

_CHARACTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
"""A character with what is combined with it."""


def normalise(text: str) -> str:
    """Return the text with composed characters, without invisible ones, and with single spaces."""
    composed = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(composed.split())


def with_positions(text: str) -> tuple[str, list[int]]:
    """Return the text as `normalise` does, but with its spaces, and where each character came from.

    The last position is the end of the text.
    """
    shown: list[str] = []
    positions: list[int] = []
    for found in _CHARACTER.finditer(text):
        composed = _INVISIBLE.sub("", unicodedata.normalize("NFC", found[0]))
        shown.append(composed)
        positions += [found.start()] * len(composed)
    return "".join(shown), [*positions, len(text)]


def is_normal(text: str) -> bool:
    """Whether `normalise` would leave all characters of the text where they are."""
    return unicodedata.is_normalized("NFC", text) and not _INVISIBLE.search(text)


def folded(text: str) -> str:
    """Return the text in lower case with `ё` as `е`, `é` as `e` and `об'ем` as `объем`.

    Each character keeps its position.
    """
    lower = text.lower()
    if len(lower) != len(text):  # a few letters become two in lower case
        lower = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    lower = lower.replace("ё", "е")
    if _DECORATED.search(lower):
        lower = lower.translate(_PLAIN)
    if "'" in lower or "\u2019" in lower or "\u02bc" in lower:  # much faster than to look for more
        lower = _APOSTROPHE.sub("ъ", lower)
    return lower


def words(text: str) -> Iterator[str]:
    """Yield the words of a text in order, folded."""
    return (found[0] for found in WORD.finditer(folded(text)))

"""Corrects texts that people search for: wrong layout, then transliteration, then typos.

Words that the dictionary or the corpus knows are never changed. Only a hyphen is put between them
(`кто нибудь`) or removed (`что-ли`). docs/spelling.md tells how good the corrections are.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from widget_gateway.services.spelling.dictionary import SpellingDictionary
from widget_gateway.services.spelling.latin_words import LatinModel
from widget_gateway.services.spelling.layouts import LayoutModel
from widget_gateway.services.spelling.standard_words import Standing
from widget_gateway.services.spelling.typos import TypoModel
from widget_gateway.services.spelling.word_correction import (
    Corpus,
    WordCorrection,
    is_abbreviation,
    is_camel_case,
)

MAX_CHUNKS = 500
"""Parts of a text between spaces that are corrected; the rest of the text stays as it is."""

_CHUNK = re.compile(r"\S+")
_WORD = re.compile(r"[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE)
_LETTERS = re.compile(r"[a-zа-яё]+", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_RUSSIAN = re.compile(r"[а-яё]", re.IGNORECASE)
_NO_WORDS = re.compile(r"[\d@#_/\\=&%]|\.(?:ру|рф|ком)\b", re.IGNORECASE)
"""Matches in numbers, addresses, paths and tags, which are not corrected."""

_PAIR = re.compile(r"(?<![^\s(«\"])([а-яё]+)\s+(?=([а-яё]+)(?![\w-]))", re.IGNORECASE)
"""Two words with only space between them. The second may be the first of the next pair too."""


@dataclass(frozen=True, slots=True)
class Correction:
    """The text as it was probably meant, and whether it differs from the original.

    In `sure_text` only what is surely wrong is corrected.
    """

    text: str
    changed: bool
    sure_text: str


class Speller:
    """Corrects texts. It keeps no state between them, so threads may share it.

    `standing` tells whether a word is right that is too rare for the dictionary.
    """

    def __init__(self, dictionary: SpellingDictionary, standing: Callable[[str], Standing]) -> None:
        self._dictionary = dictionary
        self._standing = standing
        self._typos = TypoModel(dictionary, standing)
        self._layouts = LayoutModel(dictionary, self._typos)
        self._latin = LatinModel(dictionary)

    def correct(self, text: str, corpus: Corpus | None = None) -> Correction:
        """Correct what is probably wrong; spaces, signs and everything else stay as they are.

        It takes milliseconds per word, and is bounded for any text. Call it in a thread.
        """
        corrected, is_doubtful = self._corrected(text, corpus, only_sure=False)
        sure = self._corrected(text, corpus, only_sure=True)[0] if is_doubtful else corrected
        return Correction(corrected, changed=corrected != text, sure_text=sure)

    def _corrected(self, text: str, corpus: Corpus | None, *, only_sure: bool) -> tuple[str, bool]:
        """Return the corrected text, and whether some corrections are not sure."""
        words = WordCorrection(
            self._dictionary,
            self._standing,
            self._layouts,
            self._typos,
            self._latin,
            corpus,
            only_sure=only_sure,
        )
        chunks = [chunk for chunk, _ in zip(_CHUNK.finditer(text), range(MAX_CHUNKS), strict=False)]
        end = chunks[-1].end() if chunks else 0
        return _correct(words, _join(words, text[:end])) + text[end:], words.is_doubtful


def _join(words: WordCorrection, text: str) -> str:
    """Return the text with words joined that belong together."""
    parts: list[str] = []
    end = 0
    for pair in _PAIR.finditer(text):
        if pair.start() >= end and (joined := words.joined(pair[1], pair[2])):
            parts += (text[end : pair.start()], joined)
            end = pair.end(2)
    return "".join(parts) + text[end:]


def _correct(words: WordCorrection, text: str) -> str:
    chunks = [chunk[0] for chunk in _CHUNK.finditer(text)]
    beside_others = any(words.is_surely_other_layout(chunk) for chunk in chunks if _is_latin(chunk))
    shouted = text.isupper()

    def corrected(chunk: re.Match[str]) -> str:
        written = chunk[0]
        if _NO_WORDS.search(written):
            return written
        if _is_latin(written):
            return words.latin(written, beside_others=beside_others)
        if _LATIN.search(written):
            return _LETTERS.sub(lambda word: words.mixed(word[0]), written)

        def russian(word: re.Match[str]) -> str:
            if is_abbreviation(word[0]) and not (shouted and len(chunks) > 1):
                return word[0]
            if any(map(is_camel_case, word[0].split("-"))):
                return word[0]
            inside = chunk.start() + word.start() > 0
            return words.russian(word[0], name=inside and not shouted and word[0][0].isupper())

        return _WORD.sub(russian, written)

    return _CHUNK.sub(corrected, text)


def _is_latin(written: str) -> bool:
    return bool(_LATIN.search(written)) and not _RUSSIAN.search(written) and written.isascii()

"""Analysis of texts: turns words into terms, in the same way for documents and queries.

The terms of a Russian word are the dictionary forms of all its readings ("стали" has "стать" and
"сталь"). The term of an English word is its Snowball stem, that of any other word the word itself.
Upper and lower case are the same, and so are `ё` and `е`.
"""

import asyncio
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version

from pymorphy3.analyzer import Parse
from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from widget_gateway.domain.qua.search import DocumentTerms, SearchDocument
from widget_gateway.services.morphology import russian

Terms = tuple[str, ...]

_RULES = 1
"""Version of the rules in this module. It is raised when a text gets other terms than before. Then
documents with older terms are analysed again whenever they are loaded, until they are next written.
"""

ANALYSIS = " ".join([str(_RULES), *map(version, ("pymorphy3", "pymorphy3-dicts-ru", "tantivy"))])
"""Versions of everything that terms depend on."""

MAX_TEXT_LENGTH = 100_000
"""Characters of a text that are analysed, about forty pages; the rest can't be found."""

LONGEST_WORD = 40
"""Letters of the longest word. Anything longer is no real word, and its beginning is its term."""

KEPT_WORDS = 2**17
"""Words whose terms are cached, about 45 MB. An analysis takes 16 us. 100,000 articles hold only a
few more different words than this, and most of them once."""

KEPT_QUERY_WORDS = 2**14
"""Words of queries whose beginnings are cached."""

KEPT_PARADIGMS = 2**11
"""Paradigms of pymorphy3 whose prefixes and endings are cached."""

_PREFIX = 3
"""Letters of a beginning, by which words are searched for in a text."""

_FROM_DICTIONARY = 4
"""Number of members of pymorphy3's method of a reading, if the word itself is in the dictionary."""

WORD = re.compile(r"[A-Za-z](?:\+\+|#)(?!\w)|[^\W_]+")
"""A word: a run of letters and digits, or C++ or C#."""

_RUSSIAN = re.compile(r"[а-яё]+")
_ENGLISH = re.compile(r"[a-z]+")
_INVISIBLE = re.compile("[\u0301\u00ad\u200b\u2060\ufeff]")
"""Stress mark, soft hyphen and zero-width characters, which would split a word in two."""

_FUNCTION_WORDS = (
    "а без бы в во вы да для до ее если еще же за и из или им их к как ко ли мне мы на над нас не "
    "него нее ни но ну о об он она они оно от по под при про с свой со та так там те тем то того "
    "тоже той только том ту ты у уже чем что чтобы эта эти это этот я "
    "a an and are as at be by do does for from how i if in is it its my not of on or our so "
    "than that the their then this to was we what when where which will with you your"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Words that are in almost every text. A query is searched for them only if it has no others."""


def normalise(text: str) -> str:
    """Return the text with composed characters, without invisible ones, and with single spaces."""
    composed = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(composed.split())


def folded(text: str) -> str:
    """Return the text in lower case with `ё` as `е`; each character keeps its position."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters become two in lower case
        lower = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    return lower.replace("ё", "е")


def words(text: str) -> Iterator[str]:
    """Yield the words of a text in order, folded."""
    return (found[0] for found in WORD.finditer(folded(text)))


class Analyzer:
    """Computes the terms of words. A process has one analyzer, as it caches the terms of many."""

    def __init__(self) -> None:
        stemmed = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english"))
        self._english = stemmed.build()
        self.terms = lru_cache(KEPT_WORDS)(self._terms)
        self._affixes = lru_cache(KEPT_PARADIGMS)(self._paradigm_affixes)
        self.beginnings = lru_cache(KEPT_QUERY_WORDS)(self._beginnings)

    async def add_terms(self, document: SearchDocument) -> SearchDocument:
        """Call `analyse_document` in a thread, as a long text takes tenths of a second."""
        return await asyncio.to_thread(self.analyse_document, document)

    def analyse_document(self, document: SearchDocument) -> SearchDocument:
        """Return the document with its terms and its text normalised, or as it is if up to date."""
        if document.terms.analysis == ANALYSIS:
            return document
        text = normalise(document.text[:MAX_TEXT_LENGTH])
        terms = DocumentTerms(
            analysis=ANALYSIS,
            title=self.analyse(normalise(document.title)),
            keywords=self.analyse(normalise(" ".join(document.keywords))),
            text=self.analyse(text),
        )
        return replace(document, text=text, terms=terms)

    def analyse(self, text: str) -> str:
        """Return the terms of all words of a text, separated by spaces."""
        return " ".join([term for word in words(text) for term in self.terms(word)])

    def _terms(self, word: str) -> Terms:
        """Return the terms of a folded word: at least one, none twice."""
        if len(word) > LONGEST_WORD:
            return (word[:LONGEST_WORD],)
        if _RUSSIAN.fullmatch(word):
            forms = self._known_forms(word) or russian().normal_forms(word)
            return tuple(dict.fromkeys(map(folded, forms)))
        if _ENGLISH.fullmatch(word):
            return tuple(self._english.analyze(word))
        return (word,)

    def _known_forms(self, word: str) -> list[str]:
        """Return the dictionary forms of a word, or nothing if the dictionary does not have it.

        pymorphy3's `normal_forms` returns the same, but takes nearly twice the time.
        """
        dictionary = russian().dictionary
        return [
            dictionary.build_normal_form(paradigm, number, known)
            for known, readings in dictionary.words.similar_items(word, russian().char_substitutes)
            for paradigm, number in readings
        ]

    def _beginnings(self, word: str) -> Terms:
        """Return the first letters of words that share a term with this one ("шла": "идт", "шел").

        To search a text for them is much faster than to analyse all its words.
        """
        if len(word) > LONGEST_WORD:
            return (word[:LONGEST_WORD],)
        if not _RUSSIAN.fullmatch(word):
            return tuple({form[:_PREFIX] for form in (word, *self.terms(word))})
        # One reading per paradigm is enough: the others differ only in the form that the word is.
        readings = {
            (reading.normal_form, reading.methods_stack[0][2:3]): reading
            for reading in russian().parse(word)
        }
        # A word and its dictionary form may begin differently, and so may its other forms.
        forms = {
            form for reading in readings.values() for form in self._beginnings_of_forms(reading)
        }
        return tuple({word[:_PREFIX], *map(folded, forms)})

    def _beginnings_of_forms(self, reading: Parse) -> set[str]:
        method = reading.methods_stack[0]
        if len(reading.methods_stack) > 1 or len(method) != _FROM_DICTIONARY:
            return {form.word[:_PREFIX] for form in reading.lexeme}
        # This finds the same, but does not make all forms, which is most of a new query's time.
        _, word, paradigm, number = method
        dictionary = russian().dictionary
        stem = dictionary.build_stem(dictionary.paradigms[paradigm], number, word)
        return {(before + stem + after)[:_PREFIX] for before, after in self._affixes(paradigm)}

    def _paradigm_affixes(self, paradigm: int) -> frozenset[tuple[str, str]]:
        forms = russian().dictionary.build_paradigm_info(paradigm)
        return frozenset((before, after[:_PREFIX]) for before, _, after in forms)

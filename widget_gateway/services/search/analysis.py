"""How words are made comparable: documents and queries go through the same analysis.

A Russian word stands for the dictionary forms of all its readings ("стали" is "стать" and "сталь"),
an English one for its Snowball stem, anything else for itself. Case and `ё` make no difference.
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
"""To be raised when this module makes other terms of a text than before: documents are analysed
anew then as they are loaded, until they are written next."""

ANALYSIS = " ".join([str(_RULES), *map(version, ("pymorphy3", "pymorphy3-dicts-ru", "tantivy"))])
"""What terms depend on."""

MAX_TEXT_LENGTH = 100_000
"""Characters of a text that can be found: some forty pages."""

LONGEST_WORD = 40
"""What is longer is no word of a language: it is cut, and stands for itself."""

KEPT_WORDS = 2**17
"""Words whose terms are kept, some 45 MB. An analysis takes 16 us; 100,000 articles hold few more
different words than this, and most of them once."""

KEPT_QUERY_WORDS = 2**14

KEPT_PARADIGMS = 2**11

_PREFIX = 3

_FROM_DICTIONARY = 4
"""Members of what pymorphy3 says of a word that is in its dictionary as it stands."""

WORD = re.compile(r"[A-Za-z](?:\+\+|#)(?!\w)|[^\W_]+")
"""A run of letters and digits. C++ and C# are words, too."""

_RUSSIAN = re.compile(r"[а-яё]+")
_ENGLISH = re.compile(r"[a-z]+")
_INVISIBLE = re.compile("[\u0301\u00ad\u200b\u2060\ufeff]")
"""A stress mark, a soft hyphen, spaces of no width: they would tear a word in two."""

_FUNCTION_WORDS = (
    "а без бы в во вы да для до ее если еще же за и из или им их к как ко ли мне мы на над нас не "
    "него нее ни но ну о об он она они оно от по под при про с свой со та так там те тем то того "
    "тоже той только том ту ты у уже чем что чтобы эта эти это этот я "
    "a an and are as at be by do does for from how i if in is it its my not of on or our so "
    "than that the their then this to was we what when where which will with you your"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""In every text, so a query is not about them, unless it has no other word. `ё` is `е`."""


def normalise(text: str) -> str:
    """The text in composed characters, without what can't be seen, each run of space one space."""
    composed = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(composed.split())


def folded(text: str) -> str:
    """The text in lower case, `ё` as `е`, with each character where it was."""
    lower = text.lower()
    if len(lower) != len(text):  # a few letters are two in lower case
        lower = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    return lower.replace("ё", "е")


def words(text: str) -> Iterator[str]:
    """The words of a text in their order, folded."""
    return (found[0] for found in WORD.finditer(folded(text)))


class Analyzer:
    """Terms of words. One a process: it keeps the terms of many."""

    def __init__(self) -> None:
        stemmed = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english"))
        self._english = stemmed.build()
        self.terms = lru_cache(KEPT_WORDS)(self._terms)
        self._affixes = lru_cache(KEPT_PARADIGMS)(self._paradigm_affixes)
        self.beginnings = lru_cache(KEPT_QUERY_WORDS)(self._beginnings)

    async def add_terms(self, document: SearchDocument) -> SearchDocument:
        """`analyse_document`, in a thread: a long text takes tenths of a second."""
        return await asyncio.to_thread(self.analyse_document, document)

    def analyse_document(self, document: SearchDocument) -> SearchDocument:
        """The document with its terms, its text normalised; as it is if it has them."""
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
        """The terms of all words of a text, with spaces between them."""
        return " ".join([term for word in words(text) for term in self.terms(word)])

    def _terms(self, word: str) -> Terms:
        """What the folded word stands for: at least one term, none twice."""
        if len(word) > LONGEST_WORD:
            return (word[:LONGEST_WORD],)
        if _RUSSIAN.fullmatch(word):
            forms = self._known_forms(word) or russian().normal_forms(word)
            return tuple(dict.fromkeys(map(folded, forms)))
        if _ENGLISH.fullmatch(word):
            return tuple(self._english.analyze(word))
        return (word,)

    def _known_forms(self, word: str) -> list[str]:
        """The dictionary forms of a word that is in the dictionary.

        `normal_forms` tells the same, and what else each reading says, in nearly twice the time.
        """
        dictionary = russian().dictionary
        return [
            dictionary.build_normal_form(paradigm, number, known)
            for known, readings in dictionary.words.similar_items(word, russian().char_substitutes)
            for paradigm, number in readings
        ]

    def _beginnings(self, word: str) -> Terms:
        """With which letters words begin that share a term with this one ("шла": "идт", "шел"...).

        Finding them in a text is much faster than the analysis of all its words.
        """
        if len(word) > LONGEST_WORD:
            return (word[:LONGEST_WORD],)
        if not _RUSSIAN.fullmatch(word):
            return tuple({form[:_PREFIX] for form in (word, *self.terms(word))})
        # One reading a paradigm: the rest only tell which form of it the word is.
        readings = {
            (reading.normal_form, reading.methods_stack[0][2:3]): reading
            for reading in russian().parse(word)
        }
        # Where a word and its dictionary form differ early, the other forms of each count as well.
        forms = {
            form for reading in readings.values() for form in self._beginnings_of_forms(reading)
        }
        return tuple({word[:_PREFIX], *map(folded, forms)})

    def _beginnings_of_forms(self, reading: Parse) -> set[str]:
        method = reading.methods_stack[0]
        if len(reading.methods_stack) > 1 or len(method) != _FROM_DICTIONARY:
            return {form.word[:_PREFIX] for form in reading.lexeme}
        # The same without making all the forms, most of a new query's time.
        _, word, paradigm, number = method
        dictionary = russian().dictionary
        stem = dictionary.build_stem(dictionary.paradigms[paradigm], number, word)
        return {(before + stem + after)[:_PREFIX] for before, after in self._affixes(paradigm)}

    def _paradigm_affixes(self, paradigm: int) -> frozenset[tuple[str, str]]:
        forms = russian().dictionary.build_paradigm_info(paradigm)
        return frozenset((before, after[:_PREFIX]) for before, _, after in forms)

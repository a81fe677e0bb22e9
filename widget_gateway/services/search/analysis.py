"""Analysis of texts: turns words into terms, in the same way for documents and queries.

The terms of a Russian word are the dictionary forms of all its readings ("стали" has "стать" and
"сталь"). The term of an English word is its Snowball stem, that of any other word the word itself.
Upper and lower case are the same, and so are `ё` and `е`, letters that look alike in two alphabets,
and an apostrophe and `ъ`.

Documents have further terms, which only searches for other words look up: the families of their
words, and how names sound, each with a mark that no word has.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import version
from itertools import chain, pairwise

from pymorphy3.analyzer import Parse
from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from widget_gateway.domain.qua.search import DocumentTerms, SearchDocument
from widget_gateway.services.morphology import russian
from widget_gateway.services.search.sounds import (
    close_sounds,
    mixed_sound,
    russian_spellings,
    sound_of_number,
    sounds,
)
from widget_gateway.services.search.spellings import (
    grouped_numbers,
    identifiers,
    in_either_alphabet,
    in_one_alphabet,
    joined_words,
    local_number,
    national_number,
    parts_of_mixed,
    spelled_with_doubled,
    undoubled,
    without_ending,
)
from widget_gateway.services.search.texts import folded, normalise, words
from widget_gateway.services.search.word_families import family

Terms = tuple[str, ...]

_RULES = 3
"""Version of the rules in this module and in those it calls. It is raised when a text gets other
terms than before. Then documents with older terms are analysed again whenever they are loaded,
until they are next written.
"""

ANALYSIS = " ".join([str(_RULES), *map(version, ("pymorphy3", "pymorphy3-dicts-ru", "tantivy"))])
"""Versions of everything that terms depend on."""

MAX_TEXT_LENGTH = 100_000
"""Characters of a text that are analysed, about forty pages; the rest can't be found."""

LONGEST_WORD = 40
"""Letters of the longest word. Anything longer is no real word, and its beginning is its term."""

KEPT_WORDS = 2**14
"""Words whose terms are cached, about 6 MB for each kind of terms. An analysis takes 16 us, and
most words of a text are among the most frequent ones."""

KEPT_QUERY_WORDS = 2**14
"""Words of queries whose beginnings are cached."""

KEPT_PARADIGMS = 2**11
"""Paradigms of pymorphy3 whose prefixes and endings are cached."""

BEGINNING = 3
"""Letters of a beginning, by which words are searched for in a text."""

_FROM_DICTIONARY = 4
"""Number of members of pymorphy3's method of a reading, if the word itself is in the dictionary."""

FAMILY = "~"
LATIN_SOUND = "="
CYRILLIC_SOUND = "@"
CLOSE_SOUND = "^"
NUMBER = "#"
CUT = "-"
"""Marks of the terms that are families of words, sounds of words in either alphabet, close sounds
of words in Latin letters, numbers of numbers with letters, or unknown words without endings."""

_RUSSIAN = re.compile(r"[а-яё]+")
_SHORT_RUSSIAN = re.compile(r"[а-я]{2,3}")
SHORT_PAIR = re.compile(rf"({_SHORT_RUSSIAN.pattern})[ -]({_SHORT_RUSSIAN.pattern})(?![^\W_])")
"""Two words that may be a loan as it is heard: вай фай."""
_ENGLISH = re.compile(r"[a-z]+")
_SHORTEST_CUT = 4
"""Letters of the shortest unknown word that is left if what may be its ending is cut off."""
_NUMBER = re.compile(rf"\d{{1,{BEGINNING}}}")
_HAS_LATIN = re.compile("[a-z]")
_FUNCTION_WORDS = (
    "а без бы в во вы да для до ее если еще же за и из или им их к как ко ли мне мы на над нас не "
    "него нее ни но ну о об он она они оно от по под при про с свой со та так там те тем то того "
    "тоже той только том ту ты у уже чем что чтобы эта эти это этот я "
    "a an and are as at be by do does for from how i if in is it its my not of on or our so "
    "than that the their then this to was we what when where which will with you your"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
"""Words that are in almost every text. A query is searched for them only if it has no others."""

_QUESTION_WORDS = (
    "где когда сколько какой какая какое какие каком какую каких почему зачем куда откуда кто кому "
    "чей можно нельзя надо нужно нужен нужна нужны должен должна могу может мочь хочу хотим "
    "делать сделать быть есть будет мой моя мое мои моего моей ваш ваша ваше ваши наш наша наши "
    "who why can could should may must want need there my"
)
QUESTION_WORDS = frozenset(_QUESTION_WORDS.split())
"""Words that tell what a person wants to know but not about what. Answers rarely have them, so
their rarity would make them count more than the topic."""


def _marked(mark: str, heard: Iterable[str]) -> Terms:
    return tuple(mark + way for way in dict.fromkeys(heard))


class Analyzer:
    """Computes the terms of words. A process has one analyzer, as it caches the terms of many."""

    def __init__(self) -> None:
        stemmed = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer("english"))
        self._english = stemmed.build()
        self.terms = lru_cache(KEPT_WORDS)(self._terms)
        self.document_terms = lru_cache(KEPT_WORDS)(self._terms_of_documents)
        self._affixes = lru_cache(KEPT_PARADIGMS)(self._paradigm_affixes)
        self._family = lru_cache(KEPT_WORDS)(family)
        self.is_known = lru_cache(KEPT_QUERY_WORDS)(self._is_known)
        self._joined_terms = lru_cache(KEPT_WORDS)(self._terms_of_joined)
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
        """Return all terms of a document's text, separated by spaces."""
        in_order = list(words(text))
        found = [term for word in in_order for term in self.document_terms(word)]
        for _, _, terms in self.joined(text):
            found += terms
        for pair in pairwise(in_order):
            if all(map(_SHORT_RUSSIAN.fullmatch, pair)) and FUNCTION_WORDS.isdisjoint(pair):
                found += self.document_terms("".join(pair))  # a loan as it is heard: вай фай
        return " ".join(found)

    def joined(
        self, text: str, *, latin: bool = True, digits: bool = True
    ) -> Iterator[tuple[int, int, Terms]]:
        """Yield starts and ends of words and numbers in a text that are made of several.

        With each are the terms by which it is found as a whole, and the words of an identifier.
        Without `latin` and `digits` identifiers and grouped numbers are not looked for.
        """
        for start, end, parts in joined_words(text):
            yield start, end, self._joined_terms(parts)
        for start, end, parts in identifiers(text) if latin else ():
            terms = (self.document_terms(folded(part)) for part in parts)
            yield start, end, tuple(chain.from_iterable(terms))
        for start, end, parts in grouped_numbers(text) if digits else ():
            yield start, end, self.document_terms("".join(parts))

    def families(self, word: str) -> Terms:
        """Return the terms by which documents with words like this folded one are found."""
        if not _RUSSIAN.fullmatch(word) or len(word) > LONGEST_WORD:
            return ()
        terms = self.terms(word)
        found = [undoubled(term) for term in terms]
        if self.is_known(word):  # what is guessed of an unknown word is no ground to cut it
            found += [FAMILY + self._family(term) for term in terms]
        else:
            found += [term.replace("ъ", "") for term in terms]  # an apostrophe: д'Артаньян
            cut = without_ending(word)
            if len(cut) >= _SHORTEST_CUT:  # The guess may be wrong: the form "экселе" of "эксель".
                found.append(CUT + undoubled(cut))
        return tuple(term for term in dict.fromkeys(found) if term not in terms)

    def ways(self, word: str) -> Terms:
        """Return all terms by which documents are found for a folded word of a query."""
        return (*self.terms(word), *self.families(word), *self.other_spellings(word))

    def other_spellings(self, word: str) -> Terms:
        """Return the terms by which documents spell the folded word in the other alphabet.

        A number is also found in numbers with a letter.
        """
        if len(word) > LONGEST_WORD:
            return ()
        if word.isdigit():
            return (NUMBER + word,)
        word = in_one_alphabet(word) if word.isalpha() else word
        if _ENGLISH.fullmatch(word):
            return (*_marked(CYRILLIC_SOUND, sounds(word)), *russian_spellings(word))
        if not _RUSSIAN.fullmatch(word):
            spelled = russian_spellings(word) if word.isalpha() else ()
            return (*self._mixed_sound(word, LATIN_SOUND, CYRILLIC_SOUND), *spelled)
        if not self.is_known(word):
            return _marked(LATIN_SOUND, self._sounds_of_forms(word))
        forms = dict.fromkeys((word, *self.terms(word)))
        return _marked(CLOSE_SOUND, (way for form in forms for way in close_sounds(form)))

    def _is_known(self, word: str) -> bool:
        """Whether a folded word is in the dictionary of Russian."""
        return bool(self._known_forms(word))

    def _sounds_as_written(self, word: str) -> Terms:
        """Return the terms by which queries in the other alphabet find a document's folded word."""
        if len(word) > LONGEST_WORD:
            return ()
        word = in_one_alphabet(word) if word.isalpha() else word
        if _ENGLISH.fullmatch(word):
            return (*_marked(LATIN_SOUND, sounds(word)), *_marked(CLOSE_SOUND, close_sounds(word)))
        if not _RUSSIAN.fullmatch(word):
            return self._mixed_sound(word, CYRILLIC_SOUND, LATIN_SOUND)
        if self.is_known(word):
            return ()
        return _marked(CYRILLIC_SOUND, self._sounds_of_forms(word))

    def _sounds_of_forms(self, word: str) -> Terms:
        """Return how an unknown Russian word sounds, and its dictionary form if that is another."""
        terms = self.terms(word)
        guessed = () if word in terms else terms
        return tuple(dict.fromkeys(way for form in (word, *guessed) for way in sounds(form)))

    @staticmethod
    def _mixed_sound(word: str, of_russian: str, of_english: str) -> Terms:
        """Return how a word sounds that has digits or letters of both alphabets."""
        if not word.isalnum():
            return ()
        if word.isalpha():
            return (of_english + mixed_sound(word), CLOSE_SOUND + mixed_sound(word, close=True))
        heard = sound_of_number(word)
        return ((of_english if word.isascii() else of_russian) + heard,) if heard else ()

    def _terms_of_documents(self, word: str) -> Terms:
        """Return all terms that a folded word of a document is found by.

        The number of 404б has a mark, so that 404а does not find it.
        """
        if word.isdigit():
            local = local_number(word)
            return (*self.terms(word), local) if local else self.terms(word)
        terms = self.terms(word)
        return (
            *(NUMBER + term if term.isdigit() else term for term in terms),
            *self.families(word),
            *self._sounds_as_written(word),
        )

    def _terms_of_joined(self, parts: tuple[str, ...]) -> Terms:
        """Return the terms of words with hyphens as if they were written in one word."""
        *first, last = map(folded, parts)
        before = "".join(first)
        whole = in_one_alphabet(before + last)
        if self.is_known(last) and not self.is_known(whole):
            joined = tuple(in_one_alphabet(before + term) for term in self.terms(last))
            if _HAS_LATIN.search(before):
                return (*joined, *(way for word in joined for way in self._sounds_as_written(word)))
            return joined
        return self.document_terms(whole)

    def _terms(self, word: str) -> Terms:
        """Return the terms of a folded word: at least one, none twice."""
        if len(word) > LONGEST_WORD:
            return (word[:LONGEST_WORD],)
        word = in_one_alphabet(word)
        if _RUSSIAN.fullmatch(word):
            forms = self._known_forms(word) or russian().normal_forms(word)
            return tuple(dict.fromkeys(map(folded, forms)))
        if _ENGLISH.fullmatch(word):
            spelled = dict.fromkeys((word, undoubled(word)))
            return tuple(dict.fromkeys(self._english.analyze(each)[0] for each in spelled))
        if word.isalpha():
            return (word,)
        if word.isdigit():
            national = national_number(word)
            return (word, national) if national else (word,)
        parts = [part for part in parts_of_mixed(word) if part != word]
        return tuple(dict.fromkeys([word, *(term for part in parts for term in self.terms(part))]))

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
            forms = set(spelled_with_doubled((word, *self.terms(word))))
            spelled = {written for form in forms for written in in_either_alphabet(form)}
            number = _NUMBER.match(word)  # The letters after it may be of another alphabet.
            return tuple(
                {form[:BEGINNING] for form in spelled} | ({number[0]} if number else set())
            )
        # One reading per paradigm is enough: the others differ only in the form that the word is.
        readings = {
            (reading.normal_form, reading.methods_stack[0][2:3]): reading
            for reading in russian().parse(word)
        }
        # A word and its dictionary form may begin differently, and so may its other forms.
        forms = {
            form for reading in readings.values() for form in self._beginnings_of_forms(reading)
        }
        own = (word, *self.terms(word))
        others = map(undoubled, own) if self.is_known(word) else spelled_with_doubled(own)
        with_apostrophe = f"{word[:1]}ъ{word[1:2]}"  # as the names д'Артаньян and о'Нил
        return tuple({with_apostrophe, *(form[:BEGINNING] for form in others), *map(folded, forms)})

    def _beginnings_of_forms(self, reading: Parse) -> set[str]:
        method = reading.methods_stack[0]
        if len(reading.methods_stack) > 1 or len(method) != _FROM_DICTIONARY:
            return {form.word[:BEGINNING] for form in reading.lexeme}
        # This finds the same, but does not make all forms, which is most of a new query's time.
        _, word, paradigm, number = method
        dictionary = russian().dictionary
        stem = dictionary.build_stem(dictionary.paradigms[paradigm], number, word)
        return {(before + stem + after)[:BEGINNING] for before, after in self._affixes(paradigm)}

    def _paradigm_affixes(self, paradigm: int) -> frozenset[tuple[str, str]]:
        forms = russian().dictionary.build_paradigm_info(paradigm)
        return frozenset((before, after[:BEGINNING]) for before, _, after in forms)

"""Snippets: the passage of a text that matches a query best, with the matching words marked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from widget_gateway.domain.qua.search import Hit, SearchDocument, Snippet
from widget_gateway.services.search.analysis import (
    BEGINNING,
    CLOSE_SOUND,
    CYRILLIC_SOUND,
    LATIN_SOUND,
    SHORT_PAIR,
    Analyzer,
    Terms,
)
from widget_gateway.services.search.sounds import beginning_in_russian
from widget_gateway.services.search.texts import WORD, folded, is_normal, with_positions

LENGTH = 200
"""Characters of the longest snippet, including the ellipses at its ends."""

MAX_FOUND = 200
"""Matching words that are considered in one text. If it has more, the first ones are enough."""

MAX_IN_SNIPPET = 40
"""Matching words that are considered for one snippet."""

_ROOM = LENGTH - 2
"""Characters of a passage: the rest of a snippet is for two ellipses."""

_LATIN_WORD = re.compile("[a-z]+")

_SENTENCE_END = re.compile(r"[.!?…]\s+")

Span = tuple[int, int]
"""Start and end in a text, in characters; the end is exclusive."""


class _Place(NamedTuple):
    start: int
    end: int
    word: str


class SnippetMaker:
    """Finds the words of one query in the texts of its hits."""

    def __init__(
        self,
        analyzer: Analyzer,
        rarity: Mapping[str, float],
        other_spellings: Mapping[str, Terms],
    ) -> None:
        """Find words whose rarity is given, also as the documents spell them otherwise."""
        self._analyzer = analyzer
        self._rarity = rarity
        others = {term: word for word, terms in other_spellings.items() for term in terms}
        self._word_by_term = others | {
            term: word
            for word in rarity
            for term in (*analyzer.terms(word), *analyzer.families(word))
        }
        self._word_by_form: dict[str, str | None] = {}
        """The word of the query that a word of the texts is a form of, or None."""
        beginnings = {beginning for word in rarity for beginning in analyzer.beginnings(word)}
        beginnings.update(term[:BEGINNING] for term in others if term.isalpha())
        # Beginnings that start with another beginning would only find the same places again.
        self._beginnings = [
            beginning
            for beginning in beginnings
            if not any(beginning != other and beginning.startswith(other) for other in beginnings)
        ]
        self._others = {
            word: patterns
            for word, terms in other_spellings.items()
            if (patterns := tuple(_beginnings_of_others(terms)))
        }
        """What begins words of the other alphabet that may be these words of the query."""
        self._often_joined = {word for word in rarity if not analyzer.is_known(word)}
        self._has_latin = any(map(_LATIN_WORD.search, rarity))
        self._has_digits = any(map(str.isdigit, rarity))

    def hit(self, document: SearchDocument, score: float) -> Hit:
        """Return the hit for a document: marked words, and no text but the snippet."""
        title_highlights = self.highlights(document.title)
        return Hit(
            document=replace(document, text=""),  # It may be long, and pages are kept.
            score=round(score, 4),
            snippet=self.snippet(document.text, document.title, thorough=not title_highlights),
            title_highlights=title_highlights,
        )

    def highlights(self, text: str) -> tuple[Span, ...]:
        """Return the spans of words of the query in a short text."""
        if is_normal(text):
            return tuple((place.start, place.end) for place in self._places(text))
        normal, positions = with_positions(text)
        return tuple(
            (positions[place.start], positions[place.end]) for place in self._places(normal)
        )

    def snippet(self, text: str, instead: str, *, thorough: bool = True) -> Snippet:
        """Return the best passage of a normalised text, or its beginning if nothing matches.

        If the text is empty, `instead` is used. `thorough` says that the words were not in the
        title, so they are looked for also where that takes long.
        """
        if not text:
            return self.snippet(instead, "…") if instead else Snippet(text="")
        places = self._places(text, thorough=thorough)
        start, end = _passage(text, self._best_run(places))
        before = "…" if start else ""
        after = "…" if end < len(text) else ""
        moved = start - len(before)
        return Snippet(
            text=f"{before}{text[start:end]}{after}",
            highlights=tuple(
                (place.start - moved, min(place.end, end) - moved)
                for place in places
                if start <= place.start < end
            ),
        )

    def _places(self, text: str, *, thorough: bool = True) -> list[_Place]:
        """Return the places of words of the query, in the order of the text.

        If `thorough`, a long text in which none is found is searched for them as parts of words.
        """
        lower = folded(text)
        found: dict[int, _Place] = {}
        for beginning in self._beginnings:
            at = lower.find(beginning)
            while at >= 0 and len(found) < MAX_FOUND:
                if at == 0 or not lower[at - 1].isalnum():
                    self._look_at(lower, at, found)
                at = lower.find(beginning, at + 1)
        missing = self._rarity.keys() - {place.word for place in found.values()}
        if missing:
            if not missing.isdisjoint(self._others):
                self._look_for_others(lower, missing, found)
            # That takes longer, and words of the dictionary rarely are joined.
            if (thorough and not found) or not missing.isdisjoint(self._often_joined):
                self._look_for_joined(text, found)
        return [found[at] for at in sorted(found)]

    def _look_for_others(self, lower: str, missing: set[str], found: dict[int, _Place]) -> None:
        """Find words of the query in the other alphabet."""
        for beginning in {each for word in missing for each in self._others.get(word, ())}:
            for match in beginning.finditer(lower):
                at = match.start()
                if (at == 0 or not lower[at - 1].isalnum()) and len(found) < MAX_FOUND:
                    self._look_at(lower, at, found)

    def _look_for_joined(self, text: str, found: dict[int, _Place]) -> None:
        """Find words of the query in words and numbers that are made of several."""
        joined = self._analyzer.joined(text, latin=self._has_latin, digits=self._has_digits)
        for start, end, terms in islice(joined, MAX_FOUND):
            word = next(filter(None, map(self._word_by_term.get, terms)), None)
            if word is not None:
                for at in [at for at in found if start <= at < end]:
                    del found[at]
                found[start] = _Place(start, end, word)

    def _look_at(self, lower: str, at: int, found: dict[int, _Place]) -> None:
        match = WORD.match(lower, at)
        if match is None:
            return
        word, end = self._word_of(match[0]), match.end()
        if word is None and (pair := SHORT_PAIR.match(lower, at)):
            word, end = self._word_of("".join(pair.groups())), pair.end()
        if word is not None:
            found[at] = _Place(at, end, word)

    def _word_of(self, form: str) -> str | None:
        if form not in self._word_by_form:
            words = map(self._word_by_term.get, self._analyzer.document_terms(form))
            self._word_by_form[form] = next(filter(None, words), None)
        return self._word_by_form[form]

    def _best_run(self, places: Sequence[_Place]) -> list[_Place]:
        """Return the first run of places that fits into a snippet and has the rarest words."""
        if (
            len(places) <= MAX_IN_SNIPPET
            and places[-1:]
            and places[-1].end <= places[0].start + _ROOM
        ):
            return list(places)
        best: list[_Place] = []
        best_value = (0.0, 0)
        for number, first in enumerate(places):
            last = first.start + _ROOM
            near = places[number : number + MAX_IN_SNIPPET]
            run = [place for place in near if place.end <= last] or [first]
            value = (sum(self._rarity[word] for word in {place.word for place in run}), len(run))
            if value > best_value:
                best, best_value = run, value
        return best


def _beginnings_of_others(terms: Terms) -> Iterator[re.Pattern[str]]:
    """Yield what finds the beginnings of words with these terms, which are of another alphabet."""
    for heard in {term[1:3] for term in terms if term[0] == CYRILLIC_SOUND}:
        if heard.isalpha():
            yield beginning_in_russian(heard)
    if any(term[0] in (LATIN_SOUND, CLOSE_SOUND) for term in terms):
        yield _LATIN_WORD


def _passage(text: str, run: Sequence[_Place]) -> Span:
    """Return start and end of a passage around the places, which begins a sentence if possible."""
    if len(text) <= LENGTH:
        return 0, len(text)
    start = 0
    if run:
        spare = max(_ROOM - (run[-1].end - run[0].start), 0)
        start = _start(text, run[0].start, spare)
    end = start + _ROOM
    if end >= len(text):
        return start, len(text)
    space = text.rfind(" ", run[-1].end if run else start, end + 1)
    return start, space if space > start else end


def _start(text: str, place: int, spare: int) -> int:
    """Return where to begin: with a sentence at most `spare` characters before the place.

    If no sentence begins there, it is a word at most half of `spare` before it.
    """
    earliest = place - spare
    if earliest <= 0:
        return 0
    sentences = [found.end() for found in _SENTENCE_END.finditer(text, earliest, place)]
    if sentences:
        return sentences[0]
    space = text.find(" ", place - spare // 2, place)
    return space + 1 if space >= 0 else place

"""Snippets: the passage of a text that matches a query best, with the matching words marked."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from widget_gateway.domain.qua.search import Snippet
from widget_gateway.services.search.analysis import WORD, Analyzer, folded

LENGTH = 200
"""Characters of the longest snippet, including the ellipses at its ends."""

MAX_FOUND = 200
"""Matching words that are considered in one text. If it has more, the first ones are enough."""

MAX_IN_SNIPPET = 40
"""Matching words that are considered for one snippet."""

_ROOM = LENGTH - 2
"""Characters of a passage: the rest of a snippet is for two ellipses."""

_SENTENCE_END = re.compile(r"[.!?…]\s+")

Span = tuple[int, int]
"""Start and end in a text, in characters; the end is exclusive."""


class _Place(NamedTuple):
    start: int
    end: int
    word: str


class SnippetMaker:
    """Finds the words of one query in the texts of its hits."""

    def __init__(self, analyzer: Analyzer, rarity: Mapping[str, float]) -> None:
        self._analyzer = analyzer
        self._rarity = rarity
        self._word_by_term = {term: word for word in rarity for term in analyzer.ways(word)}
        self._word_by_form: dict[str, str | None] = {}
        """The word of the query that a word of the texts is a form of, or None."""
        beginnings = {beginning for word in rarity for beginning in analyzer.beginnings(word)}
        # Beginnings that start with another beginning would only find the same places again.
        self._beginnings = [
            beginning
            for beginning in beginnings
            if not any(beginning != other and beginning.startswith(other) for other in beginnings)
        ]

    def highlights(self, text: str) -> tuple[Span, ...]:
        """Return the spans of words of the query in a short text."""
        return tuple((place.start, place.end) for place in self._places(text))

    def snippet(self, text: str, instead: str) -> Snippet:
        """Return the best passage of a normalised text, or its beginning if nothing matches.

        If the text is empty, `instead` is used.
        """
        if not text:
            return self.snippet(instead, "…") if instead else Snippet(text="")
        places = self._places(text)
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

    def _places(self, text: str) -> list[_Place]:
        """Return the places of words of the query, in the order of the text."""
        lower = folded(text)
        found: dict[int, _Place] = {}
        for beginning in self._beginnings:
            at = lower.find(beginning)
            while at >= 0 and len(found) < MAX_FOUND:
                if at == 0 or not lower[at - 1].isalnum():
                    self._look_at(lower, at, found)
                at = lower.find(beginning, at + 1)
        return [found[at] for at in sorted(found)]

    def _look_at(self, lower: str, at: int, found: dict[int, _Place]) -> None:
        match = WORD.match(lower, at)
        if match is None:
            return
        form = match[0]
        if form not in self._word_by_form:
            words = map(self._word_by_term.get, self._analyzer.document_terms(form))
            self._word_by_form[form] = next(filter(None, words), None)
        word = self._word_by_form[form]
        if word is not None:
            found[at] = _Place(at, match.end(), word)

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

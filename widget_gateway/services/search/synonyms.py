"""Synonyms in searches: a word or phrase of the query also finds those that mean the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from tantivy import Query

from widget_gateway.domain.qua.synonyms import SynonymGroup
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.texts import normalise, words
from widget_gateway.services.search.view import Wanted, sum_of

WEIGHT = 0.8
"""How much a synonym counts of what the word itself would: who typed a word wants it first."""

MAX_ADDED = 32
"""Most words that synonyms add to a query. Each one makes the search longer."""

LookUp = Callable[[str], Wanted | None]
"""Returns how to search for a folded word, or None if no document has it."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    """Its folded words."""
    others: tuple[tuple[str, ...], ...]
    """The words of each phrase that it finds, too."""


class SynonymTable:
    """All groups of synonyms, by the words that their phrases begin with, in any form."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._by_term: dict[str, list[_Phrase]] = {}
        self.replacements = 0
        """How often the groups were replaced."""

    def replace_all(self, groups: Iterable[SynonymGroup]) -> None:
        """Replace all groups."""
        by_term: dict[str, list[_Phrase]] = defaultdict(list)
        for group in groups:
            phrases = [tuple(words(normalise(word))) for word in group.words]
            for at, phrase in enumerate(phrases[:1] if group.one_way else phrases):
                others = tuple(other for n, other in enumerate(phrases) if n != at and other)
                for term in self._analyzer.terms(phrase[0]) if phrase else ():
                    by_term[term].append(_Phrase(phrase, others))
        self._by_term = dict(by_term)
        self.replacements += 1

    def extend(
        self, query: Sequence[str], wanted: list[Wanted], look_up: LookUp
    ) -> tuple[list[Wanted], set[str]]:
        """Return what to search for with the synonyms of the query's words, which are in order.

        Of a word and its synonyms the best one counts. A synonym that stands for a word that is in
        no document is searched for as well. Synonyms have no queries of their own in the result,
        but their words, so that snippets mark them. The words of the query that have synonyms in
        documents are returned, too: they are right as they are.
        """
        found = {one.word: one for one in wanted}
        right: set[str] = set()
        if not self._by_term:
            return wanted, right
        room = MAX_ADDED
        for at in range(len(query)):
            for phrase in self._phrases_at(query, at):
                for other in phrase.others[: max(room, 0)]:
                    looked_up = [one for one in map(look_up, other) if one is not None]
                    if len(looked_up) == len(other):
                        room -= len(other)
                        typed = query[at : at + len(phrase.words)]
                        _join(found, typed, looked_up)
                        right.update(typed)
        return list(found.values()), right

    def _phrases_at(self, query: Sequence[str], at: int) -> list[_Phrase]:
        """Return the phrases that stand at this place of the query, in any form."""
        begun = (self._by_term.get(term, ()) for term in self._analyzer.terms(query[at]))
        candidates = dict.fromkeys(phrase for phrases in begun for phrase in phrases)
        return [
            phrase
            for phrase in candidates
            if len(phrase.words) <= len(query) - at
            and all(map(self._is_form, phrase.words, query[at:]))
        ]

    def _is_form(self, word: str, other: str) -> bool:
        return not set(self._analyzer.terms(word)).isdisjoint(self._analyzer.terms(other))


def _join(found: dict[str, Wanted], typed: Sequence[str], synonyms: list[Wanted]) -> None:
    """Let the best of the typed words and the synonyms count, in `found`."""
    present = [found[word] for word in typed if word in found and found[word].queries]
    # A rare synonym must not count more than the frequent word that was typed.
    rarity = max(one.rarity for one in synonyms)
    wanted = min(rarity, max((one.rarity for one in present), default=rarity))
    queries = [query for one in synonyms for query in one.queries]
    instead = Query.boost_query(sum_of(queries), WEIGHT * wanted / rarity)
    for one in synonyms:
        found.setdefault(one.word, replace(one, queries=()))
    if not present:
        first = synonyms[0].word
        found[first] = replace(found[first], queries=(*found[first].queries, instead))
        return
    own = sum_of([query for one in present for query in one.queries])
    for one in present:
        found[one.word] = replace(one, queries=())
    best = Query.disjunction_max_query([own, instead])
    found[present[0].word] = replace(present[0], queries=(best,))

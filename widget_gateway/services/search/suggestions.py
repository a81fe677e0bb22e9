"""Suggests what an unfinished query may become: titles of questions, and queries of other users.

Titles are read from the search index, so all that a search finds is suggested at once, and no
process keeps anything else for them.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import islice

from widget_gateway.domain.ids import QuaQuestionId
from widget_gateway.domain.qua.suggestions import (
    FrequentQuery,
    Suggestion,
    SuggestionKind,
)
from widget_gateway.domain.qua.tracking import comparable
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.feed import SearchFeed
from widget_gateway.services.search.index import SearchIndex
from widget_gateway.services.search.query_words import telling_words

_LAST_LETTER = "\U0010ffff"
"""Sorts after all letters, so it ends the range of words with a beginning."""

_FIRST_SIGN = "0"
"""Sorts before all digits and letters, and after a space, so words go on with it or a later one."""


class FrequentQueries:
    """Queries of several users, found by the beginning of their words."""

    def __init__(self, queries: list[FrequentQuery], analyzer: Analyzer) -> None:
        """Keep the queries, which are sorted best first, without beginnings of others."""
        self._analyzer = analyzer
        self._queries = list(_without_beginnings(queries))
        self._numbers: defaultdict[str, set[int]] = defaultdict(set)
        for number, query in enumerate(self._queries):
            for word in telling_words(query.text):
                for form in (word, *analyzer.terms(word)):
                    self._numbers[form].add(number)
        self._sorted = sorted(self._numbers)

    def find(self, text: str) -> Iterator[FrequentQuery]:
        """Yield the queries that have all words of the text, the last of them unfinished."""
        *whole, last = telling_words(text) or [""]
        if not last:
            return
        first, end = (bisect_left(self._sorted, bound) for bound in (last, last + _LAST_LETTER))
        forms = [*self._sorted[first:end], *self._analyzer.terms(last)]
        numbers = set[int]().union(*(self._numbers.get(form, ()) for form in forms))
        for word in whole:
            numbers &= set[int]().union(
                *(self._numbers.get(term, ()) for term in self._analyzer.terms(word))
            )
        for number in sorted(numbers):
            yield self._queries[number]


def _without_beginnings(queries: list[FrequentQuery]) -> Iterator[FrequentQuery]:
    """Yield the queries that break off no word that another one has in full.

    People who search while they type open hits of unfinished queries, too.
    """
    ordered = sorted(comparable(query.text) for query in queries)
    for query in queries:
        text = comparable(query.text)
        following = bisect_left(ordered, text + _FIRST_SIGN)
        if not any(other.startswith(text) for other in ordered[following : following + 1]):
            yield query


class SuggestionService:
    """Suggests to every user the same, as a search finds the same for everybody."""

    def __init__(
        self,
        *,
        index: SearchIndex,
        feed: SearchFeed,
        analyzer: Analyzer,
        list_queries: Callable[[], Awaitable[list[FrequentQuery]]],
        layouts: Sequence[Callable[[str], str]],
    ) -> None:
        """Suggest queries of `list_queries`, which are sorted best first.

        Each of `layouts` returns what the same keys type in another keyboard layout.
        """
        self._index = index
        self._feed = feed
        self._analyzer = analyzer
        self._list_queries = list_queries
        self._layouts = layouts
        self._listed: list[FrequentQuery] = []
        self._queries = FrequentQueries([], analyzer)

    async def suggest(self, text: str, limit: int) -> list[Suggestion]:
        """Return at most `limit` suggestions, best first.

        If there are none, the text is read in the other keyboard layout, and at last with a typo.

        Raises:
            BusyError: the process has just started and still loads its index.
        """
        if not self._feed.loaded:
            await self._feed.ready()
        listed = await self._list_queries()
        if listed is not self._listed:
            self._listed, self._queries = listed, FrequentQueries(listed, self._analyzer)
        for read in (text, *(layout(text) for layout in self._layouts)):
            if found := self._find(read, limit):
                return found
        return self._titles(text, limit, with_typo=True)

    def _find(self, text: str, limit: int) -> list[Suggestion]:
        """Return queries first, as they have helped people, but at least half are titles."""
        titles = self._titles(text, limit)
        known = {comparable(text), *(comparable(title.text) for title in titles)}
        others = (
            Suggestion(query.text, SuggestionKind.QUERY)
            for query in self._queries.find(text)
            # An archived question may no longer be told of, nor the words that led to it.
            if comparable(query.text) not in known and all(map(self._index.has, query.opened))
        )
        room = max(limit // 2, limit - len(titles))
        return [*islice(others, room), *titles][:limit]

    def _titles(self, text: str, limit: int, *, with_typo: bool = False) -> list[Suggestion]:
        found = self._index.find_titles(text, limit=limit, with_typo=with_typo)
        titles = {comparable(document.title): document for document in reversed(found)}
        return [
            Suggestion(document.title, SuggestionKind.TITLE, QuaQuestionId(document.number))
            for document in reversed(titles.values())
        ]

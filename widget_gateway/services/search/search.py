"""Search: finds a page of documents for a query, which is corrected if that finds more.

The search itself takes about a millisecond, and mostly holds the interpreter's lock, so a thread
would not help. Correction takes milliseconds per word, so it runs in a thread.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, Protocol

from widget_gateway.domain.errors import BusyError
from widget_gateway.domain.qua.search import Found, Hit
from widget_gateway.services.fair_turns import FairTurns
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.feed import SearchFeed
from widget_gateway.services.search.index import Matches, SearchIndex
from widget_gateway.services.search.snippets import SnippetMaker

MAX_CORRECTIONS = 400
"""Queries that may be corrected or wait for it, at most half of them of the same user. With 30 ms
for each, the last one waits for twelve seconds."""


FEW_HITS = 2
"""Hits of a query that may be misspelled as documents are: then a correction is offered."""

MUCH_MORE = 5
"""How many times as much such a correction has to find."""

MAX_KEPT = 200
"""Pages of hits that are kept until the index changes: those that were asked for last. Many people
ask the same, above all while they type."""

MOST_KEPT_HITS = 20
"""Hits of the longest page that is kept; it has about 50 KB."""


class _Wish(NamedTuple):
    query: str
    spelling: bool
    limit: int
    offset: int
    typing: bool


class Corpus(Protocol):
    """The words of all documents, in any form."""

    def knows(self, word: str) -> bool:
        """Whether the word is in any document; then it is not misspelled."""

    def frequency(self, word: str) -> int:
        """Return in how many documents the word is."""

    def near(self, word: str) -> Collection[str]:
        """Return words of documents whose spelling may be like that of the word."""


class Correction(Protocol):
    """A corrected text."""

    @property
    def text(self) -> str:
        """The text with its mistakes corrected."""

    @property
    def sure_text(self) -> str:
        """The text with only those mistakes corrected that surely are some."""


class Corrector(Protocol):
    """Corrects the spelling of queries."""

    @property
    def is_ready(self) -> bool:
        """Whether texts can be corrected now."""

    async def ready(self) -> bool:
        """Whether texts can be corrected. It may wait for that after the very first start."""

    def correct(self, text: str, corpus: Corpus) -> Correction:
        """Return the text as it was probably meant. It is called in a thread."""


class _Doubting:
    """The words of all documents without those of few documents, which may be typos there."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def knows(self, word: str) -> bool:
        return self._corpus.frequency(word) > FEW_HITS

    def frequency(self, word: str) -> int:
        found = self._corpus.frequency(word)
        return found if found > FEW_HITS else 0

    def near(self, word: str) -> Collection[str]:
        return self._corpus.near(word)


class SearchService:
    """Searches the index of this process."""

    def __init__(
        self,
        index: SearchIndex,
        feed: SearchFeed,
        analyzer: Analyzer,
        corrector: Corrector,
    ) -> None:
        self._index = index
        self._feed = feed
        self._analyzer = analyzer
        self._corrector = corrector
        self._kept: OrderedDict[_Wish, Found] = OrderedDict()
        self._kept_state: Hashable = None
        self._thread = ThreadPoolExecutor(1, "correction")
        self._corrections = FairTurns(
            at_once=1,
            places=MAX_CORRECTIONS,
            message="Too many queries are being corrected. Try again in a moment.",
        )

    async def search(  # noqa: PLR0913 - the options of a search
        self,
        query: str,
        *,
        spelling: bool,
        limit: int,
        offset: int,
        party: Hashable,
        typing: bool = False,
    ) -> Found:
        """Return what the query finds or, if `spelling`, what its correction finds if that is more.

        A correction that is not sure is not used: if it finds more, it is offered. So is one of
        words that few documents have, if it finds much more. If `typing`, the last word may be the
        beginning of a word.

        Parties that wait for corrections get their turns one after another.

        Raises:
            BusyError: the process has just started and still loads its index, or too many queries
                of the party wait to be corrected.
        """
        if not self._feed.loaded:
            await self._feed.ready()
        wish = _Wish(query, spelling, limit, offset, typing)
        state = self._index.state()
        if state != self._kept_state:
            self._kept_state = state
            self._kept.clear()
        kept = self._kept.get(wish)
        if kept is not None:
            self._kept.move_to_end(wish)
            return kept
        found, is_final = await self._find(wish, party)
        if is_final and len(found.hits) <= MOST_KEPT_HITS and state == self._kept_state:
            self._kept[wish] = found
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return found

    async def _find(self, wish: _Wish, party: Hashable) -> tuple[Found, bool]:
        """Return what a search finds, and whether another one would find the same."""
        query = wish.query
        find = partial(self._index.find, offset=wish.offset, typing=wish.typing)
        used, matches, offered = query, find(query, limit=wish.limit), None
        is_final = True
        if wish.spelling and not matches.is_complete:
            is_final = await self._corrector.ready()
            if is_final:
                corrected = await self._correct(query, party, self._index)
                if corrected.sure_text != query:
                    better = find(corrected.sure_text, limit=wish.limit)
                    if better.total > matches.total:
                        used, matches = corrected.sure_text, better
                if corrected.text not in (query, used):
                    other = find(corrected.text, limit=1)
                    offered = corrected.text if other.total > matches.total else None
        elif wish.spelling and 0 < matches.total <= FEW_HITS and not matches.unfinished:
            is_final = self._corrector.is_ready
            if is_final:
                try:
                    text = (await self._correct(query, party, _Doubting(self._index))).text
                except BusyError:  # What was found is the answer; an offer is only a help.
                    text, is_final = query, False
                if text != query and find(text, limit=1).total >= matches.total * MUCH_MORE:
                    offered = text
        found = Found(
            query=query,
            used_query=used,
            offered_query=offered,
            total=matches.total,
            unfinished=matches.unfinished,
            hits=self._hits(matches),
        )
        return found, is_final

    async def _correct(self, query: str, party: Hashable, corpus: Corpus) -> Correction:
        with self._corrections.place(party):
            async with self._corrections.turn(party):
                return await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._corrector.correct, query, corpus
                )

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _hits(self, matches: Matches) -> tuple[Hit, ...]:
        maker = SnippetMaker(self._analyzer, matches.rarity, matches.other_spellings)
        return tuple(maker.hit(document, score) for document, score in matches.documents)

"""Searching: a query, corrected where that finds more, and a page of what it finds.

The search itself takes about a millisecond, most of it with the interpreter's lock: in a thread it
would only wait for that. Correction takes milliseconds a
word, and has a thread, so that nobody else waits for it.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from widget_gateway.domain.qua.search import Found, Hit
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.feed import SearchFeed
from widget_gateway.services.search.index import Matches, SearchIndex
from widget_gateway.services.search.snippets import SnippetMaker


class Corpus(Protocol):
    """The words of the documents, in any form."""

    def knows(self, word: str) -> bool:
        """Whether it is in any document: then it is no misspelling."""

    def frequency(self, word: str) -> int:
        """In how many documents it is."""


class Correction(Protocol):
    """What became of a text."""

    @property
    def text(self) -> str:
        """With its faults corrected."""

    @property
    def changed(self) -> bool:
        """Whether there were any."""


class Corrector(Protocol):
    """Corrects the spelling of queries."""

    async def ready(self) -> bool:
        """Whether it corrects; it may have to be waited for just after the first start."""

    def correct(self, text: str, corpus: Corpus) -> Correction:
        """A text as it was probably meant; called in a thread."""


class SearchService:
    """The search of this process."""

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
        self._thread = ThreadPoolExecutor(1, "correction")

    async def search(self, query: str, *, spelling: bool, limit: int, offset: int) -> Found:
        """What the query finds, or, with `spelling`, its correction if that finds more.

        Raises:
            BusyError: the process has just started and still loads its index.
        """
        if not self._feed.loaded:
            await self._feed.ready()
        used, matches = query, self._index.find(query, limit=limit, offset=offset)
        if spelling and not matches.is_complete and await self._corrector.ready():
            corrected = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._corrector.correct, query, self._index
            )
            if corrected.changed:
                better = self._index.find(corrected.text, limit=limit, offset=offset)
                if better.total > matches.total:
                    used, matches = corrected.text, better
        return Found(query=query, used_query=used, total=matches.total, hits=self._hits(matches))

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _hits(self, matches: Matches) -> tuple[Hit, ...]:
        maker = SnippetMaker(self._analyzer, matches.rarity)
        return tuple(
            Hit(
                document=document,
                score=round(score, 4),
                snippet=maker.snippet(document.text, document.title),
                title_highlights=maker.highlights(document.title),
            )
            for document, score in matches.documents
        )

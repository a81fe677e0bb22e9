"""Records searches and clicks, so that editors see what people look for and do not find."""

import asyncio
from datetime import datetime

from storage.counters import CounterStore
from storage.qua.external_resources import ExternalResourceStore
from storage.qua.searches import SearchStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import ClickForgedError, ResourceNotFoundError
from widget_gateway.domain.ids import ResourceId, SearchId
from widget_gateway.domain.qua.search import Found
from widget_gateway.domain.qua.tracking import Link, Search, SearchReport, Track, is_signed, sign
from widget_gateway.domain.qua.users import User
from widget_gateway.domain.secrets import derive_key

PURPOSE = "qua tracking"
"""Distinguishes the key of links from other keys that are derived from the same secret."""

_NUMBERS_AT_ONCE = 100
"""Numbers that a process takes from the database at once. Those that it does not use are lost."""


class TrackingService:
    """Numbers searches, signs the links of their hits, and counts the clicks on them."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        *,
        searches: SearchStore,
        resources: ExternalResourceStore,
        counters: CounterStore,
        secret: str,
        old_secret: str | None,
        clock: Clock,
    ) -> None:
        self._searches = searches
        self._resources = resources
        self._counters = counters
        secrets = [secret] if old_secret is None else [secret, old_secret]
        self._keys = [derive_key(value, PURPOSE) for value in secrets]
        self._clock = clock
        self._numbers = iter(range(0))
        self._taking = asyncio.Lock()

    async def record(self, user: User, found: Found, *, offset: int, took: float) -> SearchId:
        """Record a search; `took` is in seconds. Returns its number, which its links contain."""
        number = await self._next_number()
        search = Search(
            query=found.query,
            used_query=found.used_query,
            user=user.id,
            hits=found.total,
            offset=offset,
            took=took,
            unfinished=found.unfinished,
            at=self._clock(),
        )
        await self._searches.add(number, search)
        return number

    async def _next_number(self) -> SearchId:
        async with self._taking:
            number = next(self._numbers, None)
            if number is None:
                self._numbers = iter(await self._counters.next_block("searches", _NUMBERS_AT_ONCE))
                number = next(self._numbers)
        return SearchId(number)

    def sign(self, link: Link, target: str = "") -> str:
        """Return the token of a link. `target` is the URL that an external link leads to."""
        return sign(self._keys[0], link, target)

    async def count_click(self, link: Link, token: str) -> None:
        """Count that a question was opened from a search's hits, if the token signs the link."""
        if self._is_signed(link, "", token):
            await self._searches.add_click(link, self._clock())

    def _is_signed(self, link: Link, target: str, token: str) -> bool:
        return any(is_signed(key, link, target, token) for key in self._keys)

    async def follow(self, link: Link, token: str, target: str) -> str:
        """Count the click on an external hit, and return the URL that it leads to.

        Raises:
            ClickForgedError: no search has made this link.
        """
        if link.track is not Track.EXTERNAL:
            raise ClickForgedError
        try:
            url = (await self._resources.get(ResourceId(link.qid))).url
        except ResourceNotFoundError:
            raise ClickForgedError from None
        if url != target or not self._is_signed(link, url, token):
            raise ClickForgedError
        await self._searches.add_click(link, self._clock())
        return url

    async def report(self, since: datetime, until: datetime, limit: int) -> SearchReport:
        """Return searches from `since` to before `until`; lists have up to `limit` queries."""
        return await self._searches.report(since, until, limit)

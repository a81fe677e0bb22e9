"""Queries that have helped several users, which are suggested to others."""

from storage.qua.searches import SearchStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.qua.suggestions import COUNTED_FOR, LEAST_USERS, FrequentQuery
from widget_gateway.services.qua.kept import Kept

MAX_QUERIES = 2_000
"""Frequent queries that a process keeps, about 2 MB: those of the most users."""

_AGE_S = 60.0
"""How old the counts may be, in seconds. To count three months' searches takes up to a second."""


class FrequentQueryService:
    """Counts queries in the database, at most once a minute."""

    def __init__(self, searches: SearchStore, clock: Clock) -> None:
        self._searches = searches
        self._clock = clock
        self._queries = Kept(self._read, _AGE_S)

    async def list_all(self) -> list[FrequentQuery]:
        """List the queries, those of the most users first; the same list until it is counted."""
        return await self._queries.get()

    async def _read(self) -> list[FrequentQuery]:
        since = self._clock() - COUNTED_FOR
        return await self._searches.list_frequent(since, LEAST_USERS, MAX_QUERIES)

"""The editor's desk: searches that found nothing, and keywords that are in use."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from storage.qua.dismissals import DismissalStore
from storage.qua.questions import QuaQuestionStore
from storage.qua.searches import SearchStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.qua.dismissals import unmet_entry
from widget_gateway.domain.qua.tracking import REPORTED_DAYS, QueryCount, SearchReport, comparable
from widget_gateway.domain.qua.users import User
from widget_gateway.services.qua.editors import check_editor
from widget_gateway.services.qua.kept import Kept

CountHits = Callable[[str], Awaitable[int]]
"""Counts what a search as typed finds."""

UNMET_QUERIES = 50
"""Queries without hits that are looked at: each is searched for again, which takes some
milliseconds."""

REPORTED_QUERIES = 500
"""Queries without hits that are read, so that UNMET_QUERIES are left when many are dismissed. The
report, with its other lists, then takes a few megabytes at most."""

KEYWORDS = 20_000
"""The most frequent keywords, of which one is completed. They take about 4 MB."""

_AGE_S = 30.0
"""How old the report and the keywords may be, in seconds. To read them takes up to some seconds
where there are many searches or questions."""


class DeskService:
    """Tells editors what to write next, and authors which keywords there are already."""

    def __init__(
        self,
        *,
        searches: SearchStore,
        questions: QuaQuestionStore,
        dismissals: DismissalStore,
        count_hits: CountHits,
        clock: Clock,
    ) -> None:
        self._searches = searches
        self._questions = questions
        self._dismissals = dismissals
        self._count_hits = count_hits
        self._clock = clock
        self._report = Kept(self._read_report, _AGE_S)
        self._keywords = Kept(self._read_keywords, _AGE_S)

    async def list_unmet(self, editor: User, *, dismissed: bool) -> list[QueryCount]:
        """List frequent queries of the last days that found nothing, and still find nothing.

        If `dismissed`, only those that have been dismissed are listed, else only the others.

        Raises:
            NotEditorError: the user is no editor. Queries are what other users have typed.
            BusyError: the search is being prepared.
        """
        check_editor(editor)
        entries = {
            unmet_entry(query.query): query
            for query in (await self._report.get()).queries_without_hits
        }
        away = await self._dismissals.find(entries)
        wanted = [query for entry, query in entries.items() if (entry in away) == dismissed]
        return [
            query for query in wanted[:UNMET_QUERIES] if await self._count_hits(query.query) == 0
        ]

    async def complete_keyword(self, prefix: str, limit: int) -> list[str]:
        """List keywords that begin with `prefix` in any case, the most frequent first."""
        wanted = comparable(prefix)
        known = await self._keywords.get()
        found = (keyword for normal, keyword in known if normal.startswith(wanted))
        return [keyword for keyword, _ in zip(found, range(limit), strict=False)]

    async def _read_report(self) -> SearchReport:
        until = self._clock()
        since = until - timedelta(days=REPORTED_DAYS)
        return await self._searches.report(since, until, REPORTED_QUERIES)

    async def _read_keywords(self) -> list[tuple[str, str]]:
        counted = await self._questions.count_keywords(KEYWORDS)
        return [(comparable(keyword), keyword) for keyword, _ in counted]

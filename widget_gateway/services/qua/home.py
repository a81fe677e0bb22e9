"""What the page shows before anybody searches: what people open most, and what is new."""

from dataclasses import dataclass
from datetime import timedelta

from storage.qua.external_resources import ExternalResourceStore
from storage.qua.questions import QuaQuestionStore
from storage.qua.searches import SearchStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.ids import QuaQuestionId, ResourceId
from widget_gateway.domain.qua.external_resources import ListedResource
from widget_gateway.domain.qua.questions import ListedQuestion
from widget_gateway.domain.qua.tracking import OpenedCount, Track
from widget_gateway.services.qua.kept import Kept

SHOWN = 8
"""Entries of each list: what fits on a screen without scrolling far."""

OPENED_WITHIN = timedelta(days=30)
"""The time whose clicks count. What was asked for a year ago may concern nobody now."""

_COUNTED = 5 * SHOWN
"""Hits that are counted, since some of them may have been archived or removed meanwhile."""

_COUNTS_AGE_S = 60.0
"""How old the counts may be, in seconds. To count a month's clicks takes up to a second."""


@dataclass(frozen=True, kw_only=True)
class Home:
    """What people have opened most from searches, and the newest questions."""

    popular: list[ListedQuestion | ListedResource]
    new: list[ListedQuestion]


class HomeService:
    """Reads what is popular and what is new."""

    def __init__(
        self,
        *,
        searches: SearchStore,
        questions: QuaQuestionStore,
        resources: ExternalResourceStore,
        clock: Clock,
    ) -> None:
        self._searches = searches
        self._questions = questions
        self._resources = resources
        self._clock = clock
        self._counts = Kept(self._count, _COUNTS_AGE_S)

    async def get(self) -> Home:
        """Return both lists. What was archived or removed is in neither."""
        counts = await self._counts.get()
        by_track: dict[Track, list[int]] = {track: [] for track in Track}
        for opened in counts:
            by_track[opened.track].append(opened.qid)
        questions = await self._questions.find_all(map(QuaQuestionId, by_track[Track.INTERNAL]))
        resources = await self._resources.find_all(map(ResourceId, by_track[Track.EXTERNAL]))
        found: dict[tuple[Track, int], ListedQuestion | ListedResource] = {
            **{(Track.INTERNAL, question.id): question for question in questions},
            **{(Track.EXTERNAL, resource.id): resource for resource in resources},
        }
        popular = [
            found[opened.track, opened.qid]
            for opened in counts
            if (opened.track, opened.qid) in found
        ]
        return Home(popular=popular[:SHOWN], new=await self._questions.newest(SHOWN))

    async def _count(self) -> list[OpenedCount]:
        return await self._searches.most_opened(self._clock() - OPENED_WITHIN, _COUNTED)

"""`GET /api/search`: questions and external resources, best first."""

import time
from typing import Any
from urllib.parse import quote

import msgspec

from handlers.contract.operations import Operation, Operations
from handlers.qua.base import QuaHandler, Success
from handlers.qua.parameters import QUERY, SPELLING, TYPING, limit_parameter, offset_parameter
from widget_gateway.domain.errors import BusyError
from widget_gateway.domain.ids import SearchId
from widget_gateway.domain.qua.search import DocumentKind, Found, Hit, split_document_id
from widget_gateway.domain.qua.tracking import Link, Track

DEFAULT_LIMIT = 20
LIMIT = limit_parameter(default=DEFAULT_LIMIT, most=100)
OFFSET = offset_parameter(most=10_000)

_AS_PRINTED = ":/"
"""Characters of a URL that stay unescaped in the query of a link, so that people can read it."""


class UrlParams(msgspec.Struct):
    """Parameters for `GET /api/questions/<qid>`, by which the click on the hit is counted."""

    qid: int
    shid: int
    token: str
    track: str


class ShownHit(msgspec.Struct, kw_only=True):
    """A hit. `highlights` are starts and ends, in characters, of found words in `snippet`.

    A question has `url_params`, an external resource its `resource` and the `url` to follow.
    """

    id: int
    image: str | None
    is_external: bool
    resource: str | None
    keywords: list[str] | None
    score: float
    snippet: str
    highlights: list[tuple[int, int]]
    title: str
    title_highlights: list[tuple[int, int]]
    url_params: UrlParams | msgspec.UnsetType = msgspec.UNSET
    url: str | msgspec.UnsetType = msgspec.UNSET


class SearchAnswer(msgspec.Struct):
    """A page of hits. `total` counts all of them; `took` is the time of the search in seconds.

    `offered_query` is there if a correction would find more which is too unsure to be used.
    """

    hits: list[ShownHit]
    query: str
    query_was_corrected: bool
    total: int
    used_query: str
    took: float
    offered_query: str | msgspec.UnsetType = msgspec.UNSET


_URL_PARAMS = {"qid": 1, "shid": 47, "token": "91727aa95d47fcdc9966", "track": "search_internal"}
_EXAMPLE: dict[str, Any] = {
    "hits": [
        {
            "id": 1,
            "image": None,
            "is_external": False,
            "resource": None,
            "keywords": ["one", "two"],
            "score": 1.0,
            "snippet": "Привет тебе друг",
            "highlights": [[12, 16]],
            "title": "Привет тебе друг",
            "title_highlights": [[12, 16]],
            "url_params": _URL_PARAMS,
        },
        {
            "id": 6,
            "image": "/static/images/jsifucwer.jpg",
            "is_external": True,
            "resource": "en.wikipedia.org",
            "keywords": None,
            "score": 0.45,
            "snippet": "Привет тебе друг",
            "highlights": [[12, 16]],
            "title": "Привет тебе друг мой",
            "title_highlights": [[12, 16]],
            "url": "/away?track=search_external&shid=47&qid=6&token=29f0e3a50514dd530717"
            "&redirect_url=https://en.wikipedia.org/wiki/Friendship",
        },
    ],
    "query": "друк",
    "query_was_corrected": True,
    "total": 2,
    "used_query": "друг",
    "took": 0.0087,
}


class SearchHandler(QuaHandler):
    """Search questions and external resources."""

    operations = Operations(
        get=Operation(
            summary="Search",
            tag="qua",
            about="Words are found in any form, in Russian and in English. A query is corrected "
            "where that finds more; `used_query` is what was searched for then. A correction that "
            "is not sure is offered as `offered_query`.",
            required=(QUERY,),
            optional=(SPELLING, TYPING, LIMIT, OFFSET),
            answer=Success[SearchAnswer],
            example={"ok": 1, "response": _EXAMPLE},
            refusals=(BusyError,),
        )
    )

    async def get(self) -> None:
        """Answer with a page of hits."""
        spelling = SPELLING.find(self.inputs)
        offset = OFFSET.find(self.inputs) or 0
        began_at = time.perf_counter()
        found = await self.services.search.search(
            QUERY.get(self.inputs),
            spelling=spelling is not False,
            limit=LIMIT.find(self.inputs) or DEFAULT_LIMIT,
            offset=offset,
            party=self.user.id,
            typing=TYPING.find(self.inputs) or False,
        )
        took = round(time.perf_counter() - began_at, 4)
        tracking = self.services.tracking
        search = await tracking.record(self.user, found, offset=offset, took=took)
        self.answer(self._shown(found, search, took))

    def _shown(self, found: Found, search: SearchId, took: float) -> SearchAnswer:
        return SearchAnswer(
            hits=[self._hit(hit, search) for hit in found.hits],
            query=found.query,
            query_was_corrected=found.was_corrected,
            total=found.total,
            used_query=found.used_query,
            took=took,
            offered_query=found.offered_query or msgspec.UNSET,
        )

    def _hit(self, hit: Hit, search: SearchId) -> ShownHit:
        document = hit.document
        kind, number = split_document_id(document.id)
        external = kind is DocumentKind.EXTERNAL
        shown = ShownHit(
            id=number,
            image=document.image,
            is_external=external,
            resource=document.resource,
            keywords=None if external else list(document.keywords),
            score=hit.score,
            snippet=hit.snippet.text,
            highlights=list(hit.snippet.highlights),
            title=document.title,
            title_highlights=list(hit.title_highlights),
        )
        if external:
            shown.url = self._away(Link(Track.EXTERNAL, search, number), document.url or "")
        else:
            link = Link(Track.INTERNAL, search, number)
            token = self.services.tracking.sign(link)
            shown.url_params = UrlParams(link.qid, link.shid, token, link.track)
        return shown

    def _away(self, link: Link, target: str) -> str:
        token = self.services.tracking.sign(link, target)
        return (
            f"/away?track={link.track}&shid={link.shid}&qid={link.qid}&token={token}"
            f"&redirect_url={quote(target, safe=_AS_PRINTED)}"
        )


ROUTES = [("search", SearchHandler)]

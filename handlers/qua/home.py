"""`GET /api/home`: what people open most, and what is new."""

from typing import Any

import msgspec

from handlers.contract.operations import Operation, Operations
from handlers.qua.base import QuaHandler, Success
from handlers.qua.question_shapes import LISTED, QuestionLine, line
from widget_gateway.domain.qua.external_resources import ListedResource
from widget_gateway.domain.qua.questions import ListedQuestion


class PopularLine(msgspec.Struct):
    """A question, or an external resource, which has its host as `resource` and its `url`."""

    id: int
    title: str
    is_external: bool
    resource: str | None
    url: str | None


class ShownHome(msgspec.Struct):
    """What was opened most from searches within 30 days, and the newest questions."""

    popular: list[PopularLine]
    new: list[QuestionLine]


_POPULAR: dict[str, Any] = {
    "id": 1,
    "title": "Привет тебе друг",
    "is_external": False,
    "resource": None,
    "url": None,
}
_EXTERNAL: dict[str, Any] = {
    "id": 6,
    "title": "Friendship",
    "is_external": True,
    "resource": "en.wikipedia.org",
    "url": "https://en.wikipedia.org/wiki/Friendship",
}


class HomeHandler(QuaHandler):
    """Tell what is popular and what is new."""

    operations = Operations(
        get=Operation(
            summary="What is popular, and what is new",
            tag="qua",
            about="What people have opened most from searches within 30 days, which is counted "
            "once a minute, and the newest questions; at most eight of each.",
            answer=Success[ShownHome],
            example={
                "ok": 1,
                "response": {
                    "popular": [_POPULAR, _EXTERNAL],
                    "new": [LISTED | {"answer_exists": True}],
                },
            },
        )
    )

    async def get(self) -> None:
        """Answer with both lists."""
        home = await self.services.home.get()
        people = await self.authors(*home.new)
        self.answer(
            ShownHome(
                popular=[_popular(entry) for entry in home.popular],
                new=[line(question, people) for question in home.new],
            )
        )


def _popular(entry: ListedQuestion | ListedResource) -> PopularLine:
    page = entry if isinstance(entry, ListedResource) else None
    return PopularLine(
        id=entry.id,
        title=entry.title,
        is_external=page is not None,
        resource=page.resource if page else None,
        url=page.url if page else None,
    )


ROUTES = [("home", HomeHandler)]

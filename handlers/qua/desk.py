"""The editor's desk: who one is, a preview, keywords, and what is to be worked through."""

import msgspec

from handlers.contract.operations import Moment, Operation, Operations
from handlers.qua.base import TOTAL, QuaHandler, Success
from handlers.qua.parameters import (
    LIST_LIMIT,
    LIST_OFFSET,
    ONLY_DISMISSED,
    PREFIX,
    RAW,
    limit_parameter,
    list_page,
)
from handlers.qua.question_shapes import LISTED, QuestionLine, line
from widget_gateway.domain.clock import iso_micros
from widget_gateway.domain.errors import BusyError, NotEditorError
from widget_gateway.domain.qua.questions import ListedQuestion

DEFAULT_KEYWORDS = 10
KEYWORD_LIMIT = limit_parameter(default=DEFAULT_KEYWORDS, most=50)


class Me(msgspec.Struct):
    """The user who calls. An `editor` may change what others wrote."""

    id: int
    username: str
    first_name: str
    last_name: str
    editor: bool


_ME = {"id": 1, "username": "nsapunov", "first_name": "", "last_name": "", "editor": True}


class Preview(msgspec.Struct):
    """Markdown as sanitised HTML."""

    html: str


class UnmetQuery(msgspec.Struct):
    """A query that finds nothing: how often it was made, by how many users, and when last."""

    query: str
    count: int
    users: int
    last_at: Moment


class MeHandler(QuaHandler):
    """Tell who calls."""

    operations = Operations(
        get=Operation(
            summary="Who one is",
            tag="qua",
            answer=Success[Me],
            example={"ok": 1, "response": _ME},
        )
    )

    async def get(self) -> None:
        """Answer with the user of the token."""
        user = self.user
        self.answer(Me(user.id, user.username, user.first_name, user.last_name, user.editor))


class PreviewHandler(QuaHandler):
    """Render Markdown."""

    operations = Operations(
        post=Operation(
            summary="Preview an answer",
            tag="qua",
            about="The Markdown becomes HTML just as that of an answer; nothing is stored.",
            required=(RAW,),
            answer=Success[Preview],
            example={"ok": 1, "response": {"html": "<p>some <strong>markdown</strong></p>"}},
            refusals=(BusyError,),
        )
    )

    async def post(self) -> None:
        """Answer with the HTML."""
        rendered = await self.services.questions.preview(self.user, RAW.get(self.inputs))
        self.answer(Preview(rendered.html))


class KeywordsHandler(QuaHandler):
    """Complete a keyword."""

    operations = Operations(
        get=Operation(
            summary="Complete a keyword",
            tag="qua",
            about="Keywords of questions that begin like this, the most frequent first. A new one "
            "is known after half a minute.",
            required=(PREFIX,),
            optional=(KEYWORD_LIMIT,),
            answer=Success[list[str]],
            example={"ok": 1, "response": ["пароль", "пароли"]},
        )
    )

    async def get(self) -> None:
        """Answer with the keywords."""
        limit = KEYWORD_LIMIT.find(self.inputs) or DEFAULT_KEYWORDS
        prefix = PREFIX.get(self.inputs)
        self.answer(await self.services.desk.complete_keyword(prefix, limit))


class _QuestionListHandler(QuaHandler):
    """A list of questions in pages."""

    async def answer_with(self, questions: list[ListedQuestion], total: int) -> None:
        """Answer with a page, and the number of all."""
        people = await self.authors(*questions)
        self.set_header(TOTAL, str(total))
        self.answer([line(question, people) for question in questions])


class UnansweredHandler(_QuestionListHandler):
    """List questions that nobody has answered."""

    operations = Operations(
        get=Operation(
            summary="List the unanswered questions",
            tag="qua",
            about="Newest first; `X-Total-Count` tells how many there are in all.",
            optional=(LIST_LIMIT, LIST_OFFSET),
            answer=Success[list[QuestionLine]],
            headers=(TOTAL,),
            example={"ok": 1, "response": [LISTED | {"answer_exists": False}]},
        )
    )

    async def get(self) -> None:
        """Answer with a page of the list."""
        limit, offset = list_page(self.inputs)
        service = self.services.questions
        await self.answer_with(*await service.list_unanswered(limit=limit, offset=offset))


class ArchivedHandler(_QuestionListHandler):
    """List archived questions."""

    operations = Operations(
        get=Operation(
            summary="List the archived questions",
            tag="qua",
            about="Those that the user may bring back: an editor all, others their own. Newest "
            "first; `X-Total-Count` tells how many there are in all.",
            optional=(LIST_LIMIT, LIST_OFFSET),
            answer=Success[list[QuestionLine]],
            headers=(TOTAL,),
            example={"ok": 1, "response": [LISTED | {"answer_exists": True}]},
        )
    )

    async def get(self) -> None:
        """Answer with a page of the list."""
        limit, offset = list_page(self.inputs)
        service = self.services.questions
        page = await service.list_archived(self.user, limit=limit, offset=offset)
        await self.answer_with(*page)


class UnmetSearchesHandler(QuaHandler):
    """List searches that find nothing."""

    operations = Operations(
        get=Operation(
            summary="List searches without hits",
            tag="qua",
            about="Queries of the last 30 days that found nothing and still find nothing, the "
            "most frequent first. For editors only.",
            optional=(ONLY_DISMISSED,),
            answer=Success[list[UnmetQuery]],
            example={
                "ok": 1,
                "response": [
                    {
                        "query": "зарплатный проект",
                        "count": 7,
                        "users": 3,
                        "last_at": "2017-01-08T00:14:45.323000Z",
                    }
                ],
            },
            refusals=(NotEditorError, BusyError),
        )
    )

    async def get(self) -> None:
        """Answer with the queries."""
        dismissed = ONLY_DISMISSED.is_set(self.inputs)
        unmet = await self.services.desk.list_unmet(self.user, dismissed=dismissed)
        self.answer(
            [
                UnmetQuery(query.query, query.count, query.users, iso_micros(query.last_at))
                for query in unmet
            ]
        )


ROUTES = [
    ("me", MeHandler),
    ("preview", PreviewHandler),
    ("keywords", KeywordsHandler),
    ("questions/unanswered", UnansweredHandler),
    ("questions/archived", ArchivedHandler),
    ("searches/without_hits", UnmetSearchesHandler),
]

"""Questions and answers as JSON."""

from typing import Any

import msgspec

from handlers.contract.operations import Moment
from handlers.qua.base import Author, authorship
from widget_gateway.domain.qua.questions import Answer, ListedQuestion, Question
from widget_gateway.services.qua.users import People


class ShownAnswer(msgspec.Struct):
    """An answer. `raw` is Markdown, `html` is sanitised, `snippet` has the first 200 characters."""

    created_at: Moment
    created_by: Author
    html: str
    id: int
    raw: str
    snippet: str
    updated_at: Moment
    updated_by: Author
    version: int


class QuestionLine(msgspec.Struct):
    """A question in a list."""

    answer_exists: bool
    created_at: Moment
    created_by: Author
    id: int
    keywords: list[str]
    title: str
    updated_at: Moment
    updated_by: Author


class ShownQuestion(msgspec.Struct):
    """A question with its answer."""

    answer: ShownAnswer | None
    created_at: Moment
    created_by: Author
    id: int
    keywords: list[str]
    title: str
    updated_at: Moment
    updated_by: Author


_AUTHOR = {"first_name": "", "id": 1, "last_name": "", "username": "nsapunov"}
_WRITTEN: dict[str, Any] = {
    "created_at": "2017-01-08T00:14:45.323000Z",
    "created_by": _AUTHOR,
    "updated_at": "2017-01-08T00:14:45.323000Z",
    "updated_by": _AUTHOR,
}
EXAMPLE: dict[str, Any] = {
    "answer": {
        **_WRITTEN,
        "html": "<p>привет</p>",
        "id": 1,
        "raw": "привет",
        "snippet": "привет",
        "version": 1,
    },
    **_WRITTEN,
    "id": 1,
    "keywords": ["привет"],
    "title": "Привет тебе друг",
}
LISTED = {name: value for name, value in EXAMPLE.items() if name != "answer"}


def line(question: ListedQuestion, people: People) -> QuestionLine:
    """A question in a list, with its authors by their ids in `people`."""
    return QuestionLine(
        answer_exists=question.answer_exists,
        id=question.id,
        keywords=list(question.keywords),
        title=question.title,
        **authorship(question, people),
    )


def shown(question: Question, people: People) -> ShownQuestion:
    """A question with its answer, with the authors of both by their ids in `people`."""
    return ShownQuestion(
        answer=_shown_answer(question.answer, people) if question.answer else None,
        id=question.id,
        keywords=list(question.keywords),
        title=question.title,
        **authorship(question, people),
    )


def _shown_answer(answer: Answer, people: People) -> ShownAnswer:
    return ShownAnswer(
        html=answer.html,
        id=answer.id,
        raw=answer.raw,
        snippet=answer.snippet,
        version=answer.version,
        **authorship(answer, people),
    )

"""QUA's questions and their answers: writes, reads and archives them (docs/qua.md)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from storage.counters import CounterStore
from storage.qua.questions import NewNumbers, QuaQuestionStore
from widget_gateway.domain.clock import Clock, whole_milliseconds
from widget_gateway.domain.errors import NotAuthorError
from widget_gateway.domain.ids import QuaQuestionId
from widget_gateway.domain.qua.questions import (
    ListedQuestion,
    Question,
    QuestionChanges,
    Rendered,
)
from widget_gateway.domain.qua.search import SearchChange
from widget_gateway.domain.qua.users import User
from widget_gateway.services.qua.markdown import MarkdownRenderer

Announce = Callable[[SearchChange], Awaitable[None]]
"""Tells this process's search index what was written, so that the next search here finds it."""


@dataclass(frozen=True, kw_only=True)
class QuestionText:
    """The fields of a question that a caller sends; None where it sends nothing.

    `raw` is the answer in Markdown.
    """

    title: str | None = None
    keywords: tuple[str, ...] | None = None
    raw: str | None = None


class QuaQuestionService:
    """Anybody who is signed in may ask. The author and editors may change a question."""

    def __init__(
        self,
        *,
        questions: QuaQuestionStore,
        counters: CounterStore,
        markdown: MarkdownRenderer,
        announce: Announce,
        clock: Clock,
    ) -> None:
        self._questions = questions
        self._counters = counters
        self._markdown = markdown
        self._announce = announce
        self._clock = clock

    async def ask(self, author: User, fields: QuestionText) -> Question:
        """Store a new question. Its title must not be None.

        Raises:
            BusyError: too many answers of the author wait to be rendered.
        """
        changes = await self._rendered(fields, author)
        number = QuaQuestionId(await self._counters.next("qua_questions"))
        numbers = NewNumbers(number, await self._answer_number(changes.answer))
        question, change = await self._questions.add(
            numbers, changes, author, whole_milliseconds(self._clock())
        )
        await self._announce(change)
        return question

    async def change(
        self,
        editor: User,
        question: QuaQuestionId,
        fields: QuestionText,
        based_on: int | None = None,
    ) -> Question:
        """Change those fields of a question that are not None; atomic.

        `based_on` is the version that the changes were made from, if they may replace no other.

        Raises:
            QuaQuestionNotFoundError: there is no such question, or it is archived.
            NotAuthorError: the user may not change it.
            QuaQuestionChangedError: the question has another version than `based_on` now.
            BusyError: too many answers of the editor wait to be rendered.
        """
        changes = await self._rendered(fields, editor)
        if changes.is_nothing:
            return await self._get_editable(question, editor)
        numbers = NewNumbers(question, await self._answer_number(changes.answer))
        changed, change = await self._questions.update(
            numbers, changes, editor, whole_milliseconds(self._clock()), based_on=based_on
        )
        if change is not None:
            await self._announce(change)
        return changed

    async def _get_editable(self, question: QuaQuestionId, editor: User) -> Question:
        found = await self._questions.get(question)
        if not found.may_be_changed_by(editor):
            raise NotAuthorError
        return found

    async def archive(self, editor: User, question: QuaQuestionId) -> None:
        """Remove a question from lists and search. Its row stays in the database.

        Raises:
            QuaQuestionNotFoundError, NotAuthorError: see `change`.
        """
        change = await self._questions.archive(question, editor, whole_milliseconds(self._clock()))
        if change is not None:
            await self._announce(change)

    async def restore(self, editor: User, question: QuaQuestionId) -> Question:
        """Bring an archived question back to lists and search.

        Raises:
            QuaQuestionNotFoundError: there is no such question.
            NotAuthorError: the user may not change it.
        """
        now = whole_milliseconds(self._clock())
        restored, change = await self._questions.restore(question, editor, now)
        if change is not None:
            await self._announce(change)
        return restored

    async def get(self, question: QuaQuestionId) -> Question:
        """Return a question.

        Raises:
            QuaQuestionNotFoundError: there is no such question, or it is archived.
        """
        return await self._questions.get(question)

    async def list_page(self, *, limit: int, offset: int) -> tuple[list[ListedQuestion], int]:
        """Return a page of questions, newest first, and how many there are in all."""
        return await self._questions.list_page(limit=limit, offset=offset)

    async def list_unanswered(self, *, limit: int, offset: int) -> tuple[list[ListedQuestion], int]:
        """Return a page of the questions that have no answer, like `list_page`."""
        return await self._questions.list_unanswered(limit=limit, offset=offset)

    async def list_archived(
        self, reader: User, *, limit: int, offset: int
    ) -> tuple[list[ListedQuestion], int]:
        """Return a page of the archived questions that the reader may bring back."""
        return await self._questions.list_archived(reader, limit=limit, offset=offset)

    async def preview(self, author: User, raw: str) -> Rendered:
        """Render an answer as `ask` and `change` do, and store nothing.

        Raises:
            BusyError: too many answers of the author wait to be rendered.
        """
        return await self._markdown.render(raw, author.id)

    async def _rendered(self, fields: QuestionText, author: User) -> QuestionChanges:
        answer = None if fields.raw is None else await self._markdown.render(fields.raw, author.id)
        return QuestionChanges(title=fields.title, keywords=fields.keywords, answer=answer)

    async def _answer_number(self, answer: Rendered | None) -> int:
        """Return a number for the case that the answer is new; 0 if there is no answer."""
        has_one = answer is not None and not answer.is_empty
        return await self._counters.next("qua_answers") if has_one else 0

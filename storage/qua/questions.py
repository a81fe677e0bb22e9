"""Questions with their answers, each of which is stored with its search document."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from pymongo import ReturnDocument

from storage.client import Client, Database, Document, translated
from storage.qua.search_documents import SearchDocumentStore
from storage.transactions import Session, run
from widget_gateway.domain.errors import NotAuthorError, QuaQuestionNotFoundError
from widget_gateway.domain.ids import QuaQuestionId, QuaUserId
from widget_gateway.domain.qua.questions import (
    Answer,
    ListedQuestion,
    Question,
    QuestionChanges,
    Rendered,
)
from widget_gateway.domain.qua.search import (
    DocumentKind,
    SearchChange,
    SearchDocument,
    document_id,
)
from widget_gateway.domain.qua.users import User

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewNumbers:
    """Numbers for a question and an answer that a write may make. Unused numbers are lost."""

    question: QuaQuestionId
    answer: int


class QuaQuestionStore:
    """Questions by number. A question and its search document are written in one transaction.

    Archived questions are kept. Writes also return the change of the search document, for the
    index of this process.
    """

    def __init__(self, client: Client, database: Database, documents: SearchDocumentStore) -> None:
        self._client = client
        self._questions = database["qua_questions"]
        self._documents = documents

    async def add(
        self, numbers: NewNumbers, changes: QuestionChanges, author: User, now: datetime
    ) -> tuple[Question, SearchChange]:
        """Store a new question, with its answer if there is one; atomic."""
        row: Document = {
            "_id": numbers.question,
            "archived": False,
            "title": changes.title,
            "keywords": list(changes.keywords or ()),
            "answer": None,
            "answer_text": "",
            "answer_version": 0,
            **_created(author.id, now),
        }
        row |= _answered(row, changes.answer, numbers.answer, author.id, now)

        async def work(session: Session) -> SearchChange:
            await self._questions.insert_one(row, session=session)
            return await self._documents.put(session, _search_document(row))

        change = await run(self._client, work)
        return _question_from(row), change

    async def update(
        self,
        numbers: NewNumbers,
        changes: QuestionChanges,
        editor: User,
        now: datetime,
    ) -> tuple[Question, SearchChange]:
        """Change the fields that `changes` has, and no others; atomic.

        Raises:
            QuaQuestionNotFoundError: there is no such question, or it is archived.
            NotAuthorError: the user may not change it.
        """

        async def work(session: Session) -> tuple[Document, SearchChange]:
            row = await self._get_editable(session, numbers.question, editor)
            fields = _answered(row, changes.answer, numbers.answer, editor.id, now)
            if changes.title is not None:
                fields["title"] = changes.title
            if changes.keywords is not None:
                fields["keywords"] = list(changes.keywords)
            fields |= {"updated_by": editor.id, "updated_at": now}
            changed = await self._set(session, numbers.question, fields)
            return changed, await self._documents.put(session, _search_document(changed))

        row, change = await run(self._client, work)
        return _question_from(row), change

    async def archive(
        self, question: QuaQuestionId, editor: User, now: datetime
    ) -> SearchChange | None:
        """Archive a question, so that lists and search no longer have it; atomic.

        Raises:
            QuaQuestionNotFoundError, NotAuthorError: as `update`.
        """

        async def work(session: Session) -> SearchChange | None:
            await self._get_editable(session, question, editor)
            fields = {"archived": True, "updated_by": editor.id, "updated_at": now}
            await self._set(session, question, fields)
            found_as = document_id(DocumentKind.QUESTION, question)
            return await self._documents.remove(session, found_as)

        return await run(self._client, work)

    async def get(self, question: QuaQuestionId) -> Question:
        """Return a question.

        Raises:
            QuaQuestionNotFoundError: there is no such question, or it is archived.
        """
        with translated():
            row = await self._questions.find_one({"_id": question, "archived": False})
        if row is None:
            raise QuaQuestionNotFoundError
        return _question_from(row)

    async def list_page(self, *, limit: int, offset: int) -> tuple[list[ListedQuestion], int]:
        """List a page of the questions, newest first; returns the number of all, too."""
        shown = {"archived": False}
        with translated():
            rows = self._questions.find(shown, _LISTED).sort("_id", -1).skip(offset).limit(limit)
            page = [ListedQuestion(**_head(row)) async for row in rows]
            return page, await self._questions.count_documents(shown)

    async def _get_editable(
        self, session: Session, question: QuaQuestionId, editor: User
    ) -> Document:
        """Read the row in the transaction, which conflicts if the row is changed meanwhile."""
        row = await self._questions.find_one({"_id": question, "archived": False}, session=session)
        if row is None:
            raise QuaQuestionNotFoundError
        if not _question_from(row).may_be_changed_by(editor):
            raise NotAuthorError
        return row

    async def _set(self, session: Session, question: QuaQuestionId, fields: Document) -> Document:
        changed: Any = await self._questions.find_one_and_update(
            {"_id": question},
            {"$set": fields},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return cast("Document", changed)


def _created(author: QuaUserId, now: datetime) -> Document:
    return {"created_at": now, "created_by": author, "updated_at": now, "updated_by": author}


def _answered(
    row: Document, rendered: Rendered | None, number: int, author: QuaUserId, now: datetime
) -> Document:
    """Return the fields that change with this answer; none if it is the same as before."""
    answer = row["answer"]
    if rendered is None or rendered.raw == (answer["raw"] if answer else ""):
        return {}
    if rendered.is_empty:
        if answer is None:
            return {}
        return {"answer": None, "answer_text": "", "answer_version": row["answer_version"] + 1}
    version = row["answer_version"] + 1
    if answer is None:
        answer = {"id": number, **_created(author, now)}
    answer |= {
        "raw": rendered.raw,
        "html": rendered.html,
        "snippet": rendered.snippet,
        "version": version,
        "updated_at": now,
        "updated_by": author,
    }
    return {"answer": answer, "answer_text": rendered.text, "answer_version": version}


def _search_document(row: Document) -> SearchDocument:
    return SearchDocument(
        id=document_id(DocumentKind.QUESTION, row["_id"]),
        title=row["title"],
        keywords=tuple(row["keywords"]),
        text=row["answer_text"],
    )


def _question_from(row: Document) -> Question:
    return Question(**_head(row), answer=Answer(**row["answer"]) if row["answer"] else None)


_LISTED = (
    *("title", "keywords", "answer.id"),
    *("created_at", "created_by", "updated_at", "updated_by"),
)
"""The fields that `_head` reads."""


def _head(row: Document) -> Document:
    return {
        "id": QuaQuestionId(row["_id"]),
        "title": row["title"],
        "keywords": tuple(row["keywords"]),
        "answer_exists": row.get("answer") is not None,
        "created_at": row["created_at"],
        "created_by": QuaUserId(row["created_by"]),
        "updated_at": row["updated_at"],
        "updated_by": QuaUserId(row["updated_by"]),
    }

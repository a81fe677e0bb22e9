"""Questions with their answers, each of which is stored with its search document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pymongo import ReturnDocument

from storage.client import Client, Database, Document, translated
from storage.qua.question_rows import (
    LISTED,
    answer_fields,
    changed_fields,
    listed_from,
    new_row,
    question_from,
    search_document,
    version_from,
)
from storage.qua.search_documents import SearchDocumentStore
from storage.qua.versions import VersionStore
from storage.transactions import Session, run
from widget_gateway.domain.errors import (
    NotAuthorError,
    QuaQuestionChangedError,
    QuaQuestionNotFoundError,
)
from widget_gateway.domain.ids import QuaQuestionId
from widget_gateway.domain.qua.questions import ListedQuestion, Question, QuestionChanges
from widget_gateway.domain.qua.search import DocumentKind, SearchChange, document_id
from widget_gateway.domain.qua.users import User
from widget_gateway.domain.qua.versions import Version


@dataclass(frozen=True, slots=True)
class NewNumbers:
    """Numbers for a question and an answer that a write may make. Unused numbers are lost."""

    question: QuaQuestionId
    answer: int


class QuaQuestionStore:
    """Questions by number. A question and its search document are written in one transaction.

    Archived questions are kept, and so is what a change replaces. Writes also return the change of
    the search document, for the index of this process; None if nothing was changed.
    """

    def __init__(
        self,
        client: Client,
        database: Database,
        documents: SearchDocumentStore,
        versions: VersionStore,
    ) -> None:
        self._client = client
        self._questions = database["qua_questions"]
        self._documents = documents
        self._versions = versions

    async def add(
        self, numbers: NewNumbers, changes: QuestionChanges, author: User, now: datetime
    ) -> tuple[Question, SearchChange]:
        """Store a new question, with its answer if there is one; atomic."""
        row = new_row(numbers.question, changes, author.id, now)
        row |= answer_fields(row, changes.answer, numbers.answer, author.id, now)

        async def work(session: Session) -> SearchChange:
            await self._questions.insert_one(row, session=session)
            return await self._documents.put(session, search_document(row))

        change = await run(self._client, work)
        return question_from(row), change

    async def update(
        self,
        numbers: NewNumbers,
        changes: QuestionChanges,
        editor: User,
        now: datetime,
        *,
        based_on: int | None,
    ) -> tuple[Question, SearchChange | None]:
        """Change the fields that `changes` has, and no others; atomic.

        Changes that make no difference are none. `based_on` is the version that the changes were
        made from, if they may replace no other.

        Raises:
            QuaQuestionNotFoundError: there is no such question, or it is archived.
            NotAuthorError: the user may not change it.
            QuaQuestionChangedError: the question has another version than `based_on` now.
        """

        async def work(session: Session) -> tuple[Document, SearchChange | None]:
            row = await self._get_editable(session, numbers.question, editor)
            fields = changed_fields(row, changes, numbers.answer, editor.id, now)
            if not fields:
                return row, None
            if based_on not in (None, version_from(row).number):
                raise QuaQuestionChangedError
            changed = await self._replace(session, row, fields, editor, now)
            return changed, await self._documents.put(session, search_document(changed))

        row, change = await run(self._client, work)
        return question_from(row), change

    async def archive(
        self, question: QuaQuestionId, editor: User, now: datetime
    ) -> SearchChange | None:
        """Archive a question, so that lists and search no longer have it; atomic.

        Raises:
            QuaQuestionNotFoundError, NotAuthorError: as `update`.
        """

        async def work(session: Session) -> SearchChange | None:
            row = await self._get_editable(session, question, editor)
            await self._replace(session, row, {"archived": True}, editor, now)
            found_as = document_id(DocumentKind.QUESTION, question)
            return await self._documents.remove(session, found_as)

        return await run(self._client, work)

    async def restore(
        self, question: QuaQuestionId, editor: User, now: datetime
    ) -> tuple[Question, SearchChange | None]:
        """Bring an archived question back; atomic. One that is not archived stays as it is.

        Raises:
            QuaQuestionNotFoundError: there is no such question.
            NotAuthorError: the user may not change it.
        """

        async def work(session: Session) -> tuple[Document, SearchChange | None]:
            row = await self._get_editable(session, question, editor, even_archived=True)
            if not row["archived"]:
                return row, None
            restored = await self._replace(session, row, {"archived": False}, editor, now)
            return restored, await self._documents.put(session, search_document(restored))

        row, change = await run(self._client, work)
        return question_from(row), change

    async def get(self, question: QuaQuestionId) -> Question:
        """Return a question.

        Raises:
            QuaQuestionNotFoundError: there is no such question, or it is archived.
        """
        with translated():
            row = await self._questions.find_one({"_id": question, "archived": False})
        if row is None:
            raise QuaQuestionNotFoundError
        return question_from(row)

    async def get_version(self, question: QuaQuestionId) -> tuple[Question, Version]:
        """Return a question, even if it is archived, and the version that it has now.

        Raises:
            QuaQuestionNotFoundError: there is no such question.
        """
        with translated():
            row = await self._questions.find_one({"_id": question})
        if row is None:
            raise QuaQuestionNotFoundError
        return question_from(row), version_from(row)

    async def list_page(self, *, limit: int, offset: int) -> tuple[list[ListedQuestion], int]:
        """List a page of the questions, newest first; returns the number of all, too."""
        return await self._page({"archived": False}, limit, offset)

    async def list_unanswered(self, *, limit: int, offset: int) -> tuple[list[ListedQuestion], int]:
        """List a page of the questions without an answer, like `list_page`."""
        return await self._page({"archived": False, "answer.id": None}, limit, offset)

    async def list_archived(
        self, reader: User, *, limit: int, offset: int
    ) -> tuple[list[ListedQuestion], int]:
        """List a page of the archived questions that the reader may bring back."""
        own = {} if reader.editor else {"created_by": reader.id}
        return await self._page({"archived": True} | own, limit, offset)

    async def find_all(self, questions: Iterable[QuaQuestionId]) -> list[ListedQuestion]:
        """Find those of the questions that are not archived, in no order."""
        wanted = {"_id": {"$in": list(questions)}, "archived": False}
        with translated():
            return [listed_from(row) async for row in self._questions.find(wanted, LISTED)]

    async def newest(self, limit: int) -> list[ListedQuestion]:
        """List the newest questions."""
        with translated():
            rows = self._questions.find({"archived": False}, LISTED).sort("_id", -1).limit(limit)
            return [listed_from(row) async for row in rows]

    async def count_keywords(self, limit: int) -> list[tuple[str, int]]:
        """Count in how many questions each keyword is, the most frequent first."""
        steps: list[Document] = [
            {"$match": {"archived": False}},
            {"$unwind": "$keywords"},
            {"$group": {"_id": "$keywords", "count": {"$sum": 1}}},
            {"$sort": {"count": -1, "_id": 1}},
            {"$limit": limit},
        ]
        with translated():
            found = await self._questions.aggregate(steps, allowDiskUse=True)
            return [(row["_id"], row["count"]) for row in await found.to_list(limit)]

    async def _page(
        self, wanted: Document, limit: int, offset: int
    ) -> tuple[list[ListedQuestion], int]:
        with translated():
            rows = self._questions.find(wanted, LISTED).sort("_id", -1).skip(offset).limit(limit)
            page = [listed_from(row) async for row in rows]
            return page, await self._questions.count_documents(wanted)

    async def _get_editable(
        self,
        session: Session,
        question: QuaQuestionId,
        editor: User,
        *,
        even_archived: bool = False,
    ) -> Document:
        """Read the row in the transaction, which conflicts if the row is changed meanwhile."""
        row = await self._questions.find_one({"_id": question}, session=session)
        if row is None or (row["archived"] and not even_archived):
            raise QuaQuestionNotFoundError
        if not question_from(row).may_be_changed_by(editor):
            raise NotAuthorError
        return row

    async def _replace(
        self, session: Session, row: Document, fields: Document, editor: User, now: datetime
    ) -> Document:
        """Keep the version of the row, and make the next one, which has these fields."""
        former = version_from(row)
        await self._versions.keep(session, former)
        next_version = {
            "version": former.number + 1,
            "updated_by": editor.id,
            "updated_at": now,
        }
        changed: Any = await self._questions.find_one_and_update(
            {"_id": row["_id"]},
            {"$set": fields | next_version},
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return cast("Document", changed)

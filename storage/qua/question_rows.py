"""How a question with its answer is stored in one document."""

from datetime import datetime

from storage.client import Document
from widget_gateway.domain.ids import QuaQuestionId, QuaUserId
from widget_gateway.domain.qua.questions import (
    Answer,
    ListedQuestion,
    Question,
    QuestionChanges,
    Rendered,
)
from widget_gateway.domain.qua.search import DocumentKind, SearchDocument, document_id
from widget_gateway.domain.qua.versions import FIRST_VERSION, Version

LISTED = (
    *("title", "keywords", "answer.id"),
    *("created_at", "created_by", "updated_at", "updated_by"),
)
"""The fields that `listed_from` reads."""


def new_row(
    question: QuaQuestionId, changes: QuestionChanges, author: QuaUserId, now: datetime
) -> Document:
    """Make the row of a new question that has no answer yet."""
    return {
        "_id": question,
        "archived": False,
        "version": FIRST_VERSION,
        "title": changes.title,
        "keywords": list(changes.keywords or ()),
        "answer": None,
        "answer_text": "",
        "answer_version": 0,
        **_created(author, now),
    }


def changed_fields(
    row: Document, changes: QuestionChanges, answer_number: int, editor: QuaUserId, now: datetime
) -> Document:
    """Return the fields that the changes make different; none if all are as before."""
    fields = answer_fields(row, changes.answer, answer_number, editor, now)
    if changes.title is not None and changes.title != row["title"]:
        fields["title"] = changes.title
    if changes.keywords is not None and list(changes.keywords) != row["keywords"]:
        fields["keywords"] = list(changes.keywords)
    return fields


def answer_fields(
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
    # A new object: the row still has the former answer, which is kept as a version.
    changed = answer | {
        "raw": rendered.raw,
        "html": rendered.html,
        "snippet": rendered.snippet,
        "version": version,
        "updated_at": now,
        "updated_by": author,
    }
    return {"answer": changed, "answer_text": rendered.text, "answer_version": version}


def _created(author: QuaUserId, now: datetime) -> Document:
    return {"created_at": now, "created_by": author, "updated_at": now, "updated_by": author}


def search_document(row: Document) -> SearchDocument:
    """Make the document by which the search finds the question."""
    return SearchDocument(
        id=document_id(DocumentKind.QUESTION, row["_id"]),
        title=row["title"],
        keywords=tuple(row["keywords"]),
        text=row["answer_text"],
    )


def question_from(row: Document) -> Question:
    """Read a question with its answer."""
    return Question(**_head(row), answer=Answer(**row["answer"]) if row["answer"] else None)


def listed_from(row: Document) -> ListedQuestion:
    """Read a question as lists show it, from the fields LISTED."""
    return ListedQuestion(**_head(row))


def version_from(row: Document) -> Version:
    """Read the version that the question has now. Questions of early releases have no number."""
    return Version(
        question=QuaQuestionId(row["_id"]),
        number=row.get("version", FIRST_VERSION),
        title=row["title"],
        keywords=tuple(row["keywords"]),
        raw=row["answer"]["raw"] if row["answer"] else "",
        archived=row["archived"],
        at=row["updated_at"],
        by=QuaUserId(row["updated_by"]),
    )


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

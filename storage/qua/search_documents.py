"""The documents that QUA's search finds: the one state that the indexes of all processes share.

A document is written in the transaction of what it describes. A removed one leaves a tombstone for
a day, so that a process that slept meanwhile learns of it. With a document its terms are stored:
processes that load it need not analyse it, unless they go by other rules or dictionaries.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from typing import Any

from pymongo import ReturnDocument

from storage.changes import Changes
from storage.client import Database, Document, translated
from storage.transactions import Session
from widget_gateway.domain.qua.search import (
    NO_TERMS,
    DocumentTerms,
    RemovedDocument,
    SearchChange,
    SearchDocument,
)

Analyse = Callable[[SearchDocument], Awaitable[SearchDocument]]
"""Gives a document its terms."""

BATCH_SIZE = 1_000
"""Documents that are read at once: some megabytes."""

TOMBSTONE_TTL_S = 24 * 3600


class SearchDocumentStore:
    """Documents under `_id` `q:<number>` or `e:<number>`; each change raises `version`."""

    def __init__(self, database: Database, analyse: Analyse) -> None:
        self._documents = database["search_documents"]
        self._analyse = analyse

    async def put(self, session: Session, document: SearchDocument) -> SearchDocument:
        """Write a document, new or over the one with its id; returns it with its version.

        Belongs into the transaction that changes what the document describes. Once that is
        committed, the result is to be given to the index of this process.
        """
        analysed = await self._analyse(document)
        row: Any = await self._documents.find_one_and_update(
            {"_id": document.id},
            {"$set": fields(analysed), "$unset": {"removed_at": ""}, "$inc": {"version": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return _document_from(row)

    async def remove(self, session: Session, id_: str) -> RemovedDocument | None:
        """Leave a tombstone in place of a document; None if there is none. Else as `put`."""
        row = await self._documents.find_one_and_update(
            {"_id": id_, "removed_at": None},
            {
                "$currentDate": {"removed_at": True},
                "$inc": {"version": 1},
                "$unset": dict.fromkeys(_CONTENT, ""),
            },
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return None if row is None else RemovedDocument(id=id_, version=row["version"])

    async def read_all(self) -> AsyncIterator[list[SearchChange]]:
        """Every document and tombstone, in batches and in no order."""
        with translated():
            cursor = self._documents.find().batch_size(BATCH_SIZE)
            while rows := await cursor.to_list(BATCH_SIZE):
                yield [_change_from(row) for row in rows]


class SearchDocumentChanges(Changes[SearchChange]):
    """Documents that were written or removed, by any process."""

    collection = "search_documents"
    full_document = "updateLookup"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": {"$in": ["insert", "update", "replace", "delete"]}}},
        {"$project": {"documentKey": 1, "fullDocument": 1}},
    ]

    def read(self, row: Document) -> SearchChange:
        """The document as it is now, which may be newer than the change."""
        now = row.get("fullDocument")
        if now is None:
            return RemovedDocument(id=row["documentKey"]["_id"], version=None)
        return _change_from(now)


_PLAIN = ("title", "text", "resource", "url", "image")
_CONTENT = (*_PLAIN, "keywords", "terms")


def fields(document: SearchDocument) -> Document:
    """What is stored of a document, beside its id and version."""
    stored: Document = {name: getattr(document, name) for name in _PLAIN}
    stored["keywords"] = list(document.keywords)
    stored["terms"] = asdict(document.terms)
    return stored


def _change_from(row: Document) -> SearchChange:
    if row.get("removed_at") is not None:
        return RemovedDocument(id=row["_id"], version=row["version"])
    return _document_from(row)


def _document_from(row: Document) -> SearchDocument:
    terms = row.get("terms")  # none were stored once
    return SearchDocument(
        id=row["_id"],
        version=row["version"],
        title=row["title"],
        keywords=tuple(row["keywords"]),
        text=row["text"],
        resource=row["resource"],
        url=row["url"],
        image=row["image"],
        terms=NO_TERMS if terms is None else DocumentTerms(**terms),
    )

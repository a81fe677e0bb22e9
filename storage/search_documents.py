"""The documents that QUA's search finds: the one state that the indexes of all processes share.

A document is written in the transaction of what it describes. A removed one leaves a tombstone for
a day, so that a process that slept meanwhile learns of it.
"""

from collections.abc import AsyncIterator
from typing import Any

from pymongo import ReturnDocument

from storage.changes import Changes
from storage.client import Database, translated
from storage.transactions import Session
from widget_gateway.domain.qua_search import RemovedDocument, SearchChange, SearchDocument

Document = dict[str, Any]

BATCH_SIZE = 500
"""Documents that are read at once: some hundred kilobytes."""

TOMBSTONE_TTL_S = 24 * 3600


class SearchDocumentStore:
    """Documents under `_id` `q:<number>` or `e:<number>`; each change raises `version`."""

    def __init__(self, database: Database) -> None:
        self._documents = database["search_documents"]

    async def put(self, session: Session, document: SearchDocument) -> SearchDocument:
        """Write a document, new or over the one with its id; returns it with its version.

        Belongs into the transaction that changes what the document describes. Once that is
        committed, the result is to be given to the index of this process.
        """
        row = await self._documents.find_one_and_update(
            {"_id": document.id},
            {"$set": _fields(document), "$unset": {"removed_at": ""}, "$inc": {"version": 1}},
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


_CONTENT = ("title", "keywords", "text", "resource", "url", "image")


def _fields(document: SearchDocument) -> Document:
    return {name: getattr(document, name) for name in _CONTENT}


def _change_from(row: Document) -> SearchChange:
    if row.get("removed_at") is not None:
        return RemovedDocument(id=row["_id"], version=row["version"])
    return _document_from(row)


def _document_from(row: Document) -> SearchDocument:
    return SearchDocument(
        id=row["_id"],
        version=row["version"],
        keywords=tuple(row["keywords"]),
        **{name: row[name] for name in _CONTENT if name != "keywords"},
    )

"""The documents that QUA's search finds. Each machine has an index of them.

A document is written in the transaction of the question or resource that it describes. A removed
document leaves a tombstone for a day, so that a process that was suspended learns of it. The terms
of a document are stored with it. A process that indexes it need not analyse it again, unless its
rules or dictionaries are others.
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
"""A function that returns the document with its terms."""

BATCH_SIZE = 1_000
"""How many documents are read at once; they have some megabytes."""

_NEXT_VERSION = {"$max": [{"$add": [{"$ifNull": ["$version", 0]}, 1]}, {"$toLong": "$$NOW"}]}
"""The time in milliseconds, but more than before. So no version comes again, even if the tombstone
has expired and an index on some machine still has the document."""

TOMBSTONE_TTL_S = 24 * 3600
"""How long a tombstone is kept, in seconds: a day, for processes that were suspended meanwhile."""


class SearchDocumentStore:
    """Documents by `q:<number>` or `e:<number>`. Each change of one raises its `version`."""

    def __init__(self, database: Database, analyse: Analyse) -> None:
        self._database = database
        self._documents = database["search_documents"]
        self._analyse = analyse

    async def put(self, session: Session, document: SearchDocument) -> SearchDocument:
        """Insert a document, or replace the one with its id; returns it with terms and version.

        It is a part of the transaction that changes what the document describes. When that is
        committed, the caller has to pass the result to the index of this process.
        """
        analysed = await self._analyse(document)
        row: Any = await self._documents.find_one_and_update(
            {"_id": document.id},
            [
                {"$set": {name: {"$literal": value} for name, value in fields(analysed).items()}},
                {"$set": {"version": _NEXT_VERSION}},
                {"$unset": "removed_at"},
            ],
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return _document_from(row)

    async def remove(self, session: Session, id_: str) -> RemovedDocument | None:
        """Replace a document by a tombstone; returns None if there is no document.

        As with `put`, it is a part of a transaction, and the caller passes on the result.
        """
        row = await self._documents.find_one_and_update(
            {"_id": id_, "removed_at": None},
            [
                {"$set": {"removed_at": "$$NOW", "version": _NEXT_VERSION}},
                {"$unset": list(_CONTENT)},
            ],
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return None if row is None else RemovedDocument(id=id_, version=row["version"])

    async def identify(self) -> str:
        """Return an id that the collection has for its life: another one, if it is made anew."""
        with translated():
            found = await self._database.command(
                "listCollections", filter={"name": "search_documents"}
            )
        return str(found["cursor"]["firstBatch"][0]["info"]["uuid"])

    async def read_versions(self) -> AsyncIterator[list[tuple[str, int]]]:
        """Yield ids and versions of all documents and tombstones, in batches and in no order."""
        with translated():
            cursor = self._documents.find({}, {"version": 1}).batch_size(BATCH_SIZE)
            while rows := await cursor.to_list(BATCH_SIZE):
                yield [(row["_id"], row["version"]) for row in rows]

    async def read(self, ids: list[str]) -> list[SearchChange]:
        """Return documents and tombstones with these ids, at most BATCH_SIZE of them."""
        with translated():
            rows = await self._documents.find({"_id": {"$in": ids}}).to_list(BATCH_SIZE)
        return [_change_from(row) for row in rows]


class SearchDocumentChanges(Changes[SearchChange]):
    """Search documents that any process has written or removed."""

    collection = "search_documents"
    full_document = "updateLookup"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": {"$in": ["insert", "update", "replace", "delete"]}}},
        {"$project": {"documentKey": 1, "fullDocument": 1}},
    ]

    def read(self, row: Document) -> SearchChange:
        """Read the document as it is now, which may be newer than the change."""
        now = row.get("fullDocument")
        if now is None:
            return RemovedDocument(id=row["documentKey"]["_id"], version=None)
        return _change_from(now)


_PLAIN = ("title", "text", "resource", "url", "image")
_CONTENT = (*_PLAIN, "keywords", "terms")


def fields(document: SearchDocument) -> Document:
    """Make the stored fields of a document, without its id and version."""
    stored: Document = {name: getattr(document, name) for name in _PLAIN}
    stored["keywords"] = list(document.keywords)
    stored["terms"] = asdict(document.terms)
    return stored


def _change_from(row: Document) -> SearchChange:
    if row.get("removed_at") is not None:
        return RemovedDocument(id=row["_id"], version=row["version"])
    return _document_from(row)


def _document_from(row: Document) -> SearchDocument:
    terms = row.get("terms")  # Documents of early versions have no such field.
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

"""External resources: web pages, each of which is stored with its search document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage.client import Client, Database, Document, translated
from storage.qua.search_documents import SearchDocumentStore
from storage.transactions import Session, run
from widget_gateway.domain.errors import NotAuthorError, ResourceNotFoundError
from widget_gateway.domain.ids import QuaUserId, ResourceId
from widget_gateway.domain.qua.external_resources import (
    ExternalResource,
    ListedResource,
    host_of,
)
from widget_gateway.domain.qua.questions import SNIPPET_LENGTH
from widget_gateway.domain.qua.search import (
    DocumentKind,
    SearchChange,
    SearchDocument,
    document_id,
)
from widget_gateway.domain.qua.users import User


@dataclass(frozen=True, kw_only=True)
class ResourceText:
    """The address and the contents of a page."""

    url: str
    title: str
    content: str
    image: str | None


class ExternalResourceStore:
    """Resources, one for each URL. A resource and its search document are written together."""

    def __init__(self, client: Client, database: Database, documents: SearchDocumentStore) -> None:
        self._client = client
        self._resources = database["external_resources"]
        self._documents = documents

    async def put(
        self, number: ResourceId, text: ResourceText, author: User, now: datetime
    ) -> tuple[ExternalResource, SearchChange]:
        """Store a page: under `number` if its URL is new, else in place of the stored one; atomic.

        Returns the resource and the change of its search document, for the index of this process.

        Raises:
            NotAuthorError: the URL is stored, and the user may not change it.
        """

        async def work(session: Session) -> tuple[Document, SearchChange]:
            row = await self._put_row(session, number, text, author, now)
            return row, await self._documents.put(session, _search_document(row))

        # If two users add a URL at the same time, one transaction conflicts and begins again.
        row, change = await run(self._client, work)
        return _resource_from(row), change

    async def _put_row(
        self,
        session: Session,
        number: ResourceId,
        text: ResourceText,
        author: User,
        now: datetime,
    ) -> Document:
        row = await self._resources.find_one({"url": text.url}, session=session)
        changed: Document = {
            "title": text.title,
            "content": text.content,
            "image": text.image,
            "updated_at": now,
            "updated_by": author.id,
        }
        if row is None:
            created = {"created_at": now, "created_by": author.id}
            row = {"_id": number, "url": text.url, **changed, **created}
            await self._resources.insert_one(row, session=session)
            return row
        if not _resource_from(row).may_be_changed_by(author):
            raise NotAuthorError
        await self._resources.update_one({"_id": row["_id"]}, {"$set": changed}, session=session)
        return row | changed

    async def remove(self, resource: ResourceId, editor: User) -> SearchChange | None:
        """Delete a page and its search document; atomic. Returns the change as `put` does.

        Raises:
            ResourceNotFoundError: there is no such resource.
            NotAuthorError: the user may not change it.
        """

        async def work(session: Session) -> SearchChange | None:
            row = await self._resources.find_one({"_id": resource}, session=session)
            if row is None:
                raise ResourceNotFoundError
            if not _resource_from(row).may_be_changed_by(editor):
                raise NotAuthorError
            await self._resources.delete_one({"_id": resource}, session=session)
            found_as = document_id(DocumentKind.EXTERNAL, resource)
            return await self._documents.remove(session, found_as)

        return await run(self._client, work)

    async def find_all(self, resources: Iterable[ResourceId]) -> list[ListedResource]:
        """Find those of the resources that exist, in no order."""
        with translated():
            rows = self._resources.find({"_id": {"$in": list(resources)}}, _LISTED)
            return [ListedResource(**_head(row)) async for row in rows]

    async def find_by_url(self, url: str) -> ExternalResource | None:
        """Find the resource of a URL."""
        with translated():
            row = await self._resources.find_one({"url": url})
        return _resource_from(row) if row else None

    async def get(self, resource: ResourceId) -> ExternalResource:
        """Return a resource.

        Raises:
            ResourceNotFoundError: there is no such resource.
        """
        with translated():
            row = await self._resources.find_one({"_id": resource})
        if row is None:
            raise ResourceNotFoundError
        return _resource_from(row)

    async def list_page(self, *, limit: int, offset: int) -> tuple[list[ListedResource], int]:
        """List a page of the resources, newest first; returns the number of all, too."""
        with translated():
            rows = self._resources.find({}, _LISTED).sort("_id", -1).skip(offset).limit(limit)
            page = [ListedResource(**_head(row)) async for row in rows]
            return page, await self._resources.count_documents({})


def _search_document(row: Document) -> SearchDocument:
    return SearchDocument(
        id=document_id(DocumentKind.EXTERNAL, row["_id"]),
        title=row["title"],
        text=row["content"],
        resource=host_of(row["url"]),
        url=row["url"],
        image=row["image"],
    )


def _resource_from(row: Document) -> ExternalResource:
    return ExternalResource(**_head(row), content=row["content"])


_LISTED = {
    **dict.fromkeys(("url", "title", "image"), 1),
    **dict.fromkeys(("created_at", "created_by", "updated_at", "updated_by"), 1),
    "content": {"$substrCP": ["$content", 0, SNIPPET_LENGTH]},
}
"""The fields that `_head` reads. The content is cut, since whole texts may be very long."""


def _head(row: Document) -> Document:
    return {
        "id": ResourceId(row["_id"]),
        "url": row["url"],
        "resource": host_of(row["url"]),
        "title": row["title"],
        "snippet": row["content"][:SNIPPET_LENGTH],
        "image": row["image"],
        "created_at": row["created_at"],
        "created_by": QuaUserId(row["created_by"]),
        "updated_at": row["updated_at"],
        "updated_by": QuaUserId(row["updated_by"]),
    }

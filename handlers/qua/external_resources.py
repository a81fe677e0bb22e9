"""`/api/external_resources`: pages of other sites, which the search finds, too."""

from dataclasses import replace
from typing import Any

import msgspec

from handlers.contract.operations import Moment, Operation, Operations
from handlers.qua.base import (
    ID,
    TOTAL,
    Author,
    QuaHandler,
    Success,
    authorship,
)
from handlers.qua.parameters import (
    CONTENT,
    IMAGE,
    LIST_LIMIT,
    LIST_OFFSET,
    PAGE_TITLE,
    URL,
    list_page,
)
from widget_gateway.domain.errors import (
    BusyError,
    NotAuthorError,
    PageUnreadableError,
    ResourceNotFoundError,
)
from widget_gateway.domain.ids import ResourceId
from widget_gateway.domain.qua.external_resources import ExternalResource, ListedResource
from widget_gateway.services.qua.external_resources import GivenResource
from widget_gateway.services.qua.users import People


class ResourceLine(msgspec.Struct, kw_only=True):
    """A resource in a list. `resource` is its host, `snippet` the beginning of its text."""

    id: int
    url: str
    resource: str
    title: str
    snippet: str
    image: str | None
    created_at: Moment
    created_by: Author
    updated_at: Moment
    updated_by: Author


class ShownResource(ResourceLine, kw_only=True):
    """A resource with its text."""

    content: str


_AUTHOR = {"first_name": "", "id": 1, "last_name": "", "username": "nsapunov"}
_LISTED: dict[str, Any] = {
    "id": 1,
    "url": "https://en.wikipedia.org/wiki/Friendship",
    "resource": "en.wikipedia.org",
    "title": "Friendship",
    "snippet": "Friendship is a relationship of mutual affection between people.",
    "image": None,
    "created_at": "2017-01-08T00:14:45.323000Z",
    "created_by": _AUTHOR,
    "updated_at": "2017-01-08T00:14:45.323000Z",
    "updated_by": _AUTHOR,
}
_EXAMPLE = _LISTED | {"content": _LISTED["snippet"]}


class ExternalResourcesHandler(QuaHandler):
    """List all resources, and add a resource."""

    operations = Operations(
        get=Operation(
            summary="List the external resources",
            tag="qua",
            about="Newest first; `X-Total-Count` tells how many there are in all.",
            optional=(LIST_LIMIT, LIST_OFFSET),
            answer=Success[list[ResourceLine]],
            headers=(TOTAL,),
            example={"ok": 1, "response": [_LISTED]},
        ),
        post=Operation(
            summary="Add an external resource",
            tag="qua",
            about="Without `content` the page is fetched: by http or https from public addresses "
            "only, at every redirect; at most 2 MiB in 10 seconds. A URL that is known already is "
            "read anew, under the same id, for who added it and for editors.",
            required=(URL,),
            optional=(PAGE_TITLE, CONTENT, IMAGE),
            answer=Success[ShownResource],
            example={"ok": 1, "response": _EXAMPLE},
            refusals=(PageUnreadableError, NotAuthorError, BusyError),
        ),
    )

    async def get(self) -> None:
        """Answer with a page of the list."""
        limit, offset = list_page(self.inputs)
        service = self.services.resources
        resources, total = await service.list_page(limit=limit, offset=offset)
        people = await self.authors(*resources)
        self.set_header(TOTAL, str(total))
        self.answer([ResourceLine(**_fields(resource, people)) for resource in resources])

    async def post(self) -> None:
        """Add the resource, and answer with it."""
        page = GivenResource(
            url=URL.get(self.inputs),
            title=PAGE_TITLE.find(self.inputs),
            content=CONTENT.find(self.inputs),
            image=IMAGE.find(self.inputs),
        )
        resource = await self.services.resources.add(self.user, page)
        self.answer(_shown(resource, await self.authors(resource)))


_READ = Operation(
    summary="Read an external resource",
    tag="qua",
    answer=Success[ShownResource],
    example={"ok": 1, "response": _EXAMPLE},
    refusals=(ResourceNotFoundError,),
)


class ExternalResourceHandler(QuaHandler):
    """Read a resource."""

    operations = Operations(get=_READ)

    async def get(self, number: str) -> None:
        """Answer with the resource."""
        resource = await self.services.resources.get(ResourceId(int(number)))
        self.answer(_shown(resource, await self.authors(resource)))


class RemoveExternalResourceHandler(QuaHandler):
    """Remove a resource."""

    operations = Operations(
        post=Operation(
            summary="Remove an external resource",
            tag="qua",
            about="It leaves list and search. Who added it and editors may.",
            answer=Success[None],
            example={"ok": 1, "response": None},
            refusals=(ResourceNotFoundError, NotAuthorError),
        )
    )

    async def post(self, number: str) -> None:
        """Remove the resource."""
        await self.services.resources.remove(self.user, ResourceId(int(number)))
        self.answer(None)


class MisspeltExternalResourceHandler(ExternalResourceHandler):
    """Read a resource at the address that the specification of this API has by a slip."""

    operations = Operations(get=replace(_READ, deprecated=True))


def _fields(resource: ListedResource, people: People) -> dict[str, Any]:
    return {
        "id": resource.id,
        "url": resource.url,
        "resource": resource.resource,
        "title": resource.title,
        "snippet": resource.snippet,
        "image": resource.image,
        **authorship(resource, people),
    }


def _shown(resource: ExternalResource, people: People) -> ShownResource:
    return ShownResource(**_fields(resource, people), content=resource.content)


ROUTES = [
    ("external_resources", ExternalResourcesHandler),
    (f"external_resources/{ID}", ExternalResourceHandler),
    (f"external_resources/{ID}/remove", RemoveExternalResourceHandler),
    # The specification of this API has this spelling, too, where it explains the id of a hit.
    (f"extermnal_serources/{ID}", MisspeltExternalResourceHandler),
]

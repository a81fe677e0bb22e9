"""External resources: pages of other sites that the search finds too."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

from storage.counters import CounterStore
from storage.qua.external_resources import ExternalResourceStore, ResourceText
from widget_gateway.domain.clock import Clock, whole_milliseconds
from widget_gateway.domain.errors import NotAuthorError, PageUnreadableError
from widget_gateway.domain.ids import ResourceId
from widget_gateway.domain.qua.external_resources import (
    MAX_CONTENT,
    ExternalResource,
    ListedResource,
    PageText,
    host_of,
)
from widget_gateway.domain.qua.questions import MAX_TITLE, tidy
from widget_gateway.domain.qua.users import User
from widget_gateway.services.fair_turns import FairTurns
from widget_gateway.services.outgoing import CallFailedError, OutgoingClient, Page
from widget_gateway.services.qua.questions import Announce

MAX_FETCHES = 32
"""Pages that a process fetches and reads at the same time, up to 2 MiB each; at most half of them
for the same user."""


class PageReader(Protocol):
    """Extracts the text of a page, in another process, as pages are untrusted."""

    async def read(self, page: Page, party: Hashable) -> PageText:
        """Return the title and text of a page. Parties get their turns one after another.

        Raises:
            PageUnreadableError: the page can't be read.
        """


@dataclass(frozen=True, kw_only=True)
class GivenResource:
    """The fields of a resource that a caller sends; None where it sends nothing."""

    url: str
    title: str | None = None
    content: str | None = None
    image: str | None = None


class ExternalResourceService:
    """Anybody who is signed in may add a page. Its author and editors may add it again."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        *,
        resources: ExternalResourceStore,
        counters: CounterStore,
        client: OutgoingClient,
        reader: PageReader,
        announce: Announce,
        clock: Clock,
    ) -> None:
        self._resources = resources
        self._counters = counters
        self._client = client
        self._reader = reader
        self._announce = announce
        self._clock = clock
        self._fetches = FairTurns(
            at_once=MAX_FETCHES,
            places=MAX_FETCHES,
            message="Too many pages are being fetched just now. Try again in a moment.",
        )

    async def add(self, author: User, resource: GivenResource) -> ExternalResource:
        """Add a page, or replace a known one with the same URL; fetch it if there is no content.

        Raises:
            NotAuthorError: the page was added by somebody else. It is not fetched.
            PageUnreadableError: the page can't be fetched, or has no text.
            BusyError: too many pages of the user are being fetched.
        """
        known = await self._resources.find_by_url(resource.url)
        if known is not None and not known.may_be_changed_by(author):
            raise NotAuthorError
        page = PageText(title=None, text=resource.content or "")
        if resource.content is None:
            page = await self._fetch(resource.url, author)
        text = ResourceText(
            url=resource.url,
            title=(resource.title or page.title or _title_of(resource.url))[:MAX_TITLE],
            content=tidy(page.text)[:MAX_CONTENT],
            image=resource.image,
        )
        number = known.id if known else await self._counters.next("external_resources")
        stored, change = await self._resources.put(
            ResourceId(number), text, author, whole_milliseconds(self._clock())
        )
        await self._announce(change)
        return stored

    async def _fetch(self, url: str, user: User) -> PageText:
        try:
            with self._fetches.place(user.id):
                page = await self._client.get_page(url)
                text = await self._reader.read(page, user.id)
        except CallFailedError as error:
            raise PageUnreadableError(str(error)) from None
        if not text.text.strip():
            raise PageUnreadableError("it has no text")
        return text

    async def remove(self, editor: User, resource: ResourceId) -> None:
        """Remove a page from lists and search.

        Raises:
            ResourceNotFoundError: there is no such resource.
            NotAuthorError: the user may not change it.
        """
        change = await self._resources.remove(resource, editor)
        if change is not None:
            await self._announce(change)

    async def get(self, resource: ResourceId) -> ExternalResource:
        """Return a resource.

        Raises:
            ResourceNotFoundError: there is no such resource.
        """
        return await self._resources.get(resource)

    async def list_page(self, *, limit: int, offset: int) -> tuple[list[ListedResource], int]:
        """Return a page of resources, newest first, and how many there are in all."""
        return await self._resources.list_page(limit=limit, offset=offset)


def _title_of(url: str) -> str:
    """Return a title for a page that has none: its URL without the scheme."""
    host = host_of(url)
    return url[url.index(host) :].rstrip("/")

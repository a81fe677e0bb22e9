"""External resources: adding pages of other sites to what is searched."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from storage.counters import CounterStore
from storage.qua.external_resources import ExternalResourceStore, ResourceText
from widget_gateway.domain.clock import Clock, whole_milliseconds
from widget_gateway.domain.errors import BusyError, NotAuthorError, PageUnreadableError
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
from widget_gateway.services.outgoing import CallFailedError, OutgoingClient, Page
from widget_gateway.services.qua.questions import Announce

MAX_FETCHES = 16
"""Pages that are fetched and read at once, 2 MiB each."""


class PageReader(Protocol):
    """Takes the text out of a page; in another process, since pages are anybody's."""

    async def read(self, page: Page) -> PageText:
        """The text of a page.

        Raises:
            PageUnreadableError: it can't be read.
        """


@dataclass(frozen=True, kw_only=True)
class GivenResource:
    """What a caller says of a page; None where it says nothing."""

    url: str
    title: str | None = None
    content: str | None = None
    image: str | None = None


class ExternalResourceService:
    """Anybody who is signed in may add a page, and its author and editors may add it anew."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        *,
        resources: ExternalResourceStore,
        counters: CounterStore,
        calls: Callable[[], OutgoingClient],
        reader: PageReader,
        announce: Announce,
        clock: Clock,
    ) -> None:
        self._resources = resources
        self._counters = counters
        self._calls = calls
        self._reader = reader
        self._announce = announce
        self._clock = clock
        self._fetching = 0

    async def add(self, author: User, resource: GivenResource) -> ExternalResource:
        """Add a page, or what is known of it anew. Without content the page is fetched.

        Raises:
            NotAuthorError: the page was added by somebody else; it is not fetched.
            PageUnreadableError: there is nothing to read where it is.
            BusyError: too many pages are being fetched.
        """
        known = await self._resources.find_by_url(resource.url)
        if known is not None and not known.may_be_changed_by(author):
            raise NotAuthorError
        page = PageText(title=None, text=resource.content or "")
        if resource.content is None:
            page = await self._fetch(resource.url)
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

    async def _fetch(self, url: str) -> PageText:
        if self._fetching >= MAX_FETCHES:
            raise BusyError("Too many pages are being fetched just now. Try again in a moment.")
        self._fetching += 1
        try:
            async with self._calls() as client:
                page = await client.get_page(url)
            text = await self._reader.read(page)
        except CallFailedError as error:
            raise PageUnreadableError(str(error)) from None
        finally:
            self._fetching -= 1
        if not text.text.strip():
            raise PageUnreadableError("it has no text")
        return text

    async def get(self, resource: ResourceId) -> ExternalResource:
        """A resource.

        Raises:
            ResourceNotFoundError: there is none.
        """
        return await self._resources.get(resource)

    async def list_page(self, *, limit: int, offset: int) -> tuple[list[ListedResource], int]:
        """Resources, newest first, and how many there are in all."""
        return await self._resources.list_page(limit=limit, offset=offset)


def _title_of(url: str) -> str:
    """Something to read where a page has no title: its address."""
    host = host_of(url)
    return url[url.index(host) :].rstrip("/")

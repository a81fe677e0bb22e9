"""What the gateway calls other servers for: to tell of an event, and to fetch a page of text."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urldefrag, urljoin, urlsplit

from widget_gateway.domain.qua.external_resources import parse_page_url
from widget_gateway.domain.web import Networks, is_in, may_be_called, url_fault
from widget_gateway.services.outgoing.connections import connected
from widget_gateway.services.outgoing.exchange import Exchange
from widget_gateway.services.outgoing.failures import EXPECTED, CallFailedError, reason_of
from widget_gateway.services.outgoing.lookups import Lookups

TIMEOUT_S = 15.0
"""Seconds that a `post` may take in all."""

PAGE_TIMEOUT_S = 10.0
"""Seconds that a page may take with all its redirects."""

MAX_PAGE_BYTES = 2 * 2**20
"""Largest page, in bytes, as sent and decompressed."""

MAX_REDIRECTS = 5
PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
"""Media types of pages that can be read."""

_PAGE_HEADERS = {
    "User-Agent": "widget-gateway",
    "Accept": ", ".join(PAGE_TYPES),
    "Accept-Encoding": "gzip, deflate",
}

_NOT_PUBLIC = "the address is not public"
_NOT_PRIVATE = "plain http is for private networks only"


@dataclass(frozen=True, slots=True)
class Reply:
    """The status of an answer, and its `Retry-After` as sent; redirects are not followed."""

    status: int
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a URL leads to, redirects followed; `body` is decompressed."""

    media_type: str
    charset: str | None
    body: bytes


class OutgoingClient:
    """Makes each call over a connection of its own, whose address it checks."""

    def __init__(self, private: Networks) -> None:
        """`private`: the private networks that may be called, by plain http, too."""
        self._private = private
        self._lookups = Lookups()

    def url_fault(self, url: str) -> str | None:
        """Return why a URL may not be called, or None. Names are not resolved here."""
        return url_fault(url, self._private)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Send a body, by plain http to private networks only. Redirects are not followed.

        Of the answer only the head is read.

        Raises:
            CallFailedError: the call failed, took longer than TIMEOUT_S, or may not be made.
        """
        if fault := self.url_fault(url):
            raise CallFailedError(fault)
        is_plain = urlsplit(url).scheme == "http"
        rule = (self._is_private, _NOT_PRIVATE) if is_plain else (self._may_call, _NOT_PUBLIC)
        try:
            async with asyncio.timeout(TIMEOUT_S), self._exchange(url, *rule) as exchange:
                exchange.send("POST", urlsplit(url), headers, body)
                head = await exchange.head()
        except TimeoutError:
            raise CallFailedError("no answer in time") from None
        except EXPECTED as error:
            raise CallFailedError(reason_of(error)) from error
        return Reply(head.status, head.headers.get("retry-after"))

    async def get_page(self, url: str) -> Page:
        """Fetch a page of text by http or https. The rules for the URL apply to each redirect too.

        Raises:
            CallFailedError: the page can't be fetched, has another media type, is too large, took
                longer than PAGE_TIMEOUT_S, or it or one of its redirects may not be called.
        """
        try:
            async with asyncio.timeout(PAGE_TIMEOUT_S):
                for _ in range(MAX_REDIRECTS + 1):
                    found = await self._get_once(urldefrag(url).url)
                    if isinstance(found, Page):
                        return found
                    url = parse_page_url(urljoin(url, found)) or "none"
        except TimeoutError:
            raise CallFailedError("it did not come in time") from None
        except (*EXPECTED, zlib.error) as error:
            raise CallFailedError(reason_of(error)) from error
        raise CallFailedError("it redirects too often")

    async def _get_once(self, url: str) -> Page | str:
        """Return the page, or the target of its redirect."""
        if fault := url_fault(url, self._private, plain=True):
            raise CallFailedError(f"as to its address, {fault[:-1]}")
        async with self._exchange(url, self._may_call, _NOT_PUBLIC) as exchange:
            exchange.send("GET", urlsplit(url), _PAGE_HEADERS, b"")
            head = await exchange.head()
            if head.status in (301, 302, 303, 307, 308) and "location" in head.headers:
                return head.headers["location"]
            if head.status != HTTPStatus.OK:
                raise CallFailedError(f"its server answered with status {head.status}")
            if head.media_type not in PAGE_TYPES:
                raise CallFailedError(f"it is none of {', '.join(PAGE_TYPES)}")
            coding = head.headers.get("content-encoding", "identity").strip().lower()
            if coding not in ("gzip", "x-gzip", "deflate", "identity"):
                raise CallFailedError("it is compressed in a way that was not asked for")
            body = await exchange.body(coding, MAX_PAGE_BYTES)
            return Page(head.media_type, head.charset, body)

    @asynccontextmanager
    async def _exchange(
        self, url: str, may_call: Callable[[IPv4Address | IPv6Address], bool], refusal: str
    ) -> AsyncIterator[Exchange]:
        async with connected(urlsplit(url), self._lookups, may_call, refusal) as streams:
            yield Exchange(*streams)

    def _may_call(self, address: IPv4Address | IPv6Address) -> bool:
        return may_be_called(address, self._private)

    def _is_private(self, address: IPv4Address | IPv6Address) -> bool:
        return is_in(address, self._private)

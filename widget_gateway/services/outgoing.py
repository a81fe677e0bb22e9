"""HTTP calls to URLs that others chose. Addresses that are not public are not called."""

import asyncio
import errno
import socket
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urldefrag, urljoin

import aiohttp
from yarl import URL

from widget_gateway.domain.qua.external_resources import parse_page_url
from widget_gateway.domain.web import Networks, may_be_called, url_fault

TIMEOUT_S = 15.0
"""Seconds that a `post` may take in all."""

MAX_REPLY_BYTES = 1_024
"""Bytes read of the answer to a `post`: only its status is used."""

PAGE_TIMEOUT_S = 10.0
"""Seconds that a page may take with all its redirects."""

MAX_PAGE_BYTES = 2 * 2**20
"""Largest page, in bytes, as sent and decompressed."""

MAX_REDIRECTS = 5
PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
"""Media types of pages that can be read."""

_CHUNK_BYTES = 64 * 2**10
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
"""Makes zlib recognise gzip and zlib by their headers."""

_PAGE_HEADERS = {
    "User-Agent": "widget-gateway",
    "Accept": ", ".join(PAGE_TYPES),
    "Accept-Encoding": "gzip, deflate",
}


class CallFailedError(Exception):
    """The other server could not be called, or may not be; the message says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The status of an answer; redirects are not followed."""

    status: int


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a URL leads to, redirects followed; `body` is decompressed."""

    media_type: str
    charset: str | None
    body: bytes


class OutgoingClient:
    """Checks the IP address of each connection, so that no DNS answer can change after a check."""

    def __init__(self, private: Networks) -> None:
        self._private = private
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Begin to use the client. Sockets are opened by calls."""
        connector = aiohttp.TCPConnector(
            socket_factory=self._open_socket, use_dns_cache=False, limit=100
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def url_fault(self, url: str) -> str | None:
        """Return why a URL may not be called, or None. Names are not resolved here."""
        return url_fault(url, self._private)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Send a body. Redirects are not followed.

        Raises:
            CallFailedError: the call failed, took longer than TIMEOUT_S, or may not be made.
        """
        if self._session is None or (fault := self.url_fault(url)):
            raise CallFailedError(fault or "closed")
        try:
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.content.read(MAX_REPLY_BYTES)
                return Reply(answer.status)
        except TimeoutError:
            raise CallFailedError("no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise CallFailedError(_short(error)) from error

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
        except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
            raise CallFailedError(_short(error)) from error
        raise CallFailedError("it redirects too often")

    async def _get_once(self, url: str) -> Page | str:
        """Return the page, or the target of its redirect."""
        fault = url_fault(url, self._private, plain=True)
        if self._session is None or fault:
            raise CallFailedError(f"as to its address, {fault[:-1]}" if fault else "closed")
        async with self._session.get(
            URL(url, encoded=True), headers=_PAGE_HEADERS, allow_redirects=False
        ) as answer:
            if answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
                return answer.headers["Location"]
            if answer.status != HTTPStatus.OK:
                raise CallFailedError(f"its server answered with status {answer.status}")
            if answer.content_type not in PAGE_TYPES:
                raise CallFailedError(f"it is none of {', '.join(PAGE_TYPES)}")
            return Page(answer.content_type, answer.charset, await _read(answer))

    def _open_socket(self, address: Any) -> socket.socket:
        family, kind, protocol, _, place = address
        if not may_be_called(ip_address(place[0].partition("%")[0]), self._private):
            raise PermissionError(errno.EACCES, "the address is not public")
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)  # noqa: FBT003 - its only form
        return opened


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """Return the decompressed body. Reading stops once it is too large, however small it was."""
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("gzip", "x-gzip", "deflate", "identity"):
        raise CallFailedError("it is compressed in a way that was not asked for")
    inflate = None if encoding == "identity" else zlib.decompressobj(_GZIP_OR_ZLIB)
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        room = MAX_PAGE_BYTES + 1 - len(body)
        body += inflate.decompress(chunk, room) if inflate else chunk
        if len(body) > MAX_PAGE_BYTES:
            raise CallFailedError(f"it is larger than {MAX_PAGE_BYTES // 2**20} MiB")
    if inflate is not None and not inflate.eof:
        raise CallFailedError("it ends in the middle")
    return bytes(body)


def _short(error: BaseException) -> str:
    """Return a reason that a partner may read: without addresses of the gateway's network."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the name can't be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "TLS failed"
    if "not public" in str(error):
        return "the address is not public"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "the connection was refused"
    return "the connection failed"

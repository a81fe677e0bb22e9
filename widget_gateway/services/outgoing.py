"""HTTP calls to URLs that others chose. Addresses that are not public are not called."""

import asyncio
import errno
import socket
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urldefrag, urljoin

import aiohttp
from aiohttp import StreamReader
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from yarl import URL

from widget_gateway.domain.qua.external_resources import parse_page_url
from widget_gateway.domain.web import Networks, is_in, may_be_called, url_fault

TIMEOUT_S = 15.0
"""Seconds that a `post` may take in all."""

MAX_REPLY_BYTES = 1_024
"""Bytes read of the answer to a `post`: only its status is used."""

PAGE_TIMEOUT_S = 10.0
"""Seconds that a page may take with all its redirects."""

MAX_PAGE_BYTES = 2 * 2**20
"""Largest page, in bytes, as sent and decompressed."""

MAX_INTERIM = 8
"""Most interim answers (status 1xx) before the final one. Servers send one or two."""

MAX_HEAD_BYTES = 32 * 2**10
"""Most bytes that come before the end of the final answer's head, its first slice excepted."""

_SLICE_BYTES = 1_024
"""Bytes that are parsed between two looks at these bounds, about a millisecond of work."""

_NOT_PUBLIC = "the address is not public"
_NOT_PRIVATE = "plain http is for private networks only"

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
    """The status of an answer, and its `Retry-After` as sent; redirects are not followed."""

    status: int
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a URL leads to, redirects followed; `body` is decompressed."""

    media_type: str
    charset: str | None
    body: bytes


class _BoundedResponses(ResponseHandler):
    """The protocol of a connection, which bounds what comes before the final answer.

    aiohttp parses whatever has come in one step, and waits through any number of interim answers
    (status 1xx). So a hostile server could keep the event loop busy for seconds.
    """

    _interim = 0
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Feed the parser in slices until the final head has come."""
        if self._is_final or not data:
            super().data_received(data)
            return
        for start in range(0, len(data), _SLICE_BYTES):
            if self._is_final:
                super().data_received(data[start:])
                return
            if self._head_bytes > MAX_HEAD_BYTES or self._interim > MAX_INTERIM:
                self._give_up()
                return
            part = data[start : start + _SLICE_BYTES]
            self._head_bytes += len(part)
            super().data_received(part)

    @property
    def _is_final(self) -> bool:
        return self._interim < 0

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Count an interim answer; let a final one through."""
        status = data[0].code
        if status < HTTPStatus.OK and status != HTTPStatus.SWITCHING_PROTOCOLS:
            self._interim += 1
            if self._interim > MAX_INTERIM:
                return
        else:
            self._interim = -1
        super().feed_data(data, size)

    def set_response_params(self, **params: Any) -> None:
        """Begin with the next answer of the connection."""
        self._interim = self._head_bytes = 0
        super().set_response_params(**params)

    def _give_up(self) -> None:
        self.set_exception(aiohttp.ClientPayloadError("too much before the answer"))
        if self.transport is not None:
            self.transport.abort()


class OutgoingClient:
    """Checks the IP address of each connection, so that no DNS answer can change after a check."""

    def __init__(self, private: Networks) -> None:
        """`private`: the private networks that may be called, by plain http, too."""
        self._private = private
        self._session: aiohttp.ClientSession | None = None
        self._private_session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Begin to use the client. Sockets are opened by calls."""
        self._session = _new_session(self._open_socket)
        self._private_session = _new_session(self._open_private_socket)
        return self

    async def __aexit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Close all connections."""
        for session in (self._session, self._private_session):
            if session is not None:
                await session.close()

    def url_fault(self, url: str) -> str | None:
        """Return why a URL may not be called, or None. Names are not resolved here."""
        return url_fault(url, self._private)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Send a body, by plain http to private networks only. Redirects are not followed.

        Raises:
            CallFailedError: the call failed, took longer than TIMEOUT_S, or may not be made.
        """
        fault = self.url_fault(url)
        session = self._session if URL(url).scheme == "https" else self._private_session
        if session is None or fault:
            raise CallFailedError(fault or "closed")
        try:
            async with session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                await answer.content.read(MAX_REPLY_BYTES)
                return Reply(answer.status, answer.headers.get("Retry-After"))
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
        if not may_be_called(_ip_of(address), self._private):
            raise PermissionError(errno.EACCES, _NOT_PUBLIC)
        return _new_socket(address)

    def _open_private_socket(self, address: Any) -> socket.socket:
        if not is_in(_ip_of(address), self._private):
            raise PermissionError(errno.EACCES, _NOT_PRIVATE)
        return _new_socket(address)


def _new_session(open_socket: Callable[[Any], socket.socket]) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(socket_factory=open_socket, use_dns_cache=False, limit=100)
    # aiohttp has no public way to choose the protocol; tests/server/test_outgoing.py watches it.
    loop = asyncio.get_running_loop()
    protocol: Callable[..., ResponseHandler] = _BoundedResponses
    connector._factory = partial(protocol, loop=loop)  # noqa: SLF001
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


def _ip_of(address: Any) -> IPv4Address | IPv6Address:
    return ip_address(address[4][0].partition("%")[0])


def _new_socket(address: Any) -> socket.socket:
    family, kind, protocol, _, _ = address
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
    for refusal in (_NOT_PUBLIC, _NOT_PRIVATE):
        if refusal in str(error):
            return refusal
    if isinstance(error, aiohttp.ClientConnectorError):
        return "the connection was refused"
    return "the connection failed"

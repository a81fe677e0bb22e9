"""A request and its answer, which may be hostile: all that is read of it is bounded.

Bytes are parsed in small steps. After every few steps the event loop has its turn, so an answer
that takes long to parse, such as one in chunks of one byte, holds up only itself.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from email.message import Message
from urllib.parse import SplitResult

import h11

from widget_gateway.services.outgoing.connections import PORTS
from widget_gateway.services.outgoing.failures import CallFailedError

MAX_INTERIM = 8
"""Most interim answers (status 1xx) before the final one. Servers send one or two."""

MAX_HEAD_BYTES = 32 * 2**10
"""Most bytes before the end of the final answer's head, and of a line or the trailers after it."""

MAX_HEAD_LINES = 256
"""Most lines of a head or of trailers, which are parsed in one step. Servers send some 30."""

MAX_CONTENT_TYPE = 512
"""Most characters of a `Content-Type` that is read: RFC 6838 allows 127 for each of its names, and
Python parses long ones slowly."""

SLICE_BYTES = 1_024
"""Bytes that are given to the parser in one step."""

PIECE_BYTES = 32 * 2**10
"""Bytes that are decompressed in one step."""

STEPS_OF_A_TURN = 16
"""Steps between two turns of the event loop. A step takes some 10 µs, and one that parses a head
of MAX_HEAD_LINES about a millisecond."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
"""Makes zlib recognise gzip and zlib by their headers."""


@dataclass(frozen=True, slots=True)
class Head:
    """The status and headers of an answer, by lower-case name; of repeated ones the first."""

    status: int
    headers: dict[str, str]

    @property
    def media_type(self) -> str:
        """The media type of the body; empty if it is not told."""
        return self._content_type.partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The encoding of a text, if it is told."""
        message = Message()
        message["Content-Type"] = self._content_type
        return message.get_content_charset()

    @property
    def _content_type(self) -> str:
        told = self.headers.get("content-type", "")
        return told if len(told) <= MAX_CONTENT_TYPE else ""


class Exchange:
    """Sends one request over a connection, and reads its answer as far as the caller wants it.

    All methods raise `h11.RemoteProtocolError` for what is no HTTP or too long, and OSError where
    the connection is lost.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._steps = 0
        self._received = 0

    def send(self, method: str, url: SplitResult, headers: dict[str, str], body: bytes) -> None:
        """Send the request. What the connection does not take at once is sent while reading."""
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        framing = {"Host": _host_of(url), "Connection": "close"}
        if body:
            framing["Content-Length"] = str(len(body))
        fields: Iterable[tuple[str, str]] = (framing | headers).items()
        self._write(h11.Request(method=method, target=target, headers=list(fields)))
        if body:
            self._write(h11.Data(data=body))
        self._write(h11.EndOfMessage())

    def _write(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")

    async def head(self) -> Head:
        """Read the head of the final answer."""
        for _ in range(MAX_INTERIM + 1):
            event = await self._next_event(within=MAX_HEAD_BYTES)
            if isinstance(event, h11.Response):
                headers: dict[str, str] = {}
                for name, value in event.headers:
                    headers.setdefault(name.decode(), value.decode("utf-8", "surrogateescape"))
                return Head(event.status_code, headers)
            if not isinstance(event, h11.InformationalResponse):
                break
        raise CallFailedError("the connection failed")

    async def body(self, coding: str, at_most: int) -> bytes:
        """Read the body, decompressed unless `coding` is `identity`; gzip and zlib are recognised.

        Raises:
            CallFailedError: it is larger than `at_most` bytes, as sent or decompressed, or it is
                cut off.
            zlib.error: it is not compressed as the coding says.
        """
        inflate = None if coding == "identity" else zlib.decompressobj(_GZIP_OR_ZLIB)
        body = bytearray()
        # The frames of small chunks may take as much as what is in them.
        async for data in self._parts(within=self._received + 2 * at_most):
            if inflate is None:
                body += data
            else:
                await self._inflate(inflate, data, body, at_most)
            if len(body) > at_most:
                raise _too_large(at_most)
            if inflate is not None and inflate.eof:
                return bytes(body)  # Whatever follows does not belong to it.
        if inflate is not None:
            raise CallFailedError("it ends in the middle")
        return bytes(body)

    async def _inflate(
        self, inflate: "zlib._Decompress", data: bytes, body: bytearray, at_most: int
    ) -> None:
        """Decompress into `body` in pieces, until `data` is used up or it is too large."""
        while len(body) <= at_most and not inflate.eof:
            piece = inflate.decompress(data, PIECE_BYTES)
            body += piece
            data = inflate.unconsumed_tail
            if not data and len(piece) < PIECE_BYTES:
                return
            await self._step()

    async def _parts(self, within: int) -> AsyncIterator[bytes]:
        while not isinstance(event := await self._next_event(within), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise CallFailedError("the connection failed")
            yield bytes(event.data)

    async def _next_event(self, within: int) -> object:
        """Parse what comes until it is an event, or more than `within` bytes of the connection."""
        while True:
            await self._step()
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            unparsed, _ = self._http.trailing_data
            if unparsed.count(b"\n") > MAX_HEAD_LINES:
                raise CallFailedError("the answer has too many headers")
            if self._received > within:
                raise CallFailedError("the answer is too long")
            data = await self._reader.read(SLICE_BYTES)
            self._received += len(data)
            self._http.receive_data(data)

    async def _step(self) -> None:
        """Count a step, and let the event loop have its turn after every few."""
        self._steps += 1
        if self._steps % STEPS_OF_A_TURN == 0:
            await asyncio.sleep(0)


def _too_large(at_most: int) -> CallFailedError:
    return CallFailedError(f"it is larger than {at_most // 2**20} MiB")


def _host_of(url: SplitResult) -> str:
    host = url.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if url.port in (None, PORTS[url.scheme]) else f"{host}:{url.port}"

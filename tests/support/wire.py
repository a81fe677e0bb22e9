"""HTTP byte by byte, for requests that no client library would send."""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders

PATIENCE_S = 30.0
"""What a busy machine may take for an answer that should come at once."""


@dataclass(frozen=True)
class RawAnswer:
    """An answer as it came; a well-formed one, or reading it fails."""

    status: int
    headers: HTTPHeaders
    body: bytes


class Wire:
    """A connection to a gateway: `async with Wire(url) as wire`."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def __init__(self, url: str) -> None:
        self._port = urlsplit(url).port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self._port, limit=2**20
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.writer.close()

    def send(self, data: bytes | str) -> None:
        """Send bytes, or the Latin-1 text of a request's head."""
        self.writer.write(data.encode("latin-1") if isinstance(data, str) else data)

    async def answer(self, method: str = "GET") -> RawAnswer:
        """Read the next answer, which may be a provisional one such as 100."""
        return await asyncio.wait_for(self._answer(method), PATIENCE_S)

    async def ended(self) -> bytes:
        """Wait for the end of the connection, and return what came until then."""
        try:
            return await asyncio.wait_for(self.reader.read(), PATIENCE_S)
        except ConnectionResetError:
            return b""

    async def _answer(self, method: str) -> RawAnswer:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, _, rest = head.partition("\r\n")
        version, status, _phrase = line.split(" ", 2)
        assert version == "HTTP/1.1"
        headers = HTTPHeaders.parse(rest)
        return RawAnswer(int(status), headers, await self._body(method, int(status), headers))

    async def _body(self, method: str, status: int, headers: HTTPHeaders) -> bytes:
        if method == "HEAD" or status in (204, 304) or status < 200:
            return b""
        if headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(await self.reader.readline(), 16):
                body += await self.reader.readexactly(size)
                assert await self.reader.readexactly(2) == b"\r\n"
            assert await self.reader.readexactly(2) == b"\r\n"
            return body
        return await self.reader.readexactly(int(headers["Content-Length"]))

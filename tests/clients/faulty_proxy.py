"""A reverse proxy before the gateway, which records requests and fails as it is told."""

import asyncio
import base64
import json
import threading
import time
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
Fault = str | dict[str, Any]
"""What happens to a request:

- `pass`: nothing, it reaches the gateway and its answer comes back
- `timeout`, `timeout_after`: no answer, though the connection stays; with `after` the gateway acts
- `drop_before`, `drop_after`: the connection ends, before or after the gateway acts
- `half`: half of the gateway's answer comes
- `endless`: an answer that never ends; `drip`: one whose body comes a byte at a time, without end
- `{"answer": {"status", "headers", "json" | "text" | "base64"}}`: this answer, and the gateway is
  not asked; with `"after": true` it is
"""

PIECE = b" " * 64 * 2**10
"""A piece of an endless answer; JSON may begin with any number of spaces."""


DRIP_S = 0.1
"""The pause between two bytes of a dripping answer, in seconds: shorter than any timeout."""


@dataclass
class Request:
    """A request as it came, at a moment of the monotonic clock."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def idempotency_key(self) -> str | None:
        """Its `Idempotency-Key`, if it has one."""
        return self.headers.get("idempotency-key")


class FaultyProxy:
    """Listens in a thread of its own, within a `with` block.

    `faults` are those of the next requests, in their order; without any, requests pass.
    `sent_bytes` counts what an endless answer has sent.
    """

    def __init__(self, gateway_url: str) -> None:
        self._host = urlsplit(gateway_url).netloc
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._connections: set[asyncio.Task[None]] = set()
        self.faults: deque[Fault] = deque()
        self.requests: list[Request] = []
        self.sent_bytes = 0
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.url = "http://{}:{}".format(*self._server.sockets[0].getsockname())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def expect(self, faults: list[Fault]) -> None:
        """Forget the requests so far, and fail the next ones like this."""
        self.faults = deque(faults)
        self.requests = []
        self.sent_bytes = 0

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _close(self) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                request = await _read_request(reader)
                self.requests.append(request)
                fault = self.faults.popleft() if self.faults else "pass"
                await self._answer(request, fault, reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def _answer(
        self,
        request: Request,
        fault: Fault,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if isinstance(fault, dict):
            if fault.get("after"):
                await self._forward(request)
            writer.write(_encoded(fault["answer"]))
            return
        answer = b""
        if fault in {"pass", "timeout_after", "drop_after", "half"}:
            answer = await self._forward(request)
        if fault == "pass":
            writer.write(answer)
        elif fault == "half":
            writer.write(answer[: -(len(answer.partition(b"\r\n\r\n")[2]) // 2 or 1)])
        elif fault.startswith("timeout"):
            await reader.read()  # until the client goes away
        elif fault in {"endless", "drip"}:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            while True:
                writer.write(PIECE if fault == "endless" else PIECE[:1])
                await writer.drain()
                self.sent_bytes += len(PIECE)
                await asyncio.sleep(0 if fault == "endless" else DRIP_S)
        elif not fault.startswith("drop"):
            raise ValueError(fault)

    async def _forward(self, request: Request) -> bytes:
        """The gateway's whole answer."""
        headers = request.headers | {"host": self._host, "connection": "close"}
        head = f"{request.method} {request.path} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        host, _, port = self._host.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(head.encode() + b"\r\n" + request.body)
            return await reader.read()
        finally:
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    method, path, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


def _encoded(answer: dict[str, Any]) -> bytes:
    """An answer as HTTP has it."""
    body = base64.b64decode(answer.get("base64", "")) or answer.get("text", "").encode()
    headers = {"Content-Type": "text/html"}
    if "json" in answer:
        body, headers = json.dumps(answer["json"]).encode(), {"Content-Type": "application/json"}
    headers |= {"Content-Length": str(len(body)), "Connection": "close"}
    headers |= answer.get("headers", {})
    status = HTTPStatus(answer.get("status", 200))
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
    return (head + "".join(f"{n}: {v}\r\n" for n, v in headers.items())).encode() + b"\r\n" + body

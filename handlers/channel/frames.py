"""WebSocket frames, read and written with less work for each than Tornado does.

Tornado reads a frame in three reads of the stream (head, mask, payload), each with a future of its
own. Since the rest of the frame waits meanwhile, it also registers the socket anew at the event
loop. For each message that it writes, it makes a task. Without both, an answer costs a third less
(docs/performance.md).

This module and `Channel.send_frame`, which writes to the stream, are the only places that use parts
of Tornado that are not documented. Tornado also drops the connection of a client that breaks the
rules of WebSocket, and reads frames without a mask; here such a client is told by a close code.

tests/attempts/test_channel_frames.py fails if a new version
changes them.
"""

import asyncio
from io import BytesIO
from typing import Any, NoReturn

from tornado.httputil import HTTPHeaders
from tornado.websocket import WebSocketHandler, WebSocketProtocol13

from handlers.channel.close_codes import GOING_AWAY, NOT_UTF8, PROTOCOL_ERROR, TOO_LARGE

READ_BYTES = 64 * 2**10
"""The most bytes that are read from the stream at once, which is what Tornado reads of a socket."""

_FINAL_TEXT = 0x81
"""The first byte of a frame that is a whole text message (RFC 6455, 5.2)."""

_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""Values of the length byte that announce a length in the two, or eight, bytes that follow."""

_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_OPCODES = {_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG}
_FINAL, _RESERVED, _OPCODE, _CONTROL = 0x80, 0x70, 0x0F, 0x8
"""Bits of the first byte of a frame."""

_MASKED, _LENGTH = 0x80, 0x7F
"""Bits of the second byte."""

_MAX_CONTROL_BYTES = 125
_CLOSE_CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
"""Codes that a close frame may have (RFC 6455, 7.4, and the registry that it founded)."""

_NOTHING = BytesIO()


class ChunkProtocol(WebSocketProtocol13):
    """Tornado's protocol, reading chunks. A chunk usually has a whole frame, or several."""

    # A slot, since with another attribute CPython could not share the keys of the instance dict
    # between all instances any more. That would cost 1.3 KB for each connection.
    __slots__ = ("_chunk",)

    def __init__(self, handler: WebSocketHandler, params: Any) -> None:
        super().__init__(handler, mask_outgoing=False, params=params)
        self._chunk = _NOTHING

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the connection. A peer that did not answer a ping gets a code to reconnect at.

        Tornado passes a reason and no code then. It would send 1000, at which clients stop.
        """
        super().close(GOING_AWAY if code is None and reason is not None else code, reason)

    def _parse_extensions_header(self, headers: HTTPHeaders) -> list[Any]:  # noqa: ARG002
        """No extension is used, so what a client offers is not even looked at."""
        return []

    async def _receive_frame(self) -> None:
        """Read a frame, unless its head breaks a rule.

        Raises:
            StreamClosedError: the peer has gone.
        """
        head = await self._peek(2)
        length = head[1] & _LENGTH
        if length >= _TWO_BYTES and not head[0] & _CONTROL:
            head = await self._peek(4 if length == _TWO_BYTES else 10)
            length = int.from_bytes(head[2:])
        begun = self._fragmented_message_buffer
        if _breaks_rules(head, length, continues=begun is not None):
            await self._fail(PROTOCOL_ERROR)
        if length + len(begun or b"") > self.params.max_message_size:
            await self._fail(TOO_LARGE)
        await super()._receive_frame()

    def _handle_message(self, opcode: int, data: bytes) -> Any:
        """Handle a message or a control frame; a returned future is awaited before the next."""
        if self.client_terminated:
            return None
        if opcode == _TEXT:
            try:
                text = data.decode()
            except UnicodeDecodeError:
                return asyncio.ensure_future(self._fail(NOT_UTF8))
            return self._run_callback(self.handler.on_message, text)
        if opcode == _CLOSE and (fault := _fault_of_close(data)):
            self.client_terminated = True
            self.close(fault)
            return None
        return super()._handle_message(opcode, data)

    async def _fail(self, code: int) -> NoReturn:
        """Close the connection, and drop what the client still sends until it closes, too.

        If the socket was closed at once, the kernel would take the close frame from the client.

        Raises:
            StreamClosedError: the connection has ended.
        """
        self.close(code)  # This also ends the connection of a client that does not react.
        self._chunk = _NOTHING
        while True:
            await self.stream.read_bytes(READ_BYTES, partial=True)

    async def _peek(self, n: int) -> bytes:
        """The next `n` bytes, which remain to be read."""
        at = self._chunk.tell()
        data = self._chunk.read(n)
        if len(data) == n:
            self._chunk.seek(at)
            return data
        self._chunk = _NOTHING
        while len(data) < n:
            data += await self.stream.read_bytes(READ_BYTES, partial=True)
        self._chunk = BytesIO(data)
        return data[:n]

    async def _read_bytes(self, n: int) -> bytes:
        """Read `n` bytes. Tornado's `_receive_frame` reads all parts of a frame by this method.

        Raises:
            StreamClosedError: the peer has gone.
        """
        data = self._chunk.read(n)
        while len(data) < n:
            self._chunk = _NOTHING  # an idle connection waits in the next line, and keeps no chunk
            self._chunk = BytesIO(await self.stream.read_bytes(READ_BYTES, partial=True))
            data += self._chunk.read(n - len(data))
        self._wire_bytes_in += n  # Tornado counts this to let other connections run
        return data


def _breaks_rules(head: bytes, length: int, *, continues: bool) -> bool:
    """Whether a client must not send such a frame; `continues` if a message has begun."""
    opcode = head[0] & _OPCODE
    is_final = bool(head[0] & _FINAL)
    if head[0] & _RESERVED or opcode not in _OPCODES or not head[1] & _MASKED:
        return True
    if opcode & _CONTROL:
        return not is_final or length > _MAX_CONTROL_BYTES
    return (opcode == _CONTINUATION) is not continues


def _fault_of_close(payload: bytes) -> int | None:
    """The code that answers a wrong payload of a close frame; None if it is right."""
    if not payload:
        return None
    if len(payload) == 1 or int.from_bytes(payload[:2]) not in _CLOSE_CODES:
        return PROTOCOL_ERROR
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        return NOT_UTF8
    return None


def text_frame(text: str) -> bytes:
    """A message from the gateway as one frame, to be written to the stream of a connection."""
    payload = text.encode()
    length = len(payload)
    if length < _TWO_BYTES:
        return bytes((_FINAL_TEXT, length)) + payload
    if length < 2**16:
        return bytes((_FINAL_TEXT, _TWO_BYTES)) + length.to_bytes(2) + payload
    return bytes((_FINAL_TEXT, _EIGHT_BYTES)) + length.to_bytes(8) + payload

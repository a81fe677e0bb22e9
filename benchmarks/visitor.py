"""A visitor of the benchmark: one connection, spoken by hand, as light as Python allows."""

import asyncio
import base64
import os
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from load import Crowd

OPEN = (
    b'{"type":"open","provider":"bench","test":"work-values","locale":"en"}'  # a test without pause
)
ORIGIN = "https://partner.example"
HANDSHAKE = f"""\
GET /ws/v1/widget HTTP/1.1
Host: gateway.example:8888
Connection: Upgrade
Pragma: no-cache
Cache-Control: no-cache
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/140.0.0.0 Safari/537.36
Upgrade: websocket
Origin: {ORIGIN}
Sec-WebSocket-Version: 13
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-GB,en;q=0.9
Sec-WebSocket-Key: %b
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
Sec-WebSocket-Protocol: widget-gateway.v1

""".replace("\n", "\r\n").encode()
"""What a browser sends; the headers are part of what an open connection weighs."""

QUESTIONS = 24
OPTIONS = 5

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_SHORT = 126  # frame lengths from here on have bytes of their own
_NO_MASK = bytes(4)
"""A mask of zeros: a client must mask, the server does its full work, and we save ours."""


class Visitor(asyncio.Protocol):
    """One session: upgrades, opens, and answers whenever it is told to."""

    def __init__(self, crowd: "Crowd", session: asyncio.Future[None]) -> None:
        self._crowd = crowd
        self.session = session
        self._buffer = b""
        self._upgraded = False
        self._seq = 0
        self._due: deque[tuple[int, float]] = deque()

    def connection_made(self, transport: Any) -> None:
        """Ask for the upgrade."""
        self._transport = transport
        transport.write(HANDSHAKE % base64.b64encode(os.urandom(16)))

    def answer(self, due: float) -> None:
        """Send the next answer; `due` (seconds, monotonic) is when its latency began."""
        self._seq = seq = self._seq + 1
        self._due.append((seq, due))
        question = seq % QUESTIONS + 1
        text = b'{"type":"answer","seq":%d,"question":"%d","value":["%d"]}' % (
            *(seq, question),
            seq % OPTIONS + 1,
        )
        self._send(_TEXT, text)

    @property
    def waits(self) -> bool:
        """Whether an ack is still to come."""
        return bool(self._due)

    def _send(self, opcode: int, payload: bytes) -> None:
        self._transport.write(bytes((0x80 | opcode, 0x80 | len(payload))) + _NO_MASK + payload)

    def data_received(self, data: bytes) -> None:
        """Take frames apart; nearly always it is one ack and nothing else."""
        if not self._buffer and len(data) < _SHORT and data[1] == len(data) - 2:
            self._take(data[0] & 0xF, data[2:])
            return
        self._buffer += data
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head:
                self._crowd.fail(head)
                return
            self._upgraded = True
            self._buffer = rest
            self._send(_TEXT, OPEN)
        while len(self._buffer) >= 2:
            start, length = 2, self._buffer[1]
            if length >= _SHORT:
                start = 4 if length == _SHORT else 10
                length = int.from_bytes(self._buffer[2:start])
            if len(self._buffer) < start + length:
                return
            opcode, payload = self._buffer[0] & 0xF, self._buffer[start : start + length]
            self._buffer = self._buffer[start + length :]
            self._take(opcode, payload)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._send(_PONG, payload)
        elif self._due and payload.endswith(b"%d}" % self._due[0][0]) and b'"ack"' in payload:
            self._crowd.acknowledged(self, self._due.popleft()[1])
        elif b'"session"' in payload and not self._seq:
            self.session.set_result(None)
        elif opcode != _CLOSE or not self._crowd.leaving:
            self._crowd.fail(payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of the run, or a fault."""
        if not self._crowd.leaving:
            self._crowd.fail(repr(exc).encode())

    def leave(self) -> None:
        """Go without a word, as browsers do."""
        self._transport.abort()

"""A client of the widget channel on a raw socket, which costs as little as Python allows."""

import asyncio
import base64
import os
from abc import ABC, abstractmethod
from typing import Any

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
"""The request of a browser; its headers take up memory in the server while it is connected."""

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_SHORT = 126
"""Lengths of frames from here on are in bytes of their own."""

_NO_MASK = bytes(4)
"""A mask of zeros. Clients have to mask; with zeros that is no work for us, and the usual work for
the server."""


class Connection(asyncio.Protocol, ABC):
    """Upgrades, splits the stream into frames and answers pings. Subclasses handle the messages."""

    def __init__(self) -> None:
        self._buffer = b""
        self._upgraded = False
        self.has_left = False

    @abstractmethod
    def on_upgrade(self) -> None:
        """Called when the WebSocket is open."""

    @abstractmethod
    def on_text(self, payload: bytes) -> None:
        """Called with each message."""

    @abstractmethod
    def on_end(self, why: bytes) -> None:
        """Called when the server refuses the upgrade or ends the connection, perhaps repeatedly."""

    def connection_made(self, transport: Any) -> None:
        """Ask for the upgrade."""
        self._transport = transport
        transport.write(HANDSHAKE % base64.b64encode(os.urandom(16)))

    def send(self, text: bytes) -> None:
        """Send a message of at most 125 bytes."""
        self._send(_TEXT, text)

    def _send(self, opcode: int, payload: bytes) -> None:
        self._transport.write(bytes((0x80 | opcode, 0x80 | len(payload))) + _NO_MASK + payload)

    def data_received(self, data: bytes) -> None:
        """Split the data into frames. Nearly always it is exactly one ack."""
        if not self._buffer and 1 < len(data) < _SHORT and data[1] == len(data) - 2:
            self._take(data[0] & 0xF, data[2:])
            return
        self._buffer += data
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head:
                self.on_end(head)
                return
            self._upgraded = True
            self._buffer = rest
            self.on_upgrade()
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
        if opcode == _TEXT:
            self.on_text(payload)
        elif opcode == _PING:
            self._send(_PONG, payload)
        elif opcode == _CLOSE:
            if not self.has_left:
                self.on_end(b"closed with %d" % int.from_bytes(payload[:2]))
        else:
            self.on_end(b"opcode %d" % opcode)

    def connection_lost(self, exc: Exception | None) -> None:
        """Report the end, unless this side has left."""
        if not self.has_left:
            self.on_end(repr(exc).encode())

    def leave(self) -> None:
        """Leave without a closing handshake, as browsers do."""
        self.has_left = True
        self._transport.abort()

"""A device of the push benchmark: a portal channel on a raw socket that waits for events."""

import asyncio
import base64
import os
import time
from typing import Any

HANDSHAKE = """\
GET /ws/v1/portal HTTP/1.1
Host: gateway.example:8888
Connection: Upgrade
User-Agent: Android; 9; google; Handset; App Version: 0.7.3;
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: {key}
Sec-WebSocket-Protocol: widget-gateway.portal.v1, bearer.{token}

""".replace("\n", "\r\n")

_PING = b'{"type":"ping"}'
_PONG = b'{"type":"pong"}'


class Device(asyncio.Protocol):
    """The connection of a device; `ready` is done when its token was accepted."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._buffer = b""
        self._awaited = b"\r\n\r\n"
        loop = asyncio.get_running_loop()
        self._arrival: asyncio.Future[float] = loop.create_future()
        self.ready = asyncio.ensure_future(self._become_ready())

    def connection_made(self, transport: Any) -> None:
        """Ask for the upgrade."""
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(HANDSHAKE.format(key=key, token=self._token).encode())

    async def _become_ready(self) -> None:
        await self._arrival
        arrival = self.expect(_PONG)
        # The four zero bytes are the mask, which clients have to send.
        self._transport.write(bytes((0x81, 0x80 | len(_PING))) + bytes(4) + _PING)
        await arrival

    def expect(self, text: bytes) -> asyncio.Future[float]:
        """Await a message with this text and no other; the result is its monotonic time."""
        self._awaited = text
        self._arrival = asyncio.get_running_loop().create_future()
        return self._arrival

    def data_received(self, data: bytes) -> None:
        """Look for what is awaited."""
        self._buffer += data
        if self._awaited in self._buffer:
            self._buffer = b""
            if not self._arrival.done():
                self._arrival.set_result(time.monotonic())

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail whoever waits: no connection may end before the run does."""
        if not self._arrival.done():
            self._arrival.set_exception(exc or ConnectionError(self._buffer.decode("latin-1")))

    def leave(self) -> None:
        """Close the connection."""
        self._transport.close()

"""WebSocket frames, read and written with less work for each than Tornado does.

Tornado reads a frame in three reads of the stream (head, mask, payload), each with a future of its
own. Since the rest of the frame waits meanwhile, it also registers the socket anew at the event
loop. For each message that it writes, it makes a task. Without both, an answer costs a third less
(docs/performance.md).

This module and `Channel.send_frame`, which writes to the stream, are the only places that use parts
of Tornado that are not documented. tests/attempts/test_channel_frames.py fails if a new version
changes them.
"""

from io import BytesIO
from typing import Any

from tornado.websocket import WebSocketHandler, WebSocketProtocol13

from handlers.channel.close_codes import GOING_AWAY

READ_BYTES = 64 * 2**10
"""The most bytes that are read from the stream at once, which is what Tornado reads of a socket."""

_FINAL_TEXT = 0x81
"""The first byte of a frame that is a whole text message (RFC 6455, 5.2)."""

_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""Values of the length byte that announce a length in the two, or eight, bytes that follow."""

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


def text_frame(text: str) -> bytes:
    """A message from the gateway as one frame, to be written to the stream of a connection."""
    payload = text.encode()
    length = len(payload)
    if length < _TWO_BYTES:
        return bytes((_FINAL_TEXT, length)) + payload
    if length < 2**16:
        return bytes((_FINAL_TEXT, _TWO_BYTES)) + length.to_bytes(2) + payload
    return bytes((_FINAL_TEXT, _EIGHT_BYTES)) + length.to_bytes(8) + payload

"""Frames of the WebSocket, read and written with less ado than Tornado takes for each.

Tornado reads a frame in three reads of the socket's stream (head, mask, payload), each with a
future of its own; the rest of the frame, waiting in between, makes it register the socket anew at
the event loop. And it makes a task for each message that it writes. Without either, an answer
costs a third less (docs/performance.md).

This module, and the stream that widget.py writes frames to, is all that we use of Tornado beyond
its documentation. tests/attempts/test_channel_frames.py notices when a new version has changed it.
"""

from io import BytesIO
from typing import Any

from tornado.websocket import WebSocketHandler, WebSocketProtocol13

from handlers.channel.close_codes import GOING_AWAY

READ_BYTES = 64 * 2**10
"""The most that is taken from the stream at once: what a socket brings in one go."""

_FINAL_TEXT = 0x81
_TWO_BYTES, _EIGHT_BYTES = 126, 127  # in place of a length: it follows (RFC 6455, 5.2)

_NOTHING = BytesIO()


class ChunkProtocol(WebSocketProtocol13):
    """Tornado's protocol over chunks: one read usually brings a whole frame, or several."""

    # A slot, since one more key in Tornado's instance is one too many for CPython to share the
    # keys among all instances: 1.3 KB for each connection.
    __slots__ = ("_chunk",)

    def __init__(self, handler: WebSocketHandler, params: Any) -> None:
        super().__init__(handler, mask_outgoing=False, params=params)
        self._chunk = _NOTHING

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close; for a peer that missed a ping by a code at which it comes back.

        Tornado names a reason and no code then, and would send 1000, at which clients stop.
        """
        super().close(GOING_AWAY if code is None and reason is not None else code, reason)

    async def _read_bytes(self, n: int) -> bytes:
        """All that `_receive_frame` reads, it reads through this private method.

        Raises:
            StreamClosedError: the peer has gone.
        """
        data = self._chunk.read(n)
        while len(data) < n:
            self._chunk = _NOTHING  # an idle connection, waiting in the next line, keeps none
            self._chunk = BytesIO(await self.stream.read_bytes(READ_BYTES, partial=True))
            data += self._chunk.read(n - len(data))
        self._wire_bytes_in += n  # by which Tornado lets other connections have their turn
        return data


def text_frame(text: str) -> bytes:
    """A message of the server as one frame, for the stream of an open connection."""
    payload = text.encode()
    length = len(payload)
    if length < _TWO_BYTES:
        return bytes((_FINAL_TEXT, length)) + payload
    if length < 2**16:
        return bytes((_FINAL_TEXT, _TWO_BYTES)) + length.to_bytes(2) + payload
    return bytes((_FINAL_TEXT, _EIGHT_BYTES)) + length.to_bytes(8) + payload

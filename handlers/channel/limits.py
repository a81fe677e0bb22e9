"""How much a connection may ask for."""

from widget_gateway.domain.errors import GatewayError

MAX_FRAME_BYTES = 64 * 2**10
"""A frame of the protocol. An answer has about 60 bytes, a list of all answers of a test 5 KB."""

MAX_READ_BYTES = 2 * 2**20
"""What is read at all: a frame above MAX_FRAME_BYTES gets its proper close code, one above this
is cut off."""

MAX_BACKLOG_BYTES = 256 * 2**10
"""What may wait for a slow reader."""

MAX_UNACKNOWLEDGED = 64
"""Answers of one connection that are on their way to the disk; then it is not read any more."""

MAX_INBOX = 16
"""Messages of one connection that wait for those before them; then it is not read any more. Each is
a frame of 64 KiB at most."""

MAX_CONNECTIONS = 20_000
"""WebSockets of one process, about half a gigabyte."""

MAX_CHANNELS_A_PERSON = 20
"""Portal channels of one person on one node: all of anybody's devices, and some tabs."""

OPEN_TIMEOUT_S = 10.0
PING_INTERVAL_S = 30.0

DRAIN_SPREAD_MS = 5_000
"""Over how long the visitors of a draining node come back to the others."""

_WINDOW_S = 1.0
_MESSAGES_A_WINDOW = 2_000
"""More than a client can do that waits for its acks; re-sending a whole test is far below it."""


class TooManyMessagesError(GatewayError):
    """The connection sends faster than anybody answers questions."""

    reason = "rate_limited"
    default_message = "Too many messages or connections. Try again later."


class MessageBudget:
    """Counts the messages of one connection, a window of a second at a time."""

    __slots__ = ("_left", "_until")

    def __init__(self) -> None:
        self._until = 0.0
        self._left = 0

    def spend(self, now: float) -> bool:
        """Count a message that came at `now` (seconds, monotonic); False for one too many."""
        if now >= self._until:
            self._until = now + _WINDOW_S
            self._left = _MESSAGES_A_WINDOW
        self._left -= 1
        return self._left >= 0

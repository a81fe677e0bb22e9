"""Limits of a connection."""

from widget_gateway.domain.errors import GatewayError

MAX_FRAME_BYTES = 64 * 2**10
"""The most bytes of a frame. An answer has about 60 bytes, a list of all answers of a test 5 KB."""

MAX_LARGE_FRAME_BYTES = 2**20
"""The most bytes of a frame that may be large: an `open` with the host's answers, or an answer to a
question whose fields allow it."""

MAX_READ_BYTES = 2 * 2**20
"""The most bytes of a frame that are read at all. A frame between its own limit and this gets the
close code TOO_LARGE; a larger one ends the connection at once."""

MAX_BACKLOG_BYTES = 256 * 2**10
"""The most bytes that may wait for a slow reader. Above it, the connection is closed."""

MAX_LARGE_BACKLOG_BYTES = 4 * 2**20
"""The most bytes of frames above MAX_FRAME_BYTES that may wait besides. A visit has few of them:
`session`, `pause` and `resumed`, each with the questions or answers of a whole test."""

MAX_HOST_ANSWERS = 10_000
"""The most answers in an `open`. A test has at most 1,000 questions, and lists may repeat some."""

MAX_UNACKNOWLEDGED = 64
"""Answers of a connection that may wait to be stored. At this number no more frames are read."""

MAX_INBOX = 16
"""Messages of a connection that may wait for earlier ones, each a frame of at most 64 KiB. At this
number no more frames are read."""

MAX_CONNECTIONS = 20_000
"""WebSockets of one process. They take about half a gigabyte of memory."""

MAX_CHANNELS_A_PERSON = 20
"""Portal channels of one person on one node, enough for all devices of a person and some tabs."""

MAX_CALL_BYTES = MAX_LARGE_FRAME_BYTES + MAX_FRAME_BYTES
"""The most bytes of a body with messages: the largest message, and the rest of a usual one."""

POLL_S = 25.0
"""Seconds for which a poll is held. Most proxies end a silent call after 30 or 60."""

MAX_POLLS = 10_000
"""Polls that a process holds at once. Each takes about as much memory as a WebSocket. An address
may have as many as are free (FairTurns), so it can't take them from others."""

OPEN_TIMEOUT_S = 10.0
"""Seconds in which a client has to say who it is."""

PING_INTERVAL_S = 30.0
"""Seconds between pings, by which a dead peer is noticed."""

DRAIN_SPREAD_MS = 5_000
"""Milliseconds over which the clients of a draining node spread their reconnects."""

WINDOW_S = 1.0
"""Seconds in which messages are counted together."""

MESSAGES_A_WINDOW = 2_000
"""The most messages in a window. A client that waits for its acks sends fewer, even when it sends a
whole test again."""


class TooManyMessagesError(GatewayError):
    """A connection sends too many messages, or there are too many connections."""

    reason = "rate_limited"
    default_message = "Too many messages or connections. Try again later."


class MessageBudget:
    """Counts the messages of a connection in windows of one second."""

    __slots__ = ("_left", "_until")

    def __init__(self) -> None:
        self._until = 0.0
        self._left = 0

    def spend(self, now: float) -> bool:
        """Count a message at `now`, in monotonic seconds; False if it is too many."""
        if now >= self._until:
            self._until = now + WINDOW_S
            self._left = MESSAGES_A_WINDOW
        self._left -= 1
        return self._left >= 0

"""A visitor of the benchmark's channel part, who opens an attempt and answers when told to."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from connection import Connection

if TYPE_CHECKING:
    from load import Crowd

OPEN = b'{"type":"open","provider":"bench","test":"work-values","locale":"en"}'
"""The `open` message, for a test that does not pause."""

QUESTIONS = 24
OPTIONS = 5


class Visitor(Connection):
    """An attempt: it connects, opens the test and answers when told to."""

    def __init__(self, crowd: "Crowd", opened: asyncio.Future[None]) -> None:
        super().__init__()
        self._crowd = crowd
        self.opened = opened
        self._seq = 0
        self._due: deque[tuple[int, float]] = deque()

    def on_upgrade(self) -> None:
        """Open an attempt."""
        self.send(OPEN)

    def answer(self, due: float) -> None:
        """Send the next answer; `due`, in monotonic seconds, is when its latency begins."""
        self._seq = seq = self._seq + 1
        self._due.append((seq, due))
        question = seq % QUESTIONS + 1
        self.send(
            b'{"type":"answer","seq":%d,"question":"%d","value":["%d"]}'
            % (seq, question, seq % OPTIONS + 1)
        )

    @property
    def waits(self) -> bool:
        """Whether an answer waits for its ack."""
        return bool(self._due)

    def on_text(self, payload: bytes) -> None:
        """Handle an ack, which covers all answers up to its `seq`, or the `session` message.

        Anything else fails the run.
        """
        if self._due and b'"ack"' in payload:
            seq = int(payload[payload.rindex(b":") + 1 : -1])
            if not self._due[0][0] <= seq <= self._seq:
                self._crowd.fail(payload)
            while self._due and self._due[0][0] <= seq:
                self._crowd.acknowledged(self, self._due.popleft()[1])
        elif b'"session"' in payload and not self._seq:
            self.opened.set_result(None)
        else:
            self._crowd.fail(payload)

    def on_end(self, why: bytes) -> None:
        """Fail the run, since no connection may be closed before its end."""
        self._crowd.fail(why)

"""A visitor of the benchmark's channel part: opens a session, and answers as it is told."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from connection import Connection

if TYPE_CHECKING:
    from load import Crowd

OPEN = (
    b'{"type":"open","provider":"bench","test":"work-values","locale":"en"}'  # a test without pause
)
QUESTIONS = 24
OPTIONS = 5


class Visitor(Connection):
    """One session: upgrades, opens, and answers whenever it is told to."""

    def __init__(self, crowd: "Crowd", session: asyncio.Future[None]) -> None:
        super().__init__()
        self._crowd = crowd
        self.session = session
        self._seq = 0
        self._due: deque[tuple[int, float]] = deque()

    def on_upgrade(self) -> None:
        """Open the session."""
        self.send(OPEN)

    def answer(self, due: float) -> None:
        """Send the next answer; `due` (seconds, monotonic) is when its latency began."""
        self._seq = seq = self._seq + 1
        self._due.append((seq, due))
        question = seq % QUESTIONS + 1
        self.send(
            b'{"type":"answer","seq":%d,"question":"%d","value":["%d"]}'
            % (seq, question, seq % OPTIONS + 1)
        )

    @property
    def waits(self) -> bool:
        """Whether an ack is still to come."""
        return bool(self._due)

    def on_text(self, payload: bytes) -> None:
        """An ack, which covers all answers up to its `seq`, or the session; nothing else."""
        if self._due and b'"ack"' in payload:
            seq = int(payload[payload.rindex(b":") + 1 : -1])
            if not self._due[0][0] <= seq <= self._seq:
                self._crowd.fail(payload)
            while self._due and self._due[0][0] <= seq:
                self._crowd.acknowledged(self, self._due.popleft()[1])
        elif b'"session"' in payload and not self._seq:
            self.session.set_result(None)
        else:
            self._crowd.fail(payload)

    def on_end(self, why: bytes) -> None:
        """Nobody is sent away before the end of the run."""
        self._crowd.fail(why)

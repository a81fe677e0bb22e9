"""A whole visit: the visitor connects, opens a test, answers it, finishes and leaves."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from connection import Connection

OPTIONS = 5


@dataclass(frozen=True, kw_only=True)
class Way:
    """What visitors do. Each answer is sent after the ack of the one before."""

    test: str
    answers: int = 0
    """How many answers a visitor sends. After a paid test's free questions comes the `pause`."""
    finishes: bool = False
    last_message: str
    """The type of the message that ends the visit."""


OPENS = Way(test="work-values", last_message="session")
VISITS = Way(test="work-values", answers=24, finishes=True, last_message="finished")
PAUSES = Way(test="career-interests", answers=70, last_message="pause")


class Life(Connection):
    """A visit. Times are in seconds of the monotonic clock, and None until something happens.

    The visitor leaves after `leaves_after` answers, unless that is None, and once `is_over()`.
    `refusal` says why the server ended the visit early; it is None if it did not.
    """

    def __init__(
        self, way: Way, is_over: Callable[[], bool], began_at: float, leaves_after: int | None
    ) -> None:
        super().__init__()
        self._leaves_after = leaves_after
        self._way = way
        self._last_type = b'"type":"%s"' % way.last_message.encode()
        self._is_over = is_over
        self._seq = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.began_at = began_at
        self.opened_at: float | None = None
        self.finish_at: float | None = None
        """When `finish` was sent, or the answer that leads to the pause."""
        self.ended_at: float | None = None
        self.refusal: str | None = None

    def on_upgrade(self) -> None:
        """Open the test."""
        test = self._way.test.encode()
        self.send(b'{"type":"open","provider":"bench","test":"%s","locale":"en"}' % test)

    def on_text(self, payload: bytes) -> None:
        """Do what comes next. An unexpected message ends the visit as refused."""
        way = self._way
        if self._seq and payload.endswith(b"%d}" % self._seq) and b'"ack"' in payload:
            if self._seq < way.answers:
                self._answer()
            elif way.finishes:
                self.finish_at = time.monotonic()
                self.send(b'{"type":"finish"}')
            return
        kind = payload[:40]
        if self.opened_at is None and b'"type":"session"' in kind:
            self.opened_at = time.monotonic()
            if way.answers:
                self._answer()
                return
        if self._last_type in kind and self._seq == way.answers:
            self.ended_at = time.monotonic()
            self._settle()
        else:
            self.on_end(payload)

    def _answer(self) -> None:
        if self._is_over() or self._seq == self._leaves_after:
            self._settle()
            return
        self._seq = seq = self._seq + 1
        if seq == self._way.answers and not self._way.finishes:
            self.finish_at = time.monotonic()
        self.send(
            b'{"type":"answer","seq":%d,"question":"%d","value":["%d"]}'
            % (seq, seq, seq % OPTIONS + 1)
        )

    def on_end(self, why: bytes) -> None:
        """Note that the server ended the visit or sent an unexpected message."""
        if not self.done.done():
            self.refusal = why.decode(errors="replace")
            self._settle()

    def _settle(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self.leave()

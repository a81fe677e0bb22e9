"""A visitor on a bad network who follows the recovery rules and records what was promised."""

import asyncio
import random
import time
from collections.abc import Sequence

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from tests.crash.attempt_log import Attempt, Notes
from tests.crash.pipelined_connection import Connection

BACKOFF_S, LONGEST_BACKOFF_S = 0.5, 30.0

FINISHED = 0.5
"""The share of attempts that become results; the others stay rows of the journal."""

LOST = (OSError, EOFError, TimeoutError, ConnectionClosed, InvalidHandshake, InvalidMessage)

TAKEN_OVER = 4009


class Pipeliner:
    """Takes attempts until `stop` is set and all of its answers are acknowledged.

    It changes the gateway (of `urls`) each time that it connects.
    """

    def __init__(
        self,
        number: int,
        urls: Sequence[str],
        *,
        provider: str,
        test: str,
        questions: int,
        notes: Notes,
        chance: random.Random,
    ) -> None:
        self.attempts: list[Attempt] = []
        self.acknowledged_at = 0.0
        self.provider = provider
        self.test = test
        self.questions = questions
        self.notes = notes
        self.chance = chance
        self._urls = urls
        self._turn = number
        self._retries = 0
        self._zombies: set[asyncio.Task[None]] = set()

    def __str__(self) -> str:
        attempt = self.attempts[-1]
        return (
            f"{attempt.identity.get('session')}: {len(attempt.answers)} given, waits for "
            f"{attempt.unacknowledged}, {self._retries} tries since the last ack"
        )

    async def visit(self, stop: asyncio.Event) -> None:
        """Take attempts until `stop` is set."""
        while not stop.is_set():
            attempt = Attempt()
            self.attempts.append(attempt)
            await self._take(attempt, stop)
        for zombie in self._zombies:
            zombie.cancel()
        await asyncio.gather(*self._zombies, return_exceptions=True)

    async def _take(self, attempt: Attempt, stop: asyncio.Event) -> None:
        asked = self.questions + self.chance.randrange(self.questions)
        finish = self.chance.random() < FINISHED
        while not (attempt.is_spoiled or (stop.is_set() and attempt.unacknowledged == [])):
            self._turn += 1
            try:
                socket = await connect(
                    self._urls[self._turn % len(self._urls)],
                    open_timeout=10,
                    close_timeout=0.2,
                    ping_interval=None,
                )
            except LOST:
                await self._back_off()
                continue
            connection = Connection(self, socket, attempt)
            try:
                if await connection.use(asked, stop, finish=finish):
                    return
            except LOST:
                await self._back_off()
            finally:
                self._leave(connection)

    async def _back_off(self) -> None:
        longest = min(LONGEST_BACKOFF_S, BACKOFF_S * 2**self._retries)
        self._retries += 1
        await asyncio.sleep(self.chance.uniform(0, longest))

    def note_end(self, end: BaseException, *, zombie: bool) -> None:
        """Record how a gateway closed a connection, unless that was a zombie."""
        if isinstance(end, ConnectionClosed) and end.rcvd is not None:
            code = end.rcvd.code
            if not (zombie and code == TAKEN_OVER):
                self.notes.closes.append((time.monotonic(), code))

    def _leave(self, connection: Connection) -> None:
        """End a connection, or keep it open and unused as a zombie."""
        zombie = asyncio.ensure_future(connection.end())
        self._zombies.add(zombie)
        zombie.add_done_callback(self._zombies.discard)

    def on_ack(self) -> None:
        """Record the moment of an ack."""
        self._retries = 0
        self.acknowledged_at = time.monotonic()
        self.notes.acks.append(self.acknowledged_at)

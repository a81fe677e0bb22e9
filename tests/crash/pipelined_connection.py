"""A connection of a visitor who sends answers without waiting for their acks."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.crash.attempt_log import Attempt, Place

if TYPE_CHECKING:
    from tests.crash.pipeliner import Pipeliner

UNDER_WAY = 8
"""How many answers may wait for their acks, as with a hasty visitor on a slow network."""

PACE_S = 0.1
"""The longest pause between two answers, in seconds; without pauses the server has no time."""

FIRST_QUIET_S, LAST_QUIET_S = 15.0, 5.0
"""After so many seconds without a message the client pings, and then after so many it leaves."""

RELOADS = 0.002
"""The share of answers after which the page is reloaded and its old connection stays open."""


class RefusedError(EOFError):
    """The server refused; the visitor has to open anew."""


class Connection:
    """A visitor's connection to a gateway."""

    def __init__(self, visitor: "Pipeliner", socket: ClientConnection, attempt: Attempt) -> None:
        self._visitor = visitor
        self._socket = socket
        self._attempt = attempt
        self._generation = 0
        self._is_zombie = False
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def use(self, asked: int, stop: asyncio.Event, *, finish: bool) -> bool:
        """Open, send again, and answer; return whether the attempt is done, not left by a reload.

        Raises:
            LOST: the connection broke, or was closed, or the server refused.
        """
        attempt = self._attempt
        try:
            await self._open()
        except ConnectionClosed as end:
            self._visitor.note_end(end, zombie=False)
            raise
        self._reading = asyncio.ensure_future(self._read())
        self._reading.add_done_callback(lambda _: self._news.set())
        for place in attempt.unacknowledged:
            await self._send_answer(place)
        seq = 0
        while len(attempt.answers) < asked and not stop.is_set() and attempt.result_key is None:
            while len(attempt.unacknowledged) >= UNDER_WAY:
                await self._hear()
            seq += 1
            await self._give(seq)
            if self._visitor.chance.random() < RELOADS:
                self._is_zombie = True
                return False
            await asyncio.sleep(self._visitor.chance.uniform(0, PACE_S))
        while attempt.unacknowledged:
            await self._hear()
        if finish and len(attempt.answers) == asked:
            await self._send(type="finish")
            while attempt.result_key is None:
                await self._hear()
        return True

    async def _open(self) -> None:
        attempt, visitor = self._attempt, self._visitor
        who = attempt.identity or {"test": visitor.test, "open_id": attempt.open_id, "locale": "en"}
        promised = attempt.promised
        await self._send(type="open", provider=visitor.provider, **who)
        told = await self._receive()
        while told["type"] == "pong":
            told = await self._receive()
        if told["type"] != "session":
            await self._on_refusal(told)
        self._generation = told["generation"]
        attempt.identity = {
            key: told.get(key) or attempt.identity[key] for key in ("session", "resume_token")
        }
        attempt.result_key = attempt.result_key or told.get("result_key")
        answers = dict(told["answers"])
        for question, place in promised.items():
            if answers.get(question) not in attempt.may_stand(question, place):
                visitor.notes.faults.append(
                    f"session {told['session']} tells {answers.get(question)} for {question}, "
                    f"promised was {attempt.answers[place]} of {place}"
                )

    async def _give(self, seq: int) -> None:
        number = len(self._attempt.answers)
        questions, chance = self._visitor.questions, self._visitor.chance
        question = number + 1 if number < questions else chance.randint(1, questions)
        place = (self._generation, seq)
        self._attempt.answers[place] = (str(question), [str(chance.randint(1, 5))])
        await self._send_answer(place)

    async def _send_answer(self, place: Place) -> None:
        generation, seq = place
        question, value = self._attempt.answers[place]
        told = {} if generation == self._generation else {"generation": generation}
        await self._send(type="answer", seq=seq, question=question, value=value, **told)

    async def _send(self, **message: Any) -> None:
        await self._socket.send(json.dumps(message))

    async def _receive(self) -> dict[str, Any]:
        try:
            frame = await asyncio.wait_for(self._socket.recv(), FIRST_QUIET_S)
        except TimeoutError:
            await self._send(type="ping")
            frame = await asyncio.wait_for(self._socket.recv(), LAST_QUIET_S)
        message: dict[str, Any] = json.loads(frame)
        return message

    async def _hear(self) -> None:
        """Wait for the next message; raise what ended the connection."""
        await self._news.wait()
        self._news.clear()
        if self._reading is not None and self._reading.done():
            await self._reading

    async def _read(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "ack":
                self._on_ack(message.get("generation", self._generation), message["seq"])
            elif message["type"] == "finished":
                self._attempt.result_key = message["result_key"]
            elif message["type"] == "error":
                await self._on_refusal(message)
            self._news.set()

    async def _on_refusal(self, message: dict[str, Any]) -> None:
        code = message.get("code", message["type"])
        self._visitor.notes.refusals[code] += 1
        if code != "storage_unavailable":
            self._attempt.is_spoiled = True
            session = self._attempt.identity.get("session")
            self._visitor.notes.faults.append(f"{session}: refused by {message}")
        if message.get("fatal"):
            await self._receive()  # It raises an error with the close code.
        raise RefusedError(message)

    def _on_ack(self, generation: int, seq: int) -> None:
        attempt = self._attempt
        if (generation, seq) not in attempt.answers:
            self._visitor.notes.faults.append(f"acknowledged {generation, seq}, which nobody gave")
        covered = {p for p in attempt.unacknowledged if p[0] == generation and p[1] <= seq}
        if covered:
            attempt.acknowledged |= covered
            self._visitor.on_ack()

    async def end(self) -> None:
        """Close the connection; a zombie waits until its server closes it."""
        try:
            if self._reading is not None:
                if not self._is_zombie and self._socket.close_code is None:
                    self._reading.cancel()
                await asyncio.wait([self._reading])
                if not self._reading.cancelled() and (end := self._reading.exception()):
                    self._visitor.note_end(end, zombie=self._is_zombie)
        finally:
            if self._reading is not None:
                self._reading.cancel()
            self._socket.transport.abort()

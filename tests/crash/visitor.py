"""A visitor who answers in haste and follows the recovery rules of the protocol."""

import asyncio
import itertools
import json
import random
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidMessage, WebSocketException

from tests.support.waiting import PATIENCE_S

IN_FLIGHT = 8
"""How many answers may wait for their acks, as with a hasty visitor on a slow network."""

Place = tuple[int, int]
"""Generation and seq of an answer."""

LOST = (OSError, EOFError, TimeoutError, WebSocketException, InvalidHandshake, InvalidMessage)


@dataclass
class Visitor:
    """A visitor who answers until told to stop.

    `sent` has question and value by place. An answer that is sent again keeps its place (recovery
    rule 2). `faults` tells of what must never happen.
    """

    url: str
    provider: str
    test: str
    questions: int
    random: random.Random
    sent: dict[Place, tuple[str, list[str]]] = field(default_factory=dict)
    acknowledged: set[Place] = field(default_factory=set)
    open_id: str = field(default_factory=lambda: str(uuid4()))
    identity: dict[str, str] | None = None
    connections: int = 0
    faults: list[str] = field(default_factory=list)

    async def answer_until(self, stop: asyncio.Event) -> None:
        """Answer and connect again until `stop` is set and all answers are acknowledged."""
        while not (stop.is_set() and self.unacknowledged == []):
            try:
                async with connect(self.url, close_timeout=0.2, open_timeout=PATIENCE_S) as socket:
                    await self._run(socket, stop)
            except LOST:
                await asyncio.sleep(self.random.uniform(0, 0.1))

    @property
    def unacknowledged(self) -> list[Place]:
        """The places that are not acknowledged, in the order in which they were answered."""
        return sorted(self.sent.keys() - self.acknowledged)

    async def open(self, socket: ClientConnection) -> dict[str, Any]:
        """Begin or resume the attempt; return the `session` message."""
        fields = self.identity or {"test": self.test, "locale": "en", "open_id": self.open_id}
        await socket.send(json.dumps({"type": "open", "provider": self.provider, **fields}))
        message = await self._receive(socket)
        if message["type"] != "session":
            raise EOFError(message)  # Such as storage_unavailable, it is tried again.
        if self.identity is None:
            self.identity = {key: message[key] for key in ("session", "resume_token")}
        return message

    async def _run(self, socket: ClientConnection, stop: asyncio.Event) -> None:
        generation = (await self.open(socket))["generation"]
        self.connections += 1
        waiting = self.unacknowledged
        for place in waiting:
            await self._send(socket, place)
        for seq in itertools.count(1):
            if stop.is_set():
                break
            while len(waiting) >= IN_FLIGHT:
                await self._ack(socket, waiting, generation)
            if seq % IN_FLIGHT == 0:
                # Without pauses forty visitors would keep the machine from all else.
                await asyncio.sleep(self.random.uniform(0, 0.2))
            value = [str(self.random.randint(1, 5))]
            place = (generation, seq)
            self.sent[place] = (str(self.random.randint(1, self.questions)), value)
            waiting.append(place)
            await self._send(socket, place)
        while waiting:
            await self._ack(socket, waiting, generation)

    async def _send(self, socket: ClientConnection, place: Place) -> None:
        generation, seq = place
        question, value = self.sent[place]
        message = {"seq": seq, "generation": generation, "question": question, "value": value}
        await socket.send(json.dumps({"type": "answer", **message}))

    async def _ack(self, socket: ClientConnection, waiting: list[Place], generation: int) -> None:
        message = await self._receive(socket)
        if message["type"] != "ack":
            raise EOFError(message)
        place = (message.get("generation", generation), message["seq"])
        if place != waiting[0]:
            self.faults.append(f"acknowledged {place}, waited for {waiting[0]}")
        self.acknowledged.add(waiting.pop(0))

    @staticmethod
    async def _receive(socket: ClientConnection) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
        return message

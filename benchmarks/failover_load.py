"""The load during an election: visitors who answer, and partners' servers that register users.

It runs in a process of its own and notes when each thing happens, in seconds of the machine's
monotonic clock, which all processes share.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection as Pipe

import uvloop
from connection import Connection
from tornado.httpclient import AsyncHTTPClient
from visitor import OPEN, OPTIONS, QUESTIONS

VISITORS = 40
UNDER_WAY = 8
PAUSE_S = 0.1
"""Seconds between two answers of a visitor, as long as fewer than UNDER_WAY wait for their acks."""

CALLERS = 4
CALL_PAUSE_S = 0.25
CALL_TIMEOUT_S = 60.0

_BACKOFF_S = 0.5
_LONGEST_BACKOFF_S = 30.0


@dataclass
class Record:
    """What happened, and when, in monotonic seconds."""

    acks: list[tuple[float, int]] = field(default_factory=list)
    """The time of each ack, and the visitor's number."""
    closings: list[tuple[float, str]] = field(default_factory=list)
    """When the server closed a visitor's connection, and why."""
    errors: Counter[str] = field(default_factory=Counter)
    """How many answers were refused, by the server's message."""
    calls: list[tuple[float, float, int]] = field(default_factory=list)
    """When a call was made, how long it took, and the status of its answer (599 without one)."""


class Answering(Connection):
    """The connection of a visitor who answers at a fixed pace; its end completes `ended`."""

    def __init__(self, record: Record, acknowledged: Callable[[], None]) -> None:
        super().__init__()
        self._record = record
        self._acknowledged = acknowledged
        self._loop = asyncio.get_running_loop()
        self._seq = 0
        self._settled = 0
        self.has_ack = False
        self.ended: asyncio.Future[None] = self._loop.create_future()

    def on_upgrade(self) -> None:
        """Open an attempt."""
        self.send(OPEN)

    def on_text(self, payload: bytes) -> None:
        """Handle an ack, the `session` message or a refusal."""
        kind = payload[:40]
        if b'"ack"' in kind:
            self._settled = int(payload[payload.rindex(b":") + 1 : -1])
            self.has_ack = True
            self._acknowledged()
        elif b'"session"' in kind:
            self._answer()
        else:
            self._settled = min(self._settled + 1, self._seq)
            self._record.errors[payload.decode(errors="replace")] += 1

    def _answer(self) -> None:
        if self.has_left or self.ended.done():
            return
        if self._seq - self._settled < UNDER_WAY:
            self._seq = seq = self._seq + 1
            self.send(
                b'{"type":"answer","seq":%d,"question":"%d","value":["%d"]}'
                % (seq, seq % QUESTIONS + 1, seq % OPTIONS + 1)
            )
        self._loop.call_later(PAUSE_S, self._answer)

    def on_end(self, why: bytes) -> None:
        """Note that the server has closed the connection."""
        if not self.ended.done():
            self._record.closings.append((time.monotonic(), why.decode(errors="replace")))
            self.ended.set_result(None)


class Crowd:
    """All visitors and callers, distributed over the gateways."""

    def __init__(self, ports: list[int], key: str) -> None:
        self._ports = ports
        self._key = key
        self._chance = random.Random(1)
        self._now: dict[int, Answering] = {}
        self._had_acks: set[int] = set()
        self._all_had_acks = asyncio.Event()
        self.record = Record()
        self._work = [asyncio.ensure_future(self._visit(number)) for number in range(VISITORS)]
        self._work += [asyncio.ensure_future(self._call(number)) for number in range(CALLERS)]

    async def ready(self) -> None:
        """Wait until each visitor has an ack."""
        await self._all_had_acks.wait()

    def _acknowledged(self, number: int) -> None:
        self.record.acks.append((time.monotonic(), number))
        self._had_acks.add(number)
        if len(self._had_acks) == VISITORS:
            self._all_had_acks.set()

    def leave(self) -> None:
        """End all connections and calls."""
        for work in self._work:
            work.cancel()
        for visitor in self._now.values():
            visitor.leave()

    async def _visit(self, number: int) -> None:
        """Come back as the widget does, but to a new attempt: lost answers are not measured."""
        tries = 0
        port = self._ports[number % len(self._ports)]
        while True:
            visitor = Answering(self.record, partial(self._acknowledged, number))
            try:
                await asyncio.get_running_loop().create_connection(
                    lambda visitor=visitor: visitor, "127.0.0.1", port
                )
            except OSError as fault:
                visitor.on_end(repr(fault).encode())
            else:
                self._now[number] = visitor
                await visitor.ended
                visitor.leave()
            tries = 0 if visitor.has_ack else tries + 1
            longest = min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2**tries)
            await asyncio.sleep(self._chance.uniform(0, longest))

    async def _call(self, number: int) -> None:
        """Register a new user, again and again."""
        client = AsyncHTTPClient()
        address = f"http://127.0.0.1:{self._ports[number % len(self._ports)]}"
        while True:
            began = time.monotonic()
            answer = await client.fetch(
                f"{address}/partner/api/v3/user/register?user_id=caller-{number}-{began}",
                headers={"Authorization": f"Bearer {self._key}"},
                request_timeout=CALL_TIMEOUT_S,
                raise_error=False,
            )
            self.record.calls.append((began, time.monotonic() - began, answer.code))
            await asyncio.sleep(CALL_PAUSE_S)


def run(ports: list[int], key: str, orders: Pipe) -> None:
    """Run the process: send "ready", go on until any order comes, then send the record."""

    async def obey() -> Record:
        crowd = Crowd(ports, key)
        await crowd.ready()
        orders.send("ready")
        await asyncio.to_thread(orders.recv)
        crowd.leave()
        return crowd.record

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        orders.send(runner.run(obey()))

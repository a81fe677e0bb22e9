"""The load: visitors who answer and wait for the ack, in a process of their own.

It shares the machine with the servers that it measures, so it is as light as Python allows: raw
sockets, frames written by hand, an ack recognised by its last bytes. Every ack's `seq` is checked,
and anything else than the expected ack ends the run: a wrong answer can't count as a fast one.

All servers get the same bytes (widget-protocol.md): an `open`, then `answer` after `answer`.
"""

import asyncio
import base64
import os
import random
import resource
import time
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import uvloop

OPEN = (
    b'{"type":"open","provider":"bench","test":"work-values","locale":"en"}'  # a test without pause
)
ORIGIN = "https://partner.example"
HANDSHAKE = f"""\
GET /ws/v1/widget HTTP/1.1
Host: gateway.example:8888
Connection: Upgrade
Pragma: no-cache
Cache-Control: no-cache
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/140.0.0.0 Safari/537.36
Upgrade: websocket
Origin: {ORIGIN}
Sec-WebSocket-Version: 13
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-GB,en;q=0.9
Sec-WebSocket-Key: %b
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
Sec-WebSocket-Protocol: widget-gateway.v1

""".replace("\n", "\r\n").encode()
"""What a browser sends; the headers are part of what an open connection weighs."""

OPEN_AT_ONCE = 20
QUESTIONS = 24
OPTIONS = 5
LAST_ACKS_S = 30.0

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_SHORT = 126  # frame lengths from here on have bytes of their own
_NO_MASK = bytes(4)
"""A mask of zeros: a client must mask, the server does its full work, and we save ours."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What to do. `rate` is in answers a second over all sessions; None: as fast as acks come."""

    port: int
    sessions: int
    seconds: float
    warm_up: float
    rate: float | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it. Latencies in seconds, sorted, of what was measured (not the warm-up)."""

    latencies: list[float]
    seconds: float
    acks: int
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Acknowledged answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        return self.latencies[int((len(self.latencies) - 1) * percent / 100)] * 1000


class Visitor(asyncio.Protocol):
    """One session: upgrades, opens, and answers whenever it is told to."""

    def __init__(self, crowd: "Crowd", session: asyncio.Future[None]) -> None:
        self._crowd = crowd
        self.session = session
        self._buffer = b""
        self._upgraded = False
        self._seq = 0
        self._due: deque[tuple[int, float]] = deque()

    def connection_made(self, transport: Any) -> None:
        """Ask for the upgrade."""
        self._transport = transport
        transport.write(HANDSHAKE % base64.b64encode(os.urandom(16)))

    def answer(self, due: float) -> None:
        """Send the next answer; `due` (seconds, monotonic) is when its latency began."""
        self._seq = seq = self._seq + 1
        self._due.append((seq, due))
        question = seq % QUESTIONS + 1
        text = b'{"type":"answer","seq":%d,"question":"%d","value":["%d"]}' % (
            *(seq, question),
            seq % OPTIONS + 1,
        )
        self._send(_TEXT, text)

    @property
    def waits(self) -> bool:
        """Whether an ack is still to come."""
        return bool(self._due)

    def _send(self, opcode: int, payload: bytes) -> None:
        self._transport.write(bytes((0x80 | opcode, 0x80 | len(payload))) + _NO_MASK + payload)

    def data_received(self, data: bytes) -> None:
        """Take frames apart; nearly always it is one ack and nothing else."""
        if not self._buffer and len(data) < _SHORT and data[1] == len(data) - 2:
            self._take(data[0] & 0xF, data[2:])
            return
        self._buffer += data
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head:
                self._crowd.fail(head)
                return
            self._upgraded = True
            self._buffer = rest
            self._send(_TEXT, OPEN)
        while len(self._buffer) >= 2:
            start, length = 2, self._buffer[1]
            if length >= _SHORT:
                start = 4 if length == _SHORT else 10
                length = int.from_bytes(self._buffer[2:start])
            if len(self._buffer) < start + length:
                return
            opcode, payload = self._buffer[0] & 0xF, self._buffer[start : start + length]
            self._buffer = self._buffer[start + length :]
            self._take(opcode, payload)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._send(_PONG, payload)
        elif self._due and payload.endswith(b"%d}" % self._due[0][0]) and b'"ack"' in payload:
            self._crowd.acknowledged(self, self._due.popleft()[1])
        elif b'"session"' in payload and not self._seq:
            self.session.set_result(None)
        elif opcode != _CLOSE or not self._crowd.leaving:
            self._crowd.fail(payload)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of the run, or a fault."""
        if not self._crowd.leaving:
            self._crowd.fail(repr(exc).encode())

    def leave(self) -> None:
        """Go without a word, as browsers do."""
        self._transport.abort()


class Crowd:
    """All visitors of a run."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._loop = asyncio.get_running_loop()
        self._visitors: list[Visitor] = []
        self._failure: asyncio.Future[None] = self._loop.create_future()
        self._again = False
        self._ending = False
        self._settled = asyncio.Event()
        self._count_from = 0.0
        self._until = 0.0
        self._acks = 0
        self._latencies: list[float] = []
        self.leaving = False

    async def gather(self, count: int) -> None:
        """Open sessions until there are `count` more, a few at a time."""
        while count > 0:
            few = [await self._welcome() for _ in range(min(OPEN_AT_ONCE, count))]
            await self._unless_failed(asyncio.wait([visitor.session for visitor in few]))
            count -= len(few)

    async def _welcome(self) -> Visitor:
        _, visitor = await self._loop.create_connection(
            lambda: Visitor(self, self._loop.create_future()), "127.0.0.1", self._load.port
        )
        self._visitors.append(visitor)
        return visitor

    async def answer(self) -> Outcome:
        """Answer as the load says."""
        cpu = time.process_time()
        began = time.monotonic()
        self._count_from = began + self._load.warm_up
        self._until = self._count_from + self._load.seconds
        if self._load.rate is None:
            self._again = True
            for visitor in self._visitors:
                visitor.answer(time.monotonic())
            await self._unless_failed(asyncio.sleep(self._until - began))
            self._again = False
        else:
            await self._unless_failed(self._answer_by_the_clock(self._load.rate, began))
        self._ending = True
        self._look_for_the_end()
        async with asyncio.timeout(LAST_ACKS_S):  # the slowest acks count too
            await self._unless_failed(self._settled.wait())
        return Outcome(
            latencies=sorted(self._latencies),
            seconds=self._load.seconds,
            acks=self._acks,
            cpu_seconds=time.process_time() - cpu,
        )

    async def _answer_by_the_clock(self, rate: float, due: float) -> None:
        """Answers at random moments (a Poisson process): visitors don't agree on an order.

        A latency begins when the answer was due, also where we or the server were late.
        """
        chance = random.Random(1)
        while due < self._until:
            now = time.monotonic()
            while due <= now:
                chance.choice(self._visitors).answer(due)
                due += chance.expovariate(rate)
            await asyncio.sleep(max(0.0, due - now))

    async def _unless_failed(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        await asyncio.wait([task, self._failure], return_when=asyncio.FIRST_COMPLETED)
        if self._failure.done():
            self._failure.result()

    def acknowledged(self, visitor: Visitor, due: float) -> None:
        """A visitor has its ack."""
        now = time.monotonic()
        self._acks += 1
        if self._load.rate is None:
            if self._count_from <= now < self._until:
                self._latencies.append(now - due)
            if self._again:
                visitor.answer(now)
        elif self._count_from <= due < self._until:
            self._latencies.append(now - due)
        if self._ending:
            self._look_for_the_end()

    def _look_for_the_end(self) -> None:
        if not any(visitor.waits for visitor in self._visitors):
            self._settled.set()

    def fail(self, why: bytes) -> None:
        """End the run; the first fault tells why."""
        if not self._failure.done():
            self._failure.set_exception(RuntimeError(why.decode(errors="replace")))

    def leave(self) -> None:
        """End all connections."""
        self.leaving = True
        for visitor in self._visitors:
            visitor.leave()


def run(load: Load, orders: Connection) -> None:
    """The process. Its orders: an int opens so many sessions, "answer" answers, None ends it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    async def obey() -> None:
        crowd = Crowd(load)
        while (order := await asyncio.to_thread(orders.recv)) is not None:
            if order == "answer":
                orders.send(await crowd.answer())
            else:
                await crowd.gather(order)
                orders.send("ready")
        crowd.leave()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            runner.run(obey())
        except (OSError, RuntimeError) as fault:
            orders.send(fault)

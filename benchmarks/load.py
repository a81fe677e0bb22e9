"""The load: visitors who answer and wait for the ack, in a process of their own.

It shares the machine with the servers that it measures, so it costs as little as Python allows:
raw sockets, frames made by hand, an ack that is recognised by its last bytes. The `seq` of each ack
is checked, and anything but the expected ack ends the run, so that a wrong answer never counts as a
fast one.

All servers get the same bytes: an `open`, then one `answer` after the other, as the widget channel
has them (docs/protocol/widget-channel.md).
"""

import asyncio
import random
import resource
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import uvloop
from visitor import Visitor

OPEN_AT_ONCE = 100
LAST_ACKS_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Load:
    """What to do; `rate` is in answers a second over all attempts.

    Without a rate each attempt has `under_way` answers waiting for their ack at any time.
    """

    port: int
    attempts: int
    seconds: float
    warm_up: float
    rate: float | None = None
    under_way: int = 1


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a load measured, without its warm-up; latencies are in seconds and sorted."""

    latencies: list[float]
    seconds: float
    acks: int
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Acknowledged answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """A percentile of the latencies in milliseconds."""
        return self.latencies[int((len(self.latencies) - 1) * percent / 100)] * 1000


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

    async def gather(self, count: int) -> None:
        """Open attempts until there are `count` more, a few at a time."""
        while count > 0:
            few = [await self._welcome() for _ in range(min(OPEN_AT_ONCE, count))]
            await self._unless_failed(asyncio.wait([visitor.opened for visitor in few]))
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
                for _ in range(self._load.under_way):
                    visitor.answer(time.monotonic())
            await self._unless_failed(asyncio.sleep(self._until - began))
            self._again = False
        else:
            await self._unless_failed(self._answer_by_the_clock(self._load.rate, began))
        self._ending = True
        self._look_for_the_end()
        async with asyncio.timeout(LAST_ACKS_S):  # The slowest acks count, too.
            await self._unless_failed(self._settled.wait())
        return Outcome(
            latencies=sorted(self._latencies),
            seconds=self._load.seconds,
            acks=self._acks,
            cpu_seconds=time.process_time() - cpu,
        )

    async def _answer_by_the_clock(self, rate: float, due: float) -> None:
        """Answer at random moments (a Poisson process), since visitors act independently.

        A latency begins when the answer was due, even if the load or the server was late.
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
        """Count an acknowledged answer of a visitor, which was due at this monotonic time."""
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
        """End the run; the first fault is reported."""
        if not self._failure.done():
            self._failure.set_exception(RuntimeError(why.decode(errors="replace")))

    def leave(self) -> None:
        """End all connections."""
        for visitor in self._visitors:
            visitor.leave()


def run(load: Load, orders: Connection) -> None:
    """Run the process. An order is a number of attempts to open, "answer", or None to end it."""
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

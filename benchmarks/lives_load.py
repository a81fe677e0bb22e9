"""The load of lives: visitors in a closed loop, or a crowd that comes all at once.

It runs in a process of its own. A visitor who is refused counts as refused and does not come
again: real ones would, which would hide how many were.
"""

import asyncio
import contextlib
import math
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe

import uvloop
from life import Life, Way

LAST_ANSWERS_S = 60.0
"""How long a visitor is waited for after the end: the slowest count, too."""

LONGEST_WARM_UP_S = 30.0
"""For a server that is too slow, or refuses so many, that steadier it will not get."""


@dataclass(frozen=True, kw_only=True)
class LivesPlan:
    """So many visitors at any time, measured for `seconds`. They come in evenly over `spread`.

    The first visit of each is cut off somewhere, so that they are not in step with each other; then
    as many have to end as there are visitors before anything is measured.

    A burst is one without `again`: nobody is replaced, and what is measured begins with the first
    one and lasts until each has had what it came for.
    """

    port: int
    way: Way
    visitors: int
    spread: float
    seconds: float = 0
    again: bool = True


@dataclass(frozen=True, kw_only=True)
class LivesOutcome:
    """What came of it; latencies in seconds, sorted."""

    seconds: float
    opened: int
    """Sessions that came within the measured time."""
    ended: int
    """Likewise visits that reached their end."""
    open_latencies: list[float]
    """From the connection's begin to the `session`, of visitors who came in the measured time."""
    finish_latencies: list[float]
    """From `finish` to `finished`, or from the last free answer to `pause`, begun likewise."""
    last_opened_s: float
    """From the begin of the first visitor to the last `session`."""
    refusals: Counter[str]
    """Why visitors were sent away, over the whole run, or "no answer"."""
    cpu_seconds: float


class Lives:
    """All visits of a run."""

    def __init__(self, plan: LivesPlan) -> None:
        self._plan = plan
        self._visits: list[Life] = []
        self._is_over = False
        self._began = time.monotonic()
        self._chance = random.Random(1)
        self._left = 0
        self._all_had_a_turn = asyncio.Event()

    async def run(self, tell: Callable[[str], None]) -> LivesOutcome:
        """Let them live; `tell` hears "begin" and "end" of what is measured."""
        plan = self._plan
        loop = asyncio.get_running_loop()
        seats = [loop.create_task(self._seat(number)) for number in range(plan.visitors)]
        if plan.again:
            await self._warm_up()
        since = time.monotonic() if plan.again else self._began
        cpu = time.process_time()
        tell("begin")
        if plan.again:
            await asyncio.sleep(plan.seconds)
        else:
            await asyncio.wait(seats, timeout=LAST_ANSWERS_S)
        until, cpu = time.monotonic(), time.process_time() - cpu
        tell("end")
        self._is_over = True
        _, late = await asyncio.wait(seats, timeout=LAST_ANSWERS_S)
        for seat in late:
            seat.cancel()
        return self._outcome(since, until, cpu)

    async def _warm_up(self) -> None:
        await asyncio.sleep(self._plan.spread + 1)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all_had_a_turn.wait(), LONGEST_WARM_UP_S)

    async def _seat(self, number: int) -> None:
        at = self._began + number * self._plan.spread / self._plan.visitors
        answers = self._plan.way.answers
        leaves_after = self._chance.randrange(answers) if answers else None
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        await self._visit(at, leaves_after)
        while self._plan.again and not self._is_over:
            await self._visit(time.monotonic())

    async def _visit(self, began_at: float, leaves_after: int | None = None) -> None:
        visit = Life(self._plan.way, lambda: self._is_over, began_at, leaves_after)
        self._visits.append(visit)
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: visit, "127.0.0.1", self._plan.port)
        except OSError as fault:
            visit.refusal = repr(fault)
            return
        await visit.done
        self._left += visit.ended_at is not None or visit.refusal is not None
        if self._left >= self._plan.visitors:
            self._all_had_a_turn.set()

    def _outcome(self, since: float, until: float, cpu_seconds: float) -> LivesOutcome:
        visits = self._visits
        opened = [one for one in visits if one.opened_at is not None]
        return LivesOutcome(
            seconds=until - since,
            opened=sum(since <= one.opened_at < until for one in opened),
            ended=sum(one.ended_at is not None and since <= one.ended_at < until for one in visits),
            open_latencies=sorted(
                one.opened_at - one.began_at for one in opened if since <= one.began_at < until
            ),
            finish_latencies=sorted(
                one.ended_at - one.finish_at
                for one in visits
                if one.finish_at is not None
                and one.ended_at is not None
                and since <= one.finish_at < until
            ),
            last_opened_s=max(
                (one.opened_at - visits[0].began_at for one in opened), default=math.nan
            ),
            refusals=Counter(
                "no answer" if one.refusal is None else one.refusal
                for one in visits
                if one.refusal is not None or not one.done.done()
            ),
            cpu_seconds=cpu_seconds,
        )


def run(plan: LivesPlan, orders: Pipe) -> None:
    """The process: sends "begin", "end", then the outcome."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            orders.send(runner.run(Lives(plan).run(orders.send)))
        except (OSError, RuntimeError) as fault:
            orders.send(fault)

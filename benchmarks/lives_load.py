"""The load of whole visits: visitors who come again and again, or many who come at once.

It runs in a process of its own. Visitors who are refused are counted and do not come again. Real
ones would, but that would hide how many were refused.
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
"""Seconds to wait for visitors after the end, so that the slowest count, too."""

LONGEST_WARM_UP_S = 30.0
"""Seconds after which measuring begins even if a slow server has not served all visitors yet."""


@dataclass(frozen=True, kw_only=True)
class LivesPlan:
    """So many visitors at any time, measured for `seconds`. They come in evenly over `spread`.

    The first visit of each is cut off at a random answer, so that visitors are not in step with
    each other. Measuring begins when as many visits have ended as there are visitors.

    Without `again` it is a burst: each visitor comes once, and the measured time lasts from the
    first visitor's arrival until all visits have ended.
    """

    port: int
    way: Way
    visitors: int
    spread: float
    seconds: float = 0
    again: bool = True


@dataclass(frozen=True, kw_only=True)
class LivesOutcome:
    """What a run measured; latencies are in seconds and sorted."""

    seconds: float
    opened: int
    """How many attempts were opened within the measured time."""
    ended: int
    """How many visits reached their end within the measured time."""
    open_latencies: list[float]
    """From connecting to the `session` message, of visitors who came in the measured time."""
    finish_latencies: list[float]
    """From `finish` to `finished`, or from the last free answer to `pause`, sent in that time."""
    last_opened_s: float
    """From the arrival of the first visitor to the last `session` message."""
    refusals: Counter[str]
    """Why visits ended early over the whole run, or "no answer", and how many did."""
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
        """Run all visits; `tell` is called with "begin" and "end" of the measured time."""
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
        opened = [visit for visit in visits if visit.opened_at is not None]
        return LivesOutcome(
            seconds=until - since,
            opened=sum(since <= visit.opened_at < until for visit in opened),
            ended=sum(
                visit.ended_at is not None and since <= visit.ended_at < until for visit in visits
            ),
            open_latencies=sorted(
                visit.opened_at - visit.began_at
                for visit in opened
                if since <= visit.began_at < until
            ),
            finish_latencies=sorted(
                visit.ended_at - visit.finish_at
                for visit in visits
                if visit.finish_at is not None
                and visit.ended_at is not None
                and since <= visit.finish_at < until
            ),
            last_opened_s=max(
                (visit.opened_at - visits[0].began_at for visit in opened), default=math.nan
            ),
            refusals=Counter(
                "no answer" if visit.refusal is None else visit.refusal
                for visit in visits
                if visit.refusal is not None or not visit.done.done()
            ),
            cpu_seconds=cpu_seconds,
        )


def run(plan: LivesPlan, orders: Pipe) -> None:
    """Run the process: send "begin" and "end" of the measured time, then the outcome."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            orders.send(runner.run(Lives(plan).run(orders.send)))
        except (OSError, RuntimeError) as fault:
            orders.send(fault)

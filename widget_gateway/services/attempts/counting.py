"""Counting very many results, in as many processes as there are processors.

Decoding and counting take nearly all the time, and Python does both in one thread. So this process
reads documents without decoding them, counts the first ones itself, and hands further ones to
processes that it starts for them.
"""

import asyncio
import gc
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from itertools import cycle
from multiprocessing import get_context
from typing import Protocol, Self, TypeVar, cast

from storage.attempts.results import ResultBatch, groups_of
from widget_gateway.domain.attempts.results import ResultGroup
from widget_gateway.domain.errors import CountingFailedError

ALONE = 20_000
"""How many results this process counts before it starts others, which takes a second of each
processor: as long as it takes to count these."""

_AHEAD = 2
"""How many batches a process is given at once, so that it never waits for the next one."""


class Counts(Protocol):
    """Sums over results. Equal functions of results in different processes can be added up."""

    def add(self, group: ResultGroup) -> None:
        """Add results."""

    def merge(self, other: Self) -> None:
        """Add the sums of another process."""


C = TypeVar("C", bound=Counts)


async def count_results(
    batches: AsyncIterator[ResultBatch], begin: Callable[[], C], alone: int = ALONE
) -> C:
    """Count all results, `alone` of them in this process; `begin` makes sums without results.

    Other processes get `begin` pickled, and return the pickled sums.

    Raises:
        CountingFailedError: a process ended before it had counted its results.
    """
    counts = begin()
    counted = 0
    with _without_collector():
        async for batch in batches:
            _add(counts, batch)
            counted += batch.results
            if counted >= alone:
                break
    try:
        async for others in _count_elsewhere(batches, begin):
            counts.merge(others)
    except BrokenProcessPool:
        raise CountingFailedError from None
    return counts


async def _count_elsewhere(
    batches: AsyncIterator[ResultBatch], begin: Callable[[], C]
) -> AsyncIterator[C]:
    """Count what is left in processes of their own, and yield the sums of each.

    The processes are started for the first batch. They do not inherit this one's connections.
    """
    with ExitStack() as stack:
        places: list[ProcessPoolExecutor] = []
        handed: deque[Future[None]] = deque()
        turns: Iterator[ProcessPoolExecutor] = iter(())
        async for batch in batches:
            if not places:
                places = [stack.enter_context(_place(begin)) for _ in range(_processors())]
                turns = cycle(places)
            if len(handed) == _AHEAD * len(places):
                await asyncio.wrap_future(handed.popleft())
            handed.append(next(turns).submit(_add_here, batch))
        for future in handed:
            await asyncio.wrap_future(future)
        for place in places:
            yield cast("C", await asyncio.wrap_future(place.submit(_counts_here)))


def _processors() -> int:
    """How many processors this process may use; the system may allow it only some of them."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@contextmanager
def _place(begin: Callable[[], C]) -> Iterator[ProcessPoolExecutor]:
    """A process of its own that keeps sums. A pool of several would not tell whose sums it asks."""
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin_here, initargs=(begin,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_here: list[Counts] = []
"""The sums that this process keeps for the one that started it."""


def _begin_here(begin: Callable[[], Counts]) -> None:
    gc.disable()  # See _without_collector.
    _here[:] = [begin()]


def _add_here(batch: ResultBatch) -> None:
    _add(_here[0], batch)


def _counts_here() -> Counts:
    return _here[0]


def _add(counts: Counts, batch: ResultBatch) -> None:
    for group in groups_of(batch):
        counts.add(group)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Let Python's collector of cyclic garbage rest while very many rows are read.

    Rows have no cycles, so they are freed without it. Otherwise it would look through each batch of
    lists again and again, which takes three times as long as all the rest.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()

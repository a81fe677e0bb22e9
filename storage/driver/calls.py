"""How calls to the database end: in time, even if the caller leaves, and made again if need be."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from typing import Any, TypeVar, cast

import pymongo
from pymongo.errors import PyMongoError

from storage.driver.waits import REPEAT_PAUSE_S

T = TypeVar("T")

_UNDER_WAY: set[asyncio.Future[Any]] = set()
"""Calls that have not ended. The event loop itself does not keep them alive."""


_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)
"""When all calls of this context have to have ended, by the monotonic clock."""

_patience: ContextVar[float] = ContextVar("patience", default=0.0)
"""How many seconds a call of this context may take, if its client's own wait is shorter."""


@contextmanager
def within(wait_s: float) -> Iterator[None]:
    """Let no call inside last longer than until `wait_s` seconds from now, one of a session's too.

    Where such blocks lie in each other, the one that ends first counts. Tasks that are begun inside
    inherit it; those that work for others, too, are begun by `for_all`.
    """
    ends = _deadline.set(min(_deadline.get(), time.monotonic() + wait_s))
    try:
        with pymongo.timeout(remaining(wait_s)):
            yield
    finally:
        _deadline.reset(ends)


@contextmanager
def patient(wait_s: float) -> Iterator[None]:
    """Let all calls inside end within `wait_s` seconds, and each take as long as that.

    It is for callers who wait longer than a call by itself: visitors on an open socket.
    """
    patience = _patience.set(wait_s)
    try:
        with within(wait_s):
            yield
    finally:
        _patience.reset(patience)


def remaining(wait_s: float) -> float:
    """Seconds that a call may last which by itself would wait for `wait_s`."""
    return max(0.0, min(max(wait_s, _patience.get()), _deadline.get() - time.monotonic()))


def for_all(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that works for others, too, so that the caller's deadline is not its own."""
    return asyncio.get_running_loop().create_task(work, context=Context())


async def heeding(call: Callable[[], Awaitable[T]]) -> T:
    """What the call returns, unless its task was cancelled meanwhile.

    PyMongo sends by `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that comes
    at the moment when all is sent. A loop of calls would then go on for ever.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    result = await call()
    if task and task.cancelling() > before:
        raise asyncio.CancelledError
    return result


async def finishing(call: Callable[[], Awaitable[T]]) -> T:
    """What the driver's call returns. It goes on to its end, or its deadline, if the caller leaves.

    Motor's threads do that anyway. PyMongo, stopped while it connects, loses a socket that is open:
    neither its pool nor the garbage collector ever closes it. So its calls are tasks of their own.
    """
    made = call()
    if isinstance(made, asyncio.Future):  # Motor's, which needs no further turn of the loop
        return cast("T", await made)
    task = asyncio.ensure_future(made)
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)
    return await asyncio.shield(task)


async def repeated(
    call: Callable[[], Awaitable[Any]], may_be: Callable[[PyMongoError], bool], wait_s: float
) -> Any:
    """What the call returns, made again while its errors allow that and time is left."""
    with within(remaining(wait_s)):
        while True:
            try:
                return await call()
            except PyMongoError as error:
                if error.timeout or not may_be(error):
                    raise
            await asyncio.sleep(REPEAT_PAUSE_S)


def never(_error: PyMongoError) -> bool:
    """What was begun may have been done in part: nothing is made again."""
    return False


def outside(session: Any, may_be: Callable[[PyMongoError], bool]) -> Callable[[PyMongoError], bool]:
    """Nothing is repeated by itself inside a transaction: that is begun again as a whole."""
    return never if session is not None and session.in_transaction else may_be

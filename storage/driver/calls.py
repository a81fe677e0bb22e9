"""How calls to the database keep their deadlines, outlive their callers, and are repeated."""

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
"""Calls that have not ended. The event loop alone would not keep their tasks from being
collected."""


_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)
"""The time by the monotonic clock, in seconds, when all calls of this context have to end."""

_patience: ContextVar[float] = ContextVar("patience", default=0.0)
"""How many seconds a call of this context may take, if its client's own wait is shorter."""


@contextmanager
def within(wait_s: float) -> Iterator[None]:
    """Let all calls of a block end within `wait_s` seconds from now, with those of a session.

    Of nested blocks, the earliest deadline counts. Tasks that are begun inside inherit it, unless
    `for_all` begins them.
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
    """Return how many seconds a call may take that would by itself take at most `wait_s`.

    These are more in a `patient` block, and fewer if a deadline comes before.
    """
    return max(0.0, min(max(wait_s, _patience.get()), _deadline.get() - time.monotonic()))


def for_all(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Begin a task that works for other callers, too, and so has no caller's deadline."""
    return asyncio.get_running_loop().create_task(work, context=Context())


async def heeding(call: Callable[[], Awaitable[T]]) -> T:
    """Return what the call returns, unless its task was cancelled meanwhile.

    PyMongo sends by `asyncio.wait_for`. Before Python 3.12, this loses a cancellation that comes at
    the moment when all is sent, so that a loop of calls would go on for ever.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    result = await call()
    if task and task.cancelling() > before:
        raise asyncio.CancelledError
    return result


async def finishing(call: Callable[[], Awaitable[T]]) -> T:
    """Return what the driver's call returns. If the caller is cancelled, the call goes on.

    Motor's threads do so anyway. A call of PyMongo that is cancelled while it connects would leave
    a socket open, which neither the pool nor the garbage collector ever closes. So each of its
    calls is a task of its own.
    """
    made = call()
    if isinstance(made, asyncio.Future):  # It is Motor's, and goes on by itself.
        return cast("T", await made)
    task = asyncio.ensure_future(made)
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)
    return await asyncio.shield(task)


async def repeated(
    call: Callable[[], Awaitable[Any]], may_be: Callable[[PyMongoError], bool], wait_s: float
) -> Any:
    """Return what the call returns. It is repeated while `may_be` allows that for its error.

    All tries together end within `wait_s` seconds.

    Raises:
        PyMongoError: the last error, where the call may not be repeated or no time is left.
    """
    with within(remaining(wait_s)):
        while True:
            try:
                return await call()
            except PyMongoError as error:
                if error.timeout or not may_be(error):
                    raise
            await asyncio.sleep(REPEAT_PAUSE_S)


def never(_error: PyMongoError) -> bool:
    """Allow no repeat, for calls that may have been done in part."""
    return False


def outside(session: Any, may_be: Callable[[PyMongoError], bool]) -> Callable[[PyMongoError], bool]:
    """Allow no repeat inside a transaction, which is repeated as a whole; otherwise as `may_be`."""
    return never if session is not None and session.in_transaction else may_be

"""How calls to the database end: in time, heard when cancelled, made again where that is safe."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any

import pymongo
from pymongo.errors import PyMongoError

from storage.waits import REPEAT_PAUSE_S


def within(wait_s: float) -> AbstractContextManager[None]:
    """Let no call inside last longer than until `wait_s` seconds from now, one of a session's too.

    Where such blocks lie in each other, the one that ends first counts.
    """
    return pymongo.timeout(wait_s)


async def heeding(call: Callable[[], Awaitable[Any]]) -> Any:
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


async def repeated(
    call: Callable[[], Awaitable[Any]], may_be: Callable[[PyMongoError], bool], wait_s: float
) -> Any:
    """What the call returns, made again while its errors allow that and time is left."""
    with within(wait_s):
        while True:
            try:
                return await heeding(call)
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

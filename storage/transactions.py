"""Transactions with retry."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from storage.client import DURABLE, Client, translated

Session = AsyncIOMotorClientSession
T = TypeVar("T")

_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.1


async def run(client: Client, work: Callable[[Session], Awaitable[T]]) -> T:
    """Run `work` in one transaction, again from its start as often as it meets a conflict.

    `work` does all its reads and writes with the session that it is given, and has no other
    effect. What it raises aborts the transaction. The driver gives up after two minutes.
    """
    tries = 0

    async def attempt(session: Session) -> T:
        nonlocal tries
        if tries:  # the driver retries at once; rivals that all do so conflict again
            longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**tries)
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, no secret
        tries += 1
        return await work(session)

    with translated():
        async with await client.start_session() as session:
            result: Any = await session.with_transaction(
                attempt,
                read_concern=ReadConcern("snapshot"),
                write_concern=DURABLE,
                read_preference=ReadPreference.PRIMARY,
            )
            return result  # type: ignore[no-any-return]

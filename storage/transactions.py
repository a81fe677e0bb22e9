"""Transactions with retry, for as long as a caller can be asked to wait."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from storage.client import DURABLE, Client, translated

Session = AsyncIOMotorClientSession
T = TypeVar("T")

PATIENCE_S = 5.0
"""How long a transaction is begun again, or its commit repeated. An election takes about two
seconds. The driver's own loop goes on for two minutes, with an HTTP caller waiting for its 503."""

_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.1


async def run(client: Client, work: Callable[[Session], Awaitable[T]]) -> T:
    """Run `work` in one transaction, again from its start as often as it meets a conflict.

    `work` does all its reads and writes with the session that it is given, and has no other
    effect. What it raises aborts the transaction.

    Raises:
        StorageUnavailableError: the database was gone for PATIENCE_S. Where that was during the
            commit, it may have happened nevertheless: a repeat of the call finds out.
    """
    deadline = time.monotonic() + PATIENCE_S
    longest = _FIRST_PAUSE_S
    with translated():
        async with await client.start_session() as session:
            while True:
                session.start_transaction(
                    read_concern=ReadConcern("snapshot"),
                    write_concern=DURABLE,
                    read_preference=ReadPreference.PRIMARY,
                )
                try:
                    result = await work(session)
                    await _commit(session, deadline)
                except BaseException as error:
                    if session.in_transaction:  # type: ignore[truthy-function]  # stub's fault
                        await session.abort_transaction()
                    if not _may_be_tried_again(error, "TransientTransactionError", deadline):
                        raise
                else:
                    return result
                # Rivals that all come back at once conflict again.
                await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, no secret
                longest = min(2 * longest, _LONGEST_PAUSE_S)


async def _commit(session: Session, deadline: float) -> None:
    """Commit, again while it is unknown whether it happened: committing twice is committing."""
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not _may_be_tried_again(error, "UnknownTransactionCommitResult", deadline):
                raise
        else:
            return


def _may_be_tried_again(error: BaseException, label: str, deadline: float) -> bool:
    return (
        isinstance(error, PyMongoError)
        and error.has_error_label(label)
        and time.monotonic() < deadline
    )

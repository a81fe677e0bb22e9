"""Transactions: one try, and tries again for as long as a caller can be asked to wait."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference

from storage.client import DURABLE, Client, is_unavailable, translated
from storage.driver.adapter import Session as Session  # noqa: PLC0414 - stores take it from here
from storage.driver.adapter import start_session, wait_of
from storage.driver.calls import remaining, within
from storage.driver.waits import COMMIT_WAIT_S

T = TypeVar("T")

_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.1

_CONFLICT_CODES = frozenset(
    {
        24,  # a lock was not to be had in time
        112,  # a write conflict
    }
)


def is_conflict(error: BaseException) -> bool:
    """Whether a transaction failed since others wrote at the same time."""
    return isinstance(error, OperationFailure) and error.code in _CONFLICT_CODES


def is_outage(error: BaseException) -> bool:
    """Whether a transaction failed since the database could not be reached, or had no primary."""
    return isinstance(error, PyMongoError) and is_unavailable(error) and not is_conflict(error)


@asynccontextmanager
async def transaction(
    client: Client, commit_wait_s: float = COMMIT_WAIT_S
) -> AsyncIterator[Session]:
    """One try of a transaction: committed when the body is done, aborted by what it raises.

    All of the body's reads and writes go through the session. What they have read is durable, too,
    once the transaction is committed. A commit with an unknown outcome is repeated for as long as
    `commit_wait_s`.

    Raises:
        PyMongoError: it was not committed, or not known to be. The caller decides what follows.
    """
    async with start_session(client) as session:
        await session.start_transaction(
            read_concern=ReadConcern("snapshot"),
            write_concern=DURABLE,
            read_preference=ReadPreference.PRIMARY,
        )
        try:
            yield session
            await _commit(session, commit_wait_s)
        except BaseException:
            if session.in_transaction:
                await session.abort_transaction()
            raise


async def _commit(session: Session, wait_s: float) -> None:
    """Commit, again while it is unknown whether it happened: committing twice is committing."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not _may_be_tried_again(error, "UnknownTransactionCommitResult", deadline):
                raise
            await asyncio.sleep(_FIRST_PAUSE_S)
        else:
            return


async def run(client: Client, work: Callable[[Session], Awaitable[T]]) -> T:
    """Run `work` in one transaction, again from its start as often as it meets a conflict.

    `work` does all its reads and writes with the session that it is given, and has no other
    effect. What it raises aborts the transaction.

    Raises:
        StorageUnavailableError: the database was gone for the client's wait. Where that was during
            the commit, it may have happened nevertheless: a repeat of the call finds out.
    """
    wait_s = remaining(wait_of(client))
    deadline = time.monotonic() + wait_s
    longest = _FIRST_PAUSE_S
    with translated(), within(wait_s):
        while True:
            try:
                async with transaction(client, deadline - time.monotonic()) as session:
                    result = await work(session)
            except PyMongoError as error:
                if not _may_be_tried_again(error, "TransientTransactionError", deadline):
                    raise
            else:
                return result
            # Rivals that all come back at once conflict again.
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, no secret
            longest = min(2 * longest, _LONGEST_PAUSE_S)


def _may_be_tried_again(error: PyMongoError, label: str, deadline: float) -> bool:
    return error.has_error_label(label) and time.monotonic() < deadline

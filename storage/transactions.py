"""Transactions: a single try, and repeated tries for as long as the caller waits."""

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
from storage.driver.adapter import Session as Session  # noqa: PLC0414 - for stores
from storage.driver.adapter import start_session, wait_of
from storage.driver.calls import remaining, within
from storage.driver.waits import COMMIT_WAIT_S

T = TypeVar("T")

FIRST_PAUSE_S = 0.002
"""The longest random pause after a first conflict, in seconds: about as long as a durable write
takes. It doubles with each further conflict."""

LONGEST_PAUSE_S = 0.1
"""What the longest random pause after a conflict grows to, in seconds."""

_CONFLICT_CODES = frozenset(
    {
        24,  # LockTimeout: a lock could not be acquired in time
        112,  # WriteConflict
    }
)


def is_conflict(error: BaseException) -> bool:
    """Whether a transaction failed because others wrote at the same time."""
    return isinstance(error, OperationFailure) and error.code in _CONFLICT_CODES


def is_outage(error: BaseException) -> bool:
    """Whether a transaction failed because the database was not available."""
    return isinstance(error, PyMongoError) and is_unavailable(error) and not is_conflict(error)


@asynccontextmanager
async def transaction(
    client: Client, commit_wait_s: float = COMMIT_WAIT_S
) -> AsyncIterator[Session]:
    """Try a transaction once. It is committed at the end of the body, or aborted by an exception.

    All reads and writes of the body have to use the session. Once the transaction is committed,
    what it has read is durable, too. A commit whose outcome is unknown is repeated for up to
    `commit_wait_s` seconds.

    Raises:
        PyMongoError: the transaction was not committed, or its outcome is unknown. The caller
            decides whether to try again.
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
    """Commit, and repeat that while the outcome is unknown. A repeated commit changes nothing."""
    deadline = time.monotonic() + wait_s
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not _may_be_tried_again(error, "UnknownTransactionCommitResult", deadline):
                raise
            await asyncio.sleep(FIRST_PAUSE_S)
        else:
            return


async def run(client: Client, work: Callable[[Session], Awaitable[T]]) -> T:
    """Run `work` in one transaction, and again from its start whenever it meets a conflict.

    `work` has to do all reads and writes with the session that it gets, and to have no other
    effect. An exception that it raises aborts the transaction and passes.

    Raises:
        StorageUnavailableError: the database could not be used for as long as the client waits. If
            that was during the commit, the commit may have happened nevertheless.
    """
    wait_s = remaining(wait_of(client))
    deadline = time.monotonic() + wait_s
    longest = FIRST_PAUSE_S
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
            # The pause is random, since transactions that repeat at once conflict again.
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter, no secret
            longest = min(2 * longest, LONGEST_PAUSE_S)


def _may_be_tried_again(error: PyMongoError, label: str, deadline: float) -> bool:
    return error.has_error_label(label) and time.monotonic() < deadline

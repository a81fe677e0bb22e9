"""What the driver's errors mean: may a call be made again, and what is its caller told?"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from widget_gateway.domain.errors import StorageError, StorageUnavailableError

UNAVAILABLE_CODES = frozenset(
    {
        50,  # the majority did not acknowledge in time, by the call's own deadline
        64,  # the same, by the write concern's
        91,  # shutting down
        189,  # the primary stepped down
        10058,  # not the primary, as old servers say it
        10107,  # not the primary
        11600,  # interrupted at shutdown
        11602,  # interrupted by a change of the replica set's state
        13435,  # not the primary, no secondary reads
        13436,  # neither primary nor secondary: it starts, or recovers
        14031,  # the disk is full: nothing can be stored until somebody makes room
    }
)
"""Codes of what passes, by itself or by an operator's hand: the same call may succeed later. They
come as a command's, as a single row's or as a write concern's."""

DUPLICATE_KEY = 11000
"""The code of a write whose `_id`, or another unique key, is taken."""

_DISK_FULL = 14031

_log = structlog.get_logger(__name__)


def is_unavailable(error: PyMongoError) -> bool:
    """Whether the same call may succeed once the database is back."""
    if isinstance(error, ConnectionFailure | WTimeoutError | ExecutionTimeout):
        return True
    # A transaction that met rivals for longer than a caller can wait will do better later.
    return error.has_error_label("TransientTransactionError") or not UNAVAILABLE_CODES.isdisjoint(
        _codes(error)
    )


def _codes(error: PyMongoError) -> set[int | None]:
    if isinstance(error, BulkWriteError):
        faults = ("writeErrors", "writeConcernErrors")
        return {fault["code"] for kind in faults for fault in error.details.get(kind, ())}
    return {error.code} if isinstance(error, OperationFailure) else set()


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the driver raises inside into StorageUnavailableError or StorageError.

    Public methods of stores wrap their driver calls in it. Inside a transaction the driver's own
    errors have to pass, since it is tried again by them: there `transactions.run` translates.
    """
    try:
        yield
    except PyMongoError as error:
        if _DISK_FULL in _codes(error):
            _log.error("storage_full")
        if is_unavailable(error):
            raise StorageUnavailableError from error
        raise StorageError("The storage failed.") from error

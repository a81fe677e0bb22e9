"""What errors of the driver mean: whether the call may be repeated, and what its caller is told."""

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
        50,  # MaxTimeMSExpired: no majority acknowledged before the deadline of the call
        64,  # WriteConcernTimeout: no majority acknowledged in the time of the write concern
        91,  # ShutdownInProgress
        189,  # PrimarySteppedDown
        10058,  # NotPrimary, as old servers say it
        10107,  # NotWritablePrimary
        11600,  # InterruptedAtShutdown
        11602,  # InterruptedDueToReplStateChange
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary: the member starts or recovers
        14031,  # OutOfDiskSpace: nothing can be stored until an operator makes room
    }
)
"""MongoDB's error codes of faults that pass, by themselves or when an operator acts, so that the
same call may succeed later. A reply has them for the command, for a single write or for the write
concern."""

DUPLICATE_KEY = 11000
"""The code of a write whose `_id`, or another unique key, is taken."""

_DISK_FULL = 14031
"""The code of a write for which the disk has no room."""

_log = structlog.get_logger(__name__)


def is_unavailable(error: PyMongoError) -> bool:
    """Return whether the same call may succeed later, when the database is available again."""
    if isinstance(error, ConnectionFailure | WTimeoutError | ExecutionTimeout):
        return True
    # A transaction that met conflicts for as long as its caller waits may succeed later.
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
    """Turn the driver's errors in a block into StorageUnavailableError or StorageError.

    Public methods of stores wrap their calls in it. Inside a transaction the driver's errors have
    to pass, since they decide whether the transaction is repeated; `transactions.run` translates
    those that remain.
    """
    try:
        yield
    except PyMongoError as error:
        if _DISK_FULL in _codes(error):
            _log.error("storage_full")
        if is_unavailable(error):
            raise StorageUnavailableError from error
        raise StorageError("The storage failed.") from error

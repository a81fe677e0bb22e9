"""The one Motor client of a process, and the translation of the driver's errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)
from pymongo.write_concern import WriteConcern

from widget_gateway.domain.errors import SettingsError, StorageError, StorageUnavailableError

Client = AsyncIOMotorClient[dict[str, Any]]
Database = AsyncIOMotorDatabase[dict[str, Any]]

CALLER_WAIT_S = 15.0
SERVER_SELECTION_MS = 3_000
"""How long a call waits for a primary: an election takes about two seconds."""

SOCKET_TIMEOUT_MS = 10_000
"""How long a call waits for a server that hangs; change streams ask for far shorter waits."""

WRITE_TIMEOUT_MS = 8_000
"""How long a write waits for its majority; shorter than the socket's patience."""

DURABLE = WriteConcern(w="majority", j=True, wtimeout=WRITE_TIMEOUT_MS)
"""Nothing is acknowledged that one lost machine could take back."""

UNAVAILABLE_CODES = frozenset(
    {
        11600,  # interrupted at shutdown
        11602,  # interrupted by a change of the replica set's state
        10107,  # not the primary
        13435,  # not the primary, no secondary reads
        13436,  # neither primary nor secondary: it starts, or recovers
        189,  # the primary stepped down
        91,  # shutting down
        64,  # the majority did not acknowledge in time
    }
)


def connect(uri: str) -> Client:
    """Make a client; nothing is sent before the first call.

    Raises:
        SettingsError: the URI can't be read. It may hold a password, so it is not repeated.
    """
    try:
        return AsyncIOMotorClient(
            uri,
            appname="widget-gateway",
            serverSelectionTimeoutMS=SERVER_SELECTION_MS,
            connectTimeoutMS=SERVER_SELECTION_MS,
            socketTimeoutMS=SOCKET_TIMEOUT_MS,
            retryReads=True,
            retryWrites=True,
            tz_aware=True,
        )
    except (PyMongoError, ValueError):
        raise SettingsError(
            "WIDGET_GATEWAY_MONGODB_URI: it is like mongodb://user:password@host/?replicaSet=name, "
            "with special characters of the password percent-encoded"
        ) from None


def open_database(client: Client, name: str) -> Database:
    """The gateway's database: durable writes, primary reads, UUIDs as BSON binary subtype 4."""
    return client.get_database(
        name,
        codec_options=CodecOptions(
            tz_aware=True, tzinfo=UTC, uuid_representation=UuidRepresentation.STANDARD
        ),
        write_concern=DURABLE,
    )


def is_unavailable(error: PyMongoError) -> bool:
    """Whether the same call may succeed once the database is back."""
    if isinstance(error, AutoReconnect | ConnectionFailure | WTimeoutError | ExecutionTimeout):
        return True
    # A transaction that met rivals for longer than a caller can wait will do better later.
    return error.has_error_label("TransientTransactionError") or (
        isinstance(error, OperationFailure) and error.code in UNAVAILABLE_CODES
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the driver raises inside into StorageUnavailableError or StorageError.

    Public methods of stores wrap their driver calls in it. Inside a transaction the driver's own
    errors have to pass, since it retries by them: there `transactions.run` translates.
    """
    try:
        yield
    except PyMongoError as error:
        if is_unavailable(error):
            raise StorageUnavailableError from error
        raise StorageError("The storage failed.") from error

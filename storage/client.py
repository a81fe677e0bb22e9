"""The database client, of which a process has one."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.int64 import Int64
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

from storage.driver.adapter import Client, Cursor, Database, Document, Driver, make_client
from storage.driver.faults import UNAVAILABLE_CODES, is_unavailable, translated
from storage.driver.waits import (
    CONNECT_TIMEOUT_MS,
    HEARTBEAT_MS,
    SOCKET_TIMEOUT_MS,
    STORAGE_WAIT_S,
    WRITE_TIMEOUT_MS,
)
from widget_gateway.domain.errors import SettingsError, StorageError, StorageUnavailableError

__all__ = [
    "DURABLE",
    "UNAVAILABLE_CODES",
    "Client",
    "Database",
    "Document",
    "Driver",
    "application_name",
    "check_server",
    "check_uri",
    "client_options",
    "connect",
    "is_unavailable",
    "open_database",
    "readable_uri",
    "rows_of",
    "translated",
]

DURABLE = WriteConcern(w="majority", j=True, wtimeout=WRITE_TIMEOUT_MS)
"""The write concern of all writes unless they say otherwise: a majority of the replica set has the
write on disk. So no write that was acknowledged is lost with one machine."""


_NOT_PERMITTED = {13, 18}
"""MongoDB's error codes of a user who may not do something, and of a wrong user or password."""

_MONGOS = "isdbgrid"
"""What a mongos calls itself in its answer to `hello`."""


async def rows_of(found: Cursor, at_once: int) -> AsyncIterator[Document]:
    """Yield the rows of a query, of which so many are in memory at once."""
    found = found.batch_size(at_once)
    while True:
        with translated():
            rows = await found.to_list(at_once)
        if not rows:
            return
        for row in rows:
            yield row


def application_name(database: str) -> str:
    """Make the name by which the server knows processes that use this database."""
    return f"widget-gateway/{database}"


def connect(
    uri: str,
    driver: Driver = Driver.MOTOR,
    wait_s: float = STORAGE_WAIT_S,
    application: str = "widget-gateway",
) -> Client:
    """Make a client whose calls end within `wait_s` seconds. The first call connects.

    `application` is the name by which the server knows this process.

    Raises:
        SettingsError: the URI can't be read.
    """
    with readable_uri():
        return make_client(driver, uri, wait_s, **client_options(wait_s, application))


def client_options(wait_s: float, application: str) -> dict[str, Any]:
    """Make the options of a client that waits for a primary for `wait_s` seconds."""
    wait_ms = int(wait_s * 1000)
    return {
        "appname": application,
        "serverSelectionTimeoutMS": wait_ms,
        "waitQueueTimeoutMS": wait_ms,
        "heartbeatFrequencyMS": HEARTBEAT_MS,
        "connectTimeoutMS": CONNECT_TIMEOUT_MS,
        "socketTimeoutMS": SOCKET_TIMEOUT_MS,
        "retryReads": True,
        "retryWrites": True,
        "tz_aware": True,
    }


def check_uri(uri: str) -> None:
    """Check that the driver can read a URI; one with `+srv` is looked up when it is used.

    Raises:
        SettingsError: it can't be read.
    """
    if uri.startswith("mongodb://"):
        with readable_uri():
            parse_uri(uri)


@contextmanager
def readable_uri() -> Iterator[None]:
    """Refuse a URI that can't be read, without repeating it: it may hold a password."""
    try:
        yield
    except (PyMongoError, ValueError):
        raise SettingsError(
            "WIDGET_GATEWAY_MONGODB_URI: it is like mongodb://user:password@host/?replicaSet=name, "
            "with special characters of the password percent-encoded"
        ) from None


async def check_server(client: Client, database: Database) -> None:
    """Check that the server of WIDGET_GATEWAY_MONGODB_URI can do what the gateway needs.

    Raises:
        StorageUnavailableError: no primary answers.
        StorageError: it is no replica set, or refuses the user. The messages are for operators.
    """
    try:
        hello = await client.admin.command("hello")
        await database.list_collection_names()
    except OperationFailure as error:
        if error.code not in _NOT_PERMITTED:
            raise StorageError(f"The storage failed: MongoDB says: {error}") from error
        raise StorageError(
            "MongoDB refuses the user of WIDGET_GATEWAY_MONGODB_URI: the user or the password is "
            f"wrong or missing, or the user may not read and write {database.name}."
        ) from error
    except PyMongoError as error:
        # The description of all members follows, which is for programmers.
        why = str(error).partition(" (configured timeouts")[0].partition(", Timeout:")[0]
        raise StorageUnavailableError(
            "The storage is unavailable: no primary of the replica set answers. "
            f"The driver says: {why}"
        ) from error
    if "setName" not in hello and hello.get("msg") != _MONGOS:
        raise StorageError(
            "The MongoDB of WIDGET_GATEWAY_MONGODB_URI belongs to no replica set, and without one "
            "there are no transactions. Start mongod with --replSet NAME and run rs.initiate() in "
            "mongosh; a set of one member will do."
        )


class _WholeNumbers(TypeDecoder):
    """Reads long integers as integers: BSON's own class is one, but JSON encoders refuse it."""

    bson_type = Int64

    def transform_bson(self, value: Int64) -> int:
        """Return the same number."""
        return int(value)


def open_database(client: Client, name: str) -> Database:
    """Open the gateway's database.

    Writes are durable, reads go to the primary, UUIDs are BSON binaries of subtype 4, times are
    aware and in UTC, and integers of any length are integers.
    """
    return client.get_database(
        name,
        codec_options=CodecOptions(
            tz_aware=True,
            tzinfo=UTC,
            uuid_representation=UuidRepresentation.STANDARD,
            type_registry=TypeRegistry([_WholeNumbers()]),
        ),
        write_concern=DURABLE,
    )

"""The database client, of which a process has one."""

from datetime import UTC

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from storage.driver.adapter import Client, Database, Document, Driver, make_client
from storage.driver.faults import UNAVAILABLE_CODES, is_unavailable, translated
from storage.driver.waits import (
    CONNECT_TIMEOUT_MS,
    HEARTBEAT_MS,
    SOCKET_TIMEOUT_MS,
    STORAGE_WAIT_S,
    WRITE_TIMEOUT_MS,
)
from widget_gateway.domain.errors import SettingsError

__all__ = [
    "DURABLE",
    "UNAVAILABLE_CODES",
    "Client",
    "Database",
    "Document",
    "Driver",
    "connect",
    "is_unavailable",
    "open_database",
    "translated",
]

DURABLE = WriteConcern(w="majority", j=True, wtimeout=WRITE_TIMEOUT_MS)
"""The write concern of all writes unless they say otherwise: a majority of the replica set has the
write on disk. So no write that was acknowledged is lost with one machine."""


def connect(uri: str, driver: Driver = Driver.MOTOR, wait_s: float = STORAGE_WAIT_S) -> Client:
    """Make a client whose calls end within `wait_s` seconds. The first call connects.

    Raises:
        SettingsError: the URI can't be read. The message does not repeat it: it may hold a
            password.
    """
    wait_ms = int(wait_s * 1000)
    try:
        return make_client(
            driver,
            uri,
            wait_s,
            appname="widget-gateway",
            serverSelectionTimeoutMS=wait_ms,
            waitQueueTimeoutMS=wait_ms,
            heartbeatFrequencyMS=HEARTBEAT_MS,
            connectTimeoutMS=CONNECT_TIMEOUT_MS,
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
    """Open the gateway's database.

    Writes are durable, reads go to the primary, UUIDs are BSON binaries of subtype 4, and times
    are aware and in UTC.
    """
    return client.get_database(
        name,
        codec_options=CodecOptions(
            tz_aware=True, tzinfo=UTC, uuid_representation=UuidRepresentation.STANDARD
        ),
        write_concern=DURABLE,
    )

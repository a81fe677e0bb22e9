"""The one database client of a process."""

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
"""Nothing is acknowledged that one lost machine could take back."""


def connect(uri: str, driver: Driver = Driver.MOTOR, wait_s: float = STORAGE_WAIT_S) -> Client:
    """Make a client, each call of which ends within `wait_s`; nothing is sent before the first.

    Raises:
        SettingsError: the URI can't be read. It may hold a password, so it is not repeated.
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
    """The gateway's database: durable writes, primary reads, UUIDs as BSON binary subtype 4."""
    return client.get_database(
        name,
        codec_options=CodecOptions(
            tz_aware=True, tzinfo=UTC, uuid_representation=UuidRepresentation.STANDARD
        ),
        write_concern=DURABLE,
    )

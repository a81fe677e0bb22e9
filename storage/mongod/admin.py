"""Commands that configure a mongod's replica set or shut it down, sent over its own socket."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from storage.mongod.process import EmbeddedMongodError, Mongod, wait_until

REPLICA_SET = "widget-gateway"
"""The name of every replica set that the gateway makes itself."""

STOP_SECONDS = 60.0
"""How long to wait for a clean stop. It takes up to a second, but the last checkpoint may take
longer on a slow disk."""

NOT_YET_INITIALIZED = 94
"""MongoDB's error code of a mongod that belongs to no replica set yet."""

AdminClient = MongoClient[dict[str, Any]]


def make_uri(addresses: Sequence[str]) -> str:
    """Make the URI of the set whose members have these addresses: paths of sockets, or host:port.

    It names the set, so that drivers wait for a primary while there is none.
    """
    hosts = ",".join(quote(host, safe="") if "/" in host else host for host in addresses)
    return f"mongodb://{hosts}/?replicaSet={REPLICA_SET}"


def open_client(mongod: Mongod, *, timeout_ms: int | None = None) -> AdminClient:
    """Make a client of this mongod alone, whatever its state. `timeout_ms` bounds each call."""
    return MongoClient(
        f"mongodb://{quote(str(mongod.socket), safe='')}/?directConnection=true",
        connect=False,  # A first try before mongod runs would cause a pause of half a second.
        serverSelectionTimeoutMS=min(timeout_ms or 1_000, 1_000),
        connectTimeoutMS=timeout_ms,
        socketTimeoutMS=timeout_ms,
    )


def find_configuration(client: AdminClient) -> dict[str, Any] | None:
    """Read the replica set's configuration from this mongod; None if it was never in a set."""
    try:
        found: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        return None
    return found


def configure(client: AdminClient, addresses: Sequence[str], settings: Mapping[str, int]) -> None:
    """Make the replica set, or change its configuration where addresses or settings are others.

    Addresses change when the directory is moved. The other members learn the configuration from
    this one. `settings` are those of the configuration.
    """
    config = find_configuration(client)
    if config is None:
        members = [{"_id": number, "host": host} for number, host in enumerate(addresses)]
        made = {"_id": REPLICA_SET, "members": members, "settings": dict(settings)}
        client.admin.command("replSetInitiate", made)
        return
    wanted = {**config["settings"], **settings}
    hosts = [member["host"] for member in config["members"]]
    if hosts == [*addresses] and wanted == config["settings"]:
        return
    for member, host in zip(config["members"], addresses, strict=True):
        member["host"] = host
    changed = {**config, "settings": wanted, "version": config["version"] + 1}
    # A forced change may make a primary step down, so it is used only where there is no primary.
    is_primary = client.admin.command("hello")["isWritablePrimary"]
    client.admin.command("replSetReconfig", changed, force=not is_primary)


def shut_down(mongod: Mongod, seconds: float = STOP_SECONDS) -> None:
    """Shut mongod down cleanly, by a command: unlike a signal, it can't reach another process.

    A mongod that hangs is waited for `seconds` in all.

    Raises:
        EmbeddedMongodError: mongod takes unusually long. It ends later by itself.
    """
    deadline = time.monotonic() + seconds
    wait_until(lambda: mongod.accepts_connections() or not mongod.is_alive(), seconds)
    if mongod.is_alive():
        left_ms = max(1, round((deadline - time.monotonic()) * 1_000))
        # Without the timeout, a member of a set of three would answer reads for 15 more seconds.
        with open_client(mongod, timeout_ms=left_ms) as client, suppress(PyMongoError):
            client.admin.command("shutdown", force=True, timeoutSecs=0)
    if not wait_until(lambda: not mongod.is_alive(), max(0, deadline - time.monotonic())):
        raise EmbeddedMongodError(
            f"{mongod.describe()} has not stopped in {seconds:.0f} seconds"
            + (
                ": it is suspended (SIGSTOP). Nothing is lost; kill -CONT lets it finish."
                if mongod.is_stopped()
                else ". It may be left to finish; nothing is lost."
            )
        )
    mongod.clear()

"""What a mongod is told over its own socket: to form a set, to end."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from storage.mongod.process import EmbeddedMongodError, Mongod, wait_until

REPLICA_SET = "widget-gateway"
"""The name of every set that the gateway makes itself."""

STOP_SECONDS = 60.0
"""A clean stop takes up to a second; the rest is for the last checkpoint on a slow disk."""

NOT_YET_INITIALIZED = 94
"""MongoDB's error code of a mongod that belongs to no replica set yet."""

AdminClient = MongoClient[dict[str, Any]]


def make_uri(addresses: Sequence[str]) -> str:
    """Where drivers find the set whose members have these addresses: sockets' paths, or host:port.

    Naming the set (and no direct connection) makes them wait for a primary while there is none.
    """
    hosts = ",".join(quote(one, safe="") if "/" in one else one for one in addresses)
    return f"mongodb://{hosts}/?replicaSet={REPLICA_SET}"


def open_client(mongod: Mongod, *, timeout_ms: int | None = None) -> AdminClient:
    """A client of this one mongod, whatever its set knows; `timeout_ms` bounds each call."""
    return MongoClient(
        f"mongodb://{quote(str(mongod.socket), safe='')}/?directConnection=true",
        connect=False,  # A first try before the launch would cost half a second's pause.
        serverSelectionTimeoutMS=timeout_ms or 1_000,
        connectTimeoutMS=timeout_ms,
        socketTimeoutMS=timeout_ms,
    )


def find_configuration(client: AdminClient) -> dict[str, Any] | None:
    """What this mongod knows of its set; None if it was never in one."""
    try:
        found: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        return None
    return found


def configure(client: AdminClient, addresses: Sequence[str], settings: Mapping[str, int]) -> None:
    """Make the set, or tell it what has changed: addresses move with the directory.

    The other members learn of it from this one. `settings` are those of the set's configuration.
    """
    config = find_configuration(client)
    if config is None:
        members = [{"_id": number, "host": host} for number, host in enumerate(addresses)]
        made = {"_id": REPLICA_SET, "members": members, "settings": dict(settings)}
        client.admin.command("replSetInitiate", made)
        return
    wanted = {**config["settings"], **settings}
    if [one["host"] for one in config["members"]] == [*addresses] and wanted == config["settings"]:
        return
    for member, host in zip(config["members"], addresses, strict=True):
        member["host"] = host
    changed = {**config, "settings": wanted, "version": config["version"] + 1}
    # By force only where nobody else can do it: a primary may lose its place by that.
    is_primary = client.admin.command("hello")["isWritablePrimary"]
    client.admin.command("replSetReconfig", changed, force=not is_primary)


def shut_down(mongod: Mongod) -> None:
    """End it cleanly, by command: it works at any moment and can't hit another process.

    Raises:
        EmbeddedMongodError: it takes unusually long; it ends by itself.
    """
    wait_until(lambda: mongod.accepts_connections() or not mongod.is_alive(), STOP_SECONDS)
    if mongod.is_alive():
        # Without the timeout a member of a set of three goes on answering reads for 15 seconds.
        with open_client(mongod) as client, suppress(PyMongoError):
            client.admin.command("shutdown", force=True, timeoutSecs=0)
    if not wait_until(lambda: not mongod.is_alive(), STOP_SECONDS):
        raise EmbeddedMongodError(
            f"{mongod.describe()} has not stopped in {STOP_SECONDS:.0f} seconds. "
            "It may be left to finish; nothing is lost."
        )
    mongod.clear()

"""The database as backups and restores see it: as raw documents, by the driver without asyncio.

A backup reads all collections with the read concern `snapshot` at one cluster time. The server
keeps the past for `minSnapshotHistoryWindowInSeconds`, five minutes unless set. A backup that takes
longer fails, and never mixes two moments.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import Any

from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from bson.timestamp import Timestamp
from pymongo import MongoClient
from pymongo.database import Database as SyncDatabase
from pymongo.errors import BulkWriteError, CollectionInvalid, OperationFailure

from storage.backup.archive import Moment
from storage.backup.marker import RestoreMark
from storage.client import DURABLE, application_name, client_options, readable_uri, translated
from storage.driver.faults import DUPLICATE_KEY
from storage.indexes import INDEXES
from widget_gateway.domain.errors import StorageError

BATCH = 2_000
"""How many documents are read, compared or written at once."""

BATCH_BYTES = 4 * 2**20
"""About how many bytes are written at once. Batches that are read end at the server's 16 MB."""

BATCH_TIMEOUT_MS = 60_000
"""How long to wait for a batch, in milliseconds: cold data come slowly from a disk, and a write of
some megabytes waits for a majority."""

_UNAUTHORIZED = 13
_SNAPSHOT_TOO_OLD = 239
_SNAPSHOT_UNAVAILABLE = 246
"""MongoDB's error codes."""

RAW = CodecOptions(document_class=RawBSONDocument, uuid_representation=UuidRepresentation.STANDARD)


class BackupError(StorageError):
    """A backup could not be made, and there is none. The message says what to do."""

    reason = "backup_failed"


class RestoreRefusedError(StorageError):
    """A restore was refused, and nothing was changed. The message says what to do."""

    reason = "restore_refused"


class RestoreError(StorageError):
    """A restore broke off, and the database is half restored. The message says what to do."""

    reason = "restore_failed"


class BackupDatabase:
    """The gateway's database for a backup or a restore."""

    def __init__(self, client: MongoClient[dict[str, Any]], name: str, application: str) -> None:
        self.name = name
        self._client = client
        self._database = client.get_database(name, write_concern=DURABLE)
        self._raw: SyncDatabase[Any] = client.get_database(
            name, codec_options=RAW, write_concern=DURABLE
        )
        self._application = application
        self.mark = RestoreMark(self._database)

    def version(self) -> str:
        """Read the version of the server, such as `6.0.5`."""
        return str(self._client.server_info()["version"])

    @contextmanager
    def snapshot(self) -> Iterator["Snapshot"]:
        """Read at the latest moment that a majority of the replica set knows.

        Raises:
            BackupError: the reading took longer than the server keeps that moment.
        """
        concern = {"level": "snapshot"}
        try:
            # Sessions that are causally consistent would add a time of their own to the concern.
            with self._client.start_session(causal_consistency=False) as session:
                found = self._database.command(
                    "find", "providers", limit=1, readConcern=concern, session=session
                )
                moment = found["cursor"]["atClusterTime"]

                def run(command: str, value: Any, **arguments: Any) -> Any:
                    return self._raw.command(
                        command, value, codec_options=RAW, session=session, **arguments
                    )

                yield Snapshot(run, moment)
        except OperationFailure as error:
            if error.code not in (_SNAPSHOT_TOO_OLD, _SNAPSHOT_UNAVAILABLE):
                raise
            raise BackupError(
                "The database no longer knew the moment of the backup: it keeps its past for "
                "minSnapshotHistoryWindowInSeconds, 300 seconds by default, and the backup took "
                "longer, or a collection or an index was made meanwhile. Start it again; if it "
                "took minutes, first raise that parameter on each member: db.adminCommand("
                "{setParameter: 1, minSnapshotHistoryWindowInSeconds: 3600})."
            ) from None

    def users(self) -> list[str]:
        """Name the other processes that are connected to this database, by their addresses.

        Commands and gateways tell the server which database they use. A user without the privilege
        `inprog` sees the connections of the same user.
        """
        others = {
            "$match": {
                "$and": [
                    {"appName": {"$regex": f"^{re.escape(application_name(self.name))}( |$)"}},
                    {"appName": {"$ne": self._application}},
                ]
            }
        }
        for of_all in (True, False):
            stage = {"$currentOp": {"allUsers": of_all, "idleConnections": True}}
            try:
                found = list(self._client.admin.aggregate([stage, others]))
            except OperationFailure as error:
                if error.code != _UNAUTHORIZED or not of_all:
                    raise
            else:
                return sorted({_address(row) for row in found})
        return []

    def filled(self, names: Sequence[str]) -> list[str]:
        """List those of the collections that have a document."""
        return [name for name in names if self._database[name].find_one({}, {"_id": 1})]

    def empty(self, name: str) -> None:
        """Drop a collection that has documents, with its indexes."""
        self._database[name].drop()

    def count(self, name: str) -> int:
        """Count the documents of a collection, as a majority of the replica set knows them."""
        return self._database[name].count_documents({})

    def count_by(self, name: str, field: str) -> dict[str, int]:
        """Count the documents of a collection by the values of a field."""
        found = self._database[name].aggregate([{"$group": {"_id": f"${field}", "n": {"$sum": 1}}}])
        return {str(row["_id"]): row["n"] for row in found}

    def find(self, name: str, ids: list[Any]) -> Iterator[bytes]:
        """Yield the documents with these `_id`s, in no order."""
        for row in self._raw[name].find({"_id": {"$in": ids}}):
            yield bytes(row.raw)

    def make(self, name: str) -> None:
        """Make a collection with its indexes, where they are missing."""
        with suppress(CollectionInvalid):  # It is there.
            self._database.create_collection(name)
        if models := INDEXES.get(name):
            self._database[name].create_indexes(models)

    def insert(self, name: str, documents: list[bytes], *, keeps_present: bool = False) -> None:
        """Insert documents; returns when a majority of the replica set has them on disk.

        With `keeps_present`, those whose key is taken are left out.

        Raises:
            RestoreError: two of them have the same key.
        """
        try:
            self._raw[name].insert_many(map(RawBSONDocument, documents), ordered=False)
        except BulkWriteError as error:
            codes = {fault["code"] for fault in error.details.get("writeErrors", [])}
            if error.details.get("writeConcernErrors") or codes != {DUPLICATE_KEY}:
                raise
            if not keeps_present:
                raise RestoreError(
                    f"The backup has two documents of {name} with the same key, so it is none of a "
                    f"database of this version. The database {self.name} is half restored, and "
                    "gateways refuse it. Restore another backup."
                ) from None


class Snapshot:
    """A moment of the database; what is read is as it was then."""

    def __init__(self, run: Callable[..., Any], moment: Timestamp) -> None:
        self._run = run
        self._moment = moment

    @property
    def moment(self) -> Moment:
        """The cluster time of the moment."""
        return Moment(self._moment.time, self._moment.inc)

    def batches(self, name: str) -> Iterator[list[bytes]]:
        """Yield all documents of a collection, in no order."""
        concern = {"level": "snapshot", "atClusterTime": self._moment}
        cursor = self._run("find", name, batchSize=BATCH, readConcern=concern)["cursor"]
        batch = cursor["firstBatch"]
        while batch:
            yield [bytes(row.raw) for row in batch]
            if not cursor["id"]:
                return
            cursor = self._run("getMore", cursor["id"], collection=name, batchSize=BATCH)["cursor"]
            batch = cursor["nextBatch"]


@contextmanager
def open_for_backup(
    uri: str, name: str, wait_s: float, *, restores: bool = False
) -> Iterator[BackupDatabase]:
    """Connect to the gateway's database; wait for its primary for up to `wait_s` seconds.

    Raises:
        SettingsError: the URI can't be read.
        StorageError: the database failed in the block.
    """
    application = application_name(name)
    if restores:  # It has a name of its own, so that it can tell itself from others.
        application += f" restore {token_hex(4)}"
    options = client_options(wait_s, application) | {"socketTimeoutMS": BATCH_TIMEOUT_MS}
    with readable_uri():
        client: MongoClient[dict[str, Any]] = MongoClient(uri, **options)
    with translated(), client:
        yield BackupDatabase(client, name, application)


def _address(row: dict[str, Any]) -> str:
    """Return the address of a connection, without its port."""
    host = str(row.get("client", "")).rpartition(":")[0]
    return "this machine" if host in ("", "anonymous unix socket") else host

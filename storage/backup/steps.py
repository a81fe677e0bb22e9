"""What backups and restores do: make an archive, examine it, compare it, restore it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import msgspec
from bson import encode
from bson.raw_bson import RawBSONDocument
from pymongo.errors import PyMongoError

from storage.backup.archive import FORMAT, Archive, ArchiveError, ArchiveWriter, Manifest, decoded
from storage.backup.books import Books, Proof
from storage.backup.contents import KEPT
from storage.backup.database import (
    BATCH,
    BATCH_BYTES,
    RAW,
    BackupDatabase,
    RestoreError,
    RestoreRefusedError,
)
from storage.backup.marker import RestoreState
from storage.backup.seal import make_seal
from storage.driver.faults import is_unavailable

LEAVING_S = 3.0
"""How long a restore waits for the connections of processes that have just ended, in seconds."""

_LOOK_S = 0.1

PROVIDER_FIELDS = {
    "accesses": "_id.provider",
    "attempts": "provider",
    "provider_users": "_id.provider",
    "results": "provider",
}
"""Where documents that a provider would miss say whose they are."""

NOT_REPLACED = frozenset({"erasures"})
"""Collections whose documents a restore keeps beside those of the backup."""

OF_NO_VALUE = NOT_REPLACED | {"migrations"}
"""Collections that may have documents in a database that counts as empty: a gateway that has only
been started has noted there that nothing is to be migrated."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How a collection of the present database differs from a backup, in documents.

    A restore would remove the `lost` ones, which are not in the backup, give the `changed` ones
    their former content, and bring those `back` that are gone from the database. `by_provider` are
    the lost ones, where a provider would miss them.
    """

    collection: str
    lost: int
    changed: int
    back: int
    by_provider: Mapping[str, int]


def make_backup(
    database: BackupDatabase, file: IO[bytes], secrets: Mapping[str, str], gateway: str
) -> Manifest:
    """Write an archive of the database as of one moment. Gateways may be running.

    `gateway` is the version of this program. `secrets` are named as by the seal.

    Raises:
        BackupError: the moment was too long ago before everything was read.
        RestoreUnfinishedError: the database is half restored.
    """
    database.mark.refuse_half_restored()
    with ArchiveWriter(file) as writer:
        with database.snapshot() as snapshot:
            contents = {name: writer.add(name, snapshot.batches(name)) for name in KEPT}
            database.mark.refuse_half_restored()  # A restore may have begun meanwhile.
        manifest = Manifest(
            format=FORMAT,
            gateway=gateway,
            mongodb=database.version(),
            database=database.name,
            as_of=snapshot.moment,
            collections=contents,
        )
        written = msgspec.json.format(msgspec.json.encode(manifest))
        writer.finish(written, make_seal(secrets, written))
    return manifest


def examine(archive: Archive) -> list[Proof]:
    """Read the whole archive and prove that its documents agree with each other.

    Raises:
        ArchiveError: the archive is damaged, or has what is no BSON. It can't be restored.
    """
    with Books() as books:
        for name in archive.manifest.collections:
            for batch in archive.batches(name, BATCH, BATCH_BYTES):
                # One after another: thousands of decoded documents at once are slow to collect.
                books.add(name, (decoded(document, name) for document in batch))
        return books.prove()


def compare(archive: Archive, database: BackupDatabase) -> list[Difference]:
    """Compare the archive with the present database, document by document; nothing is changed.

    Where gateways are running, the numbers are those of the moments at which they are read.
    """
    return [_difference(archive, database, name) for name in KEPT]


def _difference(archive: Archive, database: BackupDatabase, name: str) -> Difference:
    field = PROVIDER_FIELDS.get(name)
    now = database.count(name)
    of_provider = database.count_by(name, field) if field else {}
    matched = changed = back = 0
    for batch in archive.batches(name, BATCH, BATCH_BYTES):
        rows = {document: RawBSONDocument(document) for document in batch}
        present = set(database.find(name, [row["_id"] for row in rows.values()]))
        # Only documents that are not the same need a second look.
        others = {_key(RawBSONDocument(document)) for document in present.difference(rows)}
        for document, row in rows.items():
            if document not in present:
                if _key(row) not in others:
                    back += 1
                    continue
                changed += 1
            matched += 1
            if field:
                provider = _at(row, field)
                of_provider[provider] = of_provider.get(provider, 0) - 1
    lost = {provider: number for provider, number in of_provider.items() if number > 0}
    return Difference(name, max(0, now - matched), changed, back, lost)


def _key(row: Mapping[str, Any]) -> bytes:
    return encode({"_id": row["_id"]}, codec_options=RAW)


def _at(row: Mapping[str, Any], path: str) -> str:
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return str(value)


def restore(archive: Archive, database: BackupDatabase, *, replaces: bool) -> None:
    """Put the documents of the archive into the database, which is empty unless it `replaces`.

    The archive has to be examined before. `finish` has to follow. Until it has, gateways refuse the
    database. An interrupted restore can be repeated.

    Raises:
        RestoreRefusedError: nothing was changed: the database is in use or not empty.
        RestoreError: the restore broke off, and has to be repeated.
    """
    _begin(archive, database, replaces=replaces)
    with _told_as_half(database):
        for name in KEPT:
            if name not in NOT_REPLACED:
                database.empty(name)
        for name in KEPT:
            database.make(name)
            for batch in archive.batches(name, BATCH, BATCH_BYTES):
                database.insert(name, batch, keeps_present=name in NOT_REPLACED)


def finish(database: BackupDatabase) -> None:
    """Declare the restored database whole, so that gateways may use it."""
    with _told_as_half(database):
        database.mark.end()


def _begin(archive: Archive, database: BackupDatabase, *, replaces: bool) -> None:
    """Mark the database as half restored, if nobody uses it and nothing in it is of value."""
    name = archive.path.name
    if not replaces and database.mark.state() is not RestoreState.BEGUN:
        filled = database.filled([name for name in KEPT if name not in OF_NO_VALUE])
        if filled:
            raise RestoreRefusedError(
                f"The database {database.name} is not empty: it has documents in "
                f"{', '.join(filled)}. Nothing was changed. Restore into another database "
                "(WIDGET_GATEWAY_DATABASE names it), or back this one up and then give "
                f"--replace {database.name}."
            )
    database.mark.announce(name)
    try:
        if users := _remaining_users(database):
            raise RestoreRefusedError(
                f"The database {database.name} is in use: gateways or commands are connected from "
                f"{', '.join(users)}. Nothing was changed. Stop them and try again."
            )
        if not database.mark.begin(name):
            raise RestoreRefusedError(
                "The database was slow to answer, or another restore has begun. Nothing was "
                "changed. Try again."
            )
    finally:
        database.mark.withdraw()


def _remaining_users(database: BackupDatabase) -> list[str]:
    """Name the processes that use the database and do not leave it just now."""
    deadline = time.monotonic() + LEAVING_S
    while (users := database.users()) and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
    return users


@contextmanager
def _told_as_half(database: BackupDatabase) -> Iterator[None]:
    """Say of a failure in the block that the restore has to be repeated."""
    try:
        yield
    except (PyMongoError, ArchiveError, KeyboardInterrupt) as error:
        why = error.message if isinstance(error, ArchiveError) else _words(error)
        raise RestoreError(
            f"The restore broke off: {why} The database {database.name} is half restored, and "
            "gateways refuse it. Run `widget-gateway restore` again."
        ) from error


def _words(error: PyMongoError | KeyboardInterrupt) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "it was interrupted."
    if is_unavailable(error):
        return "the database can't be reached."
    return f"the database failed ({type(error).__name__})."

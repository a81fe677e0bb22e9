"""The mark of a restore that is under way, by which no gateway takes half a database for a whole.

A restore first announces itself. Then it looks for processes that use the database. Then it begins.
Each gateway and command connects first and looks for the mark afterwards, so that one of them sees
the other. An announcement that nothing followed stands for a minute by the database's clock.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pymongo.database import Database as SyncDatabase
from pymongo.errors import DuplicateKeyError

from storage.client import Database, translated
from widget_gateway.domain.errors import StorageError

ANNOUNCED_S = 60
"""How long an announcement stands, in seconds. The steps until the begin take far less."""

_ID = "restore"
_STANDS = {
    "$or": [
        {"state": "begun"},
        {"$expr": {"$gt": ["$announced_at", {"$subtract": ["$$NOW", ANNOUNCED_S * 1000]}]}},
    ]
}


class RestoreUnfinishedError(StorageError):
    """A restore of the database has begun and not ended."""

    reason = "restore_unfinished"


class RestoreState(StrEnum):
    """How far a restore of the database is."""

    NONE = "none"
    ANNOUNCED = "announced"
    BEGUN = "begun"
    """The database has been changed, and has no whole content until a restore ends."""


async def refuse_half_restored(database: Database) -> None:
    """Let only whole databases be used.

    Raises:
        RestoreUnfinishedError: a restore has begun and not ended, or is about to begin.
    """
    with translated():
        row = await database["restores"].find_one({"_id": _ID, **_STANDS})
    if row is not None:
        raise RestoreUnfinishedError(_message(row))


class RestoreMark:
    """The mark as backups and restores see it."""

    def __init__(self, database: SyncDatabase[dict[str, Any]]) -> None:
        self._marks = database["restores"]

    def refuse_half_restored(self) -> None:
        """Do as the function of this name.

        Raises:
            RestoreUnfinishedError: a restore has begun and not ended, or is about to begin.
        """
        row = self._marks.find_one({"_id": _ID, **_STANDS})
        if row is not None:
            raise RestoreUnfinishedError(_message(row))

    def state(self) -> RestoreState:
        """Tell how far the last restore is that has not ended."""
        row = self._marks.find_one({"_id": _ID, **_STANDS})
        return RestoreState.NONE if row is None else RestoreState(row["state"])

    def announce(self, archive: str) -> None:
        """Announce a restore of this archive, unless one has begun before."""
        try:
            self._marks.update_one(
                {"_id": _ID, "state": {"$ne": RestoreState.BEGUN}},
                [
                    {
                        "$set": {
                            "state": RestoreState.ANNOUNCED.value,
                            "archive": {"$literal": archive},
                            "announced_at": "$$NOW",
                        }
                    }
                ],
                upsert=True,
            )
        except DuplicateKeyError:
            return  # A restore that was interrupted has begun; this one takes its place.

    def withdraw(self) -> None:
        """Remove an announcement. The mark of a restore that has begun stays."""
        self._marks.delete_one({"_id": _ID, "state": RestoreState.ANNOUNCED.value})

    def begin(self, archive: str) -> bool:
        """Mark the restore as begun; returns False if its announcement no longer stands."""
        begun = {"state": RestoreState.BEGUN.value, "archive": archive}
        done = self._marks.update_one({"_id": _ID, **_STANDS}, {"$set": begun})
        return bool(done.matched_count)

    def end(self) -> None:
        """Remove the mark: the database is whole."""
        self._marks.delete_one({"_id": _ID})


def _message(row: Mapping[str, Any]) -> str:
    if row["state"] == RestoreState.ANNOUNCED:
        return "The database is about to be restored. Try again in a minute."
    return (
        "The database is half restored: a restore of "
        f"{row['archive']} has begun and not ended. Run `widget-gateway restore` again, with the "
        "same backup or with another."
    )

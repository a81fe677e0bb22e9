"""Change streams: what other nodes did to what this one holds open, or keeps in memory."""

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

from pymongo.errors import PyMongoError

from storage.client import Database, is_unavailable
from storage.driver.waits import STREAM_AWAIT_MS
from storage.portal.pushes import push_of
from widget_gateway.domain.attempts.attempts import AttemptChange
from widget_gateway.domain.errors import StorageError, StorageUnavailableError
from widget_gateway.domain.ids import AttemptId, ProviderSlug
from widget_gateway.domain.portal.events import Push

Change = TypeVar("Change")
Document = dict[str, Any]

_HISTORY_LOST_CODES = frozenset({136, 280, 286})
"""The oplog no longer reaches back to the token, or the collection was dropped."""


class HistoryLostError(StorageError):
    """Changes were missed for good: the caller must re-read what it holds."""


class Changes(ABC, Generic[Change]):
    """The stream of changes of one collection. One a process; it remembers where it stands."""

    collection: str
    pipeline: list[Document]
    full_document: str | None = None
    """`updateLookup` brings, with each update, the document as it is when the update is read."""

    def __init__(self, database: Database) -> None:
        self._watched = database[self.collection]
        self._resume_token: Any = None
        self.heard_at = float("-inf")
        """When the stream last told something, be it that nothing changed; by `time.monotonic`."""

    @abstractmethod
    def read(self, row: Document) -> Change:
        """What a row of the stream says."""

    async def follow(self) -> AsyncIterator[Change | None]:
        """Yield changes from where the last call stood, else None and then changes from now on.

        None says that changes before it may have been missed.

        Raises:
            StorageUnavailableError: connection lost; call again to go on without a gap.
            HistoryLostError: a gap can't be closed; call again to go on from now.
        """
        from_now = self._resume_token is None
        try:
            async with await self._watched.watch(
                pipeline=self.pipeline,
                full_document=self.full_document,
                resume_after=self._resume_token,
                max_await_time_ms=STREAM_AWAIT_MS,
            ) as stream:
                self.heard_at = time.monotonic()
                if from_now:  # it is open: what comes from now on will be told
                    yield None
                while stream.alive:
                    row = await stream.try_next()
                    self._resume_token = stream.resume_token
                    self.heard_at = time.monotonic()
                    if row is not None:
                        yield self.read(row)
        except PyMongoError as error:
            if getattr(error, "code", None) in _HISTORY_LOST_CODES:
                self._resume_token = None
                raise HistoryLostError from error
            if is_unavailable(error):
                raise StorageUnavailableError from error
            raise StorageError("The change stream failed.") from error


class AttemptChanges(Changes[AttemptChange]):
    """Attempts that were paid, taken over or removed."""

    collection = "attempts"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": {"$in": ["update", "delete"]}}},
        {
            "$project": {
                "documentKey": 1,
                "operationType": 1,
                "clusterTime": 1,
                "updateDescription.updatedFields.generation": 1,
                "updateDescription.updatedFields.paid": 1,
            }
        },
    ]

    def read(self, row: Document) -> AttemptChange:
        """Which attempt, and what of it."""
        fields = row.get("updateDescription", {}).get("updatedFields", {})
        return AttemptChange(
            id=AttemptId(row["documentKey"]["_id"]),
            generation=fields.get("generation"),
            paid=fields.get("paid"),
            deleted=row["operationType"] == "delete",
            at=row["clusterTime"].as_datetime(),
        )


class ProviderChanges(Changes[ProviderSlug]):
    """Providers whose agreement, keys or webhook changed; a counted access is no such change."""

    collection = "providers"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {
            "$match": {
                "operationType": {"$in": ["update", "replace", "delete"]},
                "updateDescription.updatedFields.access_count": {"$exists": False},
            }
        },
        {"$project": {"documentKey": 1}},
    ]

    def read(self, row: Document) -> ProviderSlug:
        """Which provider."""
        return ProviderSlug(row["documentKey"]["_id"])


class SignInChanges(Changes[int]):
    """Sessions that ended: deleted by somebody, or left by TTL."""

    collection = "sign_ins"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": "delete"}},
        {"$project": {"documentKey": 1}},
    ]

    def read(self, row: Document) -> int:
        """Which session."""
        return int(row["documentKey"]["_id"])


class PushChanges(Changes[Push]):
    """Events as they are pushed, in the order of their ids."""

    collection = "push_events"
    pipeline: list[Document] = [  # noqa: RUF012 - nobody changes it
        {"$match": {"operationType": "insert"}},
        {"$project": {"fullDocument": 1}},
    ]

    def read(self, row: Document) -> Push:
        """The event, and whom it is for."""
        return push_of(row["fullDocument"])

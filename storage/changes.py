"""Change streams, by which a node learns what other nodes changed of what it keeps in memory."""

import asyncio
import random
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Generic, NoReturn, TypeVar

import structlog
from pymongo.errors import PyMongoError

from storage.client import Database, Document, is_unavailable
from storage.driver.waits import STREAM_AWAIT_MS
from widget_gateway.domain.errors import StorageError, StorageUnavailableError

Change = TypeVar("Change")
Key = TypeVar("Key")
Value = TypeVar("Value")

TRUSTED_S = 2.0
"""How long a stream is trusted after it was last heard of, in seconds. A healthy stream answers
each second, even if nothing has changed."""

RECONNECT_S = 0.5
"""The longest random pause before a lost stream is opened again, in seconds. The pause is random so
that the streams of all nodes don't come back at once."""

_HISTORY_LOST_CODES = frozenset({136, 280, 286})
"""MongoDB's error codes where a stream can't be resumed: the oplog no longer reaches back to the
resume token, or the collection was dropped."""

_log = structlog.get_logger(__name__)


class HistoryLostError(StorageError):
    """Changes were missed for good. The caller has to read again whatever it holds."""


class Changes(ABC, Generic[Change]):
    """The stream of changes of one collection.

    A process has one object of each subclass. It remembers the last change that it has told of.
    """

    collection: str
    """The name of the collection."""
    pipeline: list[Document]
    """Stages that select changes, and fields of them."""
    full_document: str | None = None
    """Where it is `updateLookup`, each update comes with the whole document as it is when the
    update is read."""

    def __init__(self, database: Database) -> None:
        self._watched = database[self.collection]
        self._resume_token: Any = None
        self._heard_at = float("-inf")
        self._made_at = time.monotonic()
        self._lost_at = float("-inf")
        self._is_behind = False

    @property
    def is_trusted(self) -> bool:
        """Whether a change by any node is told of here within `TRUSTED_S` seconds.

        It is False while the stream is lost or silent, and until the receiver has caught up with
        what it may have missed. What is kept in memory may be used only while this is True.
        """
        is_recent = time.monotonic() - self._heard_at < TRUSTED_S
        return is_recent and self._heard_at > self._lost_at and not self._is_behind

    @property
    def behind_s(self) -> float:
        """How long ago the stream was last known to have told of all changes, in seconds.

        Changes that are younger may have been missed so far. A healthy stream is at most about a
        second behind.
        """
        return time.monotonic() - max(self._heard_at, self._made_at)

    @abstractmethod
    def read(self, row: Document) -> Change:
        """Read a change from a row of the stream. Subclasses define it."""

    async def follow_forever(self, tell: Callable[[Change | None], Awaitable[None]]) -> NoReturn:
        """Tell of each change until cancelled; a lost stream is opened again.

        `tell(None)` says that earlier changes may have been missed. It is called first, and again
        after each gap. If `tell` raises StorageError, `tell(None)` follows before more changes.
        """
        while True:
            try:
                if self._is_behind:
                    await self._tell(tell, None)
                async for change in self.follow():
                    await self._tell(tell, change)
            except StorageError as error:
                self._lost_at = time.monotonic()
                _log.warning("changes_lost", collection=self.collection, reason=error.reason)
            await asyncio.sleep(random.uniform(0, RECONNECT_S))  # noqa: S311 - jitter, no secret

    async def _tell(
        self, tell: Callable[[Change | None], Awaitable[None]], change: Change | None
    ) -> None:
        try:
            if change is None:
                self._is_behind = True
            await tell(change)
        except StorageError:
            self._is_behind = True
            raise
        if change is None:
            self._is_behind = False

    async def follow(self) -> AsyncIterator[Change | None]:
        """Yield the changes that follow those of the last call.

        Where there was no such call, yield None and then the changes from now on. None says that
        earlier changes may have been missed.

        Raises:
            StorageUnavailableError: the connection was lost. The next call continues without a gap.
            HistoryLostError: changes are lost for good. The next call begins from now.
        """
        from_now = self._resume_token is None
        try:
            async with await self._watched.watch(
                pipeline=self.pipeline,
                full_document=self.full_document,
                resume_after=self._resume_token,
                max_await_time_ms=STREAM_AWAIT_MS,
            ) as stream:
                is_current = from_now
                if from_now:  # The stream is open, so no later change will be missed.
                    self._heard_at = time.monotonic()
                    yield None
                while stream.alive:
                    row = await stream.try_next()
                    self._resume_token = stream.resume_token
                    # A resumed stream first yields what came meanwhile. It has caught up when
                    # the server answers that there is nothing more.
                    is_current = is_current or row is None
                    if is_current:
                        self._heard_at = time.monotonic()
                    if row is not None:
                        yield self.read(row)
        except PyMongoError as error:
            if getattr(error, "code", None) in _HISTORY_LOST_CODES:
                self._resume_token = None
                raise HistoryLostError from error
            if is_unavailable(error):
                raise StorageUnavailableError from error
            raise StorageError("The change stream failed.") from error


class LiveCache(Generic[Key, Value]):
    """Values that were read from the database, kept in memory while changes of them are followed.

    The owner drops the values that change. While the stream is not trusted, each `get` reads.
    """

    def __init__(
        self,
        changes: Changes[Any],
        read: Callable[[Key], Awaitable[Value | None]],
        max_kept: int,
    ) -> None:
        """Read with `read`, and keep at most `max_kept` values: those that were used last."""
        self._changes = changes
        self._read = read
        self._max_kept = max_kept
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._drops = 0

    def keys(self) -> list[Key]:
        """List the keys of the kept values, the least recently used first."""
        return list(self._kept)

    async def get(self, key: Key) -> Value | None:
        """Return what is stored under the key now, or None. Errors of `read` pass."""
        if not self._changes.is_trusted or key not in self._kept:
            return await self._read_anew(key)
        self._kept.move_to_end(key)
        return self._kept[key]

    async def _read_anew(self, key: Key) -> Value | None:
        before = self._drops
        value = await self._read(key)
        # The value may lack a change that was told of while it was read. Then it is not kept.
        if value is not None and before == self._drops:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._max_kept:
                self._kept.popitem(last=False)
        return value

    def drop(self, key: Key) -> None:
        """Forget the value of this key."""
        self._drops += 1
        self._kept.pop(key, None)

    def drop_where(self, has_changed: Callable[[Value], bool]) -> None:
        """Forget the values for which `has_changed` is true."""
        self._drops += 1
        for key in [key for key, value in self._kept.items() if has_changed(value)]:
            del self._kept[key]

    def clear(self) -> None:
        """Forget all values."""
        self._drops += 1
        self._kept.clear()

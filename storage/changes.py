"""Change streams: what other nodes did to what this one holds open, or keeps in memory."""

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
"""How long after its last sign of life a stream is trusted; a healthy one gives one each second."""

RECONNECT_S = 0.5
"""Longest random pause before a lost stream is opened again, in seconds."""

_HISTORY_LOST_CODES = frozenset({136, 280, 286})
"""The oplog no longer reaches back to the token, or the collection was dropped."""

_log = structlog.get_logger(__name__)


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
        self._heard_at = float("-inf")
        self._lost_at = float("-inf")
        self._is_behind = False

    @property
    def is_trusted(self) -> bool:
        """Whether a change anywhere would be told here within `TRUSTED_S` seconds.

        False while the stream is lost or silent, and while what may have been missed is made up
        for. Whatever is kept in memory is believed only while this is True.
        """
        is_recent = time.monotonic() - self._heard_at < TRUSTED_S
        return is_recent and self._heard_at > self._lost_at and not self._is_behind

    @abstractmethod
    def read(self, row: Document) -> Change:
        """What a row of the stream says."""

    async def follow_forever(self, tell: Callable[[Change | None], Awaitable[None]]) -> NoReturn:
        """Tell of each change until cancelled, through losses of the stream.

        `tell(None)` says that changes before it may have been missed: so it begins, and so it goes
        on after a gap. Where `tell` raises StorageError, what it was told of counts as missed.
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
                is_current = from_now
                if from_now:  # it is open: what comes from now on will be told
                    self._heard_at = time.monotonic()
                    yield None
                while stream.alive:
                    row = await stream.try_next()
                    self._resume_token = stream.resume_token
                    # Behind a gap, what came meanwhile is told first, up to an empty answer.
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
    """What was read from the database, kept for as long as a change of it would be noticed.

    The owner drops what changes. While the stream of changes is not trusted, each `get` reads.
    """

    def __init__(
        self,
        changes: Changes[Any],
        read: Callable[[Key], Awaitable[Value | None]],
        max_kept: int,
    ) -> None:
        """`max_kept`: of more than so many, those asked for the longest ago are dropped."""
        self._changes = changes
        self._read = read
        self._max_kept = max_kept
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._drops = 0

    def keys(self) -> list[Key]:
        """The keys of what is kept, the one asked for the longest ago first."""
        return list(self._kept)

    async def get(self, key: Key) -> Value | None:
        """What is stored under the key now, or None. What `read` raises passes."""
        if not self._changes.is_trusted or key not in self._kept:
            return await self._read_anew(key)
        self._kept.move_to_end(key)
        return self._kept[key]

    async def _read_anew(self, key: Key) -> Value | None:
        before = self._drops
        value = await self._read(key)
        # A change that came while it was read may not be in it: then it is not kept.
        if value is not None and before == self._drops:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._max_kept:
                self._kept.popitem(last=False)
        return value

    def drop(self, key: Key) -> None:
        """The next `get` of the key reads."""
        self._drops += 1
        self._kept.pop(key, None)

    def drop_where(self, has_changed: Callable[[Value], bool]) -> None:
        """The next `get` of each value for which `has_changed` is true reads."""
        self._drops += 1
        for key in [key for key, value in self._kept.items() if has_changed(value)]:
            del self._kept[key]

    def clear(self) -> None:
        """The next `get` of any key reads."""
        self._drops += 1
        self._kept.clear()

"""The answer journal: a group commit of small inserts (architecture.md, "The answer path").

While one bulk insert is in flight, the answers of all sockets of the process gather; they form the
next one. No timer: an idle server answers in one round trip, a busy one writes hundreds of answers
a command. An answer's `done` is called when the majority has it on disk, and not before.

A row is `{_id, q, v}`; `_id` is 24 bytes: attempt (16), generation (4), seq (4), big-endian, so
that the rows of an attempt lie together in the order in which they count. A row is never updated.
"""

import asyncio
import time
from collections.abc import Callable
from struct import Struct
from typing import Any
from uuid import UUID

import structlog
from bson.errors import BSONError
from pymongo.errors import PyMongoError

from storage.client import DURABLE, Database, is_unavailable, translated
from storage.transactions import Session
from widget_gateway.domain.answers import Answer
from widget_gateway.domain.errors import StorageError, StorageUnavailableError
from widget_gateway.domain.ids import AttemptId

Done = Callable[[StorageError | None], None]
"""Called once, on the event loop, with None when the answer is durable. Must not raise."""

Observe = Callable[[int, float], None]
"""Told of each bulk write: how many answers, how many seconds."""

_INSERT = {"insert": "answers", "ordered": False, "writeConcern": DURABLE.document}
_ROW_KEY = Struct(">16sII")
_DUPLICATE_KEY = 11000

MAX_SEQ = 2**32 - 1

MAX_BATCH = 200
"""Answers in one bulk write: a command holds 16 MB, an answer at most a frame of 64 KiB."""

MAX_PENDING = 20_000
"""Answers that may wait, about 10 MB of chosen options. Beyond it sockets are not read any more."""

MAX_PENDING_CHARACTERS = 8 * 2**20
"""Characters that may wait: written answers are long, so that their number alone bounds no memory.
At most four bytes each."""

STALL_S = 8.0
"""How long a bulk write is tried again before the answers in it are given up: longer than an
election, shorter than a visitor's patience. Clients keep what was not acknowledged and re-send it.
"""

_RETRY_PAUSE_S = 0.1


_log = structlog.get_logger(__name__)


class AnswerJournal:
    """One a process. `run` writes until cancelled; `append` never blocks."""

    def __init__(
        self, database: Database, observe: Observe = lambda _count, _seconds: None
    ) -> None:
        self._database = database
        self._answers = database["answers"]
        self._observe = observe
        self._rows: list[dict[str, Any]] = []
        self._waiting: list[Done] = []
        self._in_flight = 0
        self._characters = 0
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def pending(self) -> int:
        """Answers that are not durable yet."""
        return len(self._rows) + self._in_flight

    def append(  # noqa: PLR0913, PLR0917 - the hot path: a row's parts, without a wrapper
        self,
        attempt: AttemptId,
        generation: int,
        seq: int,
        question: str,
        value: Answer,
        done: Done,
    ) -> None:
        """Queue an answer. Callers wait for `room` before they read the next one."""
        self._rows.append(
            {"_id": _ROW_KEY.pack(attempt.bytes, generation, seq), "q": question, "v": value}
        )
        self._waiting.append(done)
        self._idle.clear()
        self._characters += sum(map(len, value))
        if self._is_full:
            self._room.clear()
        self._wake.set()

    @property
    def _is_full(self) -> bool:
        return len(self._rows) >= MAX_PENDING or self._characters >= MAX_PENDING_CHARACTERS

    @property
    def has_room(self) -> bool:
        """Whether another answer may be appended without waiting."""
        return self._room.is_set()

    async def room(self) -> None:
        """Wait until another answer may be appended."""
        await self._room.wait()

    async def flushed(self) -> None:
        """Wait until nothing is pending."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write batches until cancelled."""
        while True:
            if not self._rows:
                self._wake.clear()
                self._idle.set()
                await self._wake.wait()
            self._idle.clear()
            rows, self._rows = self._rows[:MAX_BATCH], self._rows[MAX_BATCH:]
            waiting, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            self._characters -= sum(len(text) for row in rows for text in row["v"])
            if not self._is_full:
                self._room.set()
            self._in_flight = len(rows)
            fault = await self._write(rows)
            self._in_flight = 0
            for done in waiting:
                done(fault)

    async def _write(self, rows: list[dict[str, Any]]) -> StorageError | None:
        """Insert the rows, or meet one's own key from an earlier try, which is as good."""
        began = time.monotonic()
        fault: object
        while True:
            try:
                # The bare command: `insert_many` takes half as long again, and what it adds (ids,
                # several commands, a second try) is not needed here.
                reply = await self._database.command(_INSERT | {"documents": rows})
            except PyMongoError as error:
                if not is_unavailable(error):
                    _log.exception("answers_failed")
                    return StorageError("The storage failed.")
                fault = error
            except BSONError:
                _log.exception("answers_failed")
                return StorageError("An answer can't be stored.")
            else:
                refusals = {one["code"] for one in reply.get("writeErrors", ())}
                if refusals - {_DUPLICATE_KEY}:
                    _log.error("answers_refused", codes=sorted(refusals))
                    return StorageError("The storage refused an answer.")
                fault = reply.get("writeConcernError")
                if fault is None:
                    break
            if time.monotonic() - began > STALL_S:
                _log.warning("answers_stalled", answers=len(rows), error=str(fault))
                return StorageUnavailableError()
            await asyncio.sleep(_RETRY_PAUSE_S)
        self._observe(len(rows), time.monotonic() - began)
        return None

    async def read(
        self, attempt: AttemptId, session: Session | None = None
    ) -> tuple[list[tuple[str, Answer]], int]:
        """The attempt's answers in the order of (generation, seq), and its highest seq."""
        recorded: list[tuple[str, Answer]] = []
        highest = 0
        with translated():
            async for row in self._answers.find(_rows_of(attempt), session=session).sort("_id", 1):
                recorded.append((row["q"], tuple(row["v"])))
                highest = max(highest, _ROW_KEY.unpack(row["_id"])[2])
        return recorded, highest

    async def remove(self, attempt: AttemptId, session: Session | None = None) -> int:
        """Remove the attempt's rows; returns how many there were."""
        with translated():
            removed = await self._answers.delete_many(_rows_of(attempt), session=session)
        return int(removed.deleted_count)

    async def next_attempt(self, after: AttemptId | None) -> AttemptId | None:
        """The first attempt with rows behind `after`, in the order of ids."""
        beyond = {"$gt": _ROW_KEY.pack(after.bytes, MAX_SEQ, MAX_SEQ)} if after else {"$gt": b""}
        with translated():
            row = await self._answers.find_one({"_id": beyond}, {"_id": 1}, sort=[("_id", 1)])
        return AttemptId(UUID(bytes=row["_id"][:16])) if row else None


def _rows_of(attempt: AttemptId) -> dict[str, Any]:
    first = _ROW_KEY.pack(attempt.bytes, 0, 0)
    last = _ROW_KEY.pack(attempt.bytes, MAX_SEQ, MAX_SEQ)
    return {"_id": {"$gte": first, "$lte": last}}

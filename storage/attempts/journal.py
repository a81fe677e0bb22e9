"""The answer journal: a group commit of answers, each of which is a small insert.

docs/architecture.md, "The way of an answer", shows its place.

While bulk inserts are in flight, the answers of all sockets of the process gather for the next one.
There is no timer: an idle server stores an answer in one round trip, a busy one writes hundreds of
answers with a command. The `done` of an answer is called when a majority has it on disk.

A row is `{_id, q, v, t}`: the question, the values, and when the answer came, in milliseconds since
1970; rows of former gateways have no `t`. Its `_id` has 24 bytes: attempt (16), generation (4) and
`seq` (4), big-endian, so that the rows of an attempt are sorted by generation and `seq`. A row is
never updated: if an answer with the same `_id` comes again, even with another value, the first one
stays.

The rows of an attempt are written in the order in which they came: at most one command in flight
has rows of it, and a command stops at the first row that is refused. So no row is written behind
one that failed, and all waiting rows of the same attempt fail with it
(docs/adr/0013-answers-belong-to-generations.md).
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import bson
import structlog
from bson.errors import BSONError
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from storage.client import (
    DURABLE,
    UNAVAILABLE_CODES,
    Database,
    Document,
    is_unavailable,
    translated,
)
from storage.commits.answer_rows import (
    Recorded,
    attempt_of,
    recorded_by_attempt,
    row_key,
    rows_of,
)
from storage.commits.queue import BatchLimits, BatchQueue
from storage.driver.faults import DUPLICATE_KEY
from storage.driver.waits import REPEAT_PAUSE_S, VISITOR_WAIT_S
from storage.transactions import Session
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.errors import AnswerInvalidError, GatewayError, StorageUnavailableError
from widget_gateway.domain.ids import AttemptId
from widget_gateway.domain.traces import Span, Tracer, current_span, traced_batch

OnStored = Callable[[GatewayError | None], None]
"""A callback that is called once, on the event loop: with None when the answer is durable, else
with the reason why it is not. It must not raise."""

Observe = Callable[[int, float], None]
"""A callback that is called after each bulk write with the number of its answers and the seconds
that it took."""


BATCHES = BatchLimits(members=200, weight=2**20, in_flight=8, enough=128, share=16)
"""The limits of bulk inserts. The weight is in characters of at most four bytes, so a command with
the largest answers has about 4 MB of the 48 MB that it may have. Eight inserts in flight keep the
database busy where 20 ms lie between its members, and 128 answers are worth a command of their own.
A visitor has fewer than 16 answers under way, so one insert takes all of them."""

MAX_PENDING = 20_000
"""How many answers may wait; if they are chosen options, they take about 10 MB. While it is
reached, no socket is read."""

MAX_PENDING_CHARACTERS = 8 * 2**20
"""How many characters the waiting answers may have, each of at most four bytes. Written answers can
be long, so a limit of their number alone would not bound the memory."""

_REPEATS_ONE_BY_ONE = 3
"""How many stored rows a batch may meet before the journal asks which others of its rows are
stored. A client usually repeats only a few answers."""

_UNENCODABLE = (BSONError, ValueError, OverflowError)
"""The exceptions that are raised for a value which can't be encoded as BSON."""

_log = structlog.get_logger(__name__)


class _QueuedAnswer(NamedTuple):
    """An answer that is not stored yet."""

    document: Document
    characters: int
    done: OnStored
    span: Span | None
    """The span of the answer, if traces are on."""


_Batch = dict[bytes, list[_QueuedAnswer]]
"""The answers of a bulk insert by attempt (its 16 bytes), in the order in which they came."""


class AnswerJournal:
    """Stores answers while `run` is running. A process has one journal."""

    def __init__(
        self,
        database: Database,
        observe: Observe = lambda _count, _seconds: None,
        tracer: Tracer | None = None,
    ) -> None:
        self._tracer = tracer
        self._database = database
        self._answers = database["answers"]
        # A reader is told of durable answers only: of those that a majority has.
        self._durable = self._answers.with_options(read_concern=ReadConcern("majority"))
        self._observe = observe
        self._queue: BatchQueue[bytes, _QueuedAnswer] = BatchQueue(
            self._commit, lambda row: row.characters, BATCHES
        )
        self._room = asyncio.Event()
        self._room.set()

    @property
    def pending(self) -> int:
        """The number of answers that are not durable yet."""
        return self._queue.pending

    def append(  # noqa: PLR0913, PLR0917 - the hot path: a row's parts, without a wrapper
        self,
        attempt: AttemptId,
        generation: int,
        seq: int,
        question: str,
        value: Answer,
        done: OnStored,
    ) -> None:
        """Queue an answer; never blocks. Callers wait for `room` before they read the next one."""
        key = attempt.bytes
        now_ms = int(time.time() * 1000)
        document = {"_id": row_key(key, generation, seq), "q": question, "v": value, "t": now_ms}
        row = _QueuedAnswer(document, sum(map(len, value)), done, current_span())
        self._queue.put(key, row)
        if self._is_full:
            self._room.clear()

    @property
    def _is_full(self) -> bool:
        return self._queue.queued >= MAX_PENDING or self._queue.weight >= MAX_PENDING_CHARACTERS

    @property
    def has_room(self) -> bool:
        """Whether another answer may be appended without waiting."""
        return self._room.is_set()

    async def room(self) -> None:
        """Wait until another answer may be appended."""
        await self._room.wait()

    async def flushed(self) -> None:
        """Wait until nothing is pending and each `done` has been called."""
        await self._queue.flushed()
        await asyncio.sleep(0)  # The last callbacks are called in this turn of the event loop.

    async def run(self) -> None:
        """Write batches until cancelled."""
        await self._queue.run()

    async def _commit(self, batch: _Batch) -> None:
        """Write a batch, with repeats, and fail the answers that could not be written in time."""
        if not self._is_full:
            self._room.set()
        spans = (row.span for rows in batch.values() for row in rows)
        with traced_batch(self._tracer, "store", spans):
            await self._commit_all(batch)

    async def _commit_all(self, batch: _Batch) -> None:
        began = time.monotonic()
        left = batch
        try:
            while left := await self._write(left):
                if time.monotonic() - began > VISITOR_WAIT_S:
                    _log.warning("answers_stalled", answers=sum(map(len, left.values())))
                    return
                await asyncio.sleep(REPEAT_PAUSE_S)
        except Exception:  # noqa: BLE001 - no caller may wait for ever
            _log.exception("answers_failed")
        finally:
            for key in list(left):
                self._give_up(key, left[key])
        self._observe(sum(map(len, batch.values())), time.monotonic() - began)

    def _give_up(self, key: bytes, rows: list[_QueuedAnswer]) -> None:
        """Fail these answers and all waiting ones of the same attempt."""
        fault = StorageUnavailableError()
        for row in (*rows, *self._queue.withdraw(key)):
            row.done(fault)

    async def _write(self, batch: _Batch) -> _Batch:
        """Try to write the answers once; returns those that are to be tried again."""
        try:
            return await self._insert(batch)
        except PyMongoError as error:
            if not is_unavailable(error):
                _log.exception("answers_failed")
            return batch
        except _UNENCODABLE:
            return self._without_unencodable(batch)

    async def _insert(self, batch: _Batch) -> _Batch:
        """Insert the answers; returns those that are to be tried again.

        A row whose key exists was stored by an earlier try, or by an earlier answer with the same
        `seq`: it is durable, too. The command stops at the first row that is refused.
        """
        rows = [row.document for of_one in batch.values() for row in of_one]
        repeats = 0
        while rows:
            # `insert_many` takes half as long again as the bare command. What it adds (ids, several
            # commands, a second try) is not needed here.
            reply = await self._database.command(
                {
                    "insert": "answers",
                    "documents": rows,
                    "ordered": True,
                    "writeConcern": DURABLE.document,
                }
            )
            if fault := reply.get("writeConcernError"):
                _log.info("answers_not_durable_yet", error=fault.get("errmsg"))
                return batch
            refusals = reply.get("writeErrors")
            if not refusals:
                break
            refusal = refusals[0]
            if refusal["code"] != DUPLICATE_KEY:
                return self._refused(batch, rows[refusal["index"] :], refusal)
            rows = rows[refusal["index"] + 1 :]
            repeats += 1
            if repeats >= _REPEATS_ONE_BY_ONE and len(rows) > 1:
                rows = await self._without_stored(rows)
        # The callbacks are called in the next turn of the event loop. The next batch is sent before
        # that, so that the database works while hundreds of acks are sent.
        asyncio.get_running_loop().call_soon(_tell_stored, batch)
        return {}

    async def _without_stored(self, rows: list[Document]) -> list[Document]:
        """Leave out the rows that are stored, except for the last.

        The last row is sent in any case: the reply to it waits for the majority.
        """
        among = {"_id": {"$in": [row["_id"] for row in rows[:-1]]}}
        stored = {row["_id"] async for row in self._answers.find(among, {"_id": 1})}
        return [row for row in rows[:-1] if row["_id"] not in stored] + rows[-1:]

    def _refused(self, batch: _Batch, unwritten: list[Document], refusal: Document) -> _Batch:
        """Choose what to try again after a row was refused.

        If the reason passes, that is the whole batch. Otherwise the answers of the row's attempt
        fail, and the others are tried again.
        """
        _log.warning("answer_refused", code=refusal["code"], error=refusal.get("errmsg"))
        culprit = unwritten[0]["_id"][:16]
        if refusal["code"] in UNAVAILABLE_CODES:
            return batch
        self._give_up(culprit, batch[culprit])
        return {key: rows for key, rows in batch.items() if key != culprit}

    def _without_unencodable(self, batch: _Batch) -> _Batch:
        """Refuse the answers that can't be encoded; returns the others."""
        left: _Batch = {}
        for key, rows in batch.items():
            for row in rows:
                try:
                    bson.encode(row.document)
                except _UNENCODABLE:
                    row.done(AnswerInvalidError("The value can't be stored."))
                else:
                    left.setdefault(key, []).append(row)
        return left

    async def read(self, attempt: AttemptId) -> Recorded:
        """Read the attempt's answers that a majority of the replica set has."""
        with translated():
            found = self._durable.find({"_id": rows_of(attempt)}).sort("_id", 1)
            rows = [row async for row in found]
        return recorded_by_attempt(rows).get(attempt) or Recorded()

    async def read_questions(self, attempts: Sequence[AttemptId]) -> dict[AttemptId, set[str]]:
        """Read which questions of the attempts have an answer."""
        found: dict[AttemptId, set[str]] = {}
        if not attempts:
            return found
        ranges = {"$or": [{"_id": rows_of(attempt)} for attempt in attempts]}
        with translated():
            async for row in self._durable.find(ranges, {"q": 1}):
                found.setdefault(attempt_of(row["_id"]), set()).add(row["q"])
        return found

    async def remove(self, attempt: AttemptId) -> int:
        """Remove the attempt's answers; returns how many there were."""
        with translated():
            removed = await self._answers.delete_many({"_id": rows_of(attempt)})
        return int(removed.deleted_count)

    async def remove_within(self, session: Session, attempts: Sequence[AttemptId]) -> int:
        """Remove the answers of these attempts in the caller's transaction; returns how many."""
        if not attempts:
            return 0
        ranges = {"$or": [{"_id": rows_of(attempt)} for attempt in attempts]}
        return int((await self._answers.delete_many(ranges, session=session)).deleted_count)

    async def next_attempt(self, after: AttemptId | None) -> AttemptId | None:
        """Find the first attempt behind `after`, in the order of ids, that has answers."""
        beyond = {"$gt": rows_of(after)["$lte"] if after else b""}
        with translated():
            row = await self._answers.find_one({"_id": beyond}, {"_id": 1}, sort=[("_id", 1)])
        return attempt_of(row["_id"]) if row else None


def _tell_stored(batch: _Batch) -> None:
    for rows in batch.values():
        for row in rows:
            row.done(None)

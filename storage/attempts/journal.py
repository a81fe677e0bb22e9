"""The answer journal: a group commit of small inserts.

Its place: docs/architecture.md, "The way of an answer".

While bulk inserts are in flight, the answers of all sockets of the process gather; they form the
next one. No timer: an idle server answers in one round trip, a busy one writes hundreds of answers
a command. An answer's `done` is called when the majority has it on disk, and not before.

A row is `{_id, q, v}`; `_id` is 24 bytes: attempt (16), generation (4), seq (4), big-endian, so
that the rows of an attempt lie together in the order in which they count. A row is never updated:
who writes its place again, be it with another value, meets the first one, which stands.

The rows of an attempt are written in the order in which they came: at most one command in flight
holds rows of it, and a command stops at its first row that is refused. So behind a row that could
not be written none is, and all that waits of the same attempt fails with it (docs/adr/0013).
"""

import asyncio
import time
from collections.abc import Callable
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
from storage.driver.waits import REPEAT_PAUSE_S, VISITOR_WAIT_S
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.errors import AnswerInvalidError, GatewayError, StorageUnavailableError
from widget_gateway.domain.ids import AttemptId

Done = Callable[[GatewayError | None], None]
"""Called once, on the event loop, with None when the answer is durable, else with the reason why it
is not. Must not raise."""

Observe = Callable[[int, float], None]
"""Told of each bulk write: how many answers, how many seconds."""


_DUPLICATE_KEY = 11000

BATCHES = BatchLimits(members=200, weight=2**20, in_flight=8, enough=128, share=16)
"""200 answers of a frame of 64 KiB each are below the 48 MB of a command; the weight is in
characters. Eight in flight hide 20 ms between the members of a replica set, and 128 answers pay for
a command's own cost. 16 of one attempt are more than a visitor has under way, so that the others
of his answers need not wait until the first is stored."""

MAX_PENDING = 20_000
"""Answers that may wait, about 10 MB of chosen options. Beyond it sockets are not read any more."""

MAX_PENDING_CHARACTERS = 8 * 2**20
"""Characters that may wait: written answers are long, so that their number alone bounds no memory.
At most four bytes each."""

_REPEATS_ONE_BY_ONE = 3
"""Rows met twice before the rest of a batch is asked for at once. A client repeats a few."""

_UNENCODABLE = (BSONError, ValueError, OverflowError)
"""What a value raises that BSON has no form for."""

_log = structlog.get_logger(__name__)


class _Row(NamedTuple):
    """An answer on its way."""

    document: Document
    characters: int
    done: Done


Rows = dict[bytes, list[_Row]]
"""Rows by attempt, each attempt's in the order in which they came."""


class AnswerJournal:
    """One a process. `run` writes until cancelled; `append` never blocks."""

    def __init__(
        self, database: Database, observe: Observe = lambda _count, _seconds: None
    ) -> None:
        self._database = database
        self._answers = database["answers"]
        # A reader is told of durable answers only: of those that a majority has.
        self._durable = self._answers.with_options(read_concern=ReadConcern("majority"))
        self._observe = observe
        self._queue: BatchQueue[bytes, _Row] = BatchQueue(
            self._commit, lambda row: row.characters, BATCHES
        )
        self._room = asyncio.Event()
        self._room.set()

    @property
    def pending(self) -> int:
        """Answers that are not durable yet."""
        return self._queue.pending

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
        key = attempt.bytes
        document = {"_id": row_key(key, generation, seq), "q": question, "v": value}
        self._queue.put(key, _Row(document, sum(map(len, value)), done))
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
        """Wait until nothing is pending, and everybody knows."""
        await self._queue.flushed()
        await asyncio.sleep(0)  # the last ones are told in this turn of the event loop

    async def run(self) -> None:
        """Write batches until cancelled."""
        await self._queue.run()

    async def _commit(self, batch: Rows) -> None:
        """Write a batch; whoever can't have it in time gets to know that."""
        if not self._is_full:
            self._room.set()
        began = time.monotonic()
        left = batch
        try:
            while left := await self._write(left):
                if time.monotonic() - began > VISITOR_WAIT_S:
                    _log.warning("answers_stalled", answers=sum(map(len, left.values())))
                    return
                await asyncio.sleep(REPEAT_PAUSE_S)
        except Exception:  # noqa: BLE001 - nobody may wait for an ack that never comes
            _log.exception("answers_failed")
        finally:
            for key in list(left):
                self._give_up(key, left[key])
        self._observe(sum(map(len, batch.values())), time.monotonic() - began)

    def _give_up(self, key: bytes, rows: list[_Row]) -> None:
        """Fail rows and all that waits behind them of the same attempt."""
        fault = StorageUnavailableError()
        for row in (*rows, *self._queue.withdraw(key)):
            row.done(fault)

    async def _write(self, batch: Rows) -> Rows:
        """Try to write the rows once; returns those that are to be tried again."""
        try:
            return await self._insert(batch)
        except PyMongoError as error:
            if not is_unavailable(error):
                _log.exception("answers_failed")
            return batch
        except _UNENCODABLE:
            return self._without_unencodable(batch)

    async def _insert(self, batch: Rows) -> Rows:
        """Insert the rows, or meet one's own key from an earlier try, which is as good.

        A command stops at the first row that is refused, so nothing is written behind it.
        """
        rows = [row.document for of_one in batch.values() for row in of_one]
        repeats = 0
        while rows:
            # The bare command: `insert_many` takes half as long again, and what it adds (ids,
            # several commands, a second try) is not needed here.
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
            if refusal["code"] != _DUPLICATE_KEY:
                return self._refused(batch, rows[refusal["index"] :], refusal)
            rows = rows[refusal["index"] + 1 :]
            repeats += 1
            if repeats >= _REPEATS_ONE_BY_ONE and len(rows) > 1:
                rows = await self._without_stored(rows)
        # Told in the next turn of the event loop: by then the next batch is on its way, and the
        # database works while hundreds of acks are sent.
        asyncio.get_running_loop().call_soon(_tell_stored, batch)
        return {}

    async def _without_stored(self, rows: list[Document]) -> list[Document]:
        """Leave out rows that are stored. The last one stays: meeting it waits for the majority."""
        among = {"_id": {"$in": [row["_id"] for row in rows[:-1]]}}
        stored = {row["_id"] async for row in self._answers.find(among, {"_id": 1})}
        return [row for row in rows[:-1] if row["_id"] not in stored] + rows[-1:]

    def _refused(self, batch: Rows, unwritten: list[Document], refusal: Document) -> Rows:
        """A row was refused. If that passes, try the rest again, else without its attempt."""
        _log.warning("answer_refused", code=refusal["code"], error=refusal.get("errmsg"))
        culprit = unwritten[0]["_id"][:16]
        if refusal["code"] in UNAVAILABLE_CODES:
            return batch
        self._give_up(culprit, batch[culprit])
        return {key: rows for key, rows in batch.items() if key != culprit}

    def _without_unencodable(self, batch: Rows) -> Rows:
        """Refuse the rows that can't be encoded: they are their senders' fault, nobody else's."""
        left: Rows = {}
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

    async def remove(self, attempt: AttemptId) -> int:
        """Remove the attempt's rows; returns how many there were."""
        with translated():
            removed = await self._answers.delete_many({"_id": rows_of(attempt)})
        return int(removed.deleted_count)

    async def next_attempt(self, after: AttemptId | None) -> AttemptId | None:
        """The first attempt with rows behind `after`, in the order of ids."""
        beyond = {"$gt": rows_of(after)["$lte"] if after else b""}
        with translated():
            row = await self._answers.find_one({"_id": beyond}, {"_id": 1}, sort=[("_id", 1)])
        return attempt_of(row["_id"]) if row else None


def _tell_stored(batch: Rows) -> None:
    for rows in batch.values():
        for row in rows:
            row.done(None)

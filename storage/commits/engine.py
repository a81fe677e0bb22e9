"""The commit engine: a group commit of events. docs/adr/0014-one-engine-of-writes.md says why.

An event is a change that happens as a whole: a visitor opens, pauses or finishes an attempt, a
partner registers a user, attaches a result or confirms a payment. Each event belongs to a provider.
While a batch of events is written, the next batch gathers. A batch is one transaction, which writes
the documents of all its events, and raises each counter once, by the sum. So many events at once
cost no more than the documents that they write, and do not conflict with each other.

An event names the documents that it needs. When they have been read it happens in memory, or raises
a refusal, which concerns this event alone. Events of a line happen in the order in which they came.
So the last accesses before a limit go to those who asked first.

A batch that conflicts with another node's is tried again in parts: first by line, then by halves,
at last event by event. So is a batch that fails for a lasting reason, until the event that causes
it fails alone.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import structlog

from storage.client import Client, Database
from storage.commits.counts import SPREAD
from storage.commits.queue import BatchLimits, BatchQueue
from storage.commits.unit import Unit
from storage.commits.writes import RivalError
from storage.driver.adapter import wait_of
from storage.driver.calls import remaining
from storage.driver.waits import REPEAT_PAUSE_S
from storage.transactions import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    Session,
    is_conflict,
    is_outage,
    transaction,
)
from widget_gateway.domain.errors import StorageError, StorageUnavailableError
from widget_gateway.domain.ids import AttemptId, ProviderSlug
from widget_gateway.domain.traces import Span, Tracer, current_span, traced_batch

T = TypeVar("T")

BATCHES = BatchLimits(members=128, weight=4 * 2**20, in_flight=4, enough=32)
"""The limits of batches. A transaction of 128 events of some KB each takes about 20 ms. The weight
is in bytes, and far below the 16 MB of an entry of the oplog. A second batch of a provider takes
CPU and saves waiting: with `enough` at 8, 16 and 32, the opens and visits a second of 50 visitors
differed by less than the noise."""

MAX_WAITING = 20_000
"""How many events may wait; they take about 40 MB. For each further one, the last event of the
longest line is refused."""

ACCESSES = 0
"""The line of a provider's events that may issue an access. All of them read and write the counter
of the provider, so they have to follow each other."""

VISIT_LINES = 4
"""The number of lines for the events of a provider's visits. With several, the visits of one
provider can fill a second batch while the first is being written."""

EVENT_BYTES = 2_000
"""The weight of an event that does not say it, in bytes: an attempt has about 700, a result
2,000."""

_log = structlog.get_logger(__name__)


def visit_line(attempt: AttemptId) -> int:
    """Choose the line of an attempt's events: always the same for the same attempt."""
    return 1 + attempt.int % VISIT_LINES


@dataclass(frozen=True, slots=True)
class CommitEvent(Generic[T]):
    """A change that a caller wants to make, as a whole.

    `wants` tells the unit which documents to read. `happen` reads them from the unit and puts
    their new states into it. It may run more than once, so it must have no other effect. An
    exception that it raises refuses this event alone, and nothing that it put remains.

    Events of a provider that have the same `line` happen in the order in which they came. Events
    of different lines have no order, and may be in different batches at the same time.
    """

    provider: ProviderSlug
    wants: Callable[[Unit], None]
    happen: Callable[[Unit], T]
    weight: int = EVENT_BYTES
    line: int = ACCESSES


_End = tuple[Any, Exception | None]
"""What an event returned, or else the exception that it raised."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """An event, and the future that its caller waits for."""

    event: CommitEvent[Any]
    outcome: asyncio.Future[Any]
    span: Span | None
    """The span of the caller, if traces are on."""

    @property
    def is_awaited(self) -> bool:
        return not self.outcome.done()


_Line = tuple[ProviderSlug, int]


class CommitEngine:
    """Commits events in batches while `run` is running. A process has one engine."""

    def __init__(
        self,
        client: Client,
        database: Database,
        observe: Callable[[int], None] = lambda _events: None,
        told: Callable[[], None] = lambda: None,
        tracer: Tracer | None = None,
    ) -> None:
        """`observe` is called after each batch with the number of its events.

        `told` is called after each batch that has written webhook deliveries. `tracer` shows which
        batch made an event durable.
        """
        self._tracer = tracer
        self._client = client
        self._database = database
        self._observe = observe
        self._told = told
        self._parts_in_use: set[int] = set()
        self._queue: BatchQueue[_Line, _Waiting] = BatchQueue(
            self._commit, lambda waiting: waiting.event.weight, BATCHES, owner=lambda line: line[0]
        )

    @property
    def pending(self) -> int:
        """The number of events whose outcome is not known yet."""
        return self._queue.pending

    async def flushed(self) -> None:
        """Wait until nothing is pending."""
        await self._queue.flushed()

    async def run(self) -> None:
        """Commit batches until cancelled."""
        await self._queue.run()

    async def submit(self, event: CommitEvent[T], wait_s: float | None = None) -> T:
        """Let the event happen. Returns its result once a majority has it on disk.

        `wait_s` defaults to the longest time of a call to the database. An event does not happen
        if its caller is cancelled before a batch has taken it.

        Raises:
            StorageUnavailableError: the event could not be made durable within `wait_s` seconds, or
                too many events wait. It may have happened nevertheless if it had been tried; a
                repeat of the call finds out.
            StorageError: the database refuses the event for a lasting reason.
            Exception: whatever the event raised.
        """
        waiting = _Waiting(event, asyncio.get_running_loop().create_future(), current_span())
        line = (event.provider, event.line)
        if self._queue.queued >= MAX_WAITING and not self._make_room(line):
            raise StorageUnavailableError
        self._queue.put(line, waiting)
        try:
            async with asyncio.timeout(
                remaining(wait_of(self._database) if wait_s is None else wait_s)
            ):
                return cast("T", await waiting.outcome)
        except TimeoutError:
            raise StorageUnavailableError from None

    def _make_room(self, line: _Line) -> bool:
        """Refuse the last event of the longest line; returns False if no line is longer."""
        longest = self._queue.longest()
        if self._queue.waiting_of(line) >= self._queue.waiting_of(longest):
            return False
        dropped = self._queue.drop_last(longest)
        if dropped.is_awaited:
            dropped.outcome.set_exception(StorageUnavailableError())
        return True

    async def _commit(self, batch: dict[_Line, list[_Waiting]]) -> None:
        events = [waiting for of_line in batch.values() for waiting in of_line]
        await self._settle(events, lambda: self._queue.top_up(batch))

    async def _settle(
        self,
        events: list[_Waiting],
        newcomers: Callable[[], list[_Waiting]] = list,
        *,
        is_careful: bool = False,
    ) -> None:
        """Make the events durable: together, or in parts where that fails.

        After an outage, the events that have come meanwhile are added. A new primary may need
        seconds until a majority acknowledges its first writes, and nobody should wait for that
        twice.
        """
        longest = FIRST_PAUSE_S
        while events := [waiting for waiting in events if waiting.is_awaited]:
            try:
                await self._try(events, is_careful=is_careful)
            except Exception as error:  # noqa: BLE001 - callers wait, whatever the error is
                if is_outage(error):
                    await asyncio.sleep(REPEAT_PAUSE_S)
                    events = [*events, *newcomers()]
                elif isinstance(error, RivalError) and not is_careful:
                    is_careful = True
                elif len(parts := _apart(events)) > 1:
                    await asyncio.gather(
                        *(self._settle(part, is_careful=is_careful) for part in parts)
                    )
                    return
                elif len(events) > 1:
                    middle = len(events) // 2
                    await self._settle(events[:middle], is_careful=is_careful)
                    events = events[middle:]
                elif isinstance(error, RivalError) or is_conflict(error):
                    # The pause is random, since events that repeat at once conflict again.
                    await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter
                    longest = min(2 * longest, LONGEST_PAUSE_S)
                else:
                    _log.exception("event_failed", provider=events[0].event.provider)
                    events[0].outcome.set_exception(StorageError("The storage failed."))
            else:
                return

    async def _try(self, events: list[_Waiting], *, is_careful: bool) -> None:
        """Try to write a batch once. All of it becomes durable, or an exception is raised."""
        spans = (waiting.span for waiting in events)
        with traced_batch(self._tracer, "commit", spans), self._part() as part:
            unit = Unit(self._database, part, is_careful=is_careful)
            for waiting in events:
                waiting.event.wants(unit)
            async with transaction(self._client) as session:
                ends = await _run(events, unit, session)
        self._observe(len(events))
        if unit.has_told:
            self._told()
        for waiting, (result, refusal) in zip(events, ends, strict=True):
            if waiting.outcome.done():
                continue
            if refusal is None:
                waiting.outcome.set_result(result)
            else:
                waiting.outcome.set_exception(refusal)

    @contextmanager
    def _part(self) -> Iterator[int]:
        """Reserve a part of the statistics, into which no other batch of this process counts."""
        free = set(range(SPREAD)) - self._parts_in_use or range(SPREAD)
        part = random.choice(list(free))  # noqa: S311 - spreading, no secret
        self._parts_in_use.add(part)
        try:
            yield part
        finally:
            self._parts_in_use.discard(part)


def _apart(events: list[_Waiting]) -> list[list[_Waiting]]:
    """Divide the events by line. Lines need not wait for each other."""
    parts: dict[_Line, list[_Waiting]] = {}
    for waiting in events:
        parts.setdefault((waiting.event.provider, waiting.event.line), []).append(waiting)
    return list(parts.values())


async def _run(events: list[_Waiting], unit: Unit, session: Session) -> list[_End]:
    await unit.read(session)
    ends = [_happen(waiting, unit) for waiting in events]
    await unit.write(session)
    return ends


def _happen(waiting: _Waiting, unit: Unit) -> _End:
    unit.span = waiting.span
    try:
        result = waiting.event.happen(unit)
    except Exception as refusal:  # noqa: BLE001 - it concerns this event alone, even if it is a bug
        unit.revert()
        return None, refusal
    unit.settle()
    return result, None

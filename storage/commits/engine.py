"""The engine of all writes that matter: a group commit of events.

Why there is one: docs/adr/0014-one-engine-of-writes.md.

Visitors who open, pause and finish, partners who register, attach and confirm: each is an event of
one provider. While one batch of events is made durable the next gathers. A batch is one
transaction, which writes all its events' documents and moves each counter once, by the sum. So a
crowd costs what its documents cost and does not run into itself.

An event is a rule over documents: it names what it needs, then happens in memory or refuses. Events
of a line happen in the order in which they came, each after those before it, so the last accesses
before a limit are given to the first who asked. A refusal is its event's alone.

A batch that meets another node's is tried again in parts, first by line, then by halves, at last
event by event. So is one that fails for a reason that does not pass: the event that is to
blame fails alone.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import structlog

from storage.client import Client, Database
from storage.commits.queue import BatchLimits, BatchQueue
from storage.commits.unit import SPREAD, RivalError, Unit
from storage.driver.adapter import wait_of
from storage.driver.calls import remaining
from storage.driver.waits import REPEAT_PAUSE_S
from storage.transactions import Session, is_conflict, is_outage, transaction
from widget_gateway.domain.errors import StorageError, StorageUnavailableError
from widget_gateway.domain.ids import AttemptId, ProviderSlug

T = TypeVar("T")

BATCHES = BatchLimits(members=128, weight=4 * 2**20, in_flight=4, enough=32)
"""128 events of some KB each take a transaction about 20 ms; the weight is in bytes, far below the
16 MB of an entry of the oplog. A second batch of a provider costs CPU and saves waiting: with 8, 16
and 32 as `enough`, 50 visitors' opens and visits a second differed by less than the noise."""

MAX_WAITING = 20_000
"""Events that may wait, about 40 MB. Beyond it the longest line loses its last one."""

ACCESSES = 0
"""The line of a provider's events that count accesses: they meet in its counter."""

VISIT_LINES = 4
"""Lines for a provider's visits, so that its crowd fills a second batch while one is on its way."""

EVENT_BYTES = 2_000
"""What an event weighs unless told: an attempt has about 700 bytes, a result 2 KB."""

_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.1

_log = structlog.get_logger(__name__)


def visit_line(attempt: AttemptId) -> int:
    """The line of an attempt's events."""
    return 1 + attempt.int % VISIT_LINES


@dataclass(frozen=True, slots=True)
class Event(Generic[T]):
    """What one caller wants to happen.

    `wants` names the documents to be read. `happen` looks at them and puts what they become; it is
    pure but for the unit, since a batch that meets a rival runs it again. What it raises refuses
    this event alone, and then nothing that it put remains.

    Events of a provider that have the same `line` happen in the order in which they came. Others
    need no order, as those of different attempts, and may be in batches beside each other.
    """

    provider: ProviderSlug
    wants: Callable[[Unit], None]
    happen: Callable[[Unit], T]
    weight: int = EVENT_BYTES
    line: int = ACCESSES
    is_one_update: bool = False
    """Whether it updates one document at most and tells nothing else that it read: such an event
    needs no transaction when it is alone."""


_End = tuple[Any, Exception | None]
"""What came of an event: what it returned, or what it raised."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """An event and who waits for it."""

    event: Event[Any]
    outcome: asyncio.Future[Any]

    @property
    def is_awaited(self) -> bool:
        return not self.outcome.done()


_Line = tuple[ProviderSlug, int]


class CommitEngine:
    """One a process. `run` commits until cancelled."""

    def __init__(
        self,
        client: Client,
        database: Database,
        observe: Callable[[int], None] = lambda _events: None,
    ) -> None:
        """`observe` is told of each batch how many events it had."""
        self._client = client
        self._database = database
        self._observe = observe
        self._parts_in_use: set[int] = set()
        self._queue: BatchQueue[_Line, _Waiting] = BatchQueue(
            self._commit, lambda waiting: waiting.event.weight, BATCHES, owner=lambda line: line[0]
        )

    @property
    def pending(self) -> int:
        """Events whose end is not known yet."""
        return self._queue.pending

    async def flushed(self) -> None:
        """Wait until nothing is pending."""
        await self._queue.flushed()

    async def run(self) -> None:
        """Commit batches until cancelled."""
        await self._queue.run()

    async def submit(self, event: Event[T], wait_s: float | None = None) -> T:
        """Let the event happen; returns what it returned once a majority has it on disk.

        `wait_s` is as long as a call to the database may take, unless told.

        An event whose caller is cancelled before a batch has taken it does not happen.

        Raises:
            StorageUnavailableError: it could not be made durable within `wait_s` seconds, or
                too much waits already. Where it had been tried, it may have happened nevertheless:
                a repeat of the call finds out.
            StorageError: the storage refuses it. What the event raises passes too.
        """
        waiting = _Waiting(event, asyncio.get_running_loop().create_future())
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
        """Refuse the last event of the longest line; False if that is `line`."""
        longest = self._queue.longest()
        if self._queue.waiting_of(line) >= self._queue.waiting_of(longest):
            return False
        dropped = self._queue.drop_last(longest)
        if dropped.is_awaited:
            dropped.outcome.set_exception(StorageUnavailableError())
        return True

    async def _commit(self, batch: dict[_Line, list[_Waiting]]) -> None:
        events = [one for of_line in batch.values() for one in of_line]
        await self._settle(events, lambda: self._queue.top_up(batch))

    async def _settle(
        self,
        events: list[_Waiting],
        newcomers: Callable[[], list[_Waiting]] = list,
        *,
        is_careful: bool = False,
    ) -> None:
        """Make the events durable, together or, where they can't be, apart.

        After an outage what has come meanwhile goes with them: a new primary may need seconds for
        its first majorities, and no caller shall wait for two of them, one after the other.
        """
        longest = _FIRST_PAUSE_S
        while events := [one for one in events if one.is_awaited]:
            try:
                await self._try(events, is_careful=is_careful)
            except Exception as error:  # noqa: BLE001 - whatever it is, someone waits
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
                    # Rivals that all come back at once conflict again.
                    await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - jitter
                    longest = min(2 * longest, _LONGEST_PAUSE_S)
                else:
                    _log.exception("event_failed", provider=events[0].event.provider)
                    events[0].outcome.set_exception(StorageError("The storage failed."))
            else:
                return

    async def _try(self, events: list[_Waiting], *, is_careful: bool) -> None:
        """One try of a batch: all of it is durable, or none, and then an error says why."""
        with self._part() as part:
            unit = Unit(self._database, part, is_careful=is_careful)
            for one in events:
                one.event.wants(unit)
            if len(events) == 1 and events[0].event.is_one_update:
                ends = await _run(events, unit, None)
            else:
                async with transaction(self._client) as session:
                    ends = await _run(events, unit, session)
        self._observe(len(events))
        for one, (result, refusal) in zip(events, ends, strict=True):
            if one.outcome.done():
                continue
            if refusal is None:
                one.outcome.set_result(result)
            else:
                one.outcome.set_exception(refusal)

    @contextmanager
    def _part(self) -> Iterator[int]:
        """A part of the statistics that no other batch of this process counts into meanwhile."""
        free = set(range(SPREAD)) - self._parts_in_use or range(SPREAD)
        part = random.choice(list(free))  # noqa: S311 - spreading, no secret
        self._parts_in_use.add(part)
        try:
            yield part
        finally:
            self._parts_in_use.discard(part)


def _apart(events: list[_Waiting]) -> list[list[_Waiting]]:
    """The events of each line: they need not wait for those of another."""
    parts: dict[_Line, list[_Waiting]] = {}
    for one in events:
        parts.setdefault((one.event.provider, one.event.line), []).append(one)
    return list(parts.values())


async def _run(events: list[_Waiting], unit: Unit, session: Session | None) -> list[_End]:
    await unit.read(session)
    ends = [_happen(one.event, unit) for one in events]
    await unit.write(session)
    return ends


def _happen(event: Event[Any], unit: Unit) -> _End:
    try:
        result = event.happen(unit)
    except Exception as refusal:  # noqa: BLE001 - it is its event's, a fault of ours too
        unit.revert()
        return None, refusal
    unit.settle()
    return result, None

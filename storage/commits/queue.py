"""Queues whose members are written in batches: how every group commit chooses its batches.

While one batch is being written, the next gathers. There is no timer: an idle process writes a
single member at once, a busy one writes hundreds together. Members are queued by key. A batch holds
its keys until it is settled, so the members of a key are written in the order in which they came,
and no two batches of a process have the same key at the same time.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from storage.driver.calls import for_all

Key = TypeVar("Key", bound=object)
Member = TypeVar("Member")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """How large batches are, and how many are written at the same time.

    `members` and `weight` are the most that a batch holds (a single member may weigh more).
    `in_flight` is the most batches at the same time. An owner of keys gets a second batch only when
    `enough` members have gathered, since a small batch costs nearly as much as a large one.

    When many keys have members, a batch takes `share` of each key, or more if it has room for as
    many of all. The rest of a key has to wait until that batch is settled. So a larger share keeps
    fewer members waiting, and a smaller share keeps long queues from filling whole batches.
    """

    members: int
    weight: int
    in_flight: int
    enough: int = 1
    share: int = 1


class BatchQueue(Generic[Key, Member]):
    """Members by key, taken from the keys in turn. `run` writes batches until it is cancelled.

    `write` gets the members of a batch by key. It has to settle each of them itself and to raise
    nothing. If it begins anew after a long time, it may `top_up` its batch. `owner` tells the owner
    of a key: members of an owner that has no batch in flight need not gather. By default, all keys
    have the same owner.
    """

    def __init__(
        self,
        write: Callable[[dict[Key, list[Member]]], Awaitable[None]],
        weigh: Callable[[Member], int],
        limits: BatchLimits,
        owner: Callable[[Key], Hashable] = lambda _key: None,
    ) -> None:
        self._write = write
        self._weigh = weigh
        self._owner = owner
        self._busy: Counter[Hashable] = Counter()  # by owner, the number of keys in flight
        self._limits = limits
        self._queues: dict[Key, deque[Member]] = {}
        self._ready: dict[Key, None] = {}  # an ordered set of the keys that no batch holds
        self._gathered = 0  # how many members the ready keys have
        self._flying = 0  # how many members the batches in flight have
        self._batches = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_running = False
        self._is_starting = False
        self._idle = asyncio.Event()
        self._idle.set()
        self.queued = 0
        """How many members no batch has taken yet."""
        self.weight = 0
        """The weight of these members together."""

    @property
    def pending(self) -> int:
        """How many members are not settled yet."""
        return self.queued + self._flying

    def put(self, key: Key, member: Member) -> None:
        """Queue a member behind the others of its key."""
        queue = self._queues.get(key)
        if queue is None:
            self._queues[key] = deque((member,))
            self._ready[key] = None
            self._gathered += 1
        else:
            queue.append(member)
            if key in self._ready:
                self._gathered += 1
        self.queued += 1
        self.weight += self._weigh(member)
        self._idle.clear()
        if key in self._ready:
            self._start_soon(key)

    def waiting_of(self, key: Key) -> int:
        """Count the members of a key that no batch has taken yet."""
        return len(self._queues.get(key, ()))

    def longest(self) -> Key:
        """Find the key with the most members. At least one key must have a queue."""
        return max(self._queues, key=lambda key: len(self._queues[key]))

    def drop_last(self, key: Key) -> Member:
        """Remove and return the last member of a key."""
        queue = self._queues[key]
        member = queue.pop()
        self._forget(key, [member])
        if not queue and key in self._ready:
            del self._ready[key], self._queues[key]
        return member

    def withdraw(self, key: Key) -> list[Member]:
        """Remove and return all waiting members of a key that a batch in flight holds."""
        queue = self._queues.get(key)
        if not queue:
            return []
        members = list(queue)
        queue.clear()
        self._forget(key, members)
        return members

    def top_up(self, batch: dict[Key, list[Member]]) -> list[Member]:
        """Add members to a batch in flight: those that have come for its keys, if there is room.

        Returns the added members.
        """
        added = []
        members_in = [member for members in batch.values() for member in members]
        room = self._limits.members - len(members_in)
        weight = self._limits.weight - sum(map(self._weigh, members_in))
        for key, members in batch.items():
            queue = self._queues[key]
            while queue and room > 0 and weight > 0:
                member = queue.popleft()
                members.append(member)
                added.append(member)
                self._forget(key, [member])
                self._flying += 1
                room -= 1
                weight -= self._weigh(member)
        return added

    def _forget(self, key: Key, members: list[Member]) -> None:
        self.queued -= len(members)
        self.weight -= sum(map(self._weigh, members))
        if key in self._ready:
            self._gathered -= len(members)

    async def flushed(self) -> None:
        """Wait until every member is settled."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write batches until cancelled. The batches in flight are then cancelled, too."""
        self._is_running = True
        self._start()
        try:
            await asyncio.Event().wait()
        finally:
            self._is_running = False
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start_soon(self, key: Key) -> None:
        """Begin a batch soon, if there may be one now that this ready key has a new member.

        It begins in the next turn of the event loop, so that members that come in this turn go
        into the same batch.
        """
        if self._is_starting or not self._is_running or self._batches >= self._limits.in_flight:
            return
        if (
            self._batches == 0
            or self._gathered >= self._limits.enough
            or self._owner(key) not in self._busy
        ):
            self._is_starting = True
            asyncio.get_running_loop().call_soon(self._start)

    def _start(self) -> None:
        """Begin all batches that there may be now."""
        self._is_starting = False
        while self._is_running and (batch := self._next()):
            task = for_all(self._write_on(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _next(self) -> dict[Key, list[Member]] | None:
        keys = self._ripe()
        return self._take(keys) if keys else None

    def _ripe(self) -> list[Key]:
        """Choose the ready keys for the next batch; none if it has to wait."""
        if self._batches >= self._limits.in_flight:
            return []
        if self._batches == 0 or self._gathered >= self._limits.enough:
            return list(self._ready)
        return [key for key in self._ready if self._owner(key) not in self._busy]

    def _take(self, keys: list[Key]) -> dict[Key, list[Member]]:
        """Take the next batch: a share of each key, so that no long queue keeps others waiting."""
        batch: dict[Key, list[Member]] = {}
        room, weight = self._limits.members, self._limits.weight
        share = max(self._limits.share, room // len(keys))
        for key in keys:
            if room <= 0 or weight <= 0:
                break
            del self._ready[key]
            self._busy[self._owner(key)] += 1
            queue = self._queues[key]
            self._gathered -= len(queue)
            members = batch[key] = []
            while queue and len(members) < share and room > 0 and weight > 0:
                member = queue.popleft()
                members.append(member)
                room -= 1
                weight -= self._weigh(member)
        taken = self._limits.members - room
        self.queued -= taken
        self.weight -= self._limits.weight - weight
        self._flying += taken
        self._batches += 1
        return batch

    async def _write_on(self, batch: dict[Key, list[Member]] | None) -> None:
        """Write a batch, and then the next one without giving the event loop a turn.

        In a turn the loop may read from hundreds of sockets, and the database would be idle.
        """
        while batch:
            try:
                await self._write(batch)
            except Exception:  # noqa: BLE001 - a failed batch must not keep others from being written
                _log.exception("batch_not_settled", members=sum(map(len, batch.values())))
            finally:
                self._release(batch)
            batch = self._next()
            self._start()

    def _release(self, batch: dict[Key, list[Member]]) -> None:
        self._flying -= sum(map(len, batch.values()))
        self._batches -= 1
        self._busy -= Counter(map(self._owner, batch))
        for key in batch:
            if queue := self._queues[key]:
                self._ready[key] = None
                self._gathered += len(queue)
            else:
                del self._queues[key]
        if not self.pending:
            self._idle.set()

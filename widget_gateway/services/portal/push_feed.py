"""The feed of pushed events to the open channels of this process.

Each process follows one change stream, which tells of pushes on any node in the order of their ids.
A channel first gets the events that its person has not acknowledged, read from the database. It is
live once a read finds no more of them and no event came during that read. So no event is missed or
sent twice on a connection, and no events are kept for channels that still read.
"""

import asyncio
from typing import Protocol, TypeVar

from storage.portal.pushes import PushChanges, PushStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.portal.events import EventId, PortalEvent, Push
from widget_gateway.domain.portal.people import PersonId
from widget_gateway.domain.portal.sign_ins import SignedIn
from widget_gateway.services.metrics import Metrics

Key = TypeVar("Key")

PAGE = 50
"""Events that are read at once for a channel: at most about 3 MB."""

READERS = 16
"""Channels that read at the same time. After a restart all channels want to."""

TURN = 200
"""Channels that get an event before the event loop runs other tasks: a few milliseconds."""


class Listener(Protocol):
    """A portal channel. The `on_` methods must not raise or block."""

    signed_in: SignedIn

    def on_event(self, event: PortalEvent) -> None:
        """Send an event to the device."""

    def on_gap(self) -> None:
        """Call `PushFeed.catch_up` again, as events may have been missed."""

    def on_sign_in_ended(self) -> None:
        """Close the channel, as its sign-in has ended."""

    async def flushed(self) -> None:
        """Wait until the device has received what was sent, or is gone."""


class _Place:
    """How far a channel is: `last` is the last event that it got or does not need.

    `missed` says that an event came while the channel was not live, so that it has to read again.
    """

    __slots__ = ("is_live", "last", "missed")

    def __init__(self) -> None:
        self.last = EventId(0)
        self.is_live = False
        self.missed = False


class PushFeed:
    """Sends events to the portal channels of this process."""

    def __init__(
        self, pushes: PushStore, changes: PushChanges, metrics: Metrics, clock: Clock
    ) -> None:
        self._pushes = pushes
        self._changes = changes
        self._metrics = metrics
        self._clock = clock
        self._places: dict[Listener, _Place] = {}
        self._of_person: dict[PersonId, set[Listener]] = {}
        self._of_sign_in: dict[int, set[Listener]] = {}
        self._readers = asyncio.Semaphore(READERS)

    def join(self, listener: Listener) -> None:
        """Add a listener. It gets no events before it calls `catch_up`."""
        self._places[listener] = _Place()
        self._of_person.setdefault(listener.signed_in.person, set()).add(listener)
        self._of_sign_in.setdefault(listener.signed_in.sign_in_id, set()).add(listener)

    def leave(self, listener: Listener) -> None:
        """Remove a listener, if it has joined."""
        if self._places.pop(listener, None) is not None:
            _discard(self._of_person, listener.signed_in.person, listener)
            _discard(self._of_sign_in, listener.signed_in.sign_in_id, listener)

    def channels_of(self, person: PersonId) -> int:
        """Return how many channels the person has open on this process."""
        return len(self._of_person.get(person, ()))

    def sign_ins(self) -> list[int]:
        """Return the ids of the sign-ins that have a channel open on this process."""
        return list(self._of_sign_in)

    async def catch_up(self, listener: Listener) -> None:
        """Send the events that are not acknowledged and not sent yet, then make the listener live.

        Raises:
            StorageError: events can't be read now; the listener is not live.
        """
        place = self._places.get(listener)
        while place is not None and not place.is_live:
            place.missed = False
            async with self._readers:
                page = await self._pushes.find_unacknowledged(
                    listener.signed_in.person, place.last, PAGE
                )
            for event in page.events:
                if listener not in self._places:
                    return
                self._send(place, listener, event)
                await listener.flushed()
            if page.more_after is not None:
                place.last = page.more_after
            else:
                place.is_live = not place.missed

    def on_sign_in_ended(self, sign_in_id: int) -> None:
        """Close the channels of a sign-in that has ended; called by `LiveSignIns`."""
        for listener in list(self._of_sign_in.get(sign_in_id, ())):
            listener.on_sign_in_ended()

    async def run(self) -> None:
        """Follow the pushes until cancelled."""
        await self._changes.follow_forever(self._on_push)

    async def _on_push(self, push: Push | None) -> None:
        if push is None:
            self._fall_behind()
        else:
            await self._deliver(push)

    def _fall_behind(self) -> None:
        """Let every channel read again, as events may have been missed."""
        for listener, place in list(self._places.items()):
            if place.is_live:
                place.is_live = False
                listener.on_gap()
            else:
                place.missed = True

    async def _deliver(self, push: Push) -> None:
        told = 0
        for person in push.people:
            for listener in list(self._of_person.get(person, ())):
                place = self._places.get(listener)
                if place is None:  # it left while other tasks ran
                    continue
                if not place.is_live:
                    place.missed = True
                elif push.event.id > place.last:
                    self._send(place, listener, push.event)
                told += 1
                if told % TURN == 0:
                    await asyncio.sleep(0)
        lag = (self._clock() - push.event.created_at).total_seconds()
        self._metrics.push_seconds.observe(max(0.0, lag))

    def _send(self, place: _Place, listener: Listener, event: PortalEvent) -> None:
        place.last = event.id
        listener.on_event(event)
        self._metrics.events.inc()


def _discard(groups: dict[Key, set[Listener]], key: Key, listener: Listener) -> None:
    groups[key].discard(listener)
    if not groups[key]:
        del groups[key]

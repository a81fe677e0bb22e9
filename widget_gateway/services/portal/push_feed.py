"""The feed of pushed events to the channels that this process holds open.

One change stream a process tells of pushes on any node, in the order of their ids. A channel begins
with what its person has not acknowledged, read from the database; it is live once a reading finds
nothing more and no event came while it read. So nothing is left out between the two, nothing comes
twice on one connection, and nothing has to be kept for a channel that is still reading.
"""

import asyncio
from typing import Protocol, TypeVar

from storage.portal.pushes import PushChanges, PushStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.portal.events import Event, EventId, Push
from widget_gateway.domain.portal.people import PersonId
from widget_gateway.domain.portal.sign_ins import SignedIn
from widget_gateway.services.metrics import Metrics

Key = TypeVar("Key")

PAGE = 50
"""Events read at once for a channel; at most some 3 MB."""

READERS = 16
"""Channels that read at the same time: after a restart all of them come at once."""

TURN = 200
"""Channels that are sent an event before others have their turn: a few milliseconds."""


class Listener(Protocol):
    """A portal channel. `on_` methods must not raise or block."""

    signed_in: SignedIn

    def on_event(self, event: Event) -> None:
        """Something happened."""

    def on_gap(self) -> None:
        """Events may have been missed: `PushFeed.catch_up` is to be called again."""

    def on_session_ended(self) -> None:
        """The session is no more."""

    async def flushed(self) -> None:
        """Wait until the peer took what was sent, or is gone."""


class _Place:
    """How far one channel is: the last event that it was sent or has no use for.

    `missed` says that something came which a channel that is not live has to look for.
    """

    __slots__ = ("is_live", "last", "missed")

    def __init__(self) -> None:
        self.last = EventId(0)
        self.is_live = False
        self.missed = False


class PushFeed:
    """Knows the portal channels of this process."""

    def __init__(
        self, pushes: PushStore, changes: PushChanges, metrics: Metrics, clock: Clock
    ) -> None:
        self._pushes = pushes
        self._changes = changes
        self._metrics = metrics
        self._clock = clock
        self._places: dict[Listener, _Place] = {}
        self._of_person: dict[PersonId, set[Listener]] = {}
        self._of_session: dict[int, set[Listener]] = {}
        self._readers = asyncio.Semaphore(READERS)

    def join(self, listener: Listener) -> None:
        """Count the listener in; it gets nothing before it calls `catch_up`."""
        self._places[listener] = _Place()
        self._of_person.setdefault(listener.signed_in.person, set()).add(listener)
        self._of_session.setdefault(listener.signed_in.session, set()).add(listener)

    def leave(self, listener: Listener) -> None:
        """Forget the listener, if it ever joined."""
        if self._places.pop(listener, None) is not None:
            _discard(self._of_person, listener.signed_in.person, listener)
            _discard(self._of_session, listener.signed_in.session, listener)

    def channels_of(self, person: PersonId) -> int:
        """How many channels the person has open here."""
        return len(self._of_person.get(person, ()))

    def sessions(self) -> list[int]:
        """The sessions that have a channel open here."""
        return list(self._of_session)

    async def catch_up(self, listener: Listener) -> None:
        """Send what is not acknowledged and was not sent yet, then go live.

        Raises:
            StorageError: it can't be read now; the listener is not live.
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

    def on_session_ended(self, session: int) -> None:
        """Close what the session has open; a hook of services/portal/live_sign_ins.py."""
        for listener in list(self._of_session.get(session, ())):
            listener.on_session_ended()

    async def run(self) -> None:
        """Follow the pushes until cancelled."""
        await self._changes.follow_forever(self._on_push)

    async def _on_push(self, push: Push | None) -> None:
        if push is None:
            self._fall_behind()
        else:
            await self._deliver(push)

    def _fall_behind(self) -> None:
        """Let every channel read again: what happened before now may have been missed."""
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
                if place is None:  # it left while others had their turn
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

    def _send(self, place: _Place, listener: Listener, event: Event) -> None:
        place.last = event.id
        listener.on_event(event)
        self._metrics.events.inc()


def _discard(groups: dict[Key, set[Listener]], key: Key, listener: Listener) -> None:
    groups[key].discard(listener)
    if not groups[key]:
        del groups[key]

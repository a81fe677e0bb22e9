"""Pushes of the portal: each is stored once, and acknowledged by people's devices."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack

from storage.driver.calls import for_all
from storage.portal.people import PersonStore
from storage.portal.pushes import Acknowledgement, EventPage, PushStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import BusyError
from widget_gateway.domain.portal.events import EventId, Notice
from widget_gateway.domain.portal.people import PersonId
from widget_gateway.services.fair_turns import FairTurns
from widget_gateway.services.metrics import Metrics

PATIENCE_S = 5.0
"""Seconds that a push waits for its turn."""

MAX_PLACES = 2_000
"""Pushes that may be stored or wait for it; at most half of them for the same party."""

_MANY = None
"""The party of pushes to several people. A push to a single person is of that person's party."""


class PushService:
    """Stores pushes and acknowledgements. `PushFeed` delivers the events."""

    def __init__(
        self, pushes: PushStore, people: PersonStore, metrics: Metrics, clock: Clock
    ) -> None:
        self._pushes = pushes
        self._people = people
        self._metrics = metrics
        self._clock = clock
        self._turns = FairTurns(
            at_once=1,
            places=MAX_PLACES,
            message="Too many events are being pushed. Try again in a moment.",
        )
        self._acknowledging = asyncio.Lock()
        self._gathered: set[Acknowledgement] = set()
        self._next_write: asyncio.Future[None] | None = None

    async def push(self, notice: Notice, users: Iterable[PersonId]) -> list[PersonId]:
        """Store the notice for those of `users` who are known, and return the others in order.

        Who is named twice gets the notice once. A notice for nobody is not stored. A push to a
        single person waits for at most one push to several people, however many of those wait.

        Raises:
            BusyError: too many pushes are waiting.
        """
        named = list(dict.fromkeys(users))
        known = await self._people.known(named)
        if known:
            await self._append(notice, [person for person in named if person in known])
        return [person for person in named if person not in known]

    async def list_waiting(self, person: PersonId, after: EventId, limit: int) -> EventPage:
        """Return a page of the events that the person has not acknowledged, oldest first."""
        return await self._pushes.find_unacknowledged(person, after, limit)

    async def _append(self, notice: Notice, people: list[PersonId]) -> None:
        # One after another: all of them change the same document, so parallel ones would conflict.
        party = people[0] if len(people) == 1 else _MANY
        with self._turns.place(party):
            async with AsyncExitStack() as turn:
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        await turn.enter_async_context(self._turns.turn(party))
                except TimeoutError:
                    raise BusyError(self._turns.message) from None
                await self._pushes.append(notice, people, self._clock())
        self._metrics.pushes.inc()

    async def acknowledge(self, person: PersonId, event: EventId) -> None:
        """Deliver an event to this person no more. A repeat, or another's event, changes nothing.

        While a bulk write runs, the acknowledgements of all channels gather for the next one; all
        of its callers get its outcome.

        Raises:
            StorageError: the acknowledgement can't be stored now.
        """
        self._gathered.add((person, event))
        if self._next_write is None:
            self._next_write = for_all(self._write_gathered())
        # Shielded, as a caller that is cancelled must not cancel the write of the others.
        await asyncio.shield(self._next_write)

    async def _write_gathered(self) -> None:
        async with self._acknowledging:
            batch, self._gathered = self._gathered, set()
            self._next_write = None
            await self._pushes.acknowledge(batch)
        self._metrics.acknowledgements.inc(len(batch))

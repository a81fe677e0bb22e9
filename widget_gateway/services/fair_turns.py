"""Fair turns: work that a process does for many parties, when only some of it can be done at once.

A party is whoever may ask for much: a provider, a network address, a person. Parties that wait get
their turns one after another, whatever the number of their calls. So a call waits for the other
calls of its own party, but for at most one call of each other party.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager

from widget_gateway.domain.errors import BusyError


class FairTurns:
    """Gives out places, which bound how many calls wait, and turns, which are the work itself.

    A caller takes a `place` first and then waits for a `turn`. A party may take another place only
    while it has fewer places than are free. So a party alone can have half of the places, and can't
    fill them: a party that has none finds one.
    """

    def __init__(
        self,
        *,
        at_once: int,
        places: int,
        of_party: int | None = None,
        message: str | None = None,
    ) -> None:
        """`message` is the refusal's.

        At most `at_once` turns are taken at the same time, `of_party` of them by the same party.
        With fewer for a party than in all, other parties need not wait for work that has begun.
        """
        self.places = places
        self._at_once = at_once
        self._of_party = of_party or at_once
        self.message = message
        self._placed: Counter[Hashable] = Counter()
        self._in_places = 0
        self._taken: Counter[Hashable] = Counter()
        self._in_turns = 0
        self._lines: dict[Hashable, deque[asyncio.Future[None]]] = {}
        """The waiting calls of each party; the party whose turn is next comes first."""

    @contextmanager
    def place(self, party: Hashable) -> Iterator[None]:
        """Keep a place while the body runs.

        Raises:
            BusyError: the party has as many places as are free, or more.
        """
        if self._placed[party] >= self.places - self._in_places:
            raise BusyError(self.message)
        self._placed[party] += 1
        self._in_places += 1
        try:
            yield
        finally:
            self._in_places -= 1
            _take_off(self._placed, party)

    @asynccontextmanager
    async def turn(self, party: Hashable) -> AsyncIterator[None]:
        """Wait until it is this call's turn, and keep the turn while the body runs."""
        waiting = asyncio.get_running_loop().create_future()
        self._lines.setdefault(party, deque()).append(waiting)
        self._serve()
        try:
            await waiting
        except asyncio.CancelledError:
            self._give_up(party, waiting)
            raise
        try:
            yield
        finally:
            self._end(party)

    def _serve(self) -> None:
        """Give the free turns to the parties that wait, one for each in their order."""
        while self._in_turns < self._at_once:
            ready = (party for party in self._lines if self._taken[party] < self._of_party)
            try:
                party = next(ready)
            except StopIteration:
                return
            line = self._lines.pop(party)
            waiting = line.popleft()
            if line:
                self._lines[party] = line  # now behind all others
            if not waiting.cancelled():
                self._taken[party] += 1
                self._in_turns += 1
                waiting.set_result(None)

    def _give_up(self, party: Hashable, waiting: asyncio.Future[None]) -> None:
        """Leave the line, or end the turn if it was given in the moment of the cancellation."""
        if not waiting.cancelled():
            self._end(party)
        elif waiting in (line := self._lines.get(party, deque())):
            line.remove(waiting)
            if not line:
                del self._lines[party]

    def _end(self, party: Hashable) -> None:
        self._in_turns -= 1
        _take_off(self._taken, party)
        if line := self._lines.pop(party, None):
            self._lines[party] = line  # who just had a turn lets all others go first
        self._serve()


def _take_off(counts: Counter[Hashable], party: Hashable) -> None:
    """Count one less, and forget a party that has none, since anybody can be a party."""
    counts[party] -= 1
    if not counts[party]:
        del counts[party]

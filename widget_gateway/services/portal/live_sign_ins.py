"""Which sessions live: kept in memory for as long as an end of them would be noticed.

Every request and every channel of the portal asks. A change stream tells what ended elsewhere; who
ends a session here tells it at once. Without the stream the database is asked (docs/adr/0010).
"""

from collections.abc import Callable, Iterable

from storage.changes import LiveCache
from storage.portal.sign_ins import SignInChanges, SignInStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import TokenInvalidError
from widget_gateway.domain.portal.sign_ins import SignedIn

MAX_KEPT = 100_000
"""Sessions that one process remembers, about 20 MB."""

_PAGE = 1_000

OnEnd = Callable[[int], None]
Held = Callable[[], Iterable[int]]


class LiveSignIns:
    """The sessions of which this process was asked, and who wants to know when any ends."""

    def __init__(self, sign_ins: SignInStore, changes: SignInChanges, clock: Clock) -> None:
        self._sign_ins = sign_ins
        self._changes = changes
        self._clock = clock
        self._kept = LiveCache(changes, self._read, MAX_KEPT)
        self._listeners: list[tuple[OnEnd, Held]] = []

    def on_end(self, callback: OnEnd, held: Held = tuple) -> None:
        """Tell `callback` the id of each session that ends; of some twice. It must not raise.

        At once where it is ended on this node, else when the change stream tells. Ends that a lost
        stream could not tell are found for the sessions kept here, and for those that `held` names.
        """
        self._listeners.append((callback, held))

    def end(self, session: int) -> None:
        """The session has ended: nobody here takes it for alive any more."""
        self._kept.drop(session)
        for callback, _ in self._listeners:
            callback(session)

    async def check(self, signed_in: SignedIn) -> None:
        """See to it that the session lives, and is this person's.

        Raises:
            TokenInvalidError: it has ended.
        """
        if await self._kept.get(signed_in.session) != signed_in:
            raise TokenInvalidError

    async def _read(self, session: int) -> SignedIn | None:
        sign_in = await self._sign_ins.find(session, self._clock())
        return None if sign_in is None else SignedIn(sign_in.person, session)

    async def run(self) -> None:
        """Follow the changes until cancelled."""
        await self._changes.follow_forever(self._on_change)

    async def _on_change(self, ended: int | None) -> None:
        if ended is None:
            await self._end_what_is_gone()
        else:
            self.end(ended)

    async def _end_what_is_gone(self) -> None:
        """Ends may have been missed: ask about every session that is of use to anybody here."""
        used = list({*self._kept.keys(), *(key for _, held in self._listeners for key in held())})
        for start in range(0, len(used), _PAGE):
            for session in await self._sign_ins.find_ended(used[start : start + _PAGE]):
                self.end(session)

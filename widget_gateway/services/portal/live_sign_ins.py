"""Tells whether a sign-in is alive; cached, as every request and channel of the portal asks.

A change stream tells of sign-ins that end on other nodes; those that end on this node are told at
once. While the stream is lost, each question is answered by the database (docs/adr/0010).
"""

from collections.abc import Callable, Iterable

from storage.changes import LiveCache
from storage.portal.sign_ins import SignInChanges, SignInStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import TokenInvalidError
from widget_gateway.domain.portal.sign_ins import SignedIn

MAX_KEPT = 100_000
"""Sign-ins that a process keeps, about 20 MB."""

_PAGE = 1_000
"""Sign-ins that are looked up in the database at once."""

OnEnd = Callable[[int], None]
"""Called with the id of a sign-in that has ended."""

Held = Callable[[], Iterable[int]]
"""Returns the ids of the sign-ins whose end a listener has to know."""


class LiveSignIns:
    """Sign-ins that are alive, and the listeners that are told when any of them ends."""

    def __init__(self, sign_ins: SignInStore, changes: SignInChanges, clock: Clock) -> None:
        self._sign_ins = sign_ins
        self._changes = changes
        self._clock = clock
        self._kept = LiveCache(changes, self._read, MAX_KEPT)
        self._listeners: list[tuple[OnEnd, Held]] = []

    def on_end(self, callback: OnEnd, held: Held = tuple) -> None:
        """Call `callback` for each sign-in that ends, for some of them twice. It must not raise.

        It is called at once for ends on this node, else when the change stream tells. After the
        stream was lost, missed ends are found for cached sign-ins and for those that `held` names.
        """
        self._listeners.append((callback, held))

    def end(self, sign_in_id: int) -> None:
        """Forget a sign-in that has ended, and tell the listeners."""
        self._kept.drop(sign_in_id)
        for callback, _ in self._listeners:
            callback(sign_in_id)

    async def check(self, signed_in: SignedIn) -> None:
        """Check that the sign-in is alive and belongs to this person.

        Raises:
            TokenInvalidError: it has ended, or belongs to another person.
        """
        if await self._kept.get(signed_in.sign_in_id) != signed_in:
            raise TokenInvalidError

    async def _read(self, sign_in_id: int) -> SignedIn | None:
        sign_in = await self._sign_ins.find(sign_in_id, self._clock())
        return None if sign_in is None else SignedIn(sign_in.person, sign_in_id)

    async def run(self) -> None:
        """Follow the changes until cancelled."""
        await self._changes.follow_forever(self._on_change)

    async def _on_change(self, ended: int | None) -> None:
        if ended is None:
            await self._end_what_is_gone()
        else:
            self.end(ended)

    async def _end_what_is_gone(self) -> None:
        """Find ends that may have been missed, of all sign-ins that are in use on this node."""
        used = list({*self._kept.keys(), *(key for _, held in self._listeners for key in held())})
        for start in range(0, len(used), _PAGE):
            for sign_in_id in await self._sign_ins.find_ended(used[start : start + _PAGE]):
                self.end(sign_in_id)

"""Which sessions live: kept in memory for as long as an end of them would be noticed.

Every request and every channel of the portal asks. A change stream tells what ended elsewhere; who
ends a session here tells it at once. Without the stream the database is asked (docs/adr/0010).
"""

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

import structlog

from storage.changes import SignInChanges
from storage.portal.sign_ins import SignInStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import StorageError, TokenInvalidError
from widget_gateway.domain.portal.sign_ins import SignedIn

_log = structlog.get_logger(__name__)

MAX_KEPT = 100_000
"""Sessions that one process remembers, some 20 MB; those asked for the longest ago go first."""

TRUSTED_S = 2.0
"""How long after its last sign of life the stream is believed: a healthy one gives one a second."""

RECONNECT_S = 0.5
"""Longest random pause before a lost stream is opened again."""

_PAGE = 1_000

OnEnd = Callable[[int], None]
Held = Callable[[], Iterable[int]]


class LiveSignIns:
    """The sessions of which this process was asked, and who wants to know when any ends."""

    def __init__(self, sign_ins: SignInStore, changes: SignInChanges, clock: Clock) -> None:
        self._sign_ins = sign_ins
        self._changes = changes
        self._clock = clock
        self._kept: OrderedDict[int, SignedIn] = OrderedDict()
        self._listeners: list[tuple[OnEnd, Held]] = []
        self._missed = False
        self._lost_at = float("-inf")
        self._ends = 0

    def on_end(self, callback: OnEnd, held: Held = tuple) -> None:
        """Tell `callback` the id of each session that ends; of some twice. It must not raise.

        At once where it is ended on this node, else when the change stream tells. Ends that a lost
        stream could not tell are found for the sessions kept here, and for those that `held` names.
        """
        self._listeners.append((callback, held))

    def end(self, session: int) -> None:
        """The session has ended: nobody here takes it for alive any more."""
        self._ends += 1
        self._kept.pop(session, None)
        for callback, _ in self._listeners:
            callback(session)

    async def check(self, signed_in: SignedIn) -> None:
        """See to it that the session lives, and is this person's.

        Raises:
            TokenInvalidError: it has ended.
        """
        known = self._kept.get(signed_in.session)
        if known is None or not self._is_trusted:
            known = await self._read(signed_in.session)
        else:
            self._kept.move_to_end(signed_in.session)
        if known != signed_in:
            raise TokenInvalidError

    @property
    def _is_trusted(self) -> bool:
        heard_at = self._changes.heard_at
        is_recent = time.monotonic() - heard_at < TRUSTED_S
        return is_recent and heard_at > self._lost_at and not self._missed

    async def _read(self, session: int) -> SignedIn | None:
        before = self._ends
        sign_in = await self._sign_ins.find(session, self._clock())
        if sign_in is None:
            return None
        known = SignedIn(sign_in.person, session)
        # What ended while it was read may have been this one: then it is not kept.
        if before == self._ends:
            self._kept[session] = known
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return known

    async def run(self) -> None:
        """Follow the stream until cancelled, through losses of it."""
        while True:
            try:
                if self._missed:
                    await self._end_what_is_gone()
                async for ended in self._changes.follow():
                    if ended is None:
                        self._missed = True
                        await self._end_what_is_gone()
                    else:
                        self.end(ended)
            except StorageError as error:
                self._lost_at = time.monotonic()
                _log.warning("sign_in_changes_lost", reason=error.reason)
            await asyncio.sleep(random.uniform(0, RECONNECT_S))  # noqa: S311 - jitter, no secret

    async def _end_what_is_gone(self) -> None:
        """Ends may have been missed: ask about every session that is of use to anybody here."""
        used = list({*self._kept, *(one for _, held in self._listeners for one in held())})
        for start in range(0, len(used), _PAGE):
            for session in await self._sign_ins.find_ended(used[start : start + _PAGE]):
                self.end(session)
        self._missed = False

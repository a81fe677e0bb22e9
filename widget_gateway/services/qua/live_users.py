"""QUA's users who call, kept in memory for as long as a removal of them would be noticed.

Every call asks who its user is. A change stream tells what became of users elsewhere; without it,
the database is asked.
"""

import asyncio
import random
import time
from collections import OrderedDict

import structlog

from storage.qua.users import QuaUserChanges, QuaUserStore
from widget_gateway.domain.errors import StorageError
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.users import User

_log = structlog.get_logger(__name__)

MAX_KEPT = 10_000
"""Users that one process remembers, some 5 MB; those asked for the longest ago go first."""

TRUSTED_S = 2.0
"""How long after its last sign of life the stream is believed: a healthy one gives one a second."""

RECONNECT_S = 0.5
"""Longest random pause before a lost stream is opened again."""


class LiveQuaUsers:
    """Users by number, removed ones included."""

    def __init__(self, users: QuaUserStore, changes: QuaUserChanges) -> None:
        self._users = users
        self._changes = changes
        self._kept: OrderedDict[QuaUserId, User] = OrderedDict()
        self._lost_at = float("-inf")
        self._forgotten = 0

    async def find(self, user: QuaUserId) -> User | None:
        """The user as it is now."""
        if user not in self._kept or not self._is_trusted:
            return await self._read(user)
        self._kept.move_to_end(user)
        return self._kept[user]

    @property
    def _is_trusted(self) -> bool:
        heard_at = self._changes.heard_at
        return time.monotonic() - heard_at < TRUSTED_S and heard_at > self._lost_at

    async def _read(self, user: QuaUserId) -> User | None:
        before = self._forgotten
        found = await self._users.find(user)
        # What changed while it was read may not be in it: then it is not kept.
        if found is not None and before == self._forgotten:
            self._kept[user] = found
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return found

    async def run(self) -> None:
        """Follow the changes until cancelled, through losses of the stream."""
        while True:
            try:
                async for changed in self._changes.follow():
                    self._forget(changed)
            except StorageError as error:
                self._lost_at = time.monotonic()
                _log.warning("qua_user_changes_lost", reason=error.reason)
            await asyncio.sleep(random.uniform(0, RECONNECT_S))  # noqa: S311 - jitter, no secret

    def _forget(self, changed: QuaUserId | None) -> None:
        """Read a user anew at its next call; all of them, if changes may have been missed."""
        self._forgotten += 1
        if changed is None:
            self._kept.clear()
        else:
            self._kept.pop(changed, None)

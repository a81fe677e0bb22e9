"""QUA's users who call, kept in memory for as long as a removal of them would be noticed.

Every call asks who its user is. A change stream tells what became of users elsewhere; without it,
the database is asked.
"""

from storage.changes import LiveCache
from storage.qua.users import QuaUserChanges, QuaUserStore
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.users import User

MAX_KEPT = 10_000
"""Users that one process remembers, about 5 MB."""


class LiveQuaUsers:
    """Users by number, removed ones included."""

    def __init__(self, users: QuaUserStore, changes: QuaUserChanges) -> None:
        self._changes = changes
        self._kept = LiveCache(changes, users.find, MAX_KEPT)

    async def find(self, user: QuaUserId) -> User | None:
        """The user as it is now."""
        return await self._kept.get(user)

    async def run(self) -> None:
        """Follow the changes until cancelled."""
        await self._changes.follow_forever(self._on_change)

    async def _on_change(self, changed: QuaUserId | None) -> None:
        if changed is None:
            self._kept.clear()
        else:
            self._kept.drop(changed)

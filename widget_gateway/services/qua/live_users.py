"""QUA's users, cached in memory: each call looks its user up.

A change stream tells which users were changed on other nodes. While it is lost, each call asks the
database.
"""

from storage.changes import LiveCache
from storage.qua.users import QuaUserChanges, QuaUserStore
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.users import User

MAX_KEPT = 10_000
"""Users that a process keeps, about 5 MB."""


class LiveQuaUsers:
    """Users by number, including removed ones."""

    def __init__(self, users: QuaUserStore, changes: QuaUserChanges) -> None:
        self._changes = changes
        self._kept = LiveCache(changes, users.find, MAX_KEPT)

    async def find(self, user: QuaUserId) -> User | None:
        """Return the user in its current state, or None if there is no such user."""
        return await self._kept.get(user)

    async def run(self) -> None:
        """Follow the changes until cancelled."""
        await self._changes.follow_forever(self._on_change)

    async def _on_change(self, changed: QuaUserId | None) -> None:
        if changed is None:
            self._kept.clear()
        else:
            self._kept.drop(changed)

"""Tells caches of results that were removed, by an erasure or by age, on any node."""

from collections.abc import Callable

from storage.attempts.results import ResultRemovals
from widget_gateway.domain.ids import ResultKey

OnRemoved = Callable[[ResultKey | None], None]
"""Called with the key of a result that was removed, or with None if any may have been."""


class RemovedResults:
    """Follows the removals of results, and tells the listeners."""

    def __init__(self, changes: ResultRemovals) -> None:
        self._changes = changes
        self._listeners: list[OnRemoved] = []

    def on_removed(self, callback: OnRemoved) -> None:
        """Call `callback` for each result that is removed. It must not raise."""
        self._listeners.append(callback)

    async def run(self) -> None:
        """Follow the removals until cancelled."""
        await self._changes.follow_forever(self._on_change)

    async def _on_change(self, removed: ResultKey | None) -> None:
        for callback in self._listeners:
            callback(removed)

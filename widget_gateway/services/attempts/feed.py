"""The feed of changes to the attempts that this process has open connections for.

Each process follows one change stream. It tells that an attempt was taken over by another
connection, on any node, was paid for, or was removed.
"""

from collections.abc import Iterable
from typing import Protocol

from storage.attempts.attempts import AttemptChanges, AttemptStore
from widget_gateway.domain.attempts.attempts import AttemptChange
from widget_gateway.domain.attempts.view import AttemptView
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.ids import AttemptId
from widget_gateway.services.metrics import Metrics


class Listener(Protocol):
    """A connection that has opened an attempt. The methods must not raise or block."""

    view: AttemptView

    def on_taken_over(self) -> None:
        """A newer connection owns the attempt."""

    def on_replaced(self) -> None:
        """The same connection has another listener now."""

    def on_paid(self) -> None:
        """The payment is confirmed."""

    def on_gone(self) -> None:
        """The attempt has expired, or was erased."""


class AttemptFeed:
    """Tells the listeners of this process, at most one per attempt: the newest generation's."""

    def __init__(
        self, attempts: AttemptStore, changes: AttemptChanges, metrics: Metrics, clock: Clock
    ) -> None:
        self._attempts = attempts
        self._changes = changes
        self._metrics = metrics
        self._clock = clock
        self._listeners: dict[AttemptId, Listener] = {}

    async def join(self, listener: Listener, *, is_new: bool) -> None:
        """Begin to tell the listener of changes, including those since its attempt was read.

        `is_new` says that the listener has just begun the attempt, so nobody else can have changed
        it yet.
        """
        attempt_id = listener.view.id
        other = self._listeners.get(attempt_id)
        if other is not None and other.view.generation > listener.view.generation:
            listener.on_taken_over()
            return
        self._listeners[attempt_id] = listener
        if other is not None and other.view.generation == listener.view.generation:
            other.on_replaced()
        elif other is not None:
            other.on_taken_over()
        if not is_new:
            await self._reconcile([attempt_id])

    def leave(self, listener: Listener) -> None:
        """Stop telling the listener."""
        if self._listeners.get(listener.view.id) is listener:
            del self._listeners[listener.view.id]

    async def run(self) -> None:
        """Follow the changes until cancelled."""
        await self._changes.follow_forever(self._on_change)

    async def _on_change(self, change: AttemptChange | None) -> None:
        if change is None:
            await self._reconcile(list(self._listeners))
        else:
            self._observe_lag(change)
            self._tell(change)

    def _observe_lag(self, change: AttemptChange) -> None:
        if change.at is not None:
            lag = (self._clock() - change.at).total_seconds()
            self._metrics.change_lag.set(max(0.0, lag))

    def _tell(self, change: AttemptChange) -> None:
        listener = self._listeners.get(change.id)
        if listener is None:
            return
        if change.deleted:
            listener.on_gone()
        elif change.generation is not None and change.generation > listener.view.generation:
            listener.on_taken_over()
        elif change.paid and not listener.view.paid:
            listener.on_paid()

    async def _reconcile(self, attempt_ids: Iterable[AttemptId]) -> None:
        """Read the attempts from the database and tell their listeners what has changed."""
        wanted = [key for key in attempt_ids if key in self._listeners]
        if not wanted:
            return
        found = {attempt.id: attempt for attempt in await self._attempts.find_many(wanted)}
        for attempt_id in wanted:
            attempt = found.get(attempt_id)
            if attempt is None:
                self._tell(AttemptChange(id=attempt_id, deleted=True))
            else:
                self._tell(
                    AttemptChange(id=attempt_id, generation=attempt.generation, paid=attempt.paid)
                )

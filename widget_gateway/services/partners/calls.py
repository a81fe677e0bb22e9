"""The log of the partner API's calls: written in the background, read by the console."""

import asyncio
from collections import deque

import structlog

from storage.partners.calls import CallStore
from widget_gateway.domain.errors import StorageError
from widget_gateway.domain.partners.calls import CallFilter, LoggedCall, PartnerCall
from widget_gateway.services.metrics import Metrics

MAX_WAITING = 10_000
"""How many calls wait for the database at most, in some 5 MB. Further ones are not logged."""

BATCH = 1_000
"""How many calls are stored at once at most."""

GATHER_S = 0.25
"""Seconds for which calls gather before they are stored: few would see them sooner, and a large
batch costs less for each call."""

_log = structlog.get_logger(__name__)


class CallLog:
    """The calls of all providers. It promises nothing: what can't be stored is only counted.

    A call is noted without waiting for anything, so the log never delays an answer.
    """

    def __init__(self, calls: CallStore, metrics: Metrics) -> None:
        self._calls = calls
        self._metrics = metrics
        self._waiting: deque[PartnerCall] = deque()
        self._is_noted = asyncio.Event()

    def note(self, call: PartnerCall) -> None:
        """Have a call stored soon, unless too many wait already."""
        if len(self._waiting) >= MAX_WAITING:
            self._metrics.calls_not_logged.inc()
            return
        self._waiting.append(call)
        self._is_noted.set()

    async def run(self) -> None:
        """Store calls in batches until cancelled."""
        while True:
            await self._is_noted.wait()
            await asyncio.sleep(GATHER_S)
            await self._store_batch()
            if not self._waiting:
                self._is_noted.clear()

    async def _store_batch(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        try:
            await self._calls.add_many(batch)
        except StorageError as error:
            self._metrics.calls_not_logged.inc(len(batch))
            _log.warning("calls_not_logged", calls=len(batch), reason=error.reason)

    async def list_page(
        self, wanted: CallFilter, *, limit: int, after: str | None = None
    ) -> tuple[list[LoggedCall], str | None]:
        """List calls, newest first; returns the id that the next page follows, too.

        Raises:
            CursorInvalidError: `after` is no id of a call.
        """
        found = await self._calls.list_page(wanted, limit=limit + 1, after=after)
        page = found[:limit]
        return page, page[-1].id if len(found) > limit else None

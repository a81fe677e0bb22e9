"""Tells all nodes every few seconds what this process serves."""

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

import structlog

from storage.console.pulse import PulseStore
from widget_gateway.domain.errors import StorageError

INTERVAL_S = 5.0
"""Seconds between two beats."""

_log = structlog.get_logger(__name__)


class PulseService:
    """Writes the numbers of this process."""

    def __init__(
        self, pulses: PulseStore, count: Callable[[str], int], answered: Callable[[], int]
    ) -> None:
        """`count` counts the open channels of a kind: `widget` or `portal`.

        `answered` returns how many answers the process has stored since it began.
        """
        self._pulses = pulses
        self._count = count
        self._answered = answered
        self._process = uuid4()
        self._last = (time.monotonic(), answered())

    async def beat(self) -> None:
        """Write what is served now, and how many answers came a second since the last beat."""
        (before, then), (now, answers) = self._last, (time.monotonic(), self._answered())
        self._last = (now, answers)
        await self._pulses.beat(
            self._process,
            visitors=self._count("widget"),
            devices=self._count("portal"),
            answers_per_s=(answers - then) / max(now - before, 1e-3),
        )

    async def run(self) -> None:
        """Beat until cancelled; then the process is not counted any more."""
        try:
            while True:
                try:
                    await self.beat()
                except StorageError as error:
                    _log.warning("pulse_failed", reason=error.reason)
                await asyncio.sleep(INTERVAL_S)
        except asyncio.CancelledError:
            await self._end()
            raise

    async def _end(self) -> None:
        try:
            async with asyncio.timeout(1):
                await self._pulses.forget(self._process)
        except (StorageError, TimeoutError):
            return  # It is not counted any more after a few seconds in any case.

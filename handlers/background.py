"""Tasks that nobody awaits: held, so that they are not collected, and logged when they fail."""

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from typing import Any

import structlog

_log = structlog.get_logger(__name__)


class BackgroundTasks:
    """The tasks of one process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` beside everything else; it ends with the process at the latest."""
        # Not in the caller's context: its deadline is no matter of what goes on behind it.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            _log.error("task_failed", exc_info=fault)

    async def cancel(self) -> None:
        """End them all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

"""Work beside the requests, and long work in pieces that lets others have their turn."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextvars import Context
from typing import Any, TypeVar

import structlog

T = TypeVar("T")

_log = structlog.get_logger(__name__)


LINES_A_PIECE = 250
"""Of a list or a table: about two milliseconds of work."""


class BackgroundTasks:
    """Tasks that nobody awaits: kept from the garbage collector, and logged when they fail."""

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


async def in_turns(pieces: Iterable[T]) -> AsyncIterator[T]:
    """Take one piece after the other, each of which is made when it is asked for."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)

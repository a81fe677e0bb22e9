"""Background tasks, and long work in pieces between which the event loop serves others."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextvars import Context
from typing import Any, NoReturn, TypeVar

import structlog

T = TypeVar("T")

_log = structlog.get_logger(__name__)


RESTART_S = 1.0
"""Pause before background work that failed begins anew, in seconds."""

MAX_RESTART_S = 30.0
"""The longest such pause. Work that ran for longer than this is thought to have recovered."""

LINES_A_PIECE = 250
"""Lines of a list or a table that are made at once, in about two milliseconds."""


LONG_BYTES = 16 * 2**10
"""Bytes of input from which on it is read in a thread. Shorter input takes about a millisecond."""


class BackgroundTasks:
    """Tasks that nobody awaits. They are kept from the garbage collector; failures are logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` in the background; it is cancelled when the process ends."""
        # A context of its own, since the caller's deadline must not apply to background work.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            _log.error("task_failed", exc_info=fault)

    async def cancel(self) -> None:
        """Cancel all tasks and wait until they have ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def run_forever(work: Callable[[], Awaitable[None]]) -> NoReturn:
    """Run work that should never end, and begin it anew after a pause whenever it does.

    A fault of the moment, such as a file that could not be opened, must not end the gateway. The
    pause grows from RESTART_S to MAX_RESTART_S while the work keeps failing. Work that is cancelled
    ends, even if a fault hides that: a change stream can't be closed whose server hangs.
    """
    pause = RESTART_S
    task = asyncio.current_task()
    while True:
        began = time.monotonic()
        try:
            await work()
        except Exception:  # noqa: BLE001 - whatever it was, the others go on
            if task is not None and task.cancelling():
                raise asyncio.CancelledError from None
            if time.monotonic() - began > MAX_RESTART_S:
                pause = RESTART_S
            _log.exception("background_work_failed", work=work.__qualname__, next_try_s=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, MAX_RESTART_S)


async def off_loop(length: int, work: Callable[..., T], *arguments: Any) -> T:
    """Return `work(*arguments)`, done in a thread if its input of `length` bytes is long.

    Work in Python lets the event loop have its turns meanwhile. What C does at once does not, so
    its input has to be bounded.
    """
    if length < LONG_BYTES:
        return work(*arguments)
    return await asyncio.to_thread(work, *arguments)


async def in_turns(pieces: Iterable[T]) -> AsyncIterator[T]:
    """Yield the pieces, each of which is made only now, and let other tasks run after each."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)

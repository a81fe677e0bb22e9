"""Values that take long to read, and that may be a little out of date."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """A value that is read again when it is asked for and older than `age_s` seconds.

    Whoever asks while it is being read waits for the same read.
    """

    def __init__(self, read: Callable[[], Awaitable[T]], age_s: float) -> None:
        self._read = read
        self._age_s = age_s
        self._kept: tuple[float, T] | None = None
        self._turn = asyncio.Lock()

    async def get(self) -> T:
        """Return the value. Errors of `read` pass, and the next call reads again."""
        async with self._turn:
            now = time.monotonic()
            if self._kept is None or now - self._kept[0] >= self._age_s:
                self._kept = now, await self._read()
            return self._kept[1]

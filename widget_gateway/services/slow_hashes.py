"""Slow salted hashes (Argon2id): made in threads, few at a time, for a bounded number of callers.

A process has one of these, so that all who hash share its cores and its memory.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from widget_gateway.domain.errors import BusyError

T = TypeVar("T")

_TIME_COST = 2
_MEMORY_KIB = 19_456
"""OWASP's least for Argon2id with one lane: some 25 ms of a core."""

_OF_NOTHING = f"$argon2id$v=19$m={_MEMORY_KIB},t={_TIME_COST},p=1${'A' * 22}${'A' * 43}"
"""Well formed and of no secret: verifying against it takes the time of any other."""

AT_ONCE = 2
"""Hashes made at the same time: 19 MiB each, and a core."""

MAX_PLACES = 200
"""Calls that may hash or wait for it, about three seconds of work."""


class SlowHashes:
    """Makes and verifies hashes of what people can remember. Callers take a `place` first."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slow-hashes")
        self._places = 0

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Be one of those who may hash: taken before a try is counted, so that none is lost.

        Raises:
            BusyError: there are too many of them.
        """
        if self._places >= MAX_PLACES:
            raise BusyError("Too many people sign in just now. Try again in a moment.")
        self._places += 1
        try:
            yield
        finally:
            self._places -= 1

    async def hash(self, secret: bytes) -> str:
        """The hash to store."""
        return await self._run(self._argon2.hash, secret)

    async def verify(self, stored: str | None, secret: bytes) -> bool:
        """Whether it is the secret of which the hash was made; None is of none, in equal time."""
        return await self._run(self._matches, stored or _OF_NOTHING, secret)

    async def _run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _matches(self, stored: str, secret: bytes) -> bool:
        try:
            return self._argon2.verify(stored, secret)
        except (VerificationError, InvalidHashError):
            return False

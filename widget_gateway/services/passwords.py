"""Slow hashes of passwords, made beside the loop and few at a time."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from widget_gateway.domain.errors import BusyError

T = TypeVar("T")

MAX_AT_ONCE = 2
MAX_WAITING = 100
"""The last of them waits for some two seconds; more are refused."""

_TIME_COST = 2
_MEMORY_KIB = 19_456
"""OWASP's advice for argon2id: 19 MiB, two rounds; some 30 ms of one core."""


class Passwords:
    """Hashes and verifies by argon2id."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=1)
        self._turn = asyncio.Semaphore(MAX_AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """The salted hash of a password.

        Raises:
            BusyError: many are waiting already.
        """
        return await self._in_turn(lambda: self._hasher.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one of the stored hash; without a hash it takes as long.

        Raises:
            BusyError: many are waiting already.
        """
        return await self._in_turn(lambda: self._verify(stored, password))

    def _verify(self, stored: str | None, password: str) -> bool:
        if stored is None:
            self._nobodys = self._nobodys or self._hasher.hash("nobody's")
        try:
            self._hasher.verify(stored or str(self._nobodys), password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise BusyError("Too many passwords are being checked just now. Try again in a moment.")
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1

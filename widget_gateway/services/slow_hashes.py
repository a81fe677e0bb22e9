"""Slow salted hashes (Argon2id), made in a few threads, for a limited number of callers.

Parties (network addresses, the portal's server) get their turns one after another.

A process has one `SlowHashes`, so that the limits of cores and memory hold for all callers.
"""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from widget_gateway.services.fair_turns import FairTurns

T = TypeVar("T")

_TIME_COST = 2
"""Iterations of Argon2id."""

_MEMORY_KIB = 19_456
"""Memory of a hash in KiB. With two iterations it is OWASP's minimum: about 25 ms of one core."""

_OF_NOTHING = f"$argon2id$v=19$m={_MEMORY_KIB},t={_TIME_COST},p=1${'A' * 22}${'A' * 43}"
"""A valid hash that no secret matches: verifying against it takes as long as against any other."""

AT_ONCE = 2
"""Hashes made at the same time. Each takes 19 MiB and one core."""

MAX_PLACES = 400
"""Callers that may hash or wait for it, about five seconds of work; at most half of them are of the
same party."""


class SlowHashes:
    """Makes and verifies hashes of PINs and passwords. Callers take a `place` first."""

    def __init__(self) -> None:
        self._argon2 = PasswordHasher(time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="slow-hashes")
        self.turns = FairTurns(
            at_once=AT_ONCE,
            places=MAX_PLACES,
            message="Too many people sign in just now. Try again in a moment.",
        )

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False)

    def place(self, party: Hashable) -> AbstractContextManager[None]:
        """Take a place for a party. Callers do so before they count a try at a secret.

        So a try that finds no place is not counted.

        Raises:
            BusyError: no place is free for this party.
        """
        return self.turns.place(party)

    async def hash(self, secret: bytes, party: Hashable) -> str:
        """Return the hash of a secret, to be stored."""
        return await self.run(party, self._argon2.hash, secret)

    async def verify(self, stored: str | None, secret: bytes, party: Hashable) -> bool:
        """Whether the hash was made of this secret. None matches no secret, in the same time."""
        return await self.run(party, self._matches, stored or _OF_NOTHING, secret)

    async def run(self, party: Hashable, work: Callable[..., T], *arguments: object) -> T:
        """Do other work on a secret that takes long, in a turn of the party."""
        async with self.turns.turn(party):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work, *arguments)

    def _matches(self, stored: str, secret: bytes) -> bool:
        try:
            return self._argon2.verify(stored, secret)
        except (VerificationError, InvalidHashError):
            return False

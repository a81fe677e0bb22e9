"""Hashes of PINs: slow and salted, over an HMAC with a pepper that the database does not know."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from widget_gateway.domain.errors import BusyError
from widget_gateway.domain.people import Login, PersonId, Pin

T = TypeVar("T")

_TIME_COST = 2
_MEMORY_KIB = 19_456
"""OWASP's least for Argon2id with one lane: some 25 ms of a core. What makes four digits worth
hashing is the pepper; this is for the day on which the pepper leaks, too."""

_OF_NOBODY = f"$argon2id$v=19$m={_MEMORY_KIB},t={_TIME_COST},p=1${'A' * 22}${'A' * 43}"
"""Well formed and of no PIN: verifying against it takes the time of any other."""

AT_ONCE = 2
"""Hashes made at the same time: 19 MiB each, and a core."""

MAX_PLACES = 200
"""Calls that may hash or wait for it, about three seconds of work."""


class PinHasher:
    """Hashes and verifies in threads of its own. Callers take a `place` first."""

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper
        self._argon2 = PasswordHasher(time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pins")
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

    async def hash(self, pin: Pin, person: PersonId) -> str:
        """The hash to store for a person's PIN."""
        return await self._run(self._argon2.hash, self._peppered(pin, person))

    async def verify(self, stored: str | None, pin: Pin, person: PersonId | None) -> bool:
        """Whether it is the PIN of which the hash was made; None is nobody's, in the same time."""
        peppered = self._peppered(pin, person or PersonId(""))
        return await self._run(self._matches, stored or _OF_NOBODY, peppered)

    def login_guard(self, login: Login) -> bytes:
        """What tries at a login are counted under."""
        return self._mac(b"login", login.encode())

    def address_guard(self, network: str) -> bytes:
        """What tries from an address are counted under."""
        return self._mac(b"address", network.encode())

    async def _run(self, work: Callable[..., T], *given: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    def _peppered(self, pin: Pin, person: PersonId) -> bytes:
        return self._mac(b"pin", pin.encode() + person.encode())

    def _mac(self, purpose: bytes, message: bytes) -> bytes:
        return hmac.digest(self._pepper, purpose + b"\0" + message, hashlib.sha256)

    def _matches(self, stored: str, peppered: bytes) -> bool:
        try:
            return self._argon2.verify(stored, peppered)
        except VerificationError:
            return False

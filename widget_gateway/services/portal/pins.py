"""Hashes of PINs, and what tries at them are counted under: all with a pepper.

Four digits are guessed in no time by who has their slow hash. What makes them worth hashing is the
pepper, which the database does not know; the slow hash is for the day on which it leaks, too.
"""

import hashlib
import hmac
from contextlib import AbstractAsyncContextManager

from widget_gateway.domain.portal.people import Login, PersonId, Pin
from widget_gateway.services.slow_hashes import SlowHashes


class PinHasher:
    """Hashes and verifies. Callers take a `place` first."""

    def __init__(self, pepper: str, hashes: SlowHashes) -> None:
        self._pepper = pepper.encode()
        self._hashes = hashes

    def place(self) -> AbstractAsyncContextManager[None]:
        """Be one of those who may hash (`SlowHashes.place`).

        Raises:
            BusyError: there are too many of them.
        """
        return self._hashes.place()

    async def hash(self, pin: Pin, person: PersonId) -> str:
        """The hash to store for a person's PIN."""
        return await self._hashes.hash(self._peppered(pin, person))

    async def verify(self, stored: str | None, pin: Pin, person: PersonId | None) -> bool:
        """Whether it is the PIN of which the hash was made; None is nobody's, in the same time."""
        return await self._hashes.verify(stored, self._peppered(pin, person or PersonId("")))

    def login_guard(self, login: Login) -> bytes:
        """What tries at a login are counted under."""
        return self._mac(b"login", login.encode())

    def address_guard(self, network: str) -> bytes:
        """What tries from an address are counted under."""
        return self._mac(b"address", network.encode())

    def _peppered(self, pin: Pin, person: PersonId) -> bytes:
        return self._mac(b"pin", pin.encode() + person.encode())

    def _mac(self, purpose: bytes, message: bytes) -> bytes:
        return hmac.digest(self._pepper, purpose + b"\0" + message, hashlib.sha256)

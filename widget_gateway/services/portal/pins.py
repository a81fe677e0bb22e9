"""Hashes of PINs, and the keys under which tries are counted; all of them use the pepper.

Whoever has only the slow hash of four digits finds them quickly. The pepper, which is not in the
database, prevents that. The slow hash protects PINs if the pepper leaks as well.
"""

import hashlib
import hmac
from collections.abc import Hashable
from contextlib import AbstractContextManager

from widget_gateway.domain.portal.people import Login, PersonId, Pin
from widget_gateway.services.slow_hashes import SlowHashes


class PinHasher:
    """Hashes and verifies PINs. Callers take a `place` first."""

    def __init__(self, pepper: str, hashes: SlowHashes) -> None:
        self._pepper = pepper.encode()
        self._hashes = hashes

    def place(self, party: Hashable) -> AbstractContextManager[None]:
        """Take a place among those who may hash (`SlowHashes.place`).

        Raises:
            BusyError: no place is free for this party.
        """
        return self._hashes.place(party)

    async def hash(self, pin: Pin, person: PersonId, party: Hashable) -> str:
        """Return the hash of a person's PIN, to be stored."""
        return await self._hashes.hash(self._peppered(pin, person), party)

    async def verify(
        self, stored: str | None, pin: Pin, person: PersonId | None, party: Hashable
    ) -> bool:
        """Whether the hash was made of this PIN. None matches no PIN, in the same time."""
        return await self._hashes.verify(stored, self._peppered(pin, person or PersonId("")), party)

    def login_guard(self, login: Login) -> bytes:
        """Return the key under which tries at a login are counted."""
        return self._mac(b"login", login.encode())

    def address_guard(self, network: str) -> bytes:
        """Return the key under which tries from a network address are counted."""
        return self._mac(b"address", network.encode())

    def _peppered(self, pin: Pin, person: PersonId) -> bytes:
        return self._mac(b"pin", pin.encode() + person.encode())

    def _mac(self, purpose: bytes, message: bytes) -> bytes:
        return hmac.digest(self._pepper, purpose + b"\0" + message, hashlib.sha256)

"""Keyed pseudonyms of people who were erased.

They tell whether an id was erased to whoever knows the id and the key, and nothing to anybody else.
The key is derived from the setting PIN_PEPPER. Who changes that setting can't apply earlier
erasures again after a restore (docs/privacy.md).
"""

import hashlib
import hmac

from widget_gateway.domain.attempts.results import ProviderUser
from widget_gateway.domain.ids import UserId
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.domain.portal.people import PersonId

_LABEL = b"widget-gateway pseudonyms 1"
"""Separates this key from what else is derived from the pepper."""

_SHOWN = 32
"""Hexadecimal digits of a pseudonym that stands for an id: 128 bits, so that two never meet."""


class Pseudonyms:
    """Makes pseudonyms. The same id always gets the same one."""

    def __init__(self, pepper: str) -> None:
        self._key = hmac.digest(pepper.encode(), _LABEL, hashlib.sha256)

    def derived_key(self, purpose: bytes) -> bytes:
        """Return a key for another purpose, from which this one can't be found."""
        return self._mac(b"key", purpose)

    def of_user(self, place: UserPlace) -> bytes:
        """Return the pseudonym of a user, which names its erasure."""
        world = b"sandbox" if place.sandbox else b"live"
        return self._mac(b"user", place.provider.encode(), world, _bytes(place.user_id))

    def of_noted_user(self, place: UserPlace) -> str:
        """Return what the console's trail has in place of a user's id.

        It begins the pseudonym of `of_user`, so an entry can be told to be about an erased user.
        """
        return self.of_user(place).hex()[:_SHOWN]

    def of_access(self, user: ProviderUser) -> UserId:
        """Return what the ledger has in place of the user's id.

        A user who was erased and registers again has another access, and another pseudonym.
        """
        return UserId(f"erased-{self._mac(b'access', user.key.bytes).hex()[:_SHOWN]}")

    def of_person(self, person: PersonId) -> bytes:
        """Return the pseudonym of a person of the portal, which names the erasure."""
        return self._mac(b"person", _bytes(person))

    def of_audited(self, person: PersonId) -> PersonId:
        """Return what the audit trail has in place of the person's id."""
        return PersonId(f"erased-{self._audited(person)}")

    def of_noted(self, person: PersonId) -> str:
        """Return what the console's trail has in place of the person's id, from the beginning.

        So nothing has to be changed there when the person is erased.
        """
        return f"person-{self._audited(person)}"

    def _audited(self, person: PersonId) -> str:
        return self._mac(b"audit", _bytes(person)).hex()[:_SHOWN]

    def _mac(self, *parts: bytes) -> bytes:
        return hmac.digest(self._key, b"\0".join(parts), hashlib.sha256)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

"""People and their PINs, which the portal sends (docs/portal.md)."""

import time
from collections.abc import Sequence

from storage.portal.audit import AuditStore
from storage.portal.people import PersonStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import LoginTakenError, PersonNotFoundError
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry, Outcome
from widget_gateway.domain.portal.people import (
    Person,
    PersonId,
    PersonOrder,
    PinUpdate,
    login_of,
)
from widget_gateway.domain.portal.sign_ins import Remote
from widget_gateway.domain.rate_limits import Quota, RateLimiter
from widget_gateway.domain.web import network_of
from widget_gateway.services.portal.pins import PinHasher

WRONG_KEYS_NOTED = Quota("wrong keys", 20, window_s=3600.0)
"""Calls with a wrong key that the audit trail notes, per address and hour."""

_PORTAL = "portal"
"""The party of the portal's server, for whose PINs no sign-in waits (`FairTurns`)."""


class PersonService:
    """Use cases of the portal around people."""

    def __init__(
        self, people: PersonStore, pins: PinHasher, audit: AuditStore, clock: Clock
    ) -> None:
        self._people = people
        self._pins = pins
        self._audit = audit
        self._clock = clock
        self._wrong_keys = RateLimiter(WRONG_KEYS_NOTED)

    async def update_pin(self, update: PinUpdate, remote: Remote) -> None:
        """Add a person, or change the person's data and PIN. No sign-in ends by this.

        An update that is older than the stored one changes nothing. A repeat of the stored update
        does not reset the count of wrong tries, as the PIN is not new.

        Raises:
            LoginTakenError: another person has the login.
            BusyError: too many PINs are being hashed.
        """
        with self._pins.place(_PORTAL):
            known = await self._people.find(update.person)
            is_new = known is None or not await self._is_repeated(update, known)
            if known is None or is_new:
                pin_hash = await self._pins.hash(update.pin, update.person, _PORTAL)
            else:
                pin_hash = known.pin_hash
        person = Person(update.person, update.tab_no, update.login, pin_hash, update.created_at)
        guard = self._pins.login_guard(login_of(update.login)) if is_new else None
        try:
            is_stored = await self._people.put(
                person, guard, self._entry(update, remote, Outcome.DONE)
            )
        except LoginTakenError:
            await self._audit.add(self._entry(update, remote, Outcome.LOGIN_TAKEN))
            raise
        if not is_stored:
            await self._audit.add(self._entry(update, remote, Outcome.OUTDATED))

    async def _is_repeated(self, update: PinUpdate, known: Person) -> bool:
        return known.pin_created_at == update.created_at and await self._pins.verify(
            known.pin_hash, update.pin, update.person, _PORTAL
        )

    def _entry(self, update: PinUpdate, remote: Remote, outcome: Outcome) -> AuditEntry:
        return AuditEntry(
            at=self._clock(),
            action=AuditAction.PIN_UPDATE,
            outcome=outcome,
            remote=remote,
            person=update.person,
            login=login_of(update.login),
        )

    async def note_wrong_key(self, remote: Remote) -> None:
        """Note in the audit trail that somebody called the portal API without the right key.

        Only a few calls of an address are noted (`WRONG_KEYS_NOTED`), as anybody can make many.
        """
        if self._wrong_keys.spend(network_of(remote.address), time.monotonic()).allowed:
            await self._audit.add(
                AuditEntry(
                    at=self._clock(),
                    action=AuditAction.CALLBACK,
                    outcome=Outcome.WRONG_KEY,
                    remote=remote,
                )
            )

    async def get(self, person: PersonId) -> Person:
        """Return a person by the portal's id.

        Raises:
            PersonNotFoundError: the portal never sent this person.
        """
        found = await self._people.find(person)
        if found is None:
            raise PersonNotFoundError
        return found

    async def list_page(
        self, order: PersonOrder, beginning: str, after: str | None, limit: int
    ) -> list[Person]:
        """Return people whose login or id begins with `beginning`, in that order.

        The page follows `after`, which is a login or an id as well.
        """
        if order is PersonOrder.LOGIN:
            beginning, after = login_of(beginning), None if after is None else login_of(after)
        return await self._people.list_page(order, beginning, after, limit)

    async def known(self, ids: Sequence[PersonId]) -> set[PersonId]:
        """Return those of the ids that the portal has sent a person for."""
        return await self._people.known(ids)

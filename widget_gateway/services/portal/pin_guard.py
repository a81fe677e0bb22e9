"""Checks logins and PINs. Each try is counted before it is checked.

Unknown logins, wrong PINs and locked logins can't be told apart: each time the same commands go to
the database, one hash is verified, one audit entry is added, and the answer is the same.
"""

import math
from datetime import datetime
from uuid import UUID, uuid4

from storage.portal.audit import AuditStore
from storage.portal.guards import GuardStore, Verdict
from storage.portal.people import PersonStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import CredentialsInvalidError, RateLimitedError
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry, Outcome
from widget_gateway.domain.portal.people import Login, Person, PersonId, Pin
from widget_gateway.domain.portal.sign_ins import Remote
from widget_gateway.domain.web import network_of
from widget_gateway.services.portal.pins import PinHasher


class PinGuard:
    """Checks PINs. Five wrong tries lock a login; ten make the PIN useless (docs/portal.md)."""

    def __init__(
        self,
        *,
        guards: GuardStore,
        people: PersonStore,
        pins: PinHasher,
        audit: AuditStore,
        clock: Clock,
    ) -> None:
        self._guards = guards
        self._people = people
        self._pins = pins
        self._audit = audit
        self._clock = clock

    async def admit(self, login: Login, pin: Pin, remote: Remote) -> PersonId:
        """Return the person who has this login and PIN.

        Raises:
            CredentialsInvalidError: the login is unknown or locked, or the PIN is wrong.
            RateLimitedError: there were too many wrong tries from the address.
            BusyError: there are too many tries of the address at once; this one was not counted.
        """
        try_id, now = uuid4(), self._clock()
        network = network_of(remote.address)
        address_guard = self._pins.address_guard(network)
        login_guard = self._pins.login_guard(login)
        with self._pins.place(network):
            person = await self._people.find_by_login(login)
            await self._count_address(address_guard, try_id, now, login, remote)
            verdict = await self._guards.count_login(login_guard, now, known=person is not None)
            stored = person.pin_hash if person and verdict is Verdict.CHECKED else None
            is_right = await self._pins.verify(stored, pin, person.id if person else None, network)
        if person is None or stored is None or not is_right:
            await self._refuse(login, person, verdict, remote)
            raise CredentialsInvalidError
        await self._guards.clear_login(login_guard)
        await self._guards.give_back(address_guard, try_id)
        return person.id

    async def _count_address(
        self, guard: bytes, try_id: UUID, now: datetime, login: Login, remote: Remote
    ) -> None:
        verdict = await self._guards.count_address(guard, try_id, now)
        if verdict.free_at is None:
            return
        if verdict.first:  # more entries would only fill the audit trail
            await self._note(login, None, Outcome.ADDRESS_THROTTLED, remote)
        raise RateLimitedError(max(1, math.ceil((verdict.free_at - now).total_seconds())))

    async def _refuse(
        self, login: Login, person: Person | None, verdict: Verdict, remote: Remote
    ) -> None:
        if person is None:
            outcome = Outcome.UNKNOWN_LOGIN
        elif verdict is Verdict.CHECKED:
            outcome = Outcome.WRONG_PIN
        else:
            outcome = Outcome(verdict.value)
        await self._note(login, person, outcome, remote)

    async def _note(
        self, login: Login, person: Person | None, outcome: Outcome, remote: Remote
    ) -> None:
        await self._audit.add(
            AuditEntry(
                at=self._clock(),
                action=AuditAction.SIGN_IN,
                outcome=outcome,
                remote=remote,
                person=person.id if person else None,
                login=login,
            )
        )

"""Locks of logins and of addresses after wrong PINs, and how an operator ends them."""

from storage.portal.guards import GuardStore
from storage.portal.locks import LockStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import LockNotFoundError, PinBurnedError
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry, Outcome
from widget_gateway.domain.portal.locks import AddressTries, LoginTries
from widget_gateway.domain.portal.people import Person, login_of
from widget_gateway.domain.portal.sign_ins import Remote
from widget_gateway.domain.web import network_of
from widget_gateway.services.portal.pins import PinHasher


class LockService:
    """Shows what is counted of wrong PINs, and ends locks. Each end is in the audit trail."""

    def __init__(
        self, *, guards: GuardStore, locks: LockStore, pins: PinHasher, clock: Clock
    ) -> None:
        self._guards = guards
        self._locks = locks
        self._pins = pins
        self._clock = clock

    async def of_person(self, person: Person) -> LoginTries:
        """Return what is counted at the person's login."""
        return await self._guards.find_login(self._pins.login_guard(login_of(person.login)))

    async def end_of_person(self, person: Person, remote: Remote) -> None:
        """End the lock of the person's login; atomic.

        The tries of the PIN stay counted, so that a guesser has no more of them than before.

        Raises:
            PinBurnedError: too many PINs were tried, so that only a new PIN helps.
            LockNotFoundError: the login is not locked, or not any more.
        """
        if (await self.of_person(person)).is_burned:
            raise PinBurnedError
        login = login_of(person.login)
        entry = AuditEntry(
            at=self._clock(),
            action=AuditAction.LOCK_END,
            outcome=Outcome.DONE,
            remote=remote,
            person=person.id,
            login=login,
        )
        if not await self._locks.end_login(self._pins.login_guard(login), entry):
            raise LockNotFoundError

    async def of_address(self, address: str) -> AddressTries:
        """Return what is counted of the network of an address."""
        guard = self._pins.address_guard(network_of(address))
        return await self._guards.find_address(guard, self._clock())

    async def end_of_address(self, address: str, remote: Remote) -> None:
        """Forget the wrong tries from the network of an address; atomic.

        Raises:
            LockNotFoundError: nothing is counted of the network, or not any more.
        """
        entry = AuditEntry(
            at=self._clock(), action=AuditAction.LOCK_END, outcome=Outcome.DONE, remote=remote
        )
        if not await self._locks.end_address(self._pins.address_guard(network_of(address)), entry):
            raise LockNotFoundError

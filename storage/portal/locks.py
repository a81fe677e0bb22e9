"""Ends of locks, each together with its entry in the audit trail."""

from storage.client import Client
from storage.portal.audit import AuditStore
from storage.portal.guards import GuardStore
from storage.transactions import Session, run
from widget_gateway.domain.portal.audit import AuditEntry


class LockStore:
    """Ends locks of logins and of addresses (`GuardStore`)."""

    def __init__(self, client: Client, guards: GuardStore, audit: AuditStore) -> None:
        self._client = client
        self._guards = guards
        self._audit = audit

    async def end_login(self, guard: bytes, entry: AuditEntry) -> bool:
        """End the lock of a login, and add `entry`; atomic. False, and no change, if unlocked."""

        async def work(session: Session) -> bool:
            has_ended = await self._guards.unlock_within(session, guard, entry.at)
            if has_ended:
                await self._audit.add_within(session, entry)
            return has_ended

        return await run(self._client, work)

    async def end_address(self, guard: bytes, entry: AuditEntry) -> bool:
        """Forget the tries from an address, and add `entry`; atomic. False if there are none."""

        async def work(session: Session) -> bool:
            has_ended = await self._guards.remove_address_within(session, guard, entry.at)
            if has_ended:
                await self._audit.add_within(session, entry)
            return has_ended

        return await run(self._client, work)

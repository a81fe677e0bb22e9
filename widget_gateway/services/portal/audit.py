"""Reads the audit trail. Its entries are written in the transactions that they tell of."""

from datetime import datetime

from storage.portal.audit import AuditStore
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry, AuditFilter, AuditPlace
from widget_gateway.domain.portal.people import PersonId


class AuditService:
    """Lists who did what, when and from where (docs/portal.md)."""

    def __init__(self, audit: AuditStore) -> None:
        self._audit = audit

    async def list_latest(
        self,
        *,
        person: PersonId | None,
        action: AuditAction | None,
        since: datetime | None,
        limit: int,
    ) -> list[AuditEntry]:
        """Return at most `limit` entries that pass all filters which are not None, newest first."""
        chosen = AuditFilter(person=person, action=action, since=since)
        return [entry for _, entry in await self._audit.list_page(chosen, None, limit)]

    async def list_page(
        self, chosen: AuditFilter, after: AuditPlace | None, limit: int
    ) -> list[tuple[AuditPlace, AuditEntry]]:
        """Return at most `limit` wanted entries, newest first; those behind the place `after`."""
        return await self._audit.list_page(chosen, after, limit)

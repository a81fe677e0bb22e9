"""Reading the audit trail; it is written by what it tells of."""

from datetime import datetime

from storage.portal.audit import AuditStore
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry
from widget_gateway.domain.portal.people import PersonId


class AuditService:
    """Who did what, when, from where."""

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
        """The last entries that are of all that is given, newest first."""
        return await self._audit.list_latest(person=person, action=action, since=since, limit=limit)

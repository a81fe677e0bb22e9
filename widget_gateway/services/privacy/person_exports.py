"""Exports of people of the portal: all that is stored of a person who asks for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from storage.portal.audit import AuditStore
from storage.portal.person_records import PersonRecords
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import PersonNotFoundError
from widget_gateway.domain.portal.audit import AuditAction, AuditEntry, Outcome
from widget_gateway.domain.portal.events import PortalEvent
from widget_gateway.domain.portal.people import Person, PersonId
from widget_gateway.domain.portal.sign_ins import Remote, SignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExport:
    """All that is stored of a person. The two iterators read while they are consumed."""

    at: datetime
    person: Person
    sign_ins: list[SignIn]
    events: AsyncIterator[PortalEvent]
    audit: AsyncIterator[AuditEntry]


class PersonExports:
    """Gathers what is stored of people. Each export is noted in the audit trail."""

    def __init__(self, records: PersonRecords, audit: AuditStore, clock: Clock) -> None:
        self._records = records
        self._audit = audit
        self._clock = clock

    async def open(self, person: PersonId, remote: Remote) -> PersonExport:
        """Begin an export.

        Raises:
            PersonNotFoundError: the portal never sent this person, or the person was erased.
        """
        known = await self._records.find(person)
        if known is None:
            raise PersonNotFoundError
        now = self._clock()
        await self._audit.add(
            AuditEntry(
                at=now,
                action=AuditAction.PERSON_EXPORT,
                outcome=Outcome.DONE,
                remote=remote,
                person=person,
            )
        )
        return PersonExport(
            at=now,
            person=known,
            sign_ins=await self._records.list_sign_ins(person, now),
            events=self._records.list_events(person),
            audit=self._records.list_audit(person),
        )

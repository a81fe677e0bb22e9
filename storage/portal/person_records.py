"""All that is stored of a person of the portal, over the collections of several stores."""

from collections.abc import AsyncIterator
from datetime import datetime

from storage.client import Client
from storage.portal.audit import AuditStore
from storage.portal.guards import GuardStore
from storage.portal.people import PersonStore
from storage.portal.pushes import PushStore
from storage.portal.sign_ins import SignInStore
from storage.transactions import Session, run
from widget_gateway.domain.portal.audit import AuditEntry, Outcome
from widget_gateway.domain.portal.events import EventId, PortalEvent
from widget_gateway.domain.portal.people import Login, Person, PersonId
from widget_gateway.domain.portal.sign_ins import SignIn
from widget_gateway.domain.privacy.erasures import ErasedPerson

PAGE = 50
"""How many events are read at once: at most about 3 MB."""


class PersonRecords:
    """Reads and removes what is stored of people."""

    def __init__(  # noqa: PLR0913 - collaborators come in by keyword
        self,
        client: Client,
        *,
        people: PersonStore,
        sign_ins: SignInStore,
        guards: GuardStore,
        pushes: PushStore,
        audit: AuditStore,
    ) -> None:
        self._client = client
        self._people = people
        self._sign_ins = sign_ins
        self._guards = guards
        self._pushes = pushes
        self._audit = audit

    async def find(self, person: PersonId) -> Person | None:
        """Find a person by the portal's id."""
        return await self._people.find(person)

    async def list_batch(self, after: PersonId | None, limit: int) -> list[Person]:
        """List people in the order of their ids, behind the id `after`."""
        return await self._people.list_batch(after, limit)

    async def list_sign_ins(self, person: PersonId, now: datetime) -> list[SignIn]:
        """List the person's sign-ins that have not expired."""
        return await self._sign_ins.list_of(person, now)

    async def list_events(self, person: PersonId) -> AsyncIterator[PortalEvent]:
        """Yield the events that wait for the person, a page at a time."""
        after: EventId | None = EventId(0)
        while after is not None:
            page = await self._pushes.find_unacknowledged(person, after, PAGE)
            for event in page.events:
                yield event
            after = page.more_after

    def list_audit(self, person: PersonId) -> AsyncIterator[AuditEntry]:
        """Yield the entries of the audit trail about the person, newest first."""
        return self._audit.list_of(person)

    async def remove(
        self, person: PersonId, guard: bytes | None, entry: AuditEntry
    ) -> tuple[ErasedPerson, list[int]]:
        """Remove the person, the sign-ins, the guard of the login, and what waits; atomic.

        Returns the counts, and the ids of the sign-ins that ended by it. `entry` goes into the
        audit trail, unless it says that something was done and nothing was left to do.
        """

        async def work(session: Session) -> tuple[ErasedPerson, list[int]]:
            ended = await self._sign_ins.remove_within(session, person)
            counts = ErasedPerson(
                people=await self._people.remove_within(session, person),
                sign_ins=len(ended),
                guards=0 if guard is None else await self._guards.remove_within(session, guard),
                deliveries=await self._pushes.remove_deliveries_within(session, person),
            )
            if counts.people or entry.outcome is Outcome.NOT_FOUND:
                await self._audit.add_within(session, entry)
            return counts, ended

        return await run(self._client, work)

    async def remove_traces(
        self, person: PersonId, login: Login | None, pseudonym: PersonId
    ) -> ErasedPerson:
        """Remove the person's id from what concerns others, too. It may be repeated.

        Events that were for this person alone are removed. The audit trail gets the pseudonym.
        """
        return ErasedPerson(
            events=await self._pushes.forget(person),
            audit_entries=await self._audit.pseudonymise(person, login, pseudonym),
        )

"""People of the portal as the console shows them, and under which name the trail has them."""

from dataclasses import dataclass

from widget_gateway.domain.clock import Clock
from widget_gateway.domain.portal.events import EventId, PortalEvent
from widget_gateway.domain.portal.locks import LoginTries
from widget_gateway.domain.portal.people import Person, PersonId
from widget_gateway.domain.portal.sign_ins import SignIn
from widget_gateway.services.portal.locks import LockService
from widget_gateway.services.portal.people import PersonService
from widget_gateway.services.portal.pushes import PushService
from widget_gateway.services.portal.sign_ins import SignInService
from widget_gateway.services.privacy.pseudonyms import Pseudonyms

PAGE = 25
"""Sign-ins, and events, that a page shows of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPerson:
    """What a page shows of a person.

    `more_sign_ins` and `more_events` are the ids after which the next page goes on, None at the
    end.
    """

    person: Person
    tries: LoginTries
    is_locked: bool
    sign_ins: list[SignIn]
    more_sign_ins: int | None
    events: list[PortalEvent]
    more_events: EventId | None


class PeopleOverview:
    """Gathers what a page shows of a person."""

    def __init__(  # noqa: PLR0913 - its collaborators
        self,
        *,
        people: PersonService,
        sign_ins: SignInService,
        locks: LockService,
        pushes: PushService,
        pseudonyms: Pseudonyms,
        clock: Clock,
    ) -> None:
        self._people = people
        self._sign_ins = sign_ins
        self._locks = locks
        self._pushes = pushes
        self._pseudonyms = pseudonyms
        self._clock = clock

    async def get(self, person: PersonId, before: int | None, after: EventId) -> ShownPerson:
        """Return a person with the sign-ins before `before` and the events after `after`.

        Raises:
            PersonNotFoundError: the portal never sent this person, or the person was erased.
        """
        known = await self._people.get(person)
        sign_ins = await self._sign_ins.list_page(person, before, PAGE + 1)
        events = await self._pushes.list_waiting(person, after, PAGE)
        tries = await self._locks.of_person(known)
        return ShownPerson(
            person=known,
            tries=tries,
            is_locked=tries.is_locked(self._clock()),
            sign_ins=sign_ins[:PAGE],
            more_sign_ins=sign_ins[PAGE - 1].id if len(sign_ins) > PAGE else None,
            events=events.events,
            more_events=events.more_after,
        )

    def noted_as(self, person: PersonId) -> str:
        """Return what the trail has in place of the person, also after an erasure."""
        return self._pseudonyms.of_noted(person)

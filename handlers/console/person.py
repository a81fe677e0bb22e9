"""`/console/people/person/`: one person of the portal, and what is done about this person."""

from http import HTTPStatus
from urllib.parse import urlencode

from tornado.web import HTTPError

from handlers.base import JSON_UTF8
from handlers.console.people import BY_CONSOLE, PEOPLE, PERSON, PeopleHandler, path_of
from handlers.console.trail_lines import visible
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import PersonNotFoundError
from widget_gateway.domain.portal.events import EventId
from widget_gateway.domain.portal.people import Person, PersonId, login_of


class OnePersonHandler(PeopleHandler):
    """What the pages of one person share."""

    async def person(self) -> Person:
        """Return the person that the address names.

        Raises:
            PersonNotFoundError: there is none, or the person was erased.
        """
        given = self.get_query_argument("id", "", strip=False)
        if not given or "\0" in given:
            raise PersonNotFoundError
        return await self.services.people.get(PersonId(given))

    def noted(self, person: Person) -> str:
        """Return what the trail has in place of the person."""
        return self.services.people_overview.noted_as(person.id)

    async def show_person(
        self, person: Person, status: HTTPStatus = HTTPStatus.OK, fault: str | None = None
    ) -> None:
        """Show the page of a person; `fault` says what is wrong with the login of an erasure."""
        before, after = self.number_in("before"), EventId(self.number_in("after") or 0)
        shown = await self.services.people_overview.get(person.id, before, after)
        more_sign_ins, more_events = shown.more_sign_ins, shown.more_events
        self.show(
            "person.html",
            status=status,
            shown=shown,
            person=shown.person,
            query_of_person=urlencode({"id": person.id}),
            first_url=path_of(person.id) if before or after else None,
            next_sign_ins=more_sign_ins and path_of(person.id, before=more_sign_ins),
            next_events=more_events and path_of(person.id, after=more_events),
            visible=visible,
            trail_url=f"/console/trail/?{urlencode({'who': person.id})}",
            fault=fault,
        )


class PersonHandler(OnePersonHandler):
    """One person: sign-ins, lock, events that wait."""

    async def get(self) -> None:
        """Show the person."""
        await self.show_person(await self.person())


class SignInsHandler(OnePersonHandler):
    """Ends a sign-in, or all of them; devices hear of it at once."""

    changes = Permission.PEOPLE_CHANGE

    async def post(self) -> None:
        """End what the form names."""
        person = await self.person()
        sign_ins = self.services.sign_ins
        if self.one_field("all"):
            before = {"sign_ins": "all"}
            async with self.acting(
                Deed.PORTAL_SIGN_IN_END, self.noted(person), before=before
            ) as entry:
                entry.after = {"ended": await sign_ins.delete_all(person.id, BY_CONSOLE)}
            self.go(path_of(person.id), "people.done_ended_all")
            return
        number = self.number_in("sign_in")
        if number is None:
            raise HTTPError(HTTPStatus.BAD_REQUEST)
        async with self.acting(
            Deed.PORTAL_SIGN_IN_END, self.noted(person), before={"sign_in": number}
        ) as entry:
            await sign_ins.delete(person.id, number, BY_CONSOLE)
            entry.after = {"ended": 1}
        self.go(path_of(person.id), "people.done_ended")


class LockHandler(OnePersonHandler):
    """Ends the lock of a login."""

    changes = Permission.PEOPLE_CHANGE

    async def post(self) -> None:
        """End the lock; the tries of the PIN stay counted."""
        person = await self.person()
        tries = await self.services.locks.of_person(person)
        until = tries.locked_until and tries.locked_until.isoformat()
        before = {"locked_until": until, "tries": tries.total}
        async with self.acting(Deed.PORTAL_LOCK_END, self.noted(person), before=before) as entry:
            await self.services.locks.end_of_person(person, BY_CONSOLE)
            entry.after = {"locked_until": None}
        self.go(path_of(person.id), "people.done_unlocked")


class PersonExportHandler(OnePersonHandler):
    """All that is stored of a person, as one JSON document."""

    changes = Permission.PEOPLE_PRIVACY

    async def post(self) -> None:
        """Answer with the file, while it is made."""
        person = await self.person()
        async with self.acting(Deed.PERSON_EXPORT, self.noted(person)):
            export = await self.services.person_exports.open(person.id, BY_CONSOLE)
            name = f"{self.noted(person)}.json"
            self.set_header("Content-Disposition", f'attachment; filename="{name}"')
            await self.send_pieces(self.services.person_document(export), JSON_UTF8)
        self.finish()


class PersonEraseHandler(OnePersonHandler):
    """Removes all that is stored of a person, after the login was typed again."""

    changes = Permission.PEOPLE_PRIVACY

    async def post(self) -> None:
        """Erase the person."""
        person = await self.person()
        if login_of(self.one_field("login")) != login_of(person.login):
            sentence = self.text("people.login_differs")
            await self.show_person(person, HTTPStatus.UNPROCESSABLE_ENTITY, sentence)
            return
        async with self.acting(Deed.PERSON_ERASE, self.noted(person)) as entry:
            erased = await self.services.erasures.erase_person(person.id, BY_CONSOLE)
            entry.after = {
                name: getattr(erased, name)
                for name in ("people", "sign_ins", "guards", "events", "deliveries")
            }
        self.go(PEOPLE, "people.done_erased")


ROUTES = [
    (PERSON, PersonHandler),
    (f"{PERSON}sign-ins/", SignInsHandler),
    (f"{PERSON}lock/", LockHandler),
    (f"{PERSON}export/", PersonExportHandler),
    (f"{PERSON}erase/", PersonEraseHandler),
]

"""`/console/people/`: people of the portal: found, their sign-ins, locks and waiting events."""

from http import HTTPStatus
from typing import NoReturn
from urllib.parse import urlencode

from tornado.web import HTTPError
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Length

from handlers.console.base import ConsoleHandler
from handlers.console.forms import ConsoleForm
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.portal.people import Person, PersonId, PersonOrder, login_of
from widget_gateway.domain.portal.sign_ins import Remote
from widget_gateway.domain.web import network_of, parse_address

PEOPLE = "/console/people/"
PERSON = f"{PEOPLE}person/"
ADDRESS = f"{PEOPLE}address/"
PAGE = 50
"""People on a page of the list."""

MAX_NUMBER = 2**63 - 1
"""The largest id of a sign-in or an event, which is the database's largest whole number."""

BY_CONSOLE = Remote("", "widget-gateway console")
"""What the portal's audit trail says of where a call comes from; the console's trail knows who."""

_ORDERS = {"login": PersonOrder.LOGIN, "id": PersonOrder.ID}


def path_of(person: PersonId, **fields: object) -> str:
    """Return the address of a person's page. Ids may have any characters, even slashes."""
    return f"{PERSON}?{urlencode({'id': person} | fields)}"


class FindForm(ConsoleForm):
    """How the login or the id of a person begins."""

    text = StringField(validators=[Length(max=256)], default="")
    by = RadioField(choices=[SelectChoice("login"), SelectChoice("id")], default="login")


class AddressForm(ConsoleForm):
    """An address from which wrong PINs may have come."""

    address = StringField(validators=[Length(max=100)], default="")


class PeopleHandler(ConsoleHandler):
    """What the pages of people share."""

    area = "people"
    looks = Permission.PEOPLE

    def one_field(self, name: str) -> str:
        """Return a field of the form, or else of the address; an empty text if it is absent."""
        given = self.fields().getlist(name)
        return given[0] if given else self.get_query_argument(name, "", strip=False)

    def number_in(self, name: str) -> int | None:
        """Read a field that has the id of a sign-in or an event; None without such a field.

        Raises:
            HTTPError: it is no such number.
        """
        text = self.one_field(name)
        if not text:
            return None
        if len(text) > len(str(MAX_NUMBER)) or not (text.isascii() and text.isdecimal()):
            self._refuse()
        return int(text) if int(text) <= MAX_NUMBER else self._refuse()

    def _refuse(self) -> NoReturn:
        raise HTTPError(HTTPStatus.BAD_REQUEST)


class PeopleListHandler(PeopleHandler):
    """The people, in the order of logins or ids."""

    async def get(self) -> None:
        """Show a page of the people whose login or id begins like this."""
        form = self.form(FindForm)
        form.by.choices = [SelectChoice(by, self.text(f"people.by_{by}")) for by in _ORDERS]
        is_fit = not len(self.fields()) or form.validate()
        by = form.by.data if form.by.data in _ORDERS else "login"
        text, after = form.text.data or "", self.one_field("after") or None
        found: list[Person] = []
        if is_fit:
            found = await self.services.people.list_page(_ORDERS[by], text, after, PAGE + 1)
        asked = {"text": text, "by": by}
        next_url = None
        if len(found) > PAGE:
            last = found[PAGE - 1]
            place = last.id if by == "id" else login_of(last.login)
            next_url = f"{PEOPLE}?{urlencode(asked | {'after': place})}"
        self.show(
            "people.html",
            status=HTTPStatus.OK if is_fit else HTTPStatus.UNPROCESSABLE_ENTITY,
            form=form,
            people=found[:PAGE],
            path_of=path_of,
            next_url=next_url,
            first_url=f"{PEOPLE}?{urlencode(asked)}" if after else None,
        )


class AddressHandler(PeopleHandler):
    """What is counted of an address, and the end of its lock."""

    changes = Permission.PEOPLE_CHANGE

    async def get(self) -> None:
        """Show what is counted."""
        await self._show(self.form(AddressForm))

    async def _show(self, form: AddressForm) -> None:
        address = self._read(form)
        tries = None if address is None else await self.services.locks.of_address(address)
        self.show(
            "people_address.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
            form=form,
            address=address,
            network=address and network_of(address),
            tries=tries,
        )

    def _read(self, form: AddressForm) -> str | None:
        """Return the address of the form; with None, the form may have a fault."""
        if not len(self.fields()) or not form.validate() or not (form.address.data or "").strip():
            return None
        parsed = parse_address(form.address.data or "")
        if parsed is None:
            form.refuse("address", self.text("people.no_address"))
            return None
        return str(parsed)

    async def post(self) -> None:
        """Forget the wrong tries from the network of the address."""
        form = self.form(AddressForm)
        address = self._read(form)
        if address is None:
            await self._show(form)
            return
        tries = await self.services.locks.of_address(address)
        before = {"tries": tries.tries, "free_at": tries.free_at and tries.free_at.isoformat()}
        subject = f"address {network_of(address)}"
        async with self.acting(Deed.PORTAL_LOCK_END, subject, before=before) as entry:
            await self.services.locks.end_of_address(address, BY_CONSOLE)
            entry.after = {"tries": 0}
        self.go(f"{ADDRESS}?{urlencode({'address': address})}", "people.done_address")


ROUTES = [
    (PEOPLE, PeopleListHandler),
    (ADDRESS, AddressHandler),
]

"""`/console/qua/`: the users of QUA: made, changed, given a new password, removed."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlencode

from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from handlers.console.base import ConsoleHandler
from handlers.console.forms import ConsoleForm
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import QuaUserExistsError
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.users import (
    MAX_NAME,
    MAX_PASSWORD,
    User,
    normalise_username,
    tidy_name,
)

QUA = "/console/qua/"
PAGE = 50
"""Users on a page of the list."""

_USER = rf"{QUA}users/(?P<user>[0-9]{{1,15}})/"


class NamesForm(ConsoleForm):
    """A user's names and rights."""

    first_name = StringField(validators=[Length(max=MAX_NAME)], default="")
    last_name = StringField(validators=[Length(max=MAX_NAME)], default="")
    editor = BooleanField()

    def validate_first_name(self, field: StringField) -> None:
        """Refuse names with characters that can't be seen."""
        if tidy_name(field.data or "") is None:
            raise ValidationError(field.gettext("Invalid input."))

    validate_last_name = validate_first_name

    @property
    def values(self) -> dict[str, Any]:
        """What was filled in, as a user has it."""
        return {
            "first_name": tidy_name(self.first_name.data or "") or "",
            "last_name": tidy_name(self.last_name.data or "") or "",
            "editor": bool(self.editor.data),
        }


class PasswordForm(ConsoleForm):
    """A new password of a user."""

    password = PasswordField(validators=[InputRequired(), Length(max=MAX_PASSWORD)])


class NewUserForm(NamesForm, PasswordForm):
    """A new user."""

    username = StringField(validators=[InputRequired()], default="")

    def validate_username(self, field: StringField) -> None:
        """Refuse what can be no username."""
        if normalise_username(field.data or "") is None:
            raise ValidationError(field.gettext("Invalid input."))


class QuaPage(ConsoleHandler):
    """What the pages of QUA share."""

    area = "qua"
    looks = Permission.QUA
    changes: ClassVar[Permission | None] = Permission.QUA_CHANGE


class QuaUsersHandler(QuaPage):
    """The users by name. The form makes one."""

    async def get(self) -> None:
        """Show a page of the list."""
        await self._show(NewUserForm(None, self.language))

    async def _show(self, form: NewUserForm) -> None:
        after = self.get_query_argument("after", "")
        found = await self.services.qua_users.list_page(after or None, PAGE + 1)
        next_url = None
        if len(found) > PAGE:
            next_url = f"{QUA}?{urlencode({'after': found[PAGE - 1].username})}"
        self.show(
            "qua.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
            form=form,
            users=found[:PAGE],
            next_url=next_url,
            first_url=QUA if after else None,
        )

    async def post(self) -> None:
        """Make a user."""
        form = self.form(NewUserForm)
        if form.validate():
            name = normalise_username(str(form.username.data)) or ""
            try:
                async with self.acting(Deed.QUA_USER_CREATE, f"qua user {name}") as entry:
                    password = str(form.password.data)
                    await self.services.qua_users.create(name, password, **form.values)
                    entry.after = form.values
            except QuaUserExistsError:
                form.refuse("username", self.text("qua.name_taken"))
            else:
                self.go(QUA, "qua.done_created")
                return
        await self._show(form)


class QuaUserHandler(QuaPage):
    """One user. The form changes names and rights."""

    async def found(self, user: str) -> User:
        """Return the user that the address names.

        Raises:
            QuaUserNotFoundError: there is none, or it was removed.
        """
        return await self.services.qua_users.get(QuaUserId(int(user)))

    async def get(self, user: str) -> None:
        """Show the user."""
        self.show_user(await self.found(user))

    def show_user(
        self,
        user: User,
        names: NamesForm | None = None,
        password: PasswordForm | None = None,
        fault: str | None = None,
    ) -> None:
        """Show the page of a user, perhaps with faults."""
        has_fault = bool(fault or (names and names.errors) or (password and password.errors))
        self.show(
            "qua_user.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if has_fault else HTTPStatus.OK,
            user=user,
            base=f"{QUA}users/{user.id}/",
            names=names or NamesForm(None, self.language, **_fields_of(user)),
            password=password or PasswordForm(None, self.language),
            fault=fault,
        )

    async def post(self, user: str) -> None:
        """Change names and rights."""
        found = await self.found(user)
        form = self.form(NamesForm)
        if not form.validate():
            self.show_user(found, names=form)
            return
        before, after = _different(_fields_of(found), form.values)
        async with self.acting(
            Deed.QUA_USER_UPDATE, f"qua user {found.username}", before=before
        ) as entry:
            await self.services.qua_users.update(found.username, **form.values)
            entry.after = after
        self.go(f"{QUA}users/{found.id}/", "qua.done_changed")


class QuaPasswordHandler(QuaUserHandler):
    """Sets a user's password, which signs the user out."""

    async def get(self, user: str) -> None:
        """Lead to the user, whose page has the form."""
        self.go(f"{QUA}users/{user}/")

    async def post(self, user: str) -> None:
        """Set the password."""
        found = await self.found(user)
        form = self.form(PasswordForm)
        if not form.validate():
            self.show_user(found, password=form)
            return
        async with self.acting(Deed.QUA_USER_UPDATE, f"qua user {found.username}") as entry:
            await self.services.qua_users.set_password(found.username, str(form.password.data))
            entry.after = {"password": "new"}
        self.go(f"{QUA}users/{found.id}/", "qua.done_password")


class QuaRemovalHandler(QuaUserHandler):
    """Removes a user after the name was typed again. What the user wrote stays."""

    async def get(self, user: str) -> None:
        """Lead to the user, whose page has the form."""
        self.go(f"{QUA}users/{user}/")

    async def post(self, user: str) -> None:
        """Remove the user."""
        found = await self.found(user)
        if normalise_username(self.get_body_argument("username", "")) != found.username:
            self.show_user(found, fault=self.text("qua.name_differs"))
            return
        async with self.acting(
            Deed.QUA_USER_REMOVE, f"qua user {found.username}", before=_fields_of(found)
        ):
            await self.services.qua_users.remove(found.username)
        self.go(QUA, "qua.done_removed")


def _fields_of(user: User) -> dict[str, Any]:
    return {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "editor": user.editor,
    }


def _different(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return those fields of both that differ."""
    names = [name for name in after if before[name] != after[name]]
    return {name: before[name] for name in names}, {name: after[name] for name in names}


ROUTES = [
    (QUA, QuaUsersHandler),
    (_USER, QuaUserHandler),
    (f"{_USER}password/", QuaPasswordHandler),
    (f"{_USER}removal/", QuaRemovalHandler),
]

"""`/console/account/`: the account that is signed in, its language, sessions and password."""

from http import HTTPStatus

from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from handlers.console.base import ConsoleHandler
from handlers.console.forms import ConsoleForm
from handlers.console.texts import LANGUAGES
from widget_gateway.domain.console.accounts import MAX_PASSWORD
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import (
    CredentialsWrongError,
    PasswordUnfitError,
    RateLimitedError,
)
from widget_gateway.domain.ids import parse_uuid

PAGE = "/console/account/"


class PasswordForm(ConsoleForm):
    """The old password and a new one."""

    old = PasswordField(validators=[InputRequired(), Length(max=MAX_PASSWORD)])
    new = PasswordField(validators=[InputRequired(), Length(max=MAX_PASSWORD)])


class AccountHandler(ConsoleHandler):
    """What the account is; its language and its sessions."""

    area = "account"
    looks = Permission.OWN_ACCOUNT
    changes = Permission.OWN_ACCOUNT

    async def get(self) -> None:
        """Show the account and its sessions."""
        sessions = await self.services.sessions.list_of(self.account.id)
        self.show("account.html", sessions=sessions, current=self.session.id)

    async def post(self) -> None:
        """Choose a language (`locale`), end a session (`end`), or all others (`others`)."""
        sessions, account = self.services.sessions, self.account
        locale = self.get_body_argument("locale", None)
        ended = parse_uuid(self.get_body_argument("end", ""))
        if locale is not None:
            known = locale if locale in LANGUAGES else None
            await self.services.accounts.set_locale(account.id, known)
            self.go(PAGE, "account.done_language")
        elif ended is not None:
            async with self.acting(Deed.SESSION_END, f"session {ended}"):
                await sessions.end_of(account.id, ended)
            self.go(PAGE, "account.done_end")
        else:
            async with self.acting(Deed.SESSION_END, f"other sessions of {account.login}"):
                await sessions.end_others(self.session)
            self.go(PAGE, "account.done_end")


class PasswordHandler(ConsoleHandler):
    """A new password, which ends all other sessions of the account."""

    area = "account"
    looks = Permission.OWN_ACCOUNT
    changes = Permission.OWN_ACCOUNT

    def get(self) -> None:
        """Show the form."""
        self.show("password.html", form=PasswordForm(None, self.language))

    async def post(self) -> None:
        """Set the password. This browser goes on with a new session."""
        form = self.form(PasswordForm)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.validate():
            subject = f"account {self.account.login}"
            try:
                async with self.acting(Deed.PASSWORD_CHANGE, subject):
                    old, new = str(form.old.data), str(form.new.data)
                    await self.services.sign_in.confirm(self.account, old, self.actor)
                    account = await self.services.accounts.set_password(self.account, new)
            except PasswordUnfitError as error:
                form.refuse("new", self.text(f"account.password_{error.why}"))
            except CredentialsWrongError:
                form.refuse("old", self.text("account.password_wrong"))
            except RateLimitedError:
                form.refuse("old", self.text("sign_in.rate_limited"))
                status = HTTPStatus.TOO_MANY_REQUESTS
            else:
                token = await self.services.sessions.begin(account, self.actor, is_complete=True)
                self.cookie.write(token)
                self.go(PAGE, "account.done_password")
                return
        self.show("password.html", status=status, form=form)


ROUTES = [(PAGE, AccountHandler), (f"{PAGE}password/", PasswordHandler)]

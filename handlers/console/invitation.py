"""`/console/invitation/`: where an invited person chooses a password."""

from http import HTTPStatus

from wtforms import HiddenField, PasswordField
from wtforms.validators import InputRequired, Length

from handlers.console.base import SIGN_IN, VisitorHandler
from handlers.console.forms import ConsoleForm
from widget_gateway.domain.console.accounts import MAX_PASSWORD
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import PasswordUnfitError

MAX_TOKEN = 100
"""The most characters of an invitation's token. Tokens have 80."""


class InvitationForm(ConsoleForm):
    """The first password of an account."""

    token = HiddenField(validators=[InputRequired(), Length(max=MAX_TOKEN)])
    password = PasswordField(validators=[InputRequired(), Length(max=MAX_PASSWORD)])


class InvitationHandler(VisitorHandler):
    """A one-time link."""

    area = "invitation"

    async def get(self) -> None:
        """Show the form, if the link still works."""
        token = self.get_query_argument("token", "")
        account = await self.services.accounts.find_invited(token)
        form = InvitationForm(None, self.language, token=token)
        self.show("invitation.html", form=form, invited=account)

    async def post(self) -> None:
        """Set the password; the person signs in with it next."""
        form = self.form(InvitationForm)
        accounts = self.services.accounts
        account = await accounts.find_invited(str(form.token.data or ""))
        if form.validate():
            try:
                async with self.acting(
                    Deed.INVITATION_ACCEPT, f"account {account.login}", provider=account.provider
                ):
                    password = str(form.password.data)
                    await accounts.accept_invitation(str(form.token.data), password)
            except PasswordUnfitError as error:
                form.refuse("password", self.text(f"account.password_{error.why}"))
            else:
                self.go(SIGN_IN, "invitation.done")
                return
        self.show(
            "invitation.html", status=HTTPStatus.UNPROCESSABLE_ENTITY, form=form, invited=account
        )


ROUTES = [(r"/console/invitation/", InvitationHandler)]

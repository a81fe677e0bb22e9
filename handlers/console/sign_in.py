"""`/console/sign-in/` and `/console/sign-out/`."""

from http import HTTPStatus
from urllib.parse import urlencode

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from handlers.console.base import SECOND_FACTOR, SIGN_IN, ElsewhereError, VisitorHandler
from handlers.console.forms import ConsoleForm
from widget_gateway.domain.console.accounts import MAX_NAME, MAX_PASSWORD, Account
from widget_gateway.domain.errors import CodeWrongError, CredentialsWrongError, RateLimitedError
from widget_gateway.services.console.passkeys import CHALLENGE, MAX_CREDENTIAL
from widget_gateway.services.console.second_factors import is_recovery_code

MAX_CODE = 64
"""The most characters of a code that is looked at. Codes have six digits, recovery codes more."""


class SignInForm(ConsoleForm):
    """A login and a password."""

    login = StringField(validators=[InputRequired(), Length(max=MAX_NAME)])
    password = PasswordField(validators=[InputRequired(), Length(max=MAX_PASSWORD)])


class SignInHandler(VisitorHandler):
    """The sign-in, whose first step is the password."""

    area = "sign_in"

    def get(self) -> None:
        """Show the form; whoever is signed in already goes on."""
        if self.account is not None and self._is_signed_in:
            self.go(self.next_page(self.account))
        else:
            self._show(SignInForm(None, self.language))

    async def post(self) -> None:
        """Check the login and the password, and begin a session under a new token."""
        form = self.form(SignInForm)
        if not form.validate():
            self._show(form, HTTPStatus.UNPROCESSABLE_ENTITY)
            return
        try:
            begun = await self.services.sign_in.begin(
                str(form.login.data), str(form.password.data), self.actor
            )
        except (CredentialsWrongError, RateLimitedError) as error:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            if isinstance(error, RateLimitedError):
                status = HTTPStatus.TOO_MANY_REQUESTS
                self.set_header("Retry-After", str(error.retry_after_s))
            self._show(form, status, self.text(f"sign_in.{error.reason}"))
            return
        self.cookie.write(begun.token)
        if begun.is_complete:
            self.go(self.next_page(begun.account))
        else:
            self.go(f"{SECOND_FACTOR}?{urlencode({'next': self.get_query_argument('next', '')})}")

    def _show(
        self, form: SignInForm, status: HTTPStatus = HTTPStatus.OK, fault: str | None = None
    ) -> None:
        self.show("sign_in.html", status=status, form=form, fault=fault)


class SignOutHandler(VisitorHandler):
    """The end of the browser's own session."""

    area = "sign_in"

    async def post(self) -> None:
        """End the session at once on all nodes, whether it is complete or not."""
        if self.session is not None:
            await self.services.sign_in.sign_out(self._token, self.session, self.actor)
        self.cookie.remove()
        self.go(SIGN_IN, "sign_in.done_sign_out")


class CodeForm(ConsoleForm):
    """A code of an authenticator app or a recovery code, or what a passkey has signed."""

    code = StringField(validators=[Length(max=MAX_CODE)])
    credential = HiddenField(validators=[Length(max=MAX_CREDENTIAL)])


class SecondFactorHandler(VisitorHandler):
    """The second step of the sign-in."""

    area = "sign_in"

    async def get(self) -> None:
        """Show the form to whoever has shown the password."""
        await self._show(CodeForm(None, self.language), HTTPStatus.OK)

    async def post(self) -> None:
        """Check the second factor, and complete the session under a new token."""
        account = self._account_under_way()
        form = self.form(CodeForm)
        fault, status = None, HTTPStatus.UNPROCESSABLE_ENTITY
        if form.validate():
            try:
                token = await self._check(account, form)
            except (CodeWrongError, RateLimitedError) as error:
                fault = self.text(f"sign_in.{error.reason}")
                if isinstance(error, RateLimitedError):
                    status = HTTPStatus.TOO_MANY_REQUESTS
                    self.set_header("Retry-After", str(error.retry_after_s))
            else:
                self.cookie.write(token)
                self.go(self.next_page(account))
                return
        await self._show(form, status, fault)

    async def _check(self, account: Account, form: CodeForm) -> str:
        sign_in, shown = self.services.sign_in, (self._token, account)
        code = str(form.code.data or "")
        if form.credential.data:
            credential = str(form.credential.data)
            return await sign_in.show_passkey(*shown, credential, self.origin, self.actor)
        if is_recovery_code(code):
            return await sign_in.show_recovery_code(*shown, code, self.actor)
        return await sign_in.show_code(*shown, code.replace(" ", ""), self.actor)

    async def _show(self, form: CodeForm, status: HTTPStatus, fault: str | None = None) -> None:
        account = self._account_under_way()
        options = None
        if account.passkeys:
            options, challenge = self.services.passkeys.authentication(account, self.origin)
            await self.services.sessions.keep(self._token, CHALLENGE, challenge)
        self.show("second_factor.html", status=status, form=form, fault=fault, options=options)

    def _account_under_way(self) -> Account:
        if self.account is None or self._is_signed_in:
            raise ElsewhereError(SIGN_IN)
        return self.account


ROUTES = [
    (r"/console/second-factor/", SecondFactorHandler),
    (r"/console/sign-in/", SignInHandler),
    (r"/console/sign-out/", SignOutHandler),
]

"""`/console/account/second-factor/`: authenticator app, passkeys and recovery codes."""

from http import HTTPStatus
from typing import Any

import segno
from webauthn.helpers import bytes_to_base64url
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from handlers.console.base import ENROLMENT, ConsoleHandler
from handlers.console.forms import ConsoleForm
from widget_gateway.domain.console.accounts import MAX_PASSWORD, Account
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import CredentialsWrongError, LastFactorError, RateLimitedError
from widget_gateway.services.console.passkeys import CHALLENGE, MAX_CREDENTIAL, passkey_id

MAX_PASSKEY_NAME = 60
SECRET = "totp"  # noqa: S105 - a name
"""The name under which a session keeps the sealed secret that an app is to be set up with."""

_SCALE = 4
"""Pixels of a square of the QR code."""


class AppForm(ConsoleForm):
    """The code that an app shows for the new secret."""

    code = StringField(validators=[InputRequired(), Length(max=20)])


class PasskeyForm(ConsoleForm):
    """What an authenticator has made, as JSON, and a name for it."""

    name = StringField(validators=[Length(max=MAX_PASSKEY_NAME)])
    credential = HiddenField(validators=[InputRequired(), Length(max=MAX_CREDENTIAL)])


class ConfirmForm(ConsoleForm):
    """The password again, for what weakens the account."""

    password = PasswordField(validators=[InputRequired(), Length(max=MAX_PASSWORD)])


class SecondFactorsHandler(ConsoleHandler):
    """All second factors of the account. An admin without one sees no other page."""

    area = "account"
    looks = Permission.OWN_ACCOUNT
    changes = Permission.OWN_ACCOUNT
    is_open_without_second_factor = True

    async def get(self) -> None:
        """Show the second factors, and how to add others."""
        await self._show(HTTPStatus.OK)

    async def post(self) -> None:
        """Do what the button `do` says."""
        deeds = {
            "add_app": self._add_app,
            "add_passkey": self._add_passkey,
            "remove_app": self._remove,
            "remove_passkey": self._remove,
            "make_codes": self._make_codes,
        }
        await deeds.get(self.get_body_argument("do", ""), self._show_refused)()

    async def _add_app(self) -> None:
        form = self.form(AppForm)
        sealed = await self.services.sessions.read(self._token, SECRET)
        factors = self.services.second_factors
        secret = None if sealed is None else factors.unseal(sealed)
        if not form.validate() or secret is None:
            await self._show(HTTPStatus.UNPROCESSABLE_ENTITY, app=form)
            return
        code = str(form.code.data).replace(" ", "")
        async with self.acting(Deed.TOTP_ADD, self._subject) as entry:
            account = await factors.add_totp(self.account.id, secret, code)
            entry.after = {"added": account is not None}
        if account is None:
            form.refuse("code", self.text("account.code_wrong"))
            await self._show(HTTPStatus.UNPROCESSABLE_ENTITY, app=form)
            return
        await self.services.sessions.take(self._token, SECRET)
        await self._go_on(account)

    async def _add_passkey(self) -> None:
        form = self.form(PasskeyForm)
        challenge = await self.services.sessions.take(self._token, CHALLENGE)
        if form.validate():
            async with self.acting(Deed.PASSKEY_ADD, self._subject) as entry:
                account = await self.services.passkeys.add(
                    self.account,
                    str(form.credential.data),
                    challenge,
                    self.origin,
                    str(form.name.data or ""),
                )
                entry.after = {"added": account is not None}
            if account is not None:
                await self._go_on(account)
                return
            form.refuse("name", self.text("account.passkey_wrong"))
        await self._show(HTTPStatus.UNPROCESSABLE_ENTITY, passkey=form)

    async def _go_on(self, account: Account) -> None:
        """Show recovery codes once, if the account has none yet; other sessions go on."""
        if account.recovery_codes_left:
            self.go(ENROLMENT, "account.done_factor")
            return
        await self._show_new_codes()

    async def _remove(self) -> None:
        if not await self._confirmed():
            return
        removed = passkey_id(self.get_body_argument("passkey", ""))
        is_app = self.get_body_argument("do") == "remove_app"
        deed = Deed.TOTP_REMOVE if is_app else Deed.PASSKEY_REMOVE
        try:
            async with self.acting(deed, self._subject):
                if is_app:
                    await self.services.second_factors.remove_totp(self.account.id)
                else:
                    await self.services.passkeys.remove(self.account, removed)
                await self.services.sessions.end_others(self.session)
        except LastFactorError:
            await self._show(HTTPStatus.CONFLICT, fault=self.text("account.last_factor"))
        else:
            self.go(ENROLMENT, "account.done_factor_removed")

    async def _make_codes(self) -> None:
        if await self._confirmed():
            await self._show_new_codes()

    async def _show_new_codes(self) -> None:
        async with self.acting(Deed.RECOVERY_CODES_MAKE, self._subject):
            codes = await self.services.second_factors.make_recovery_codes(self.account.id)
        self.show("recovery_codes.html", codes=codes)

    async def _confirmed(self) -> bool:
        form = self.form(ConfirmForm)
        try:
            if form.validate():
                password = str(form.password.data)
                await self.services.sign_in.confirm(self.account, password, self.actor)
                return True
            fault = self.text("account.password_needed")
        except CredentialsWrongError:
            fault = self.text("account.password_wrong")
        except RateLimitedError:
            fault = self.text("sign_in.rate_limited")
        await self._show(HTTPStatus.UNPROCESSABLE_ENTITY, fault=fault)
        return False

    async def _show_refused(self) -> None:
        await self._show(HTTPStatus.UNPROCESSABLE_ENTITY)

    async def _show(self, status: HTTPStatus, **shown: Any) -> None:
        services, account = self.services, self.account
        options, challenge = services.passkeys.registration(account, self.origin)
        await services.sessions.keep(self._token, CHALLENGE, challenge)
        sealed = await services.sessions.read(self._token, SECRET)
        factors = services.second_factors
        secret = None if sealed is None else factors.unseal(sealed)
        if secret is None:
            secret = factors.new_secret()
            await services.sessions.keep(self._token, SECRET, factors.seal(secret))
        picture = segno.make(factors.address_of(secret, account.login), micro=False)
        values: dict[str, Any] = {
            "app": AppForm(None, self.language),
            "passkey": PasskeyForm(None, self.language),
            "confirm": ConfirmForm(None, self.language),
            "fault": None,
        }
        self.show(
            "second_factors.html",
            status=status,
            options=options,
            secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
            picture=picture.svg_data_uri(scale=_SCALE, border=3, dark="#000", light="#fff"),
            passkeys=[(bytes_to_base64url(each.id), each) for each in account.passkeys],
            **(values | shown),
        )

    @property
    def _subject(self) -> str:
        return f"account {self.account.login}"


ROUTES = [(ENROLMENT, SecondFactorsHandler)]

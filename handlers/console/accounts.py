"""`/console/accounts/`: all accounts, for admins; `…/<slug>/team/`: those of one provider."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from tornado.web import HTTPError
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from handlers.console.base import ConsoleHandler
from handlers.console.forms import ConsoleForm, options
from widget_gateway.domain.console.accounts import MAX_NAME, Account
from widget_gateway.domain.console.roles import Permission, Role
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import (
    AccountExistsError,
    AccountUnfitError,
    LastAdminError,
    ProviderNotFoundError,
)
from widget_gateway.domain.ids import AccountId, ProviderSlug, parse_uuid

PAGE_SIZE = 50
ACCOUNTS = "/console/accounts/"


class MemberForm(ConsoleForm):
    """Who is invited."""

    login = StringField(validators=[InputRequired(), Length(max=MAX_NAME)])
    name = StringField(validators=[Length(max=MAX_NAME)])


class AccountForm(MemberForm):
    """Who is invited, and as what."""

    role = SelectField(choices=options(Role), default=Role.PARTNER.value)
    provider = StringField(validators=[Optional(), Length(max=MAX_NAME)])


class ChangeForm(ConsoleForm):
    """What of an account may be changed."""

    name = StringField(validators=[Length(max=MAX_NAME)])
    role = SelectField(choices=options(Role))
    provider = StringField(validators=[Optional(), Length(max=MAX_NAME)])


class InvitingHandler(ConsoleHandler):
    """Makes accounts, and links by which they get their password."""

    area = "accounts"

    async def invite(self, account: Account) -> None:
        """Show a link that works once, for 24 hours."""
        async with self.acting(
            Deed.ACCOUNT_INVITE, f"account {account.login}", provider=account.provider
        ):
            token = await self.services.accounts.invite(account.id)
        link = f"{self.origin}/console/invitation/?{urlencode({'token': token})}"
        self.show("invited.html", invited=account, link=link, back=self.request.path)

    async def create(self, form: MemberForm, role: Role, provider: ProviderSlug | None) -> bool:
        """Make an account and show its link. False if something is wrong with the form."""
        if not form.validate():
            return False
        login, name = str(form.login.data), str(form.name.data or "")
        try:
            async with self.acting(
                Deed.ACCOUNT_CREATE, f"account {login}", provider=provider
            ) as entry:
                account = await self.services.accounts.create(
                    login=login,
                    name=name,
                    role=role,
                    provider=provider,
                    password=None,
                    locale=self.account.locale,
                )
                entry.after = {"role": role.value, "provider": provider, "name": name}
        except AccountExistsError:
            form.refuse("login", self.text("accounts.exists"))
        except AccountUnfitError:
            form.refuse("login", self.text("accounts.unfit"))
        except ProviderNotFoundError:
            form.refuse("provider", self.text("refusals.provider_not_found"))
        else:
            await self.invite(account)
            return True
        return False

    def may_invite(self, account: Account) -> bool:
        """Whether a link may be made by which the account gets another password.

        A partner makes none for colleagues who have a password, since with one it could sign in as
        them. Admins do so for whoever has forgotten a password.
        """
        return not account.disabled and (not account.has_password or self.may(Permission.ACCOUNTS))

    async def do(self, account: Account) -> None:
        """Disable, enable or invite an account, as the button `do` says."""
        accounts, subject = self.services.accounts, f"account {account.login}"
        match self.get_body_argument("do", ""):
            case "disable":
                if account.id == self.account.id:
                    raise HTTPError(HTTPStatus.FORBIDDEN, "nobody disables oneself")
                async with self.acting(Deed.ACCOUNT_DISABLE, subject, provider=account.provider):
                    await accounts.disable(account.id)
            case "enable":
                async with self.acting(Deed.ACCOUNT_ENABLE, subject, provider=account.provider):
                    await accounts.enable(account.id)
            case "invite":
                if not self.may_invite(account):
                    raise HTTPError(HTTPStatus.FORBIDDEN, "no link for this account")
                await self.invite(account)
                return
            case _:
                raise HTTPError(HTTPStatus.UNPROCESSABLE_ENTITY)
        self.go(self.request.path, "accounts.done")

    async def list_page(self, provider: ProviderSlug | None) -> dict[str, Any]:
        """Return what the list shows: accounts, and the address of the next page."""
        after = self.get_query_argument("after", "")
        found = await self.services.accounts.list_page(
            provider=provider, after=after, limit=PAGE_SIZE + 1
        )
        shown = found[:PAGE_SIZE]
        next_url = f"?{urlencode({'after': shown[-1].login})}" if len(found) > PAGE_SIZE else None
        return {
            "accounts": shown,
            "next_url": next_url,
            "first_url": self.request.path if after else None,
        }

    async def find(self, text: str) -> Account:
        """Return the account with an id.

        Raises:
            AccountNotFoundError: there is none.
            HTTPError: the text is no id.
        """
        key = parse_uuid(text)
        if key is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        return await self.services.accounts.get(AccountId(key))


class AccountsHandler(InvitingHandler):
    """All accounts."""

    looks = Permission.ACCOUNTS
    changes = Permission.ACCOUNTS

    async def get(self) -> None:
        """List the accounts."""
        await self._show(AccountForm(None, self.language), HTTPStatus.OK)

    async def post(self) -> None:
        """Make an account and invite whom it is for."""
        form = self.form(AccountForm)
        role = form.role.data if form.role.data in set(Role) else Role.SUPPORT
        provider = ProviderSlug(form.provider.data) if form.provider.data else None
        if not await self.create(form, Role(role), provider):
            await self._show(form, HTTPStatus.UNPROCESSABLE_ENTITY)

    async def _show(self, form: AccountForm, status: HTTPStatus) -> None:
        self.show("accounts.html", status=status, form=form, **await self.list_page(None))


class AccountChangeHandler(InvitingHandler):
    """One account."""

    looks = Permission.ACCOUNTS
    changes = Permission.ACCOUNTS

    async def get(self, account_id: str) -> None:
        """Show the account."""
        shown = await self.find(account_id)
        form = ChangeForm(
            None, self.language, name=shown.name, role=shown.role.value, provider=shown.provider
        )
        self.show("account_change.html", shown=shown, form=form)

    async def post(self, account_id: str) -> None:
        """Change the account, as the button `do` says."""
        account = await self.find(account_id)
        match self.get_body_argument("do", ""):
            case "update":
                await self._change(account)
            case "reset":
                await self._reset(account)
            case _:
                await self.do(account)

    async def _reset(self, account: Account) -> None:
        """Remove the second factors of somebody who has lost them."""
        if account.id == self.account.id:
            raise HTTPError(HTTPStatus.FORBIDDEN, "own second factors have a page of their own")
        async with self.acting(
            Deed.FACTORS_REMOVE, f"account {account.login}", provider=account.provider
        ):
            await self.services.second_factors.remove_all(account.id)
        self.go(self.request.path, "accounts.done")

    async def _change(self, account: Account) -> None:
        form = self.form(ChangeForm)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.validate():
            try:
                await self._update(account, form)
            except AccountUnfitError:
                form.refuse("provider", self.text("accounts.provider_needed"))
            except ProviderNotFoundError:
                form.refuse("provider", self.text("refusals.provider_not_found"))
            except LastAdminError:
                form.refuse("role", self.text("refusals.last_admin"))
                status = HTTPStatus.CONFLICT
            else:
                self.go(self.request.path, "accounts.done")
                return
        self.show("account_change.html", status=status, shown=account, form=form)

    async def _update(self, account: Account, form: ChangeForm) -> None:
        before = {"name": account.name, "role": account.role, "provider": account.provider}
        subject = f"account {account.login}"
        async with self.acting(
            Deed.ACCOUNT_UPDATE, subject, provider=account.provider, before=before
        ) as entry:
            changed = await self.services.accounts.update(
                account,
                name=str(form.name.data or ""),
                role=Role(form.role.data),
                provider=ProviderSlug(form.provider.data) if form.provider.data else None,
                locale=account.locale,
            )
            entry.after = {
                "name": changed.name,
                "role": changed.role,
                "provider": changed.provider,
            }


ROUTES = [
    (ACCOUNTS, AccountsHandler),
    (rf"{ACCOUNTS}([0-9a-f-]{{36}})/", AccountChangeHandler),
]

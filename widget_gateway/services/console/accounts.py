"""Accounts of the console: makes, finds and changes them."""

import hashlib
import secrets
from typing import Any
from uuid import uuid4

from storage.console.accounts import AccountStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.accounts import (
    INVITATION_LIFETIME,
    MAX_NAME,
    Account,
    normalise_login,
)
from widget_gateway.domain.console.roles import Role
from widget_gateway.domain.errors import (
    AccountNotFoundError,
    AccountUnfitError,
    InvitationInvalidError,
)
from widget_gateway.domain.ids import AccountId, ProviderSlug, parse_uuid
from widget_gateway.services.console.passwords import check_password
from widget_gateway.services.partners.providers import ProviderService
from widget_gateway.services.slow_hashes import SlowHashes


class AccountService:
    """Use cases around accounts."""

    def __init__(
        self, accounts: AccountStore, providers: ProviderService, hashes: SlowHashes, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._providers = providers
        self._hashes = hashes
        self._clock = clock
        self._has_any = False

    async def exists_any(self) -> bool:
        """Whether there is an account. The console is off until there is one."""
        # Accounts are never removed, so the answer stays once it is yes.
        self._has_any = self._has_any or await self._accounts.exists_any()
        return self._has_any

    async def create(  # noqa: PLR0913 - an account's fields
        self,
        *,
        login: str,
        name: str,
        role: Role,
        provider: ProviderSlug | None,
        password: str | None,
        locale: str | None,
    ) -> Account:
        """Make an account. Without a password it has to be invited.

        Raises:
            AccountUnfitError: the login or the name is not valid, or the role needs a provider.
            ProviderNotFoundError: there is no such provider.
            PasswordUnfitError: the password is not safe.
            AccountExistsError: the login is taken.
        """
        normal = _login(login)
        _check_name(name)
        await self._check_provider(role, provider)
        hashed = None if password is None else await self._hash(password, normal, name)
        account = Account(
            id=AccountId(uuid4()),
            login=normal,
            name=name,
            role=role,
            provider=provider,
            locale=locale,
            created_at=self._clock(),
            has_password=hashed is not None,
        )
        await self._accounts.add(account, hashed)
        self._has_any = True
        return account

    async def get(self, account: AccountId) -> Account:
        """Return an account.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        found = await self._accounts.find(account)
        if found is None:
            raise AccountNotFoundError
        return found[0]

    async def get_by_login(self, login: str) -> Account:
        """Return the account with a login.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        found = await self._accounts.find_by_login(normalise_login(login) or "")
        if found is None:
            raise AccountNotFoundError(names=(login,))
        return found[0]

    async def list_page(
        self, *, provider: ProviderSlug | None = None, after: str = "", limit: int
    ) -> list[Account]:
        """Return accounts behind a login, sorted by it: all, or those of a provider."""
        return await self._accounts.list_page(provider=provider, after=after, limit=limit)

    async def update(
        self,
        account: Account,
        *,
        name: str,
        role: Role,
        provider: ProviderSlug | None,
        locale: str | None,
    ) -> Account:
        """Change an account. With another role or provider its sessions are over.

        Raises:
            AccountUnfitError: the name is not valid, or the role needs a provider.
            ProviderNotFoundError: there is no such provider.
            AccountNotFoundError: there is no such account any more.
            LastAdminError: nobody could administer the console any more.
        """
        _check_name(name)
        fields: dict[str, Any] = {"name": name, "locale": locale}
        if (role, provider) == (account.role, account.provider):
            return await self._accounts.change(account.id, fields)
        await self._check_provider(role, provider)
        fields |= {"role": role.value, "provider": provider}
        return await self._accounts.change_power(account.id, fields)

    async def set_locale(self, account: AccountId, locale: str | None) -> Account:
        """Set the language of an account's pages; None leaves it to the browser.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        return await self._accounts.change(account, {"locale": locale})

    async def disable(self, account: AccountId) -> Account:
        """Let an account sign in no longer. Its sessions and its invitation are over.

        Raises:
            AccountNotFoundError: there is no such account.
            LastAdminError: nobody could administer the console any more.
        """
        return await self._accounts.change_power(account, {"disabled": True, "invitation": None})

    async def enable(self, account: AccountId) -> Account:
        """Let a disabled account sign in again.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        return await self._accounts.change(account, {"disabled": False})

    async def set_password(self, account: Account, password: str) -> Account:
        """Set an account's password. Its sessions and its invitation are over.

        Raises:
            PasswordUnfitError: the password is not safe.
            AccountNotFoundError: there is no such account any more.
        """
        hashed = await self._hash(password, account.login, account.name)
        fields = {"password": hashed, "invitation": None}
        return await self._accounts.change(account.id, fields, ends_sessions=True)

    async def invite(self, account: AccountId) -> str:
        """Return a token by which the account gets its password, once, within 24 hours.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        secret = secrets.token_urlsafe(32)
        invitation = {"hash": _hash_of(secret), "expires_at": self._clock() + INVITATION_LIFETIME}
        await self._accounts.change(account, {"invitation": invitation})
        return f"{account}.{secret}"

    async def find_invited(self, token: str) -> Account:
        """Return the account that a token invites.

        Raises:
            InvitationInvalidError: the token is unknown, used, replaced or too old.
        """
        account, secret = _read_token(token)
        if not await self._accounts.is_invited(account, _hash_of(secret), self._clock()):
            raise InvitationInvalidError
        return await self.get(account)

    async def accept_invitation(self, token: str, password: str) -> Account:
        """Set the password of an invited account, which may sign in from now on.

        Raises:
            InvitationInvalidError: the token is unknown, used, replaced or too old.
            PasswordUnfitError: the password is not safe. The invitation stays.
        """
        account, secret = _read_token(token)
        invited = await self.find_invited(token)
        hashed = await self._hash(password, invited.login, invited.name)
        return await self._accounts.accept_invitation(
            account, _hash_of(secret), hashed, self._clock()
        )

    async def _check_provider(self, role: Role, provider: ProviderSlug | None) -> None:
        if (role is Role.PARTNER) != (provider is not None):
            raise AccountUnfitError("A partner's account has a provider, and no other account has.")
        if provider is not None:
            await self._providers.get(provider)

    async def _hash(self, password: str, login: str, name: str) -> str:
        party = f"console {login}"  # Whoever sets a password makes nobody else wait.
        with self._hashes.place(party):
            await self._hashes.run(party, check_password, password, login, name)
            return await self._hashes.hash(password.encode(), party)


def _login(text: str) -> str:
    login = normalise_login(text)
    if login is None:
        raise AccountUnfitError("A login has 1 to 150 letters, digits and the characters . @ + - _")
    return login


def _check_name(name: str) -> None:
    if len(name) > MAX_NAME:
        raise AccountUnfitError(f"A name has at most {MAX_NAME} characters.")


def _read_token(token: str) -> tuple[AccountId, str]:
    account, _, secret = token.partition(".")
    key = parse_uuid(account)
    if key is None or not secret:
        raise InvitationInvalidError
    return AccountId(key), secret


def _hash_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

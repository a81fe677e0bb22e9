"""Accounts of the console: makes, finds and changes them."""

from uuid import uuid4

from storage.console.accounts import AccountStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.console.accounts import MAX_NAME, Account, normalise_login
from widget_gateway.domain.console.roles import Role
from widget_gateway.domain.errors import (
    AccountNotFoundError,
    AccountUnfitError,
)
from widget_gateway.domain.ids import AccountId, ProviderSlug
from widget_gateway.services.console.passwords import check_password
from widget_gateway.services.partners.providers import ProviderService
from widget_gateway.services.slow_hashes import SlowHashes

_OPERATORS = "console"
"""The party of those who set passwords (`FairTurns`)."""


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
        normal = normalise_login(login)
        if normal is None:
            raise AccountUnfitError(
                "A login has 1 to 150 letters, digits and the characters . @ + - _"
            )
        if len(name) > MAX_NAME:
            raise AccountUnfitError(f"A name has at most {MAX_NAME} characters.")
        await self._check_provider(role, provider)
        hashed = None if password is None else await self.hash(password, normal)
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
        return account

    async def _check_provider(self, role: Role, provider: ProviderSlug | None) -> None:
        if (role is Role.PARTNER) != (provider is not None):
            raise AccountUnfitError("A partner's account has a provider, and no other account has.")
        if provider is not None:
            await self._providers.get(provider)

    async def hash(self, password: str, login: str) -> str:
        """Check a new password and return its hash.

        Raises:
            PasswordUnfitError: the password is not safe.
        """
        check_password(password, login)
        with self._hashes.place(_OPERATORS):
            return await self._hashes.hash(password.encode(), _OPERATORS)

    async def get(self, account: AccountId) -> Account:
        """Return an account.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        found = await self._accounts.find(account)
        if found is None:
            raise AccountNotFoundError
        return found[0]

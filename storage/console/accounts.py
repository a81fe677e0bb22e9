"""Accounts of the console, with the hashes of their passwords and their second factors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from storage.client import Database, Document, translated
from widget_gateway.domain.console.accounts import Account, Passkey
from widget_gateway.domain.console.roles import Role
from widget_gateway.domain.errors import AccountExistsError, AccountNotFoundError
from widget_gateway.domain.ids import AccountId, ProviderSlug


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an account signs in with: the hash of its password, and its sealed TOTP secret."""

    password: str | None
    totp: bytes | None


def account_from(row: Document) -> Account:
    """Make an account of its document, without its secrets."""
    return Account(
        id=AccountId(row["_id"]),
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        provider=None if row["provider"] is None else ProviderSlug(row["provider"]),
        locale=row["locale"],
        created_at=row["created_at"],
        disabled=row["disabled"],
        has_password=row["password"] is not None,
        has_totp=row["totp"] is not None,
        passkeys=tuple(Passkey(**passkey) for passkey in row["passkeys"]),
        recovery_codes_left=len(row["recovery_codes"]),
    )


class AccountStore:
    """Accounts by id. `version` rises with whatever makes the account's sessions invalid."""

    def __init__(self, database: Database) -> None:
        self._accounts = database["console_accounts"]

    async def add(self, account: Account, password: str | None) -> None:
        """Store a new account; `password` is the hash of its password.

        Raises:
            AccountExistsError: another account has the login.
        """
        row = {
            "_id": account.id,
            "login": account.login,
            "name": account.name,
            "role": account.role.value,
            "provider": account.provider,
            "locale": account.locale,
            "created_at": account.created_at,
            "disabled": account.disabled,
            "password": password,
            "version": 1,
            "totp": None,
            "totp_step": 0,
            "passkeys": [],
            "recovery_codes": [],
        }
        with translated():
            try:
                await self._accounts.insert_one(row)
            except DuplicateKeyError:
                raise AccountExistsError from None

    async def exists_any(self) -> bool:
        """Whether there is any account."""
        with translated():
            return await self._accounts.find_one({}, {"_id": 1}) is not None

    async def find(self, account: AccountId) -> tuple[Account, int] | None:
        """Find an account and its version."""
        with translated():
            row = await self._accounts.find_one({"_id": account})
        return (account_from(row), row["version"]) if row else None

    async def find_by_login(self, login: str) -> tuple[Account, Secrets] | None:
        """Find an account by its login, with what it signs in with."""
        with translated():
            row = await self._accounts.find_one({"login": login})
        return (account_from(row), Secrets(row["password"], row["totp"])) if row else None

    async def find_secrets(self, account: AccountId) -> Secrets:
        """Find what an account signs in with.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        with translated():
            row = await self._accounts.find_one({"_id": account}, {"password": 1, "totp": 1})
        if row is None:
            raise AccountNotFoundError
        return Secrets(row["password"], row["totp"])

    async def set_totp(self, account: AccountId, sealed: bytes | None) -> Account:
        """Store a sealed TOTP secret, or remove it.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        return await self.change(account, {"totp": sealed, "totp_step": 0})

    async def use_totp_step(self, account: AccountId, step: int) -> bool:
        """Note that the code of a time step was used; False if that or a later one was before."""
        with translated():
            used = await self._accounts.update_one(
                {"_id": account, "totp_step": {"$lt": step}}, {"$set": {"totp_step": step}}
            )
        return bool(used.modified_count)

    async def change(
        self, account: AccountId, fields: Mapping[str, Any], *, ends_sessions: bool = False
    ) -> Account:
        """Change these fields of an account.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        change: Document = {"$set": dict(fields)}
        if ends_sessions:
            change["$inc"] = {"version": 1}
        with translated():
            row = await self._accounts.find_one_and_update(
                {"_id": account}, change, return_document=ReturnDocument.AFTER
            )
        if row is None:
            raise AccountNotFoundError
        return account_from(row)

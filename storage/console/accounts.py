"""Accounts of the console, with the hashes of their passwords and their second factors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson.binary import Binary
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from storage import transactions
from storage.client import Client, Database, Document, translated
from storage.transactions import Session
from widget_gateway.domain.console.accounts import Account, Passkey
from widget_gateway.domain.console.roles import Role
from widget_gateway.domain.errors import (
    AccountExistsError,
    AccountNotFoundError,
    InvitationInvalidError,
    LastAdminError,
)
from widget_gateway.domain.ids import AccountId, ProviderSlug


@dataclass(frozen=True, slots=True)
class Secrets:
    """What an account signs in with: the hash of its password, and its sealed TOTP secret.

    `version` is the account's when these were read.
    """

    password: str | None
    totp: bytes | None
    version: int


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
    """Accounts by id. `version` rises with whatever makes the account's sessions invalid.

    `documents` are for SecondFactorStore alone, whose data stands in the same documents.
    """

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._accounts = self.documents = database["console_accounts"]

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
            "invitation": None,
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
        return (account_from(row), _secrets_from(row)) if row else None

    async def list_page(
        self, *, provider: ProviderSlug | None, after: str, limit: int
    ) -> list[Account]:
        """List accounts behind a login, sorted by it: all, or those of a provider."""
        wanted: Document = {"login": {"$gt": after}}
        if provider is not None:
            wanted["provider"] = provider
        with translated():
            found = self._accounts.find(wanted).sort("login", 1).limit(limit)
            return [account_from(row) async for row in found]

    async def find_secrets(self, account: AccountId) -> Secrets:
        """Find what an account signs in with.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        with translated():
            row = await self._accounts.find_one({"_id": account})
        if row is None:
            raise AccountNotFoundError
        return _secrets_from(row)

    async def change(
        self, account: AccountId, fields: Mapping[str, Any], *, ends_sessions: bool = False
    ) -> Account:
        """Change these fields of an account; with `ends_sessions` its sessions are over.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        change = _set(fields, ends_sessions=ends_sessions)
        changed = await self._find_and_update({"_id": account}, change)
        if changed is None:
            raise AccountNotFoundError
        return changed

    async def change_power(self, account: AccountId, fields: Mapping[str, Any]) -> Account:
        """Change an account's role, or whether it is disabled; its sessions are over. Atomic.

        Raises:
            AccountNotFoundError: there is no such account.
            LastAdminError: nobody could administer the console any more.
        """

        async def work(session: Session) -> Account:
            able = {"role": Role.ADMIN.value, "disabled": False, "password": {"$ne": None}}
            # All of them are written, so that two such changes at once conflict.
            before = await self._accounts.update_many(able, {"$inc": {"power": 1}}, session=session)
            row = await self._accounts.find_one_and_update(
                {"_id": account},
                _set(fields, ends_sessions=True),
                session=session,
                return_document=ReturnDocument.AFTER,
            )
            if row is None:
                raise AccountNotFoundError
            left = await self._accounts.find_one(able, {"_id": 1}, session=session)
            if before.matched_count and left is None:
                raise LastAdminError
            return account_from(row)

        return await transactions.run(self._client, work)

    async def accept_invitation(
        self, account: AccountId, token_hash: bytes, password: str, now: datetime
    ) -> Account:
        """Set the first password of an invited account, and use its invitation up; atomic.

        Raises:
            InvitationInvalidError: the account has no such invitation, or it is too old.
        """
        change = _set({"password": password, "invitation": None}, ends_sessions=True)
        accepted = await self._find_and_update(_invited(account, token_hash, now), change)
        if accepted is None:
            raise InvitationInvalidError
        return accepted

    async def is_invited(self, account: AccountId, token_hash: bytes, now: datetime) -> bool:
        """Whether an account has this invitation."""
        wanted = _invited(account, token_hash, now)
        with translated():
            return await self._accounts.find_one(wanted, {"_id": 1}) is not None

    async def _find_and_update(self, wanted: Document, change: Document) -> Account | None:
        with translated():
            row = await self._accounts.find_one_and_update(
                wanted, change, return_document=ReturnDocument.AFTER
            )
        return None if row is None else account_from(row)


def _secrets_from(row: Document) -> Secrets:
    return Secrets(row["password"], row["totp"], row["version"])


def _set(fields: Mapping[str, Any], *, ends_sessions: bool) -> Document:
    change: Document = {"$set": dict(fields)}
    if ends_sessions:
        change["$inc"] = {"version": 1}
    return change


def _invited(account: AccountId, token_hash: bytes, now: datetime) -> Document:
    return {
        "_id": account,
        "disabled": False,
        "invitation.hash": Binary(token_hash),
        "invitation.expires_at": {"$gt": now},
    }

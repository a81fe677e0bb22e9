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

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
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
        return (account_from(row), Secrets(row["password"], row["totp"])) if row else None

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
            row = await self._accounts.find_one({"_id": account}, {"password": 1, "totp": 1})
        if row is None:
            raise AccountNotFoundError
        return Secrets(row["password"], row["totp"])

    async def change(
        self, account: AccountId, fields: Mapping[str, Any], *, ends_sessions: bool = False
    ) -> Account:
        """Change these fields of an account; with `ends_sessions` its sessions are over.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        return await self._update(account, _set(fields, ends_sessions=ends_sessions))

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

    async def use_recovery_code(self, account: AccountId, code_hash: bytes) -> bool:
        """Use a recovery code up; False if the account has no such code."""
        with translated():
            used = await self._accounts.update_one(
                {"_id": account, "recovery_codes": Binary(code_hash)},
                {"$pull": {"recovery_codes": Binary(code_hash)}},
            )
        return bool(used.modified_count)

    async def add_passkey(self, account: AccountId, passkey: Passkey) -> Account:
        """Add a passkey to an account.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        row = {
            "id": passkey.id,
            "public_key": passkey.public_key,
            "sign_count": passkey.sign_count,
            "name": passkey.name,
            "created_at": passkey.created_at,
        }
        return await self._update(account, {"$push": {"passkeys": row}})

    async def remove_passkey(self, account: AccountId, passkey: bytes) -> Account:
        """Remove a passkey from an account.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        return await self._update(account, {"$pull": {"passkeys": {"id": passkey}}})

    async def use_passkey(self, account: AccountId, passkey: Passkey, sign_count: int) -> bool:
        """Note the new counter of a passkey; False if the stored one has changed meanwhile."""
        with translated():
            used = await self._accounts.update_one(
                {
                    "_id": account,
                    "passkeys": {
                        "$elemMatch": {"id": passkey.id, "sign_count": passkey.sign_count}
                    },
                },
                {"$set": {"passkeys.$.sign_count": sign_count}},
            )
        return bool(used.matched_count)

    async def accept_invitation(
        self, account: AccountId, token_hash: bytes, password: str, now: datetime
    ) -> Account:
        """Set the first password of an invited account, and use its invitation up; atomic.

        Raises:
            InvitationInvalidError: the account has no such invitation, or it is too old.
        """
        change = _set({"password": password, "invitation": None}, ends_sessions=True)
        with translated():
            row = await self._accounts.find_one_and_update(
                _invited(account, token_hash, now), change, return_document=ReturnDocument.AFTER
            )
        if row is None:
            raise InvitationInvalidError
        return account_from(row)

    async def is_invited(self, account: AccountId, token_hash: bytes, now: datetime) -> bool:
        """Whether an account has this invitation."""
        wanted = _invited(account, token_hash, now)
        with translated():
            return await self._accounts.find_one(wanted, {"_id": 1}) is not None

    async def _update(self, account: AccountId, change: Document) -> Account:
        with translated():
            row = await self._accounts.find_one_and_update(
                {"_id": account}, change, return_document=ReturnDocument.AFTER
            )
        if row is None:
            raise AccountNotFoundError
        return account_from(row)


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

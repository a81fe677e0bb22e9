"""Second factors of the console's accounts, which stand in the documents of the accounts."""

from bson.binary import Binary
from pymongo import ReturnDocument

from storage.client import Document, translated
from storage.console.accounts import AccountStore, account_from
from widget_gateway.domain.console.accounts import MAX_PASSKEYS, Account, Passkey
from widget_gateway.domain.console.roles import NEEDS_SECOND_FACTOR
from widget_gateway.domain.errors import (
    AccountNotFoundError,
    FactorNotFoundError,
    LastFactorError,
)
from widget_gateway.domain.ids import AccountId


class SecondFactorStore:
    """TOTP secrets, passkeys and recovery codes. Each method is a single atomic command."""

    def __init__(self, accounts: AccountStore) -> None:
        self._accounts = accounts.documents

    async def add_totp(self, account: AccountId, sealed: bytes, step: int) -> Account | None:
        """Store a sealed TOTP secret, of which the code of a time step was used already.

        None if there is no such account, or it has a secret.
        """
        wanted = {"_id": account, "totp": None}
        return await self._find_and_update(wanted, {"$set": {"totp": sealed, "totp_step": step}})

    async def remove_totp(self, account: AccountId) -> Account:
        """Remove an account's TOTP secret.

        Raises:
            LastFactorError: the account's role needs a second factor, and this is the only one.
            FactorNotFoundError: the account has no TOTP secret.
        """
        return await self._remove_factor(
            {"_id": account, "totp": {"$ne": None}},
            {"$set": {"totp": None, "totp_step": 0}},
            others=[{"passkeys.0": {"$exists": True}}],
        )

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

    async def add_passkey(self, account: AccountId, passkey: Passkey) -> Account | None:
        """Add a passkey to an account.

        None if there is no such account, or it has this passkey, or as many as it may have.
        """
        row = {
            "id": passkey.id,
            "public_key": passkey.public_key,
            "sign_count": passkey.sign_count,
            "name": passkey.name,
            "created_at": passkey.created_at,
        }
        wanted = {
            "_id": account,
            "passkeys.id": {"$ne": passkey.id},
            f"passkeys.{MAX_PASSKEYS - 1}": {"$exists": False},
        }
        return await self._find_and_update(wanted, {"$push": {"passkeys": row}})

    async def remove_passkey(self, account: AccountId, passkey: bytes) -> Account:
        """Remove a passkey from an account.

        Raises:
            LastFactorError: the account's role needs a second factor, and this is the only one.
            FactorNotFoundError: the account has no such passkey.
        """
        return await self._remove_factor(
            {"_id": account, "passkeys.id": passkey},
            {"$pull": {"passkeys": {"id": passkey}}},
            others=[{"passkeys.1": {"$exists": True}}, {"totp": {"$ne": None}}],
        )

    async def remove_all(self, account: AccountId) -> Account:
        """Remove all second factors and recovery codes of an account; its sessions are over.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        nothing: Document = {"totp": None, "totp_step": 0, "passkeys": [], "recovery_codes": []}
        return await self._change(account, {"$set": nothing, "$inc": {"version": 1}})

    async def set_recovery_codes(self, account: AccountId, code_hashes: list[bytes]) -> Account:
        """Store the hashes of new recovery codes, which replace all former ones.

        Raises:
            AccountNotFoundError: there is no such account.
        """
        return await self._change(account, {"$set": {"recovery_codes": code_hashes}})

    async def _change(self, account: AccountId, change: Document) -> Account:
        changed = await self._find_and_update({"_id": account}, change)
        if changed is None:
            raise AccountNotFoundError
        return changed

    async def _remove_factor(
        self, wanted: Document, change: Document, *, others: list[Document]
    ) -> Account:
        """Remove a factor if the role needs none, or one of the `others` is there."""
        needs_none = {"role": {"$nin": [role.value for role in NEEDS_SECOND_FACTOR]}}
        changed = await self._find_and_update(wanted | {"$or": [needs_none, *others]}, change)
        if changed is not None:
            return changed
        with translated():
            has_it = await self._accounts.find_one(wanted, {"_id": 1})
        raise FactorNotFoundError if has_it is None else LastFactorError

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

    async def _find_and_update(self, wanted: Document, change: Document) -> Account | None:
        with translated():
            row = await self._accounts.find_one_and_update(
                wanted, change, return_document=ReturnDocument.AFTER
            )
        return None if row is None else account_from(row)

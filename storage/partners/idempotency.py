"""Calls with an `Idempotency-Key`, and their answers. A TTL index removes them."""

from datetime import datetime
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from storage.client import Database, Document, translated
from widget_gateway.domain.errors import IdempotencyKeyInUseError, IdempotencyKeyReusedError
from widget_gateway.domain.partners.idempotency import Claim, StoredAnswer
from widget_gateway.domain.partners.providers import Caller


class IdempotencyStore:
    """Calls by {provider, sandbox, key}. Only one of several equal calls can insert its row."""

    def __init__(self, database: Database) -> None:
        self._calls = database["idempotency"]

    async def claim(  # noqa: PLR0913 - the caller decides the times
        self,
        caller: Caller,
        key: str,
        fingerprint: bytes,
        *,
        now: datetime,
        claimed_until: datetime,
        expires_at: datetime,
    ) -> Claim | StoredAnswer:
        """Claim the right to run the call, or return the answer that it already has; atomic.

        A claim without an answer at `claimed_until` may be taken over: its process has died.

        Raises:
            IdempotencyKeyReusedError: the key was used for another call before.
            IdempotencyKeyInUseError: the call is running now.
        """
        document_id = {"provider": caller.provider.slug, "sandbox": caller.sandbox, "key": key}
        claim = Claim(document_id, uuid4(), uuid4())
        new = {
            "_id": document_id,
            "fingerprint": fingerprint,
            "token": claim.token,
            "seed": claim.seed,
            "claimed_until": claimed_until,
            "expires_at": expires_at,
            "answer": None,
        }
        with translated():
            try:
                await self._calls.insert_one(new)
            except DuplicateKeyError:
                return await self._repeated(new, now)
        return claim

    async def _repeated(self, new: Document, now: datetime) -> Claim | StoredAnswer:
        row = await self._calls.find_one({"_id": new["_id"]})
        if row is None:  # It was released, or has expired, since the insert failed.
            raise IdempotencyKeyInUseError
        mine = {"_id": row["_id"], "token": row["token"]}
        if row["expires_at"] <= now:  # The TTL index may be a minute late.
            replaced = await self._calls.replace_one(mine, new)
            if not replaced.matched_count:
                raise IdempotencyKeyInUseError
            return Claim(row["_id"], new["token"], new["seed"])
        if row["fingerprint"] != new["fingerprint"]:
            raise IdempotencyKeyReusedError
        if row["answer"] is not None:
            return StoredAnswer(**row["answer"])
        if row["claimed_until"] > now:
            raise IdempotencyKeyInUseError
        taken = await self._calls.update_one(
            {**mine, "answer": None},
            {"$set": {"token": new["token"], "claimed_until": new["claimed_until"]}},
        )
        if not taken.matched_count:
            raise IdempotencyKeyInUseError
        return Claim(row["_id"], new["token"], row["seed"])

    async def keep(self, claim: Claim, answer: StoredAnswer) -> None:
        """Store the answer of the call unless the claim was taken over."""
        fields = {name: getattr(answer, name) for name in StoredAnswer.__slots__}
        with translated():
            await self._calls.update_one(
                {"_id": claim.id, "token": claim.token}, {"$set": {"answer": fields}}
            )

    async def reopen(self, claim: Claim, now: datetime) -> None:
        """Let the next try of the same call run at once, unless the claim was taken over."""
        with translated():
            await self._calls.update_one(
                {"_id": claim.id, "token": claim.token}, {"$set": {"claimed_until": now}}
            )

    async def release(self, claim: Claim) -> None:
        """Forget the call unless the claim was taken over. It may then be made again at once."""
        with translated():
            await self._calls.delete_one({"_id": claim.id, "token": claim.token})

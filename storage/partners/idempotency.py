"""Calls that are to happen once, by the caller's `Idempotency-Key`; they leave by TTL."""

from datetime import datetime
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from storage.client import Database, Document, translated
from widget_gateway.domain.errors import IdempotencyKeyInUseError, IdempotencyKeyReusedError
from widget_gateway.domain.partners.idempotency import Claim, StoredAnswer
from widget_gateway.domain.partners.providers import Caller


class IdempotencyStore:
    """`_id` is {provider, sandbox, key}: two first calls can't both be first."""

    def __init__(self, database: Database) -> None:
        self._calls = database["idempotency"]

    async def claim(  # noqa: PLR0913 - the times are the caller's to say
        self,
        caller: Caller,
        key: str,
        fingerprint: bytes,
        *,
        now: datetime,
        claimed_until: datetime,
        expires_at: datetime,
    ) -> Claim | StoredAnswer:
        """The right to run the call, or the answer that it had; atomic.

        A claim that nobody answered by its end, since its process died, may be taken over.

        Raises:
            IdempotencyKeyReusedError: the key came with another call before.
            IdempotencyKeyInUseError: the call runs just now.
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
        if row is None:  # released, or expired, at this very moment
            raise IdempotencyKeyInUseError
        mine = {"_id": row["_id"], "token": row["token"]}
        if row["expires_at"] <= now:  # the TTL index may be a minute late
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
        """Store the answer, if the claim was not taken over meanwhile."""
        fields = {name: getattr(answer, name) for name in StoredAnswer.__slots__}
        with translated():
            await self._calls.update_one(
                {"_id": claim.id, "token": claim.token}, {"$set": {"answer": fields}}
            )

    async def release(self, claim: Claim) -> None:
        """Forget the call: it came to nothing, and may be tried again at once."""
        with translated():
            await self._calls.delete_one({"_id": claim.id, "token": claim.token})

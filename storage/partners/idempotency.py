"""Calls with an `Idempotency-Key`, and their answers. A TTL index removes them."""

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from pymongo.errors import DuplicateKeyError

from storage.client import Database, Document, translated
from widget_gateway.domain.errors import IdempotencyKeyInUseError, IdempotencyKeyReusedError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.idempotency import Claim, StoredAnswer
from widget_gateway.domain.partners.providers import Caller
from widget_gateway.domain.partners.users import UserPlace


class IdempotencyStore:
    """Calls by {provider, sandbox, key}. Only one of several equal calls can insert its row."""

    def __init__(self, database: Database) -> None:
        self._calls = database["idempotency"]

    async def claim(  # noqa: PLR0913 - the caller decides the subjects and the times
        self,
        caller: Caller,
        key: str,
        fingerprint: bytes,
        about: Collection[str],
        *,
        now: datetime,
        claimed_until: datetime,
        expires_at: datetime,
    ) -> Claim | StoredAnswer:
        """Claim the right to run the call, or return the answer that it already has; atomic.

        `about` are the subjects of the call, by which `forget` finds it.

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
            "about": sorted({*about, str(claim.seed)}),
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

    async def keep(self, claim: Claim, answer: StoredAnswer, about: Collection[str]) -> None:
        """Store the answer of the call unless the claim was taken over or the call was forgotten.

        `about` are further subjects, which the answer names.
        """
        fields = {name: getattr(answer, name) for name in StoredAnswer.__slots__}
        change = {"$set": {"answer": fields}, "$addToSet": {"about": {"$each": sorted(about)}}}
        with translated():
            await self._calls.update_one({"_id": claim.id, "token": claim.token}, change)

    async def forget(
        self, provider: ProviderSlug, about: Collection[str], *, sandbox: bool | None = None
    ) -> int:
        """Forget the calls about any of these subjects, and their answers; returns how many.

        They are those of both worlds if `sandbox` is None. Calls that a former gateway has stored
        have no subjects, so any of them may be meant, and all of them go.

        A call that runs meanwhile goes on, but its answer is not stored.
        """
        # None matches rows without the field.
        mine: Document = {"_id.provider": provider, "about": {"$in": [*about, None]}}
        if sandbox is not None:
            mine["_id.sandbox"] = sandbox
        with translated():
            return int((await self._calls.delete_many(mine)).deleted_count)

    async def list_about(
        self, place: UserPlace, about: Collection[str]
    ) -> list[tuple[str, datetime]]:
        """List the keys of the calls about any of these subjects, and until when they are kept."""
        mine = {
            "_id.provider": place.provider,
            "_id.sandbox": place.sandbox,
            "about": {"$in": list(about)},
        }
        with translated():
            rows = self._calls.find(mine, {"expires_at": 1}).sort("expires_at", 1)
            return [(row["_id"]["key"], row["expires_at"]) async for row in rows]

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

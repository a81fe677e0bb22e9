"""Calls that are to happen once (docs/protocol/http.md, "Partner API", `Idempotency-Key`)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from storage.partners.idempotency import IdempotencyStore
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.partners.idempotency import Claim, StoredAnswer
from widget_gateway.domain.partners.providers import Caller

LIFETIME = timedelta(hours=24)
CLAIM = timedelta(seconds=60)
"""How long a call may run before another try takes it for dead: far above the longest one."""

MAX_KEPT_BYTES = 15 * 2**20
"""Of an answer: a document of MongoDB has 16 MB. Longer ones only read, and may be made again."""


class IdempotencyService:
    """The same key and call get the first answer again."""

    def __init__(self, calls: IdempotencyStore, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock

    async def claim(
        self, caller: Caller, key: str, path: str, parameters: Mapping[str, Any]
    ) -> Claim | StoredAnswer:
        """The right to run the call, or the answer that it had.

        Raises:
            IdempotencyKeyReusedError, IdempotencyKeyInUseError: as IdempotencyStore.claim.
        """
        call = json.dumps([path, sorted(parameters.items())], default=str)
        now = self._clock()
        return await self._calls.claim(
            caller,
            key,
            hashlib.sha256(call.encode("utf-8", "surrogatepass")).digest(),
            now=now,
            claimed_until=now + CLAIM,
            expires_at=now + LIFETIME,
        )

    async def keep(self, claim: Claim, answer: StoredAnswer) -> None:
        """Store the answer for those who ask again, unless it is too long."""
        if len(answer.body) > MAX_KEPT_BYTES:
            await self._calls.release(claim)
        else:
            await self._calls.keep(claim, answer)

    async def release(self, claim: Claim) -> None:
        """Let the call be tried again: it failed by a fault of ours."""
        await self._calls.release(claim)

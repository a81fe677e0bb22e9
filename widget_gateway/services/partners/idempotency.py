"""Calls that happen only once (docs/protocol/http.md, "Partner API", `Idempotency-Key`)."""

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
"""How long an answer is kept for repeats of its call."""

CLAIM = timedelta(seconds=60)
"""How long a call may run before another try takes it over; far longer than any call runs."""

MAX_KEPT_BYTES = 64 * 2**10
"""The most bytes of an answer that is kept. The answers of calls that change something have less
than a kilobyte. Calls with larger answers only read, so a repeat runs them again."""


class IdempotencyService:
    """Repeats of a call with the same key get the answer of the first one."""

    def __init__(self, calls: IdempotencyStore, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock

    async def claim(
        self, caller: Caller, key: str, path: str, parameters: Mapping[str, Any]
    ) -> Claim | StoredAnswer:
        """Return the right to run the call, or the answer that it got before; atomic.

        Raises:
            IdempotencyKeyReusedError, IdempotencyKeyInUseError: see `IdempotencyStore.claim`.
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
        """Store the answer for repeats of the call, unless it is long."""
        if len(answer.body) > MAX_KEPT_BYTES:
            await self.reopen(claim)
        else:
            await self._calls.keep(claim, answer)

    async def reopen(self, claim: Claim) -> None:
        """Keep the call without its answer.

        A repeat makes the call again, and another call with its key is still refused.
        """
        await self._calls.reopen(claim, self._clock())

    async def release(self, claim: Claim) -> None:
        """Let the call be tried again, after it failed by a fault of the gateway."""
        await self._calls.release(claim)

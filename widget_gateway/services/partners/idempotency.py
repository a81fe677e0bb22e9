"""Calls that happen only once (docs/protocol/http.md, "Partner API", `Idempotency-Key`)."""

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Mapping
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


EVERYBODY = "everybody"
"""The subject of calls whose answers list users, of whom any may be erased."""

_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def about_user(user_id: str) -> str:
    """Return the subject of calls that name this user by the partner's own id."""
    return f"user {user_id}"


def about_ids(text: str | bytes) -> set[str]:
    """Return the subjects of a text: each UUID in it, such as a USER_KEY or a RESULT_KEY."""
    found = _UUID.findall(text if isinstance(text, bytes) else text.encode())
    return {uuid.decode().lower() for uuid in found}


class IdempotencyService:
    """Repeats of a call with the same key get the answer of the first one.

    Each call is stored with its subjects, so that it can be forgotten together with a user.
    """

    def __init__(self, calls: IdempotencyStore, secret: bytes, clock: Clock) -> None:
        """`secret` is the key of the fingerprints of calls that are private."""
        self._calls = calls
        self._secret = secret
        self._clock = clock

    async def claim(  # noqa: PLR0913 - a call, and how it is stored
        self,
        caller: Caller,
        key: str,
        path: str,
        parameters: Mapping[str, Any],
        *,
        about: Collection[str] = (),
        is_private: bool = False,
    ) -> Claim | StoredAnswer:
        """Return the right to run the call, or the answer that it got before; atomic.

        `about` are subjects of the call besides the UUIDs that it names. Of a call that
        `is_private` no subject is stored, and nobody can guess its parameters from what is stored.

        Raises:
            IdempotencyKeyReusedError, IdempotencyKeyInUseError: see `IdempotencyStore.claim`.
        """
        call = json.dumps([path, sorted(parameters.items())], default=str)
        encoded = call.encode("utf-8", "surrogatepass")
        if is_private:
            fingerprint, subjects = hmac.digest(self._secret, encoded, hashlib.sha256), set()
        else:
            fingerprint = hashlib.sha256(encoded).digest()
            subjects = {*about, *about_ids(encoded)}
        now = self._clock()
        return await self._calls.claim(
            caller,
            key,
            fingerprint,
            subjects,
            now=now,
            claimed_until=now + CLAIM,
            expires_at=now + LIFETIME,
        )

    async def keep(self, claim: Claim, answer: StoredAnswer) -> None:
        """Store the answer for repeats of the call, unless it is long."""
        if len(answer.body) > MAX_KEPT_BYTES:
            await self.reopen(claim)
        else:
            # The key of a new result is the seed of the call, and stands in the answer.
            await self._calls.keep(claim, answer, about_ids(answer.body))

    async def reopen(self, claim: Claim) -> None:
        """Keep the call without its answer.

        A repeat makes the call again, and another call with its key is still refused.
        """
        await self._calls.reopen(claim, self._clock())

    async def release(self, claim: Claim) -> None:
        """Let the call be tried again, after it failed by a fault of the gateway."""
        await self._calls.release(claim)

"""The tokens that stand for a connection over plain HTTP (docs/protocol/widget-channel.md).

Such a connection is not kept by any node. Its token says which opening of which attempt it is, and
the signature says that a gateway has seen the client prove that the attempt is its own.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from jose import jwt
from jose.exceptions import ExpiredSignatureError, JOSEError

from widget_gateway.domain.attempts.view import AttemptView
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import ConnectionExpiredError, TokenInvalidError
from widget_gateway.domain.ids import AttemptId, ProviderSlug
from widget_gateway.domain.secrets import derive_key

ALGORITHM = "HS256"
"""The only algorithm that is accepted, whatever a token's header says."""

ISSUER = "widget-gateway"
AUDIENCE = "widget connection"
PURPOSE = "widget connection"
"""Distinguishes the key of these tokens from other keys that are derived from the same secret."""

LIFETIME = timedelta(hours=24)
"""How long an opening may be carried on. The client opens the attempt again then."""

MAX_TOKEN = 2_048
"""Most characters of a token. Tokens that are issued here have about 400."""

_REQUIRED = {f"require_{claim}": True for claim in ("aud", "iat", "exp", "iss", "sub")}


@dataclass(frozen=True, slots=True)
class Connection:
    """What a token says: the opening of an attempt, and whether its client knows of a payment."""

    attempt: AttemptId
    generation: int
    provider: ProviderSlug
    knows_payment: bool


class ConnectionTokens:
    """Issues and reads the tokens. An old secret still verifies them, but never signs them."""

    def __init__(self, secret: str, old_secret: str | None, clock: Clock) -> None:
        secrets = [secret] if old_secret is None else [secret, old_secret]
        self._keys = [derive_key(value, PURPOSE) for value in secrets]
        self._clock = clock

    def issue(self, view: AttemptView, *, knows_payment: bool) -> str:
        """Return a token for the opening of an attempt that the view shows."""
        now = self._clock()
        claims = {
            "sub": str(view.id),
            "gen": view.generation,
            "provider": view.provider,
            "paid": knows_payment,
            "iat": now,
            "exp": now + LIFETIME,
            "aud": AUDIENCE,
            "iss": ISSUER,
        }
        token: str = jwt.encode(claims, self._keys[0], algorithm=ALGORITHM)
        return token

    def read(self, token: str) -> Connection:
        """Return what a token says.

        Raises:
            ConnectionExpiredError: it was issued here, but too long ago.
            TokenInvalidError: it was not issued here.
        """
        if len(token) > MAX_TOKEN:
            raise TokenInvalidError
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keys,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options=_REQUIRED,
            )
        except ExpiredSignatureError:
            raise ConnectionExpiredError from None
        except (JOSEError, RecursionError, UnicodeError):  # deeply nested JSON, lone surrogates
            raise TokenInvalidError from None
        return Connection(
            attempt=AttemptId(UUID(claims["sub"])),
            generation=int(claims["gen"]),
            provider=ProviderSlug(claims["provider"]),
            knows_payment=bool(claims["paid"]),
        )

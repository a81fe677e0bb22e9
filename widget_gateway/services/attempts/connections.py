"""The tokens that stand for a connection over plain HTTP (docs/protocol/widget-channel.md).

Such a connection is not kept by any node. Its token says which opening of which attempt it is, and
the signature says that a gateway has seen the client prove that the attempt is its own.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from widget_gateway.domain.attempts.view import AttemptView
from widget_gateway.domain.clock import Clock
from widget_gateway.domain.errors import ConnectionExpiredError, TokenInvalidError
from widget_gateway.domain.ids import AttemptId, ProviderSlug
from widget_gateway.services.signed_tokens import ExpiredSignatureError, JWTError, SignedTokens

PURPOSE = "widget connection"
"""Distinguishes these tokens from others that are signed by the same secret."""

LIFETIME = timedelta(hours=24)
"""How long an opening may be carried on. The client opens the attempt again then."""


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
        self._tokens = SignedTokens(secret, old_secret, PURPOSE)
        self._clock = clock

    def issue(self, view: AttemptView, *, knows_payment: bool) -> str:
        """Return a token for the opening of an attempt that the view shows."""
        claims = {"gen": view.generation, "provider": view.provider, "paid": knows_payment}
        return self._tokens.issue(str(view.id), claims, self._clock(), LIFETIME)

    def read(self, token: str) -> Connection:
        """Return what a token says.

        Raises:
            ConnectionExpiredError: it was issued here, but too long ago.
            TokenInvalidError: it was not issued here.
        """
        try:
            claims = self._tokens.read(token)
        except ExpiredSignatureError:
            raise ConnectionExpiredError from None
        except JWTError:
            raise TokenInvalidError from None
        return Connection(
            attempt=AttemptId(UUID(claims["sub"])),
            generation=int(claims["gen"]),
            provider=ProviderSlug(claims["provider"]),
            knows_payment=bool(claims["paid"]),
        )

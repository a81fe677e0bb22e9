"""JSON Web Tokens that the gateway issues and later reads itself."""

from datetime import datetime, timedelta
from typing import Any

from jose import jwt
from jose.exceptions import ExpiredSignatureError, JOSEError, JWTError

from widget_gateway.domain.secrets import derive_key

__all__ = ["ExpiredSignatureError", "JWTError", "SignedTokens"]

ALGORITHM = "HS256"
"""The only algorithm that is accepted, whatever a token's header says."""

ISSUER = "widget-gateway"

MAX_TOKEN = 2_048
"""Most characters of a token. Tokens that are issued here have 300 to 400."""

_REQUIRED = {f"require_{claim}": True for claim in ("aud", "iat", "exp", "iss", "sub")}


class SignedTokens:
    """Issues and reads the tokens of one purpose. Their key is derived from the gateway's secret.

    An old secret still verifies tokens, but never signs them. The purpose is the tokens' audience,
    so that a token of another purpose is refused.
    """

    def __init__(self, secret: str, old_secret: str | None, purpose: str) -> None:
        secrets = [secret] if old_secret is None else [secret, old_secret]
        self._keys = [derive_key(value, purpose) for value in secrets]
        self._purpose = purpose

    def issue(
        self, subject: str, claims: dict[str, Any], now: datetime, lifetime: timedelta
    ) -> str:
        """Return a token with these claims, valid for `lifetime` from `now`."""
        registered = {
            "sub": subject,
            "iat": now,
            "exp": now + lifetime,
            "aud": self._purpose,
            "iss": ISSUER,
        }
        token: str = jwt.encode(claims | registered, self._keys[0], algorithm=ALGORITHM)
        return token

    def read(self, token: str) -> dict[str, Any]:
        """Return all claims of a token.

        Raises:
            ExpiredSignatureError: it was issued here, but too long ago.
            JWTError: it was not issued here for this purpose. The above is a kind of it.
        """
        if len(token) > MAX_TOKEN:
            raise JWTError
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keys,
                algorithms=[ALGORITHM],
                audience=self._purpose,
                issuer=ISSUER,
                options=_REQUIRED,
            )
        except ExpiredSignatureError:
            raise
        except (JOSEError, RecursionError, UnicodeError) as error:
            # Deeply nested JSON and lone surrogates raise the latter two.
            raise JWTError from error
        return claims

"""The JSON Web Tokens of QUA's users."""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from jose import jwt
from jose.exceptions import ExpiredSignatureError, JOSEError

from widget_gateway.domain.errors import NotSignedInError
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.users import TOKEN_LIFETIME, User
from widget_gateway.domain.secrets import derive_key

ALGORITHM = "HS256"
"""The only algorithm that is accepted, whatever a token's header says."""

ISSUER = "widget-gateway"
AUDIENCE = "qua"
PURPOSE = "qua"
"""Distinguishes the key of these tokens from other keys that are derived from the same secret."""

MAX_TOKEN = 2_048
"""Most characters of a token. Tokens that are issued here have about 300."""

KEPT_TOKENS = 2**12
"""Tokens whose claims are cached: to verify a signature takes longer than many calls."""

_SUBJECT = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_REQUIRED = {f"require_{claim}": True for claim in ("aud", "iat", "exp", "iss", "sub")}


@dataclass(frozen=True, slots=True)
class Claim:
    """The user of a token, and the version of the password that it was issued for."""

    user: QuaUserId
    password_version: int


class QuaTokens:
    """Issues and reads tokens. Their key is derived from the gateway's secret.

    An old secret still verifies tokens, but never signs them.
    """

    def __init__(self, secret: str, old_secret: str | None) -> None:
        secrets = [secret] if old_secret is None else [secret, old_secret]
        self._keys = [derive_key(value, PURPOSE) for value in secrets]
        self._kept = lru_cache(KEPT_TOKENS)(self._verify)

    def issue(self, user: User, now: datetime) -> str:
        """Return a new token, valid for TOKEN_LIFETIME."""
        claims = {
            "sub": str(user.id),
            "pwv": user.password_version,
            "iat": now,
            "exp": now + TOKEN_LIFETIME,
            "aud": AUDIENCE,
            "iss": ISSUER,
        }
        token: str = jwt.encode(claims, self._keys[0], algorithm=ALGORITHM)
        return token

    def read(self, token: str) -> Claim:
        """Return the claim of a token.

        Raises:
            NotSignedInError: the token was not issued here or has expired; the message says which.
        """
        try:
            if len(token) > MAX_TOKEN:
                raise JOSEError
            claim, expires_at = self._kept(token)
            if expires_at <= time.time():
                raise ExpiredSignatureError
        except ExpiredSignatureError:
            raise NotSignedInError("Signature has expired.") from None
        except (JOSEError, KeyError, TypeError, ValueError, RecursionError):  # deeply nested JSON
            raise NotSignedInError("Error decoding signature.") from None
        return claim

    def _verify(self, token: str) -> tuple[Claim, float]:
        """Return a token's claim and its expiry as Unix time; what raises is not cached."""
        claims = jwt.decode(
            token,
            self._keys,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options=_REQUIRED,
        )
        if not _SUBJECT.fullmatch(claims["sub"]):
            raise ValueError
        claim = Claim(QuaUserId(int(claims["sub"])), int(claims["pwv"]))
        return claim, float(claims["exp"])

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
"""The only one: what a token's own header says is not asked."""

ISSUER = "widget-gateway"
AUDIENCE = "qua"
PURPOSE = "qua"

MAX_TOKEN = 2_048
"""Characters; ours have some three hundred."""

KEPT_TOKENS = 2**12
"""Whose signatures need not be verified again: that takes longer than many a call."""

_SUBJECT = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_REQUIRED = {f"require_{claim}": True for claim in ("aud", "iat", "exp", "iss", "sub")}


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a token says it is of, and with which of the user's passwords it was got."""

    user: QuaUserId
    password_version: int


class QuaTokens:
    """Issues and reads tokens, under a key of their own derived from the gateway's secret.

    An old secret still verifies, and never signs.
    """

    def __init__(self, secret: str, old_secret: str | None) -> None:
        secrets = [secret] if old_secret is None else [secret, old_secret]
        self._keys = [derive_key(value, PURPOSE) for value in secrets]
        self._kept = lru_cache(KEPT_TOKENS)(self._verify)

    def issue(self, user: User, now: datetime) -> str:
        """A token for a week."""
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
        """What a token says, if it is ours and has not expired.

        Raises:
            NotSignedInError: it is not, or has; its message tells which.
        """
        try:
            if len(token) > MAX_TOKEN:
                raise JOSEError
            claim, expires_at = self._kept(token)
            if expires_at <= time.time():
                raise ExpiredSignatureError
        except ExpiredSignatureError:
            raise NotSignedInError("Signature has expired.") from None
        except (JOSEError, KeyError, TypeError, ValueError, RecursionError):  # deep JSON, too
            raise NotSignedInError("Error decoding signature.") from None
        return claim

    def _verify(self, token: str) -> tuple[Claim, float]:
        """What a token says, and when it expires; one that is refused is not kept."""
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

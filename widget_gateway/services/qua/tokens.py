"""The JSON Web Tokens of QUA's users."""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from widget_gateway.domain.errors import NotSignedInError
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.users import TOKEN_LIFETIME, User
from widget_gateway.services.signed_tokens import ExpiredSignatureError, JWTError, SignedTokens

PURPOSE = "qua"
"""Distinguishes these tokens from others that are signed by the same secret."""

KEPT_TOKENS = 2**12
"""Tokens whose claims are cached: to verify a signature takes longer than many calls."""

_SUBJECT = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """The user of a token, and the version of the password that it was issued for."""

    user: QuaUserId
    password_version: int


class QuaTokens:
    """Issues and reads tokens. An old secret still verifies them, but never signs them."""

    def __init__(self, secret: str, old_secret: str | None) -> None:
        self._tokens = SignedTokens(secret, old_secret, PURPOSE)
        self._kept = lru_cache(KEPT_TOKENS)(self._verify)

    def issue(self, user: User, now: datetime) -> str:
        """Return a new token, valid for TOKEN_LIFETIME."""
        claims = {"pwv": user.password_version}
        return self._tokens.issue(str(user.id), claims, now, TOKEN_LIFETIME)

    def read(self, token: str) -> Claim:
        """Return the claim of a token.

        Raises:
            NotSignedInError: the token was not issued here or has expired; the message says which.
        """
        try:
            claim, expires_at = self._kept(token)
            if expires_at <= time.time():
                raise ExpiredSignatureError
        except ExpiredSignatureError:
            raise NotSignedInError("Signature has expired.") from None
        except (JWTError, KeyError, TypeError, ValueError):
            raise NotSignedInError("Error decoding signature.") from None
        return claim

    def _verify(self, token: str) -> tuple[Claim, float]:
        """Return a token's claim and its expiry as Unix time; what raises is not cached."""
        claims = self._tokens.read(token)
        if not _SUBJECT.fullmatch(claims["sub"]):
            raise ValueError
        claim = Claim(QuaUserId(int(claims["sub"])), int(claims["pwv"]))
        return claim, float(claims["exp"])

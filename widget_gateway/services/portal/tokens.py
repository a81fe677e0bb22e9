"""The portal's tokens: what they hold, and whose signature they need.

An access token is a JWT (RFC 7519). A refresh token is `<session>.<generation>.<MAC>`: nothing
secret is stored for it, and its successor can be computed again for a client that lost it.

Keys are derived from JWT_SECRET by purpose, so that no token opens what another kind is for.
JWT_OLD_SECRET still verifies, and never signs.
"""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from jose import jwt
from jose.exceptions import JOSEError

from widget_gateway.domain.errors import TokenInvalidError
from widget_gateway.domain.portal.people import PersonId
from widget_gateway.domain.portal.sign_ins import ACCESS_LIFETIME, SignedIn, SignIn
from widget_gateway.domain.secrets import derive_key

ALGORITHM = "HS256"
ISSUER = "widget-gateway"
AUDIENCE = "portal"

MAX_TOKEN = 8_192
"""Characters; ours have some 350, and up to 16 more for each of the 256 of a person's id."""

_ACCESS_KEY = "portal access token"
_REFRESH_KEY = "portal refresh token"
_REFRESH_TOKEN = re.compile(r"([1-9][0-9]{0,15})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")
_REQUIRED = {f"require_{claim}": True for claim in ("aud", "iat", "exp", "iss", "sub")}


def key_id(key: bytes) -> str:
    """The public name of a key."""
    return hashlib.sha256(b"kid" + key).hexdigest()[:16]


class PortalTokens:
    """Makes and reads tokens; whether their session still lives is not asked here."""

    def __init__(self, secret: str, old_secret: str | None) -> None:
        secrets = [secret] if old_secret is None else [secret, old_secret]
        access_keys = [derive_key(value, _ACCESS_KEY) for value in secrets]
        self._access_keys = {key_id(key): key for key in access_keys}
        self._access_key = access_keys[0]
        self._refresh_keys = [derive_key(value, _REFRESH_KEY) for value in secrets]

    def access_token(self, sign_in: SignIn) -> str:
        """The access token of the session's generation: the same however often it is made."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": sign_in.person,
            "sid": sign_in.id,
            "iat": _seconds(sign_in.access_expire_at - ACCESS_LIFETIME),
            "exp": _seconds(sign_in.access_expire_at),
        }
        headers = {"kid": key_id(self._access_key)}
        token: str = jwt.encode(claims, self._access_key, algorithm=ALGORITHM, headers=headers)
        return token

    def read_access_token(self, token: str) -> SignedIn:
        """Whose token it is.

        Raises:
            TokenInvalidError: not ours, altered, expired, or for something else.
        """
        try:
            claims = self._claims(token)
        except (JOSEError, RecursionError, UnicodeError):  # deep JSON, and half of a pair
            raise TokenInvalidError from None
        person, session = claims["sub"], claims.get("sid")
        if not isinstance(person, str) or not isinstance(session, int):
            raise TokenInvalidError
        return SignedIn(PersonId(person), session)

    def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_TOKEN:
            raise TokenInvalidError
        name = jwt.get_unverified_header(token).get("kid")
        key = self._access_keys.get(name) if isinstance(name, str) else None
        if key is None:
            raise TokenInvalidError
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options=_REQUIRED,
        )
        return claims

    def refresh_token(self, sign_in: SignIn) -> str:
        """The refresh token of the session's generation."""
        mac = _refresh_mac(self._refresh_keys[0], sign_in, sign_in.generation)
        return f"{sign_in.id}.{sign_in.generation}.{mac}"

    def claimed_session(self, token: str) -> int:
        """Which session a refresh token says that it is of.

        Raises:
            TokenInvalidError: it is none.
        """
        return int(_parts(token)[0])

    def refreshed_generation(self, token: str, sign_in: SignIn) -> int:
        """Which generation of this session the refresh token is of: the current, or a used one.

        Raises:
            TokenInvalidError: none of this session.
        """
        _, generation, mac = _parts(token)
        expected = [_refresh_mac(key, sign_in, int(generation)) for key in self._refresh_keys]
        if not any(hmac.compare_digest(mac, expected_mac) for expected_mac in expected):
            raise TokenInvalidError
        return int(generation)


def _parts(token: str) -> tuple[str, ...]:
    match = _REFRESH_TOKEN.fullmatch(token)
    if match is None:
        raise TokenInvalidError
    return match.groups()


def _refresh_mac(key: bytes, sign_in: SignIn, generation: int) -> str:
    message = f"{sign_in.id}|{generation}|".encode() + sign_in.nonce
    mac = hmac.digest(key, message, hashlib.sha256)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _seconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(seconds=1)

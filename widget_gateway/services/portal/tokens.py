"""The tokens of people who signed in at the portal.

An access token is a JWT (RFC 7519). A refresh token is `<sign-in>.<generation>.<MAC>`: nothing
secret is stored for it, and it can be computed again for a client that lost it.

Keys are derived from JWT_SECRET by purpose, so that a token of one kind is never valid as another.
JWT_OLD_SECRET still verifies tokens, but never signs them.
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
from widget_gateway.domain.portal.sign_ins import ACCESS_TOKEN_LIFETIME, SignedIn, SignIn
from widget_gateway.domain.secrets import derive_key

ALGORITHM = "HS256"
ISSUER = "widget-gateway"
AUDIENCE = "portal"

MAX_TOKEN = 8_192
"""Most characters of an access token. It has about 350, and up to 16 more for each of the at most
256 characters of a person's id."""

_ACCESS_KEY = "portal access token"
_REFRESH_KEY = "portal refresh token"
_REFRESH_TOKEN = re.compile(r"([1-9][0-9]{0,15})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")
_REQUIRED = {f"require_{claim}": True for claim in ("aud", "iat", "exp", "iss", "sub")}


def key_id(key: bytes) -> str:
    """Return the public name of a key, for the `kid` of a JWT."""
    return hashlib.sha256(b"kid" + key).hexdigest()[:16]


class PortalTokens:
    """Makes and reads tokens. It does not check whether their sign-in is alive."""

    def __init__(self, secret: str, old_secret: str | None) -> None:
        secrets = [secret] if old_secret is None else [secret, old_secret]
        access_keys = [derive_key(value, _ACCESS_KEY) for value in secrets]
        self._access_keys = {key_id(key): key for key in access_keys}
        self._access_key = access_keys[0]
        self._refresh_keys = [derive_key(value, _REFRESH_KEY) for value in secrets]

    def access_token(self, sign_in: SignIn) -> str:
        """Return the access token of the sign-in's generation; each call returns the same."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": sign_in.person,
            "sid": sign_in.id,
            "iat": _seconds(sign_in.access_token_expires_at - ACCESS_TOKEN_LIFETIME),
            "exp": _seconds(sign_in.access_token_expires_at),
        }
        headers = {"kid": key_id(self._access_key)}
        token: str = jwt.encode(claims, self._access_key, algorithm=ALGORITHM, headers=headers)
        return token

    def read_access_token(self, token: str) -> SignedIn:
        """Return the person and the sign-in that an access token belongs to.

        Raises:
            TokenInvalidError: the token was not issued here, has expired, or is of another kind.
        """
        try:
            claims = self._claims(token)
        except (JOSEError, RecursionError, UnicodeError):  # deeply nested JSON, lone surrogates
            raise TokenInvalidError from None
        person, sign_in_id = claims["sub"], claims.get("sid")
        if not isinstance(person, str) or not isinstance(sign_in_id, int):
            raise TokenInvalidError
        return SignedIn(PersonId(person), sign_in_id)

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
        """Return the refresh token of the sign-in's generation; each call returns the same."""
        mac = _refresh_mac(self._refresh_keys[0], sign_in, sign_in.generation)
        return f"{sign_in.id}.{sign_in.generation}.{mac}"

    def claimed_sign_in(self, token: str) -> int:
        """Return the id of the sign-in that a refresh token names; it is not verified here.

        Raises:
            TokenInvalidError: the text has not the form of a refresh token.
        """
        return int(_parts(token)[0])

    def refreshed_generation(self, token: str, sign_in: SignIn) -> int:
        """Verify a refresh token of this sign-in and return its generation, current or older.

        Raises:
            TokenInvalidError: the token is not of this sign-in.
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

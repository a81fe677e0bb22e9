"""The console's cookie, and the tokens of forms that are derived from it.

Before a visitor signs in, the cookie holds a random token that is stored nowhere. A sign-in always
replaces it, so nobody can be made to use a session that somebody else has prepared.
"""

import base64
import hashlib
import hmac
import secrets
from http.cookies import Morsel

from tornado.web import RequestHandler

from widget_gateway.domain.console.accounts import SESSION_LIFETIME

SECURE_NAME = "__Host-console"
"""The cookie's name behind TLS. Its prefix lets browsers take it from this host over TLS only."""

PLAIN_NAME = "console"

_DIGEST_BYTES = 32

_MAX_TOKEN = 64
"""The most characters of a cookie that is looked up. Tokens have 43."""


def new_token() -> str:
    """Make a token of 32 random bytes."""
    return secrets.token_urlsafe(32)


def form_token(cookie: str) -> str:
    """Make a token that forms of this cookie's holder have. The cookie can't be told from it.

    Each one looks different, so that the lengths of compressed pages tell nothing about it.
    """
    mask = secrets.token_bytes(_DIGEST_BYTES)
    return base64.urlsafe_b64encode(mask + _xor(mask, _digest(cookie))).decode()


def is_form_token(cookie: str, token: str) -> bool:
    """Whether the token was made for forms of this cookie's holder."""
    try:
        masked = base64.urlsafe_b64decode(token)
    except ValueError:
        return False
    unmasked = _xor(masked[:_DIGEST_BYTES], masked[_DIGEST_BYTES:])
    return len(masked) == 2 * _DIGEST_BYTES and hmac.compare_digest(unmasked, _digest(cookie))


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(f"console form {cookie}".encode()).digest()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))


class ConsoleCookie:
    """The console's cookie of a request."""

    def __init__(self, handler: RequestHandler, *, is_secure: bool) -> None:
        self._handler = handler
        self._is_secure = is_secure
        self._name = SECURE_NAME if is_secure else PLAIN_NAME

    def read(self) -> str | None:
        """Return the cookie's value; None if there is none, or it can't be a token."""
        morsel: Morsel[str] | None = self._handler.cookies.get(self._name)
        value = "" if morsel is None else morsel.value
        return value if 0 < len(value) <= _MAX_TOKEN and value.isascii() else None

    def write(self, token: str) -> None:
        """Have the browser keep a token until its session must be over."""
        self._handler.set_cookie(
            self._name,
            token,
            path="/" if self._is_secure else "/console/",
            max_age=int(SESSION_LIFETIME.total_seconds()),
            httponly=True,
            secure=self._is_secure,
            samesite="Strict",
        )

    def remove(self) -> None:
        """Have the browser forget the cookie."""
        self._handler.clear_cookie(
            self._name,
            path="/" if self._is_secure else "/console/",
            httponly=True,
            secure=self._is_secure,
            samesite="Strict",
        )

"""The address of the gateway and the partner's secret key."""

import re
from collections.abc import Generator
from urllib.parse import urlsplit

import httpx

_SANE = re.compile(r"[\x21-\x7e]{1,256}")
_SANDBOX = "test_"
_IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")


class SecretKey(httpx.Auth):
    """A key that authorises requests and that nothing shows."""

    def __init__(self, key: str) -> None:
        if not isinstance(key, str) or not _SANE.fullmatch(key):
            raise ValueError("The key is a text like test_… or live_…, without spaces.")
        self._key = key

    def __repr__(self) -> str:
        return "<SecretKey>"

    def __reduce__(self) -> str:
        raise TypeError("A secret key is not written down.")

    @property
    def sandbox(self) -> bool:
        """Whether it is a key of the sandbox, which its prefix says."""
        return self._key.startswith(_SANDBOX)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the key to a request; httpx calls this."""
        request.headers["Authorization"] = f"Bearer {self._key}"
        yield request

    def hide(self, text: str) -> str:
        """The text without the key, if somebody has put it there."""
        return text.replace(self._key, "[key]")


def checked_idempotency_key(key: str) -> str:
    """The key under which a call is made once.

    Raises:
        ValueError: no header can have it.
    """
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise ValueError("An idempotency key has 1 to 255 printable ASCII characters.")
    return key


def checked_address(address: str) -> str:
    """The address of a gateway without a slash at its end.

    Raises:
        ValueError: it is no http or https URL of a server, or has more than a path.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("The address of the gateway begins with https:// and names its host.")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("The address of the gateway has no user, query or fragment.")
    return address.rstrip("/")

"""What browsers of a rehearsal sent and got: the requests, and where a secret was seen."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error, Request

ANY_KEY = re.compile(r"\b(?:live|test)_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
"""A client key: a word for its world, and 32 random bytes in base64."""

ANY_SECRET = re.compile(r"\bwhsec_[A-Za-z0-9+/]{32,}=*")
"""A secret of webhooks."""

MAX_BODY = 5 * 1024 * 1024
"""Characters of a body that are searched."""

_TEXTS = ("text/", "json", "javascript", "xml", "x-www-form-urlencoded")

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Sent:
    """A request of a page, as it was sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    kind: str
    context: BrowserContext

    @property
    def name(self) -> str:
        """Method and path, to show to people. Queries may hold tokens, so they are left out."""
        return f"{self.method} {place_of(self.url)}"

    def holds(self, text: str) -> bool:
        """Whether the address or the body contains a text."""
        return bool(text) and (text in self.url or text.encode() in (self.body or b""))

    def is_below(self, origin: str) -> bool:
        """Whether it goes to this origin."""
        return origin_of(self.url) == origin_of(origin)


class Traffic:
    """All requests of all devices, in order."""

    def __init__(self, key: str, gateway: str) -> None:
        self._key = key
        self._gateway = gateway
        self.sent: list[Sent] = []
        self.leaks: list[str] = []

    @property
    def moment(self) -> int:
        """Where the requests of now begin."""
        return len(self.sent)

    def since(self, moment: int) -> list[Sent]:
        """The requests since then, those to the gateway excepted."""
        return [sent for sent in self.sent[moment:] if not sent.is_below(self._gateway)]

    def partner_calls(self) -> list[Sent]:
        """Calls of the partner API that a browser made, but for the report that guests may see."""
        calls = [sent for sent in self.sent if sent.is_below(self._gateway)]
        return [
            sent
            for sent in calls
            if "/partner/api/" in urlsplit(sent.url).path
            and not urlsplit(sent.url).path.endswith("/result/get")
        ]

    def note(self, request: Request, context: BrowserContext) -> None:
        """Keep a request, and look for keys in it."""
        sent = sent_of(request, context)
        self.sent.append(sent)
        self.search(f"{sent.url} {sent.headers}", f"{sent.name}, request")
        self.search((sent.body or b"").decode(errors="replace"), f"{sent.name}, request")

    def read(self, request: Request) -> None:
        """Look for keys in an answer of a site; what can't be read any more is left out."""
        if origin_of(request.url) == origin_of(self._gateway):
            return
        try:
            response = request.response()
            if response is None:
                return
            kind = response.headers.get("content-type", "")
            if any(text in kind for text in _TEXTS):
                self.search(response.text()[:MAX_BODY], place_of(request.url))
            self.search(str(response.headers), place_of(request.url))
        except (Error, UnicodeError):
            return

    def search(self, text: str, place: str) -> None:
        """Note the place if the text contains a client key or a secret of webhooks."""
        found = self._key in text or ANY_KEY.search(text) or ANY_SECRET.search(text)
        if found and place not in self.leaks:
            self.leaks.append(place)


def sent_of(request: Request, context: BrowserContext) -> Sent:
    """Describe a request of a page."""
    return Sent(
        method=request.method,
        url=request.url,
        headers=dict(request.headers),
        body=request.post_data_buffer,
        kind=request.resource_type,
        context=context,
    )


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port. WebSockets have those of their pages."""
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    try:
        port = parts.port
    except ValueError:
        port = None
    return scheme, parts.hostname, port or {"http": 80, "https": 443}.get(scheme)


def place_of(url: str) -> str:
    """The path of an address, with the host before it; without query and fragment."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"

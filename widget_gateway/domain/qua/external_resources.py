"""External resources: pages of other sites that QUA's search finds as well as its questions."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from widget_gateway.domain.ids import ResourceId
from widget_gateway.domain.qua.questions import Authorship
from widget_gateway.domain.web import MAX_URL

MAX_CONTENT = 500_000
"""Most characters of a page's text: even two bytes each, they fit into a request of 1 MiB."""

_SAFE = "%/:=&?~#+!$,;'@()*[]-._"
"""Characters that stay as they are in a URL; others are percent-encoded, as browsers do."""


@dataclass(frozen=True, kw_only=True)
class ListedResource(Authorship):
    """A page as lists show it; `resource` is its host, `snippet` the beginning of its text."""

    id: ResourceId
    url: str
    resource: str
    title: str
    snippet: str
    image: str | None


@dataclass(frozen=True, kw_only=True)
class ExternalResource(ListedResource):
    """A page with its text, which is searched."""

    content: str


@dataclass(frozen=True, kw_only=True)
class PageText:
    """What was read from a page: its text, and its title if it has one."""

    title: str | None
    text: str


def parse_page_url(text: str) -> str | None:
    """Normalise a page's URL: percent-encoded, with its host in lower case; None if it is invalid.

    Only http and https are allowed, and no user names, which readers would take for the host.
    """
    text = text.strip()
    if not text.isprintable():  # The parser would silently drop some of these characters.
        return None
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    if quote(host, safe=":") != host:
        return None
    netloc = f"[{host}]" if ":" in host else host
    if port not in (None, {"http": 80, "https": 443}[parts.scheme]):
        netloc += f":{port}"
    path, query, fragment = (
        quote(part, safe=_SAFE) for part in (parts.path or "/", parts.query, parts.fragment)
    )
    url = urlunsplit((parts.scheme, netloc, path, query, fragment))
    return url if len(url) <= MAX_URL else None


def parse_image(text: str) -> str | None:
    """Normalise a picture's address: a URL, or a path on this host; None if it is neither."""
    if text.startswith("/") and not text.startswith(("//", "/\\")):
        path = quote(text.strip(), safe=_SAFE)
        return path if len(path) <= MAX_URL else None
    return parse_page_url(text)


def host_of(url: str) -> str:
    """The host of a normalised URL, without its port."""
    return urlsplit(url).hostname or ""

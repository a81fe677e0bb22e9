"""External resources: pages of other sites that QUA's search finds beside its own questions."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from widget_gateway.domain.ids import ResourceId
from widget_gateway.domain.qua.questions import Authorship
from widget_gateway.domain.web import MAX_URL

MAX_CONTENT = 500_000
"""Characters; the body of a request ends at 1 MiB."""

_SAFE = "%/:=&?~#+!$,;'@()*[]-._"
"""Of a URL that somebody copied out of a browser: what is not here is percent-encoded."""


@dataclass(frozen=True, kw_only=True)
class ListedResource(Authorship):
    """A page as lists show it. `resource` is its host, `snippet` the beginning of its text."""

    id: ResourceId
    url: str
    resource: str
    title: str
    snippet: str
    image: str | None


@dataclass(frozen=True, kw_only=True)
class ExternalResource(ListedResource):
    """A page with the text that is searched."""

    content: str


@dataclass(frozen=True, kw_only=True)
class PageText:
    """What a page comes to: its text, and its title if it has one."""

    title: str | None
    text: str


def parse_page_url(text: str) -> str | None:
    """A page's URL in one spelling: encoded, with its host in lower case; None for none.

    Only http and https, and no user names: whoever reads such a URL takes them for the host.
    """
    text = text.strip()
    if not text.isprintable():  # a parser would pass over it
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
    place = f"[{host}]" if ":" in host else host
    if port not in (None, {"http": 80, "https": 443}[parts.scheme]):
        place += f":{port}"
    path, query, fragment = (
        quote(part, safe=_SAFE) for part in (parts.path or "/", parts.query, parts.fragment)
    )
    url = urlunsplit((parts.scheme, place, path, query, fragment))
    return url if len(url) <= MAX_URL else None


def parse_image(text: str) -> str | None:
    """Where a picture is: a page's URL, or a path on this host; None for neither."""
    if text.startswith("/") and not text.startswith(("//", "/\\")):
        path = quote(text.strip(), safe=_SAFE)
        return path if len(path) <= MAX_URL else None
    return parse_page_url(text)


def host_of(url: str) -> str:
    """The host that a parsed URL names, without its port."""
    return urlsplit(url).hostname or ""

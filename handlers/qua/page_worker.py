"""The worker process that extracts the text of pages of other sites."""

import resource
import sys

import msgspec

from handlers.documents.worker import work
from widget_gateway.domain.qua.external_resources import PageText
from widget_gateway.services.outgoing import Page

_BODY = "<!doctype html><body>"

MEMORY_BYTES = 2**30
"""The most memory of the worker, in bytes: more than any page of 2 MiB needs. A page that takes
more fails in this process and harms no other."""


def text_of(request: bytes) -> bytes:
    """Extract a PageText, as JSON, from a request that is a Page as MessagePack."""
    page = msgspec.msgpack.decode(request, type=Page)
    found = _plain(page) if page.media_type == "text/plain" else _article(page)
    return msgspec.json.encode(found)


def _plain(page: Page) -> PageText:
    return PageText(title=None, text=_decoded(page) or page.body.decode(errors="replace"))


def _article(page: Page) -> PageText:
    """The main article of a page; all of its text if none is found."""
    # The import takes a second, and only the worker needs it.
    import trafilatura  # noqa: PLC0415
    from trafilatura.settings import Document  # noqa: PLC0415

    source = _decoded(page) or page.body
    found = trafilatura.bare_extraction(source, with_metadata=True, include_comments=False)
    if isinstance(found, Document) and found.text:
        return PageText(title=found.title or None, text=found.text)
    text = trafilatura.html2txt(source)
    if not text:  # HTML may omit the body element, which the library needs
        body = _BODY + source if isinstance(source, str) else _BODY.encode() + source
        text = trafilatura.html2txt(body)
    return PageText(title=None, text=text)


def _decoded(page: Page) -> str | None:
    """The text in the charset that the server named; None if it named none, or an unknown one."""
    try:
        return page.body.decode(page.charset, "replace") if page.charset else None
    except LookupError:
        return None


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)  # pages may be nested deeply
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    work(text_of)

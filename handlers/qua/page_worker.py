"""The worker that takes the text out of pages of other sites."""

import resource
import sys

import msgspec

from handlers.documents.worker import work
from widget_gateway.domain.qua.external_resources import PageText
from widget_gateway.services.outgoing import Page

_BODY = "<!doctype html><body>"

MEMORY_BYTES = 2**30
"""More than any page of 2 MiB needs; what wants more fails in here, and harms nobody."""


def text_of(request: bytes) -> bytes:
    """The title and the text of a page, as JSON. The request is a Page, as MessagePack."""
    page = msgspec.msgpack.decode(request, type=Page)
    found = _plain(page) if page.media_type == "text/plain" else _article(page)
    return msgspec.json.encode(found)


def _plain(page: Page) -> PageText:
    return PageText(title=None, text=_decoded(page) or page.body.decode(errors="replace"))


def _article(page: Page) -> PageText:
    """The article of a page, else all that it says."""
    # It takes a second, and is needed in here only.
    import trafilatura  # noqa: PLC0415
    from trafilatura.settings import Document  # noqa: PLC0415

    source = _decoded(page) or page.body
    found = trafilatura.bare_extraction(source, with_metadata=True, include_comments=False)
    if isinstance(found, Document) and found.text:
        return PageText(title=found.title or None, text=found.text)
    text = trafilatura.html2txt(source)
    if not text:  # a page may do without a body, which the library does not
        body = _BODY + source if isinstance(source, str) else _BODY.encode() + source
        text = trafilatura.html2txt(body)
    return PageText(title=None, text=text)


def _decoded(page: Page) -> str | None:
    """The text in the charset that the server named; None where it named none that there is."""
    try:
        return page.body.decode(page.charset, "replace") if page.charset else None
    except LookupError:
        return None


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)  # pages are nested deeply, too
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    work(text_of)

"""The worker that makes PDFs of HTML."""

from handlers.documents.worker import work


def pdf_of(html: bytes) -> bytes:
    """Typeset a page with embedded fonts, and tags for screen readers.

    Raises:
        OSError: Pango is not installed on this machine.
    """
    import weasyprint  # noqa: PLC0415 - so that what it lacks can be told

    # What is typeset brings all it needs: nothing in it can make the gateway call anywhere.
    fetcher = weasyprint.URLFetcher(allowed_protocols=("data",))
    page = weasyprint.HTML(string=html.decode(), url_fetcher=fetcher)
    document: bytes = page.write_pdf(pdf_tags=True)
    return document


if __name__ == "__main__":
    work(pdf_of)

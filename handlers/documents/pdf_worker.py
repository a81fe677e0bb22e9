"""The worker process that makes PDFs of HTML."""

from handlers.documents.worker import work


def pdf_of(html: bytes) -> bytes:
    """Make a PDF of a page, with embedded fonts and with tags for screen readers.

    Raises:
        OSError: Pango is not installed on this machine.
    """
    import weasyprint  # noqa: PLC0415 - so that a missing library is reported

    # Pages are self-contained. No address in them may make the gateway send a request.
    fetcher = weasyprint.URLFetcher(allowed_protocols=("data",))
    page = weasyprint.HTML(string=html.decode(), url_fetcher=fetcher)
    document: bytes = page.write_pdf(pdf_tags=True)
    return document


if __name__ == "__main__":
    work(pdf_of)

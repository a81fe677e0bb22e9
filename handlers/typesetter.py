"""The worker that makes PDFs: HTML comes in by standard input, PDFs go out by standard output.

`python -m handlers.typesetter` is started by PdfRenderer in handlers/rendering.py, and ends with
its input: so also when the gateway was killed.
"""

import os
import struct
import sys
from contextlib import suppress
from typing import BinaryIO

SIZE = struct.Struct(">Q")
"""Before each document: its bytes."""

HEAD = struct.Struct(">?Q")
"""Before each answer: whether it is a PDF, else the text of a fault; then its bytes."""

NICENESS = 10
"""Visitors who wait for the next question go before whoever waits for a document."""


def pdf_of(html: str) -> bytes:
    """Typeset a page with embedded fonts, and tags for screen readers.

    Raises:
        OSError: Pango is not installed on this machine.
    """
    import weasyprint  # noqa: PLC0415 - so that what it lacks can be told

    # What is typeset brings all it needs: nothing in it can make the gateway call anywhere.
    fetcher = weasyprint.URLFetcher(allowed_protocols=("data",))
    document: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(pdf_tags=True)
    return document


def work(documents: BinaryIO, answers: BinaryIO) -> None:
    """Answer one document after the other until there are no more."""
    while len(size := documents.read(SIZE.size)) == SIZE.size:
        html = documents.read(*SIZE.unpack(size))
        try:
            made, body = True, pdf_of(html.decode())
        except Exception as error:  # noqa: BLE001 - told to the gateway, which logs it
            made, body = False, f"{type(error).__name__}: {error}".encode(errors="replace")
        answers.write(HEAD.pack(made, len(body)) + body)
        answers.flush()


def main() -> None:
    """Work with the pipes that the gateway made."""
    os.nice(NICENESS)
    # Whatever a library prints goes to the log, not between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError, KeyboardInterrupt):  # nobody waits for it any more
        work(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()

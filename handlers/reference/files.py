"""The files of the reference's pages, and the pictures of its guides."""

from pathlib import Path
from typing import ClassVar

from handlers.reference.guides import DOCS_ROOT, IMAGES
from handlers.static_files import PublicFileHandler

STATIC_ROOT = Path(__file__).parent.parent.parent / "static" / "reference"


class ReferenceFileHandler(PublicFileHandler):
    """A file below `/static/reference/`, or a picture of a guide."""

    max_age_s: ClassVar[int] = 300


FILE_ROUTES = (
    (r"/static/reference/(.*)", ReferenceFileHandler, str(STATIC_ROOT)),
    (rf"{IMAGES}(.*)", ReferenceFileHandler, str(DOCS_ROOT / "images")),
)
"""The path, handler and directory of each kind of file. They precede the pages' routes."""

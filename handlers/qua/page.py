"""`/qua/`: the search page and its files."""

from pathlib import Path

from handlers.base import AuthKind, BaseHandler
from handlers.contract.operations import Operation, Operations
from handlers.static_files import PublicFileHandler

STATIC_ROOT = Path(__file__).parent.parent.parent / "static" / "qua"

MODULE_MAX_AGE_S = 300
"""Seconds for which a browser uses a file without asking for changes. They are few, because the
address of a file stays the same when its content changes."""

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' https: data:",  # answers may have pictures of other sites
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "qua-answer",  # static/qua/dom.js inserts HTML that the gateway has sanitised
}


class QuaPageHandler(BaseHandler):
    """The page. It is public: the calls that it makes need a token."""

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="QUA's search page", tag="public", answer=None, media_types=("text/html",)
        )
    )

    def get(self) -> None:
        """Serve the page."""
        self.set_header(
            "Content-Security-Policy",
            "; ".join(f"{directive} {value}" for directive, value in _POLICY.items()),
        )
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish((STATIC_ROOT / "page.html").read_bytes())

    head = get


class QuaFileHandler(PublicFileHandler):
    """`/static/qua/…`: the files of the page."""

    max_age_s = MODULE_MAX_AGE_S


ROUTES = [(r"/qua/?", QuaPageHandler)]

"""Files that anybody may read, from a directory of the gateway's own."""

from typing import ClassVar

from tornado.web import StaticFileHandler

from handlers.base import AuthKind, BaseHandler
from handlers.services import Services


class PublicFileHandler(BaseHandler, StaticFileHandler):
    """A file below the directory `path`. Browsers use it for `max_age_s` seconds without asking."""

    auth = AuthKind.PUBLIC
    max_age_s: ClassVar[int]

    def initialize(self, services: Services, path: str) -> None:  # type: ignore[override]
        """Keep the services, which errors are written with, and the directory of the files."""
        BaseHandler.initialize(self, services)
        StaticFileHandler.initialize(self, path)

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002
        """Let browsers keep the file, and only our own pages use it."""
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", f"public, max-age={self.max_age_s}")

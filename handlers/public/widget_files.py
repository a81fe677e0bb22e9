"""The widget's files, which pages of any origin may load."""

import re
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any

from tornado.web import HTTPError

from handlers.base import AuthKind, BaseHandler
from handlers.public.services import PublicServices
from widget_gateway.domain.errors import WidgetVersionNotFoundError
from widget_gateway.domain.ids import WidgetVersion
from widget_gateway.domain.widget_files import STANDALONE
from widget_gateway.services.widget_files import WidgetFile

ENTRY_CACHING = "public, max-age=300"
"""Browsers use a file without a version for five minutes without asking for changes: the address
stays the same when the content changes."""

VERSION_CACHING = "public, max-age=31536000, immutable"
"""The content at an address with a version never changes, so browsers never ask again."""

_MEDIA_TYPES = {
    ".js": "text/javascript; charset=UTF-8",
    ".css": "text/css; charset=UTF-8",
    ".html": "text/html; charset=UTF-8",
    ".ts": "application/typescript; charset=UTF-8",
}
"""By the ends of paths. Whatever else there is, browsers need not understand."""


class WidgetFileHandler(BaseHandler):
    """`/static/widget/<path>`, and `/static/widget/v/<version>/<path>` for one version for ever.

    The version may be followed by `~<number>`, which means nothing here. Browsers remember that a
    module failed to load, so a page asks again at another address. With this one, also what the
    module imports is asked for again.
    """

    services: PublicServices

    auth = AuthKind.PUBLIC

    _etag: str | None = None

    def set_default_headers(self) -> None:
        """Set the headers of every answer: any page may load and read it."""
        super().set_default_headers()
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Cross-Origin-Resource-Policy", "cross-origin")

    async def get(self, version: str | None, path: str) -> None:
        """Send a file."""
        files = self.services.widget_files
        if version is None:
            file, caching = files.find_entry(path), ENTRY_CACHING
        else:
            file, caching = await files.find(WidgetVersion(version), path), VERSION_CACHING
        if file is None:
            raise HTTPError(HTTPStatus.NOT_FOUND)
        self.send(path, file, caching)

    head = get

    def send(self, path: str, file: WidgetFile, caching: str) -> None:
        """Answer with a file, which caches may keep as `caching` says."""
        self.set_header("Cache-Control", caching)
        media_type = _MEDIA_TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
        self.set_header("Content-Type", media_type)
        self.finish(self._encoded(file))

    def _encoded(self, file: WidgetFile) -> bytes:
        """Return the file as the browser takes it. Each of both forms has its own ETag."""
        self._etag = f'"{file.digest}"'
        # Tornado, which sets `Vary`, looks for gzip in the same way.
        if file.gzipped is None or "gzip" not in self.request.headers.get("Accept-Encoding", ""):
            return file.content
        self._etag = f'"{file.digest}-gzip"'
        self.set_header("Content-Encoding", "gzip")
        return file.gzipped

    def compute_etag(self) -> str | None:
        """Return the ETag of the file. Tornado answers 304 if the browser has it already."""
        return self._etag

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write the body of an error, which no cache may keep: the file may be there soon."""
        self.set_header("Cache-Control", "no-store")
        super().write_error(status_code, **kwargs)


class PinnedScriptHandler(WidgetFileHandler):
    """`/static/widget/<version>/widget.js`: a script with all its modules, for ever the same.

    Pages name it with its hash. It is never answered with another version's.
    """

    async def get(self, version: str | None, path: str) -> None:
        """Send the script.

        Raises:
            WidgetVersionNotFoundError: no gateway has had this version lately.
        """
        wanted = WidgetVersion(version or "")
        file = await self.services.widget_files.find_pinned(wanted, path)
        if file is None:
            raise WidgetVersionNotFoundError(wanted)
        self.send(path, file, VERSION_CACHING)

    head = get


_PINNED = "|".join(map(re.escape, STANDALONE))

ROUTES = [
    (rf"/static/widget/([0-9A-Za-z][0-9A-Za-z._-]{{0,63}})/({_PINNED})", PinnedScriptHandler),
    (r"/static/widget/(?:v/([^/]*)/(?:~[0-9]{1,9}/)?)?(.*)", WidgetFileHandler),
]

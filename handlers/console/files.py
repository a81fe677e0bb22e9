"""`/static/console/…`: the files of the console's pages; and the answer to unknown addresses."""

from http import HTTPStatus

from tornado.web import HTTPError

from handlers.console.base import VisitorHandler
from handlers.static_files import PublicFileHandler


class ConsoleFileHandler(PublicFileHandler):
    """A file of the pages. The files are public, as the project's source is."""

    max_age_s = 300


class ConsoleNotFoundHandler(VisitorHandler):
    """The page for addresses at which there is nothing."""

    area = "refusals"

    async def admit(self) -> None:
        """Find out who asks, for the menu, and answer 404 to any method."""
        if self.request.method == "GET":
            await self.authenticate()
        raise HTTPError(HTTPStatus.NOT_FOUND)

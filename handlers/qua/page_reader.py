"""Reads pages of other sites in another process, which a hostile page may crash."""

import asyncio

import msgspec

from handlers.documents.worker_pool import WorkerProcess
from widget_gateway.domain.errors import PageUnreadableError, RenderingError
from widget_gateway.domain.qua.external_resources import PageText
from widget_gateway.services.outgoing import Page

PATIENCE_S = 20.0
"""Seconds until a page has to be read, including the wait for pages before it. Most pages take a
tenth of a second, the first page two seconds."""


class PageReader(WorkerProcess):
    """Extracts the text of pages, one after the other."""

    product = "text of a page"
    module = "handlers.qua.page_worker"
    max_waiting = 16
    most_made = 500

    async def read(self, page: Page) -> PageText:
        """The title and the text of a page.

        Raises:
            PageUnreadableError: the page can't be parsed, or not within PATIENCE_S.
            BusyError: too many pages are waiting already.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await self.make(lambda: msgspec.msgpack.encode(page))
        except TimeoutError:
            raise PageUnreadableError("it takes too long to read") from None
        except RenderingError:
            raise PageUnreadableError("it is too broken to be read") from None
        return msgspec.json.decode(found, type=PageText)

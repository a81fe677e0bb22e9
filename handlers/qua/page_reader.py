"""Reads pages of other sites in another process, which a hostile page may crash."""

import asyncio
from collections.abc import Hashable

import msgspec

from handlers.documents.worker_pool import WorkerPool
from widget_gateway.domain.errors import PageUnreadableError, RenderingError
from widget_gateway.domain.qua.external_resources import PageText
from widget_gateway.services.outgoing import Page

PATIENCE_S = 20.0
"""Seconds until a page has to be read, including the wait for pages before it. Most pages take a
tenth of a second, the first page two seconds."""


class PageReader(WorkerPool):
    """Extracts the text of pages; of each user one after the other."""

    product = "text of a page"
    module = "handlers.qua.page_worker"
    places = 32
    most_made = 500

    async def read(self, page: Page, party: Hashable) -> PageText:
        """The title and the text of a page.

        Raises:
            PageUnreadableError: the page can't be parsed, or not within PATIENCE_S.
            BusyError: too many pages of the party are waiting already.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await self.make(lambda: msgspec.msgpack.encode(page), party)
        except TimeoutError:
            raise PageUnreadableError("it takes too long to read") from None
        except RenderingError:
            raise PageUnreadableError("it is too broken to be read") from None
        return msgspec.json.decode(found, type=PageText)

"""Reads pages of other sites in a process of its own: what they do to a parser stays in there."""

import asyncio

import msgspec

from handlers.documents.worker_pool import Workshop
from widget_gateway.domain.errors import PageUnreadableError, RenderingError
from widget_gateway.domain.qua.external_resources import PageText
from widget_gateway.services.outgoing import Page

PATIENCE_S = 20.0
"""For one page, including those before it. Most take a tenth of a second, the first one two."""


class PageWorkshop(Workshop):
    """Takes the text out of pages, one after the other."""

    product = "text of a page"
    module = "handlers.qua.page_worker"
    max_waiting = 16
    most_made = 500

    async def read(self, page: Page) -> PageText:
        """The title and the text of a page.

        Raises:
            PageUnreadableError: no parser can do with it, or not in time.
            BusyError: many pages are waiting already.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await self.make(lambda: msgspec.msgpack.encode(page))
        except TimeoutError:
            raise PageUnreadableError("it takes too long to read") from None
        except RenderingError:
            raise PageUnreadableError("it is too broken to be read") from None
        return msgspec.json.decode(found, type=PageText)

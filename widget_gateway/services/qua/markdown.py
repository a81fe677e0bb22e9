"""Markdown of people, as HTML that harms nobody and as plain text."""

import asyncio
import html
import re

import nh3
from markdown_it import MarkdownIt

from widget_gateway.domain.qua.questions import Rendered, tidy

_SCHEMES = {"http", "https", "mailto"}
"""Of links. Addresses without a scheme lead to the same host."""

_BREAK = re.compile(
    r"<(?=/?(?:p|br|hr|h[1-6]|li|ul|ol|dl|dt|dd|tr|td|th|table|pre|div|blockquote)\b)"
)
"""Before a tag that ends a word, also where no space does."""


class MarkdownRenderer:
    """CommonMark with tables and strikethrough. One text after the other, beside the loop."""

    def __init__(self) -> None:
        self._parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        self._turn = asyncio.Lock()

    async def render(self, raw: str) -> Rendered:
        """HTML in which nothing runs, and the text that it shows."""
        async with self._turn:
            return await asyncio.to_thread(self._render, raw)

    def _render(self, raw: str) -> Rendered:
        shown = nh3.clean(self._parser.render(raw), url_schemes=_SCHEMES).strip()
        text = html.unescape(nh3.clean(_BREAK.sub(" <", shown), tags=set()))
        return Rendered(raw=raw, html=shown, text=tidy(text))

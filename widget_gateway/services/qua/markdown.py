"""Renders untrusted Markdown as sanitised HTML and as plain text."""

import asyncio
import html
import re
from collections.abc import Hashable

import nh3
from markdown_it import MarkdownIt

from widget_gateway.domain.qua.questions import Rendered, tidy
from widget_gateway.services.fair_turns import FairTurns

MAX_TEXTS = 64
"""Texts that may be rendered or wait for it, at most half of them of the same author."""

_SCHEMES = {"http", "https", "mailto"}
"""Schemes that links may have. Addresses without a scheme lead to the same host."""

_BREAK = re.compile(
    r"<(?=/?(?:p|br|hr|h[1-6]|li|ul|ol|dl|dt|dd|tr|td|th|table|caption|pre|div|blockquote|details"
    r"|summary|figure|figcaption|center|article|aside|header|hgroup|footer|nav)\b)"
)
"""Matches the `<` of a tag that separates words even if there is no space."""


_NEXT_CELL = re.compile(r"</t[dh]>(?=\s*<t[dh]\b)")
"""Matches the end of a table's cell that another cell of the row follows."""

_NEXT_ROW = re.compile(r"</t[dh]>\s*</tr>(?=[\s]*(?:</?t(?:head|body|foot)>\s*)*<tr\b)")
"""Matches the end of a table's row that another row follows."""


class MarkdownRenderer:
    """Renders CommonMark with tables and strikethrough, one text at a time, in a thread.

    Authors whose texts wait get their turns one after another.
    """

    def __init__(self) -> None:
        self._parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        self._turns = FairTurns(
            at_once=1,
            places=MAX_TEXTS,
            message="Too many answers are being stored just now. Try again in a moment.",
        )

    async def render(self, raw: str, author: Hashable) -> Rendered:
        """Return the HTML, without scripts, and the text that it shows.

        Raises:
            BusyError: too many texts of the author wait.
        """
        with self._turns.place(author):
            async with self._turns.turn(author):
                return await asyncio.to_thread(self._render, raw)

    def _render(self, raw: str) -> Rendered:
        shown = nh3.clean(self._parser.render(raw), url_schemes=_SCHEMES).strip()
        told_apart = _NEXT_CELL.sub(" | ", _NEXT_ROW.sub("; ", shown))
        text = html.unescape(nh3.clean(_BREAK.sub(" <", told_apart), tags=set()))
        return Rendered(raw=raw, html=shown, text=tidy(text))

"""Texts of strangers in tables for spreadsheets, which run a cell that begins like a formula."""

import re

_STARTS = "=+\\-@" + "＝＋－＠" + "﹦﹢﹣﹫" + "⩵⩶﬩" + "⁼⁺⁻" + "₌₊₋" + "−"
"""What a formula begins with, and what is read as that when compatibility forms are folded (NFKC);
at last the minus sign proper. For a class of a pattern."""

_FORMULA = re.compile(rf"(?<![\w{_STARTS}])(?=[{_STARTS}])")
"""The place before a sign that no word goes before. A cell begins at such a place in the eyes of
any reader: at the very beginning, or behind whatever the reader takes for a separator, a quote or a
space that it drops."""

_CONTROL_FIRST = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Spreadsheets drop some of these in front of a formula; none is how a name begins."""


def harmless_cell(text: str) -> str:
    """The text, an apostrophe before each sign that could begin a formula.

    A table is written for one separator and may be read with another: with semicolons,
    `a,=1` is one cell, and two with commas. A sign inside a word, as in `anna-17` or `a@b.example`,
    begins no cell, so it stays as it is.
    """
    marked = _FORMULA.sub("'", text)
    return f"'{marked}" if _CONTROL_FIRST.match(marked) else marked

"""Texts of callers in CSV for spreadsheets, which evaluate a cell that begins like a formula."""

import re

_STARTS = "=+\\-@" + "＝＋－＠" + "﹦﹢﹣﹫" + "⩵⩶﬩" + "⁼⁺⁻" + "₌₊₋" + "−"
"""Signs that a formula begins with, their Unicode compatibility forms (NFKC), and the minus sign
U+2212; escaped for a character class of a pattern."""

_FORMULA = re.compile(rf"(?<![\w{_STARTS}])(?=[{_STARTS}])")
"""The place before a sign that follows no letter, digit, underscore or other sign. A cell that
begins with a sign can begin only there, whatever a program takes for a separator or a quote."""

_CONTROL_FIRST = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""A control character or line separator. Spreadsheets ignore some of them before a formula."""


def harmless_cell(text: str) -> str:
    """Put an apostrophe before each sign of a text that could begin a formula.

    CSV is written with one separator and may be read with another: `a,=1` is one cell if semicolons
    separate cells, and two if commas do. A sign inside a word, as in `anna-17` or `a@b.example`,
    can't begin a cell, so it stays as it is.
    """
    marked = _FORMULA.sub("'", text)
    return f"'{marked}" if _CONTROL_FIRST.match(marked) else marked

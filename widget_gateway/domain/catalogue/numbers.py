"""Numbers of test definitions: values that count, and percentages."""

import re

Number = int | float

_LEADING_INTEGER = re.compile(r"\s*(-?\d+)", re.ASCII)


def numeric(value: str) -> int:
    """A value counts as its leading integer: `"3b"` as 3, `"-1"` as -1, `"q"` as 0."""
    match = _LEADING_INTEGER.match(value)
    return int(match[1]) if match else 0


def round_half_away(numerator: Number, denominator: Number) -> int:
    """`numerator / denominator`, rounded half away from zero; 0 where the denominator is 0."""
    if not denominator:
        return 0
    quotient = abs(numerator) * 2 // abs(denominator)  # in halves, exact for integers
    rounded = int(quotient + 1) // 2
    return rounded if (numerator < 0) == (denominator < 0) else -rounded


def percent(part: Number, whole: Number) -> int:
    """`part` of `whole` as a whole percentage."""
    return round_half_away(part * 100, whole)

"""Numbers of test definitions: the number that a value counts as, and percentages."""

import re

Number = int | float

_LEADING_INTEGER = re.compile(r"\s*(-?\d+)", re.ASCII)


def numeric(value: str) -> int:
    """The number that a value counts as, its leading integer: 3 of `"3b"`, 0 of `"q"`."""
    match = _LEADING_INTEGER.match(value)
    return int(match[1]) if match else 0


def round_half_away(numerator: Number, denominator: Number) -> int:
    """`numerator / denominator`, rounded half away from zero; 0 where the denominator is 0."""
    if not denominator:
        return 0
    quotient = abs(numerator) * 2 // abs(denominator)  # It counts halves, exactly for integers.
    rounded = int(quotient + 1) // 2
    return rounded if (numerator < 0) == (denominator < 0) else -rounded


def percent(part: Number, whole: Number) -> int:
    """`part` of `whole` in percent, as an integer, rounded half away from zero."""
    return round_half_away(part * 100, whole)

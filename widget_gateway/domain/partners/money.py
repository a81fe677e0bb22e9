"""Amounts of money: exact decimal numbers with as many decimals as their currency has."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
)

from widget_gateway.domain.errors import AmountTooLargeError

EXACT_DIGITS = 28
"""Significant digits of an amount. Decimal128, in which amounts are stored, has 34."""

PRICE_DIGITS = 18
"""Significant digits of a price. Ten thousand million accesses at any price still have an exact
sum."""

_EXACT = Context(
    prec=EXACT_DIGITS, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero, FloatOperation]
)
"""The context of all calculations. It raises where Python's default context would round."""

_AMOUNT = re.compile(r"-?[0-9]{1,28}(\.[0-9]{1,28})?", re.ASCII)
"""A plain decimal number. Decimal itself would also take exponents, underscores and words."""


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one access. `currency` is a code of ISO 4217."""

    amount: Decimal
    currency: str


def parse_amount(text: str) -> Decimal | None:
    """Read a plain decimal number that is not negative, such as `100.00`. `-0` is read as 0.

    Returns None if the text is anything else.
    """
    if not _AMOUNT.fullmatch(text):
        return None
    amount = Decimal(text)
    if amount.is_zero():
        return abs(amount)
    return None if amount.is_signed() else amount


def in_minor_units(price: Decimal, digits: int) -> Decimal | None:
    """Return the same price with exactly `digits` decimals. `-0` becomes 0.

    Returns None if the price has more decimals, is negative, or has more than PRICE_DIGITS.
    """
    if not price.is_finite():
        return None
    try:
        written = _EXACT.quantize(price, Decimal(1).scaleb(-digits))
    except (Inexact, InvalidOperation):
        return None
    if written.is_zero():
        return abs(written)
    return None if written.is_signed() or written.adjusted() + digits >= PRICE_DIGITS else written


def times(price: Decimal, count: int) -> Decimal:
    """Return the price of `count` accesses.

    Raises:
        AmountTooLargeError: the amount has more than EXACT_DIGITS.
    """
    try:
        return _EXACT.multiply(price, Decimal(count))
    except (Inexact, InvalidOperation, Overflow):
        raise AmountTooLargeError from None


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum of amounts.

    Raises:
        AmountTooLargeError: the sum has more than EXACT_DIGITS.
    """
    total = Decimal(0)
    try:
        for amount in amounts:
            total = _EXACT.add(total, amount)
    except (Inexact, InvalidOperation, Overflow):
        raise AmountTooLargeError from None
    return total


def as_text(amount: Decimal, digits: int) -> str:
    """Return an amount as exact text with at least `digits` decimals, without exponent or `-0`.

    The former version took amounts with more decimals than their currency has; they stay.
    """
    whole, _, decimals = f"{abs(amount) if amount.is_zero() else amount:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(digits, "0")
    return f"{whole}.{decimals}" if decimals else whole

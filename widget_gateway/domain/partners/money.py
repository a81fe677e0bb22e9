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
"""Significant digits of a price: ten thousand million accesses at it still have an exact sum."""

_EXACT = Context(
    prec=EXACT_DIGITS, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero, FloatOperation]
)
"""An operation whose result has more digits raises, where Python's default context rounds."""

_AMOUNT = re.compile(r"-?[0-9]{1,28}(\.[0-9]{1,28})?", re.ASCII)
"""What a person writes: Decimal itself also takes exponents, underscores and words."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one access costs. `currency` is a code of ISO 4217."""

    amount: Decimal
    currency: str


def parse_amount(text: str) -> Decimal | None:
    """A plain decimal number that is not negative, such as `100.00`; None for anything else.

    `-0` is 0.
    """
    if not _AMOUNT.fullmatch(text):
        return None
    amount = Decimal(text)
    if amount.is_zero():
        return abs(amount)
    return None if amount.is_signed() else amount


def in_minor_units(price: Decimal, digits: int) -> Decimal | None:
    """The same price written with `digits` decimals; None if it has more than the currency has.

    None, too, if it is negative or has more than PRICE_DIGITS in all. `-0` is 0.
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
    """The price of `count` accesses.

    Raises:
        AmountTooLargeError: it has more than EXACT_DIGITS.
    """
    try:
        return _EXACT.multiply(price, Decimal(count))
    except (Inexact, InvalidOperation, Overflow):
        raise AmountTooLargeError from None


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, 0 of none.

    Raises:
        AmountTooLargeError: it has more than EXACT_DIGITS.
    """
    total = Decimal(0)
    try:
        for amount in amounts:
            total = _EXACT.add(total, amount)
    except (Inexact, InvalidOperation, Overflow):
        raise AmountTooLargeError from None
    return total


def shown(amount: Decimal, digits: int) -> str:
    """An amount as machines read it: exact, with at least `digits` decimals, no exponent, no `-0`.

    An amount may have more decimals than its currency where an older version took it.
    """
    whole, _, decimals = f"{abs(amount) if amount.is_zero() else amount:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(digits, "0")
    return f"{whole}.{decimals}" if decimals else whole

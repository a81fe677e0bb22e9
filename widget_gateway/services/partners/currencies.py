"""Currencies that are in use, and their minor units, by the tables of Unicode CLDR (Babel)."""

from datetime import date
from decimal import Decimal

from babel.core import get_global
from babel.numbers import get_currency_precision, get_territory_currencies

from widget_gateway.domain.errors import PriceInvalidError
from widget_gateway.domain.partners import money
from widget_gateway.domain.partners.money import Price


def minor_units(currency: str) -> int:
    """How many decimals amounts in this currency have: 2 of RUB, 0 of JPY, 3 of KWD."""
    return get_currency_precision(currency)


def is_in_use(currency: str, today: date) -> bool:
    """Whether some country has this currency today: it had the mark once, and XXX is none."""
    return any(
        currency in get_territory_currencies(territory, today)
        for territory in get_global("territory_currencies")
    )


def checked(price: Price) -> Price:
    """The price with exactly the decimals of its currency.

    Raises:
        PriceInvalidError: it has more of them, is negative, or has too many digits in all.
    """
    digits = minor_units(price.currency)
    amount = money.in_minor_units(price.amount, digits)
    if amount is None:
        raise PriceInvalidError(
            f"{price.amount} is no price in {price.currency}: it has at most {digits} decimals, "
            f"{money.PRICE_DIGITS} digits in all, and no sign."
        )
    return Price(amount, price.currency)


def shown(amount: Decimal, currency: str) -> str:
    """An amount as machines read it: exact, with the decimals of its currency."""
    return money.shown(amount, minor_units(currency))

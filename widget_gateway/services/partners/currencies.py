"""Currencies that are in use, and their minor units, by the tables of Unicode CLDR (Babel)."""

from datetime import date
from decimal import Decimal

from babel.core import get_global
from babel.numbers import get_currency_precision, get_territory_currencies

from widget_gateway.domain.errors import PriceInvalidError
from widget_gateway.domain.partners import money
from widget_gateway.domain.partners.money import Price


def minor_units(currency: str) -> int:
    """Return how many decimals amounts in a currency have: 2 in RUB, 0 in JPY, 3 in KWD."""
    return get_currency_precision(currency)


def is_in_use(currency: str, today: date) -> bool:
    """Whether a currency is legal tender in some country today, unlike DEM and XXX."""
    return any(
        currency in get_territory_currencies(territory, today)
        for territory in get_global("territory_currencies")
    )


def checked(price: Price) -> Price:
    """Return the price with exactly the decimals of its currency.

    Raises:
        PriceInvalidError: the price has more decimals, is negative, or has too many digits.
    """
    digits = minor_units(price.currency)
    amount = money.in_minor_units(price.amount, digits)
    if amount is None:
        raise PriceInvalidError(
            f"{price.amount} is no price in {price.currency}: it has at most {digits} decimals, "
            f"{money.PRICE_DIGITS} digits in all, and no sign."
        )
    return Price(amount, price.currency)


def amount_text(amount: Decimal, currency: str) -> str:
    """Return an amount as exact text for programs, with the decimals of its currency."""
    return money.as_text(amount, minor_units(currency))

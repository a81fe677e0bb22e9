"""Amounts and currencies: exact, with the decimals of their currency, or refused."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_gateway.domain.errors import AmountTooLargeError, PriceInvalidError
from widget_gateway.domain.partners import money
from widget_gateway.domain.partners.money import Price
from widget_gateway.services.partners.currencies import amount_text, checked, is_in_use

pytestmark = pytest.mark.fast

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("100", "100"), ("100.00", "100.00"), ("0.1", "0.1"), ("-0", "0"), ("-0.00", "0.00")],
)
def test_a_plain_number_is_an_amount(text, amount):
    assert str(money.parse_amount(text)) == amount


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "1 000", " 1", "1\n", "1,5", ".5", "5.", "1_000", "1e3", "0x10", "+1", "--1"),
        *("-1", "-0.01", "nan", "sNaN", "Infinity", "-inf", "１００", "٣", "1.2.3", "9" * 29),
    ],
)
def test_anything_else_is_none(text):
    assert money.parse_amount(text) is None


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("100", "RUB", "100.00"),
        ("99.9", "EUR", "99.90"),
        ("99.900", "EUR", "99.90"),
        ("100", "JPY", "100"),
        ("100.00", "JPY", "100"),
        ("0.125", "KWD", "0.125"),
        ("1.5", "KWD", "1.500"),
        ("-0", "JPY", "0"),
        ("-0.00", "RUB", "0.00"),
        ("9999999999999999.99", "RUB", "9999999999999999.99"),
    ],
)
def test_a_price_is_written_as_its_currency_has_it(amount, currency, written):
    assert str(checked(Price(Decimal(amount), currency)).amount) == written
    assert amount_text(Decimal(amount), currency) == written


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        *(("0.5", "JPY"), ("100.01", "KRW"), ("1.005", "RUB"), ("0.0001", "KWD"), ("-1", "RUB")),
        *(("10000000000000000.00", "RUB"), ("1E+20", "JPY"), ("NaN", "RUB"), ("Infinity", "RUB")),
    ],
)
def test_a_price_that_its_currency_can_not_have_is_refused(amount, currency):
    with pytest.raises(PriceInvalidError):
        checked(Price(Decimal(amount), currency))


@pytest.mark.parametrize("currency", ["RUB", "EUR", "USD", "JPY", "KWD", "KZT", "BYN"])
def test_currencies_of_today_are_in_use(currency):
    assert is_in_use(currency, TODAY)


@pytest.mark.parametrize(
    "currency", ["DEM", "RUR", "SUR", "XXX", "XTS", "XAU", "XDR", "ABC", "rub", "", "EURO"]
)
def test_what_no_country_pays_with_is_not(currency):
    assert not is_in_use(currency, TODAY)


def test_a_currency_is_in_use_until_its_country_leaves_it():
    assert is_in_use("HRK", date(2022, 12, 1))
    assert not is_in_use("HRK", TODAY)


@given(st.decimals(0, 10**16, places=2), st.integers(0, 10**10))
def test_what_a_price_comes_to_is_exact(price, count):
    cents = int(price * 100) * count
    assert money.times(price, count) == Decimal(cents).scaleb(-2)
    assert amount_text(money.times(price, count), "RUB") == f"{cents // 100}.{cents % 100:02}"


def test_sums_are_exact_to_28_digits():
    largest = Decimal("99999999999999999999999999.99")
    assert money.times(largest, 1) == largest
    assert money.sum_of([largest - 1, Decimal(1)]) == largest
    assert money.sum_of([]) == 0
    for too_large in (
        lambda: money.times(largest, 7),
        lambda: money.sum_of([largest, Decimal("0.02")]),
    ):
        with pytest.raises(AmountTooLargeError):
            too_large()


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.50", "0.5"), ("1E+3", "1000"), ("-0", "0"), ("1.00", "1"), ("0.125", "0.125")],
)
def test_no_digit_is_lost_where_an_older_version_took_more_decimals(amount, text):
    assert amount_text(Decimal(amount), "JPY") == text

"""Invoices as HTML and as CSV, in Russian and English."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import format_currency, format_decimal
from jinja2 import Environment

from handlers.background import LINES_A_PIECE
from handlers.documents.cells import harmless_cell
from widget_gateway.domain.clock import iso
from widget_gateway.domain.partners.invoices import Invoice, Period
from widget_gateway.domain.partners.money import Price
from widget_gateway.services.partners.currencies import amount_text, minor_units

LOCALES = ("ru", "en")

MAX_LISTED = 300
"""The most accesses that HTML and PDF list singly, which takes about two seconds to typeset. More
are summed up by day."""

_TEXTS = {
    "ru": {
        "title": "Счёт за выданные доступы",
        "sandbox": "Песочница: её доступы ничего не стоят.",
        "days": "обе даты включительно, по времени UTC",
        "drawn": "Составлен",
        "accesses": "Выдано доступов",
        "price": "Цена доступа",
        "total": "Итого",
        "amount": "Сумма",
        "by_price": "Доступы по ценам",
        "lines": "Доступы",
        "by_day": "Доступы по дням",
        "complete": "Полный перечень есть в форматах CSV и JSON.",
        "number": "№",
        "user": "Пользователь",
        "issued": "Выдан (UTC)",
        "day": "День (UTC)",
        "currency": "Валюта",
        "none": "За этот период доступы не выдавались.",
    },
    "en": {
        "title": "Invoice for accesses issued",
        "sandbox": "Sandbox: its accesses cost nothing.",
        "days": "both dates included, UTC",
        "drawn": "Drawn up",
        "accesses": "Accesses issued",
        "price": "Price of an access",
        "total": "Total",
        "amount": "Amount",
        "by_price": "Accesses by price",
        "lines": "Accesses",
        "by_day": "Accesses by day",
        "complete": "The CSV and JSON forms list them all.",
        "number": "No.",
        "user": "User",
        "issued": "Issued (UTC)",
        "day": "Day (UTC)",
        "currency": "Currency",
        "none": "No access was issued in this period.",
    },
}

_SEPARATORS = {"ru": (";", ","), "en": (",", ".")}
"""The separators of cells and of decimals that spreadsheets in each language expect in a file. A
Russian spreadsheet reads 10.05 as the tenth of May."""

_BYTE_ORDER_MARK = "\ufeff"
"""The byte order mark. Without it Excel does not recognise UTF-8."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Control characters, which are not allowed in HTML."""

_CODE_BEFORE_NUMBER = re.compile(r"(?<=[A-Z])(?=\d)")
"""The place between a currency code and a number, where CLDR demands a space that Babel omits."""


def file_name(invoice: Invoice, extension: str) -> str:
    """The file name of an invoice, for those who save it."""
    world = "-sandbox" if invoice.sandbox else ""
    period = invoice.period
    return f"invoice-{invoice.provider.slug}{world}-{period.first}-{period.last}.{extension}"


def invoice_html(environment: Environment, invoice: Invoice, locale: str) -> str:
    """The invoice as a self-contained HTML page, which is suitable for printing.

    Raises:
        AmountTooLargeError: an amount has more digits than can be exact.
    """
    only_price = invoice.only_price

    def price_shown(price: Price) -> str:
        # If all accesses have the same price, the page shows it only once.
        return "" if only_price else amount_shown(price.amount, price.currency, locale)

    return environment.get_template("invoice.html").render(
        texts=_TEXTS[locale],
        locale=locale,
        provider=invoice.terms.name,
        period=_spelled(invoice.period, locale),
        drawn=format_datetime(invoice.drawn_at, format="long", locale=locale),
        count=format_decimal(invoice.access_count, locale=locale),
        price=amount_shown(only_price.amount, only_price.currency, locale) if only_price else None,
        totals=[amount_shown(total.amount, total.currency, locale) for total in invoice.totals],
        sandbox=invoice.sandbox,
        charges=[
            (
                price_shown(charge.price),
                format_decimal(charge.count, locale=locale),
                amount_shown(charge.amount, charge.price.currency, locale),
            )
            for charge in invoice.charges
        ],
        accesses=[
            (
                _CONTROL.sub("\N{REPLACEMENT CHARACTER}", entry.user_id),
                price_shown(entry.price),
                format_datetime(entry.issued_at, format="medium", locale=locale),
            )
            for entry in invoice.entries
        ],
        days=[
            (
                _long(day.day, locale),
                price_shown(day.price),
                format_decimal(day.count, locale=locale),
            )
            for day in invoice.days
        ],
    )


def invoice_csv(invoice: Invoice, locale: str) -> Iterator[bytes]:
    """The invoice as CSV for spreadsheets, in pieces: a line for each access, then the totals.

    No user id is evaluated as a formula, even if a program splits cells at another separator.

    Raises:
        AmountTooLargeError: an amount has more digits than can be exact.
    """
    texts = _TEXTS[locale]
    between_cells, point = _SEPARATORS[locale]

    def number(amount: Decimal, currency: str) -> str:
        return amount_text(amount, currency).replace(".", point)

    out = io.StringIO(_BYTE_ORDER_MARK, newline="")
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, delimiter=between_cells)
    totals = invoice.totals
    writer.writerow(texts[head] for head in ("number", "user", "issued", "price", "currency"))
    for place, entry in enumerate(invoice.entries, 1):
        price = number(entry.price.amount, entry.price.currency)
        user = harmless_cell(entry.user_id)
        writer.writerow([place, user, iso(entry.issued_at), price, entry.price.currency])
        if place % LINES_A_PIECE == 0:
            yield _taken(out)
    for total in totals:
        amount = number(total.amount, total.currency)
        writer.writerow([texts["total"], total.count, "", amount, total.currency])
    yield _taken(out)


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()


def _spelled(period: Period, locale: str) -> str:
    if period.first == period.last:
        return _long(period.first, locale)
    return format_interval(period.first, period.last, "yMMMMd", locale=locale)


def _long(day: date, locale: str) -> str:
    return format_date(day, format="long", locale=locale)


def amount_shown(amount: Decimal, currency: str, locale: str) -> str:
    """Write an amount for people: `1,234.50 RUB` as the language has it. It is never rounded."""
    # The former version took prices with more decimals than the currency has. They are not rounded.
    fits = -int(amount.normalize().as_tuple().exponent) <= minor_units(currency)
    text = format_currency(
        amount, currency, locale=locale, currency_digits=fits, decimal_quantization=fits
    )
    return _CODE_BEFORE_NUMBER.sub("\N{NO-BREAK SPACE}", text)

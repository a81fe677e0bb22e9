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
from widget_gateway.domain.clock import iso
from widget_gateway.domain.partners.invoices import Invoice, Period

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

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings of a cell at which spreadsheets take it for a formula."""


def money(amount: Decimal) -> str:
    """An amount as exact decimal text, with at least two decimals and without exponent."""
    exponent = amount.as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{amount:.{places}f}"


def file_name(invoice: Invoice, extension: str) -> str:
    """The file name of an invoice, for those who save it."""
    world = "-sandbox" if invoice.sandbox else ""
    period = invoice.period
    return f"invoice-{invoice.provider.slug}{world}-{period.first}-{period.last}.{extension}"


def invoice_html(environment: Environment, invoice: Invoice, locale: str) -> str:
    """The invoice as a self-contained HTML page, which is suitable for printing."""
    return environment.get_template("invoice.html").render(
        texts=_TEXTS[locale],
        locale=locale,
        provider=invoice.provider.name,
        period=_spelled(invoice.period, locale),
        drawn=format_datetime(invoice.drawn_at, format="long", locale=locale),
        count=format_decimal(invoice.access_count, locale=locale),
        price=_amount(invoice, invoice.provider.price, locale),
        total=_amount(invoice, invoice.total, locale),
        sandbox=invoice.sandbox,
        accesses=[
            (
                _CONTROL.sub("\N{REPLACEMENT CHARACTER}", entry.user_id),
                format_datetime(entry.issued_at, format="medium", locale=locale),
            )
            for entry in invoice.entries
        ],
        days=[
            (_long(day.day, locale), format_decimal(day.count, locale=locale))
            for day in invoice.days
        ],
    )


def invoice_csv(invoice: Invoice, locale: str) -> Iterator[bytes]:
    """The invoice as CSV for spreadsheets, in pieces: a line for each access, then the total.

    A user id that a spreadsheet would evaluate as a formula gets an apostrophe before it.
    """
    texts = _TEXTS[locale]
    between_cells, point = _SEPARATORS[locale]
    price = money(invoice.provider.price).replace(".", point)
    total = money(invoice.total).replace(".", point)
    currency = invoice.provider.currency
    out = io.StringIO(_BYTE_ORDER_MARK, newline="")
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, delimiter=between_cells)
    writer.writerow(texts[head] for head in ("number", "user", "issued", "price", "currency"))
    for number, entry in enumerate(invoice.entries, 1):
        user = f"'{entry.user_id}" if entry.user_id.startswith(_FORMULA_STARTS) else entry.user_id
        writer.writerow([number, user, iso(entry.issued_at), price, currency])
        if number % LINES_A_PIECE == 0:
            yield _taken(out)
    writer.writerow([texts["total"], invoice.access_count, "", total, currency])
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


def _amount(invoice: Invoice, amount: Decimal, locale: str) -> str:
    # Two decimals in any currency, as prices have. The usual digits of the yen would round 0.50.
    text = format_currency(amount, invoice.provider.currency, locale=locale, currency_digits=False)
    return _CODE_BEFORE_NUMBER.sub("\N{NO-BREAK SPACE}", text)

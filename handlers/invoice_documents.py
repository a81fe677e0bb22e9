"""An invoice as HTML and as CSV, in Russian and in English."""

import csv
import io
from datetime import date
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from jinja2 import Environment

from widget_gateway.domain.clock import iso
from widget_gateway.domain.invoices import Invoice

LOCALES = ("ru", "en")

MAX_LISTED = 300
"""Accesses that HTML and PDF list one by one, which takes about two seconds to typeset; more are
summed up by day."""

_TEXTS = {
    "ru": {
        "title": "Счёт за выданные доступы",
        "sandbox": "Песочница: такой счёт ничего не стоит.",
        "provider": "Провайдер",
        "period": "Период",
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
        "day": "День",
        "none": "За этот период доступы не выдавались.",
    },
    "en": {
        "title": "Invoice for accesses issued",
        "sandbox": "Sandbox: this invoice costs nothing.",
        "provider": "Provider",
        "period": "Period",
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
        "day": "Day",
        "none": "No access was issued in this period.",
    },
}

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def money(amount: Decimal) -> str:
    """An amount as JSON and CSV show it: exact, at least two decimals, no exponent."""
    exponent = amount.as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{amount:.{places}f}"


def file_name(invoice: Invoice, extension: str) -> str:
    """A name for those who keep it."""
    period = invoice.period
    return f"invoice-{invoice.provider.slug}-{period.first}-{period.last}.{extension}"


def invoice_html(environment: Environment, invoice: Invoice, locale: str) -> str:
    """A self-contained page that prints well."""
    listed = len(invoice.entries) <= MAX_LISTED

    def spelled(day: date) -> str:
        return format_date(day, format="long", locale=locale)

    return environment.get_template("invoice.html").render(
        texts=_TEXTS[locale],
        locale=locale,
        provider=invoice.provider.name,
        first=spelled(invoice.period.first),
        last=spelled(invoice.period.last),
        drawn=format_datetime(invoice.drawn_at, format="long", locale=locale),
        count=format_decimal(len(invoice.entries), locale=locale),
        price=_amount(invoice, invoice.provider.price, locale),
        total=_amount(invoice, invoice.total, locale),
        sandbox=invoice.sandbox,
        listed=listed,
        lines=[
            (one.user_id, format_datetime(one.issued_at, "d MMM y, HH:mm:ss", locale=locale))
            for one in invoice.entries
        ]
        if listed
        else [
            (spelled(day), format_decimal(count, locale=locale)) for day, count in invoice.by_day()
        ],
    )


def invoice_csv(invoice: Invoice, locale: str) -> bytes:
    """Lines, then the total: for spreadsheets, Russian ones too (semicolons, UTF-8 with BOM).

    A user id that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    texts = _TEXTS[locale]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    price, currency = money(invoice.provider.price), invoice.provider.currency
    heads = ("number", "user", "issued", "price")
    writer.writerow([*(texts[head] for head in heads), currency])
    for number, one in enumerate(invoice.entries, 1):
        user = f"'{one.user_id}" if one.user_id.startswith(_FORMULA_STARTS) else one.user_id
        writer.writerow([number, user, iso(one.issued_at), price, currency])
    writer.writerow([texts["total"], len(invoice.entries), "", money(invoice.total), currency])
    return out.getvalue().encode("utf-8-sig")


def _amount(invoice: Invoice, amount: Decimal, locale: str) -> str:
    return format_currency(amount, invoice.provider.currency, locale=locale)

"""`…/invoices/`: the invoice of a period as a table, as CSV and as PDF."""

import re
from datetime import date
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

from handlers.background import in_turns
from handlers.console.provider_page import PROVIDER, ProviderPage, path_of
from handlers.documents.invoices import MAX_LISTED, file_name, invoice_csv, invoice_html
from widget_gateway.domain.partners.invoices import Period, month_of
from widget_gateway.domain.partners.money import Price
from widget_gateway.domain.partners.providers import Caller

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""The years of which invoices are drawn up: a date outside of them is a slip of the hand."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
"""A day as forms send it; Python reads days of weeks, too."""


class Asked(NamedTuple):
    """What the query asks for, as texts, and what is wrong with it: the key of a sentence."""

    month: str
    first: str
    last: str
    period: Period
    fault: str = ""


def read_day(text: str) -> date | None:
    """Read a day like `2026-05-01`; None if it is none, or outside of the years."""
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def read_period(month: str, first: str, last: str, otherwise: Period) -> Asked:
    """Read the days, else the month, of a query; without either it is `otherwise`."""
    if first or last:
        begin, end = read_day(first), read_day(last)
        if begin is None or end is None:
            return Asked(month, first, last, otherwise, "invoices.wrong_day")
        if end < begin:
            return Asked(month, first, last, otherwise, "invoices.wrong_order")
        return Asked("", first, last, Period(begin, end))
    if month:
        day = read_day(f"{month}-01")
        if day is None:
            return Asked(month, "", "", otherwise, "invoices.wrong_month")
        return Asked(month, "", "", month_of(day))
    return Asked(f"{otherwise.first:%Y-%m}", "", "", otherwise)


class InvoicesHandler(ProviderPage):
    """The invoice. Its numbers are those of the command `provider invoice` and the partner API."""

    tab = "invoices"

    async def get(self, provider: str) -> None:
        """Show the invoice of a period, or answer with it as a file."""
        caller = Caller(await self.find_provider(provider), sandbox=False)
        asked = read_period(
            self.one_field("month"),
            self.one_field("first"),
            self.one_field("last"),
            self.services.invoices.this_month(),
        )
        form = self.one_field("form")
        if form in ("csv", "pdf") and not asked.fault:
            await self._send(caller, asked.period, form)
            return
        invoice = None
        if not asked.fault:
            invoice = await self.services.invoices.draw_invoice(caller, asked.period, MAX_LISTED)
        days = {"first": asked.period.first.isoformat(), "last": asked.period.last.isoformat()}
        here = path_of(caller.provider.slug, self.tab)
        self.show_page(
            "provider_invoices.html",
            caller.provider,
            status=HTTPStatus.UNPROCESSABLE_ENTITY if asked.fault else HTTPStatus.OK,
            asked=asked,
            invoice=invoice,
            money=lambda amount, currency: self.texts.money(Price(amount, currency)),
            files=[(form, f"{here}?{urlencode(days | {'form': form})}") for form in ("csv", "pdf")],
        )

    async def _send(self, caller: Caller, period: Period, form: str) -> None:
        invoices = self.services.invoices
        if form == "csv":
            invoice = await invoices.draw_invoice(caller, period)
            pieces = in_turns(invoice_csv(invoice, self.language))
            body = b"".join([piece async for piece in pieces])
            self.file(file_name(invoice, form), "text/csv; charset=UTF-8", body)
            return
        invoice = await invoices.draw_invoice(caller, period, MAX_LISTED)
        html = invoice_html(self.services.templates, invoice, self.language)
        body = await self.services.pdf.render(html, caller.provider.slug)
        self.file(file_name(invoice, form), "application/pdf", body)


ROUTES = [(rf"{PROVIDER}invoices/", InvoicesHandler)]

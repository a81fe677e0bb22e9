"""`invoice`: the accesses of a period and what they cost."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from handlers.background import LINES_A_PIECE, in_turns
from handlers.contract.errors import ParameterInvalidError
from handlers.contract.json_reader import JSON
from handlers.contract.operations import FileAnswer, Moment, Operation, Operations
from handlers.contract.parameters import Choice, Date
from handlers.documents.invoices import (
    LOCALES,
    MAX_LISTED,
    file_name,
    invoice_csv,
    invoice_html,
)
from handlers.partner.base import Marked, PartnerHandler
from handlers.partner.parameters import CALLER
from widget_gateway.domain.clock import iso
from widget_gateway.domain.errors import AmountTooLargeError, BusyError
from widget_gateway.domain.partners.invoices import Invoice, Period
from widget_gateway.domain.partners.money import Price
from widget_gateway.services.partners.currencies import amount_text

FROM = Date("from", "The first day, by the UTC calendar.", example="2026-05-01")
TO = Date("to", "The last day, included.", example="2026-05-31")
FORMAT = Choice("format", "The form of the answer (json).", words=("json", "html", "pdf", "csv"))
LOCALE = Choice("locale", "The language of a document (ru).", words=LOCALES, example="ru")

MEDIA_TYPES = {
    "json": JSON,
    "html": "text/html; charset=UTF-8",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=UTF-8",
}


class InvoiceLine(msgspec.Struct):
    """One access of the ledger, at the price at which it was issued."""

    user_id: str
    created_at: Moment
    price: str
    currency: str


class InvoiceCharge(msgspec.Struct):
    """The accesses that were issued at one price."""

    price: str
    currency: str
    access_count: int
    amount: str


class InvoiceTotal(msgspec.Struct):
    """What is owed in one currency."""

    currency: str
    access_count: int
    total: str


class InvoiceAnswer(Marked):
    """`invoice`'s answer. Amounts are decimal numbers in strings: exact.

    `from` and `to` are days of the calendar that `timezone` names, both included.
    """

    provider: str
    first: str = msgspec.field(name="from")
    last: str = msgspec.field(name="to")
    timezone: str
    access_count: int
    price: Annotated[str | None, Meta(description="Null where accesses have several prices.")]
    total: Annotated[str | None, Meta(description="Null where there are several currencies.")]
    currency: Annotated[str | None, Meta(description="Null where there are several.")]
    charges: list[InvoiceCharge]
    totals: list[InvoiceTotal]
    lines: list[InvoiceLine]


class InvoiceHandler(PartnerHandler):
    """Draw up an invoice as JSON, HTML, PDF or CSV."""

    lists_users = True

    operations = Operations.by_get_and_post(
        Operation(
            summary="Invoice for a period",
            about="The accesses that were issued from the first day to the last, both included, by "
            "the UTC calendar, each at the price of when it was issued. The invoice of a past "
            "period never changes, even if the agreement does. A sandbox key gets an empty one. "
            f"HTML and PDF sum more than {MAX_LISTED} accesses up by day.",
            required=(FROM, TO),
            optional=(*CALLER, FORMAT, LOCALE),
            answer=InvoiceAnswer,
            media_types=tuple(MEDIA_TYPES.values()),
            refusals=(BusyError, AmountTooLargeError),
            example={
                "provider": "college",
                "from": "2026-05-01",
                "to": "2026-05-31",
                "timezone": "UTC",
                "access_count": 1,
                "price": "100.00",
                "total": "100.00",
                "currency": "RUB",
                "charges": [
                    {"price": "100.00", "currency": "RUB", "access_count": 1, "amount": "100.00"}
                ],
                "totals": [{"currency": "RUB", "access_count": 1, "total": "100.00"}],
                "lines": [
                    {
                        "user_id": "student-17",
                        "created_at": "2026-05-04T12:30:00.000Z",
                        "price": "100.00",
                        "currency": "RUB",
                    }
                ],
            },
        )
    )

    async def call(self) -> InvoiceAnswer | FileAnswer:
        """Answer with the invoice in the form that was asked for."""
        first, last = FROM.get(self.inputs), TO.get(self.inputs)
        wanted = FORMAT.find(self.inputs) or "json"
        locale = LOCALE.find(self.inputs) or LOCALES[0]
        period = _period(first, last)
        if wanted in ("html", "pdf"):
            return await self._document(period, wanted, locale)
        invoice = await self.services.invoices.draw_invoice(self.caller, period)
        if wanted == "json":
            pieces = in_turns(invoice_lines(invoice))
            return invoice_answer(invoice, [line async for piece in pieces for line in piece])
        body = b"".join([piece async for piece in in_turns(invoice_csv(invoice, locale))])
        return FileAnswer(MEDIA_TYPES[wanted], body, file_name(invoice, wanted))

    async def _document(self, period: Period, wanted: str, locale: str) -> FileAnswer:
        billing = self.services.invoices
        invoice = await billing.draw_invoice(self.caller, period, most_listed=MAX_LISTED)
        html = invoice_html(self.services.templates, invoice, locale)
        if wanted == "html":
            return FileAnswer(MEDIA_TYPES[wanted], html.encode())
        pdf = await self.services.pdf.render(html, self.party)
        return FileAnswer(MEDIA_TYPES[wanted], pdf, file_name(invoice, wanted))


def invoice_lines(invoice: Invoice) -> Iterator[list[InvoiceLine]]:
    """The accesses as JSON shows them, in pieces of LINES_A_PIECE, for `in_turns`."""
    entries = invoice.entries
    for start in range(0, len(entries), LINES_A_PIECE):
        yield [
            InvoiceLine(
                entry.user_id, iso(entry.issued_at), _price_text(entry.price), entry.price.currency
            )
            for entry in entries[start : start + LINES_A_PIECE]
        ]


def invoice_answer(invoice: Invoice, lines: list[InvoiceLine]) -> InvoiceAnswer:
    """The invoice as JSON shows it.

    Raises:
        AmountTooLargeError: an amount has more digits than can be exact.
    """
    price, total = invoice.only_price, invoice.only_total
    return InvoiceAnswer(
        provider=invoice.provider.slug,
        first=invoice.period.first.isoformat(),
        last=invoice.period.last.isoformat(),
        timezone="UTC",
        access_count=invoice.access_count,
        price=_price_text(price) if price else None,
        total=amount_text(total.amount, total.currency) if total else None,
        currency=total.currency if total else None,
        charges=[
            InvoiceCharge(
                price=_price_text(charge.price),
                currency=charge.price.currency,
                access_count=charge.count,
                amount=amount_text(charge.amount, charge.price.currency),
            )
            for charge in invoice.charges
        ],
        totals=[
            InvoiceTotal(each.currency, each.count, amount_text(each.amount, each.currency))
            for each in invoice.totals
        ],
        lines=lines,
        sandbox=invoice.sandbox,
    )


def _price_text(price: Price) -> str:
    return amount_text(price.amount, price.currency)


def _period(first: date, last: date) -> Period:
    if last < first:
        raise ParameterInvalidError(TO.name, "it is before the first day.")
    return Period(first, last)


ROUTES = [("invoice", InvoiceHandler)]

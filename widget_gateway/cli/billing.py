"""`provider usage` and `provider invoice`: a provider's accesses, and their price."""

from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import click
import msgspec

from handlers.documents.invoices import LOCALES, MAX_LISTED, invoice_csv, invoice_html
from handlers.partner.invoices import invoice_answer, invoice_lines
from widget_gateway.cli.parameter_types import DateType, SlugType
from widget_gateway.cli.providers import Command
from widget_gateway.cli.running import harmless, json_option, print_json, print_table, run
from widget_gateway.composition.application import Backend
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.invoices import DayCount, Invoice, Period, by_day, by_month
from widget_gateway.domain.partners.money import Price
from widget_gateway.domain.partners.providers import Caller, PaymentPolicy
from widget_gateway.services.partners.currencies import amount_text
from widget_gateway.services.partners.statistics import Statistics

_FORMATS = ("json", "html", "pdf", "csv")


def period_options(command: Command) -> Command:
    """Add `--from` and `--to`, days that are both included; the default is the current month."""
    last = click.option("--to", "last", type=DateType(), help="The last day (of this month).")
    first = click.option("--from", "first", type=DateType(), help="The first day (of this month).")
    return first(last(command))


@click.command()
@click.argument("slug", type=SlugType())
@period_options
@click.option("--by", type=click.Choice(["day", "month"]), default="day", help="Count by (day).")
@json_option
def usage(*, slug: str, first: date | None, last: date | None, by: str, as_json: bool) -> None:
    """Show the accesses that a provider was issued, and what it has left."""

    async def work(backend: Backend) -> tuple[Statistics, Period, list[DayCount]]:
        services = backend.services.partner
        caller = Caller(await services.providers.get(ProviderSlug(slug)), sandbox=False)
        period = _period(backend, first, last)
        days = await services.invoices.count_by_day(caller, period)
        return await services.statistics.read(caller), period, days

    statistics, period, days = run(work, as_json=as_json)
    issued = by_day(days) if by == "day" else by_month(days)
    described = _describe(statistics, period, days)
    if as_json:
        print_json(described | {"by": by, "issued": issued})
        return
    for name, value in described.items():
        click.echo(f"{name:16} {'-' if value is None else value}")
    click.echo()
    print_table((by.upper(), "ACCESSES"), [(when, str(count)) for when, count in issued.items()])


@click.command()
@click.argument("slug", type=SlugType())
@period_options
@click.option(
    "--format", "wanted", type=click.Choice(_FORMATS), help="The format (that of the file's name)."
)
@click.option("--locale", type=click.Choice(LOCALES), default=LOCALES[0], help="Language (ru).")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file."
)
@json_option
def invoice(  # noqa: PLR0913 - click passes an argument for each option
    *,
    slug: str,
    first: date | None,
    last: date | None,
    wanted: str | None,
    locale: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """Draw up a provider's invoice from the ledger; without a format, print it as a table."""
    wanted = _form(wanted, output, as_json=as_json)
    most_listed = MAX_LISTED if wanted in ("html", "pdf") else None

    async def work(backend: Backend) -> tuple[Invoice, bytes]:
        caller = Caller(
            await backend.services.partner.providers.get(ProviderSlug(slug)), sandbox=False
        )
        period = _period(backend, first, last)
        drawn = await backend.services.partner.invoices.draw_invoice(caller, period, most_listed)
        return drawn, await _written(backend, drawn, wanted, locale) if wanted else b""

    drawn, body = run(work, as_json=as_json)
    if wanted is None:
        _print(drawn)
    elif output is None:
        click.echo(body, nl=not body.endswith(b"\n"))
    else:
        try:
            output.write_bytes(body)
        except OSError as error:
            raise click.FileError(str(output), error.strerror) from None
        click.echo(f"{output}: {drawn.access_count} accesses, {_total(drawn)}", err=True)


def _form(wanted: str | None, output: Path | None, *, as_json: bool) -> str | None:
    """The format to write, one of `_FORMATS`; None for the table.

    Raises:
        click.UsageError: the options contradict each other, or name no format.
    """
    if as_json:
        if wanted not in (None, "json"):
            raise click.UsageError("--json and --format name two formats.")
        return "json"
    if wanted is None and output is not None:
        wanted = output.suffix.removeprefix(".")
        if wanted not in _FORMATS:
            raise click.UsageError("Say by --format what to write.")
    if wanted == "pdf" and output is None:
        raise click.UsageError("A PDF is written to a file: name it by --output.")
    return wanted


async def _written(backend: Backend, drawn: Invoice, wanted: str, locale: str) -> bytes:
    if wanted == "json":
        lines = list(chain.from_iterable(invoice_lines(drawn)))
        return msgspec.json.format(msgspec.json.encode(invoice_answer(drawn, lines)))
    if wanted == "csv":
        return b"".join(invoice_csv(drawn, locale))
    html = invoice_html(backend.services.partner.templates, drawn, locale)
    if wanted == "html":
        return html.encode()
    return await backend.services.partner.pdf.render(html, drawn.provider.slug)


def _print(drawn: Invoice) -> None:
    name = harmless(drawn.terms.name)
    click.echo(f"{name}, {drawn.period.first} to {drawn.period.last} (UTC)\n")
    rows: list[tuple[str, ...]] = [
        (entry.issued_at.isoformat(" ", "seconds"), _money(entry.price), entry.user_id)
        for entry in drawn.entries
    ]
    print_table(("ISSUED", "PRICE", "USER"), rows)
    click.echo()
    for charge in drawn.charges:
        amount = _money(Price(charge.amount, charge.price.currency))
        click.echo(f"{charge.count} accesses at {_money(charge.price)}: {amount}")
    if len(drawn.charges) != 1:
        click.echo(f"{drawn.access_count} accesses: {_total(drawn)}")


def _total(drawn: Invoice) -> str:
    return ", ".join(_money(Price(total.amount, total.currency)) for total in drawn.totals)


def _money(price: Price) -> str:
    return f"{amount_text(price.amount, price.currency)} {price.currency}"


def _period(backend: Backend, first: date | None, last: date | None) -> Period:
    month = backend.services.partner.invoices.this_month()
    period = Period(first or month.first, last or month.last)
    if period.last < period.first:
        raise click.UsageError("The last day is before the first one.")
    return period


def _describe(statistics: Statistics, period: Period, days: list[DayCount]) -> dict[str, Any]:
    provider = statistics.provider
    prepaid = provider.payment_policy is PaymentPolicy.PREPAID
    return {
        "slug": provider.slug,
        "payment_policy": provider.payment_policy.value,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "issued_in_period": sum(day.count for day in days),
        "access_count": provider.access_count,
        "access_limit": provider.access_limit if prepaid else None,
        "access_left": statistics.access_left,
        "users": statistics.users,
        "results": statistics.results,
    }

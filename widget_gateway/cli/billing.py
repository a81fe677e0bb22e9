"""`provider usage` and `provider invoice`: what a provider used, and what it owes."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec

from handlers.invoice_documents import LOCALES, invoice_csv, invoice_html, money
from handlers.partner.invoices import invoice_answer
from handlers.rendering import make_environment, pdf_of
from widget_gateway.app import Backend
from widget_gateway.cli.parameter_types import DateType, SlugType
from widget_gateway.cli.providers import Command
from widget_gateway.cli.running import json_option, print_json, print_table, run
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.invoices import Invoice, Period
from widget_gateway.domain.providers import Caller, PaymentPolicy
from widget_gateway.services.statistics import Statistics


def period_options(command: Command) -> Command:
    """`--from` and `--to`, both included; without them, the month that runs."""
    last = click.option("--to", "last", type=DateType(), help="The last day (of this month).")
    first = click.option("--from", "first", type=DateType(), help="The first day (of this month).")
    return first(last(command))


@dataclass(frozen=True, slots=True)
class _Usage:
    statistics: Statistics
    invoice: Invoice


@click.command()
@click.argument("slug", type=SlugType())
@period_options
@click.option("--by", type=click.Choice(["day", "month"]), default="day", help="Grain (day).")
@json_option
def usage(*, slug: str, first: date | None, last: date | None, by: str, as_json: bool) -> None:
    """Show the accesses that a provider was issued, and what it has left."""

    async def work(backend: Backend) -> _Usage:
        known = await backend.services.providers.get(ProviderSlug(slug))
        caller = Caller(known, sandbox=False)
        return _Usage(
            await backend.services.statistics.read(caller),
            await backend.services.billing.draw_invoice(caller, _period(backend, first, last)),
        )

    found = run(work, as_json=as_json)
    width = {"day": len("2026-01-31"), "month": len("2026-01")}[by]
    issued: Counter[str] = Counter()
    for day, count in found.invoice.by_day():
        issued[day.isoformat()[:width]] += count
    described = _describe(found)
    if as_json:
        print_json(described | {"by": by, "issued": dict(issued)})
        return
    for name, value in described.items():
        click.echo(f"{name:16} {'-' if value is None else value}")
    click.echo()
    print_table((by.upper(), "ACCESSES"), [(one, str(count)) for one, count in issued.items()])


@click.command()
@click.argument("slug", type=SlugType())
@period_options
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["text", "json", "html", "pdf", "csv"]),
    default="text",
    help="What to write (text).",
)
@click.option("--locale", type=click.Choice(LOCALES), default=LOCALES[0], help="Language (ru).")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file."
)
@json_option
def invoice(  # noqa: PLR0913 - click hands over one argument an option
    *,
    slug: str,
    first: date | None,
    last: date | None,
    wanted: str,
    locale: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """Draw up a provider's invoice from the ledger."""

    async def work(backend: Backend) -> Invoice:
        known = await backend.services.providers.get(ProviderSlug(slug))
        caller = Caller(known, sandbox=False)
        return await backend.services.billing.draw_invoice(caller, _period(backend, first, last))

    if wanted == "pdf" and output is None:
        raise click.UsageError("A PDF is written to a file: name it by --output.")
    drawn = run(work, as_json=as_json)
    if wanted == "text" and not as_json:
        _print(drawn)
        return
    body = _written(drawn, "json" if as_json else wanted, locale)
    if output is None:
        click.echo(body, nl=not body.endswith(b"\n"))
    else:
        output.write_bytes(body)
        click.echo(f"{output}: {len(drawn.entries)} accesses, {_total(drawn)}", err=True)


def _written(drawn: Invoice, wanted: str, locale: str) -> bytes:
    if wanted == "json":
        return msgspec.json.format(msgspec.json.encode(invoice_answer(drawn)))
    if wanted == "csv":
        return invoice_csv(drawn, locale)
    html = invoice_html(make_environment(), drawn, locale)
    return pdf_of(html) if wanted == "pdf" else html.encode()


def _print(drawn: Invoice) -> None:
    click.echo(f"{drawn.provider.name}, {drawn.period.first} to {drawn.period.last} (UTC)\n")
    rows: list[tuple[str, ...]] = [
        (one.issued_at.isoformat(" ", "seconds"), one.user_id) for one in drawn.entries
    ]
    print_table(("ISSUED", "USER"), rows)
    price = f"{money(drawn.provider.price)} {drawn.provider.currency}"
    click.echo(f"\n{len(drawn.entries)} accesses at {price}: {_total(drawn)}")


def _total(drawn: Invoice) -> str:
    return f"{money(drawn.total)} {drawn.provider.currency}"


def _period(backend: Backend, first: date | None, last: date | None) -> Period:
    month = backend.services.billing.this_month()
    period = Period(first or month.first, last or month.last)
    if period.last < period.first:
        raise click.UsageError("The last day is before the first one.")
    return period


def _describe(found: _Usage) -> dict[str, Any]:
    statistics, one = found.statistics, found.statistics.provider
    prepaid = one.payment_policy is PaymentPolicy.PREPAID
    return {
        "slug": one.slug,
        "payment_policy": one.payment_policy.value,
        "from": found.invoice.period.first.isoformat(),
        "to": found.invoice.period.last.isoformat(),
        "issued_in_period": len(found.invoice.entries),
        "access_count": one.access_count,
        "access_limit": one.access_limit if prepaid else None,
        "access_left": statistics.access_left,
        "users": statistics.users,
        "results": statistics.results,
    }

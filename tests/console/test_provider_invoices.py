"""`…/invoices/`: the same numbers as on the command line, as a table, as CSV and as PDF."""

import asyncio
import json
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from handlers.console.provider_invoices import read_day, read_period
from widget_gateway.cli import main
from widget_gateway.domain.partners.invoices import Period

pytestmark = pytest.mark.gen_test

INVOICES = "/console/providers/college/invoices/"


@pytest.fixture
def keys(make_provider):
    return make_provider("college", price=Decimal("1234.50"))


@pytest.fixture
def command(mongodb_uri, database, monkeypatch, tmp_path):
    """Run a command of an operator over the tests' database."""
    settings = {
        "MONGODB_URI": mongodb_uri,
        "DATABASE": database.name,
        "DATA_DIR": str(tmp_path / "data"),
        "JWT_SECRET": "JWT secret of the tests, 32 bytes",
        "PIN_PEPPER": "PIN pepper of the tests, 32 bytes",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"WIDGET_GATEWAY_{name}", value)
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


@pytest.fixture
def issue(api, keys):
    async def register(*user_ids):
        for user_id in user_ids:
            await api.get("user/register", client_key=keys.client_key, user_id=user_id)

    return register


def rows(page, caption):
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.tree.xpath(f"//table[caption='{caption}']/tbody/tr")
    ]


def numbers(page):
    """The facts of the invoice: accesses and total."""
    return [" ".join(fact.text_content().split()) for fact in page.tree.xpath("//dd")]


async def test_the_numbers_are_those_of_the_partner_api_to_the_unit(
    console, api, keys, issue, backend
):
    await issue("anna", "boris")
    changes = {"price": Decimal("99.90")}
    await backend.services.partner.providers.update("college", changes)
    await issue("vera")
    month = backend.services.partner.invoices.this_month()
    period = {"from": month.first.isoformat(), "to": month.last.isoformat()}
    told = (await api.get("invoice", client_key=keys.client_key, **period)).body
    assert told["totals"] == [{"currency": "RUB", "access_count": 3, "total": "2568.90"}]
    partner = await console.sign_in("partner", "college")
    page = await partner.get(INVOICES)
    assert numbers(page) == ["3", "RUB 2,568.90"]
    assert rows(page, "Accesses by price") == [
        ["RUB 99.90", "1", "RUB 99.90"],
        ["RUB 1,234.50", "2", "RUB 2,469.00"],
    ]
    assert [row[0] for row in rows(page, "Accesses")] == ["anna", "boris", "vera"]
    same = await partner.get(INVOICES, first=period["from"], last=period["to"])
    assert numbers(same) == numbers(page)
    csv = await partner.get(INVOICES, first=period["from"], last=period["to"], form="csv")
    raw = await api.fetch_raw(
        f"invoice?client_key={keys.client_key}&format=csv&locale=en"
        f"&from={period['from']}&to={period['to']}"
    )
    assert csv.body == raw.body
    assert csv.body.decode().splitlines()[-1] == "Total,3,,2568.90,RUB"


async def test_the_numbers_are_those_of_the_command(console, issue, backend, command):
    await issue("anna", "boris")
    await backend.services.partner.providers.update("college", {"price": Decimal("0.07")})
    await issue("vera")
    partner = await console.sign_in("partner", "college")
    page = await partner.get(INVOICES)
    told = await asyncio.to_thread(command, "provider", "invoice", "college", "--json")
    assert told.exit_code == 0, told.output
    drawn = json.loads(told.stdout)
    assert (drawn["access_count"], drawn["total"]) == (3, "2469.07")
    assert numbers(page) == ["3", "RUB 2,469.07"]
    charges = [[f"RUB {c['price']}", f"{c['access_count']}"] for c in drawn["charges"]]
    assert [[row[0].replace(",", ""), row[1]] for row in rows(page, "Accesses by price")] == charges
    assert [row[0] for row in rows(page, "Accesses")] == [
        line["user_id"] for line in drawn["lines"]
    ]
    # The file is the same to the byte, but for the language.
    (address, _) = page.tree.xpath("//p[@class='actions']/a/@href")
    csv = await partner.get(address)
    arguments = ("provider", "invoice", "college", "--format", "csv", "--locale", "en")
    written = await asyncio.to_thread(command, *arguments)
    assert csv.body == written.stdout_bytes


async def test_files_are_downloaded_in_the_language_of_the_page(console, issue):
    await issue("anna")
    partner = await console.sign_in("partner", "college", language="ru")
    page = await partner.get(INVOICES)
    csv, pdf = page.tree.xpath("//p[@class='actions']/a/@href")
    table = await partner.get(csv)
    assert table.headers["Content-Type"] == "text/csv; charset=UTF-8"
    assert "1234,50;RUB" in table.body.decode()
    name = table.headers["Content-Disposition"]
    assert name.startswith('attachment; filename="invoice-college-20')
    document = await partner.get(pdf)
    assert document.headers["Content-Type"] == "application/pdf"
    text = "".join(each.extract_text() for each in PdfReader(BytesIO(document.body)).pages)
    assert "Счёт за выданные доступы" in text
    assert "1 234,50" in text.replace("\xa0", " ").replace("\u202f", " ")


async def test_a_period_without_accesses_costs_nothing(console, issue):
    await issue("anna")
    partner = await console.sign_in("partner", "college")
    page = await partner.get(INVOICES, month="2020-02")
    assert numbers(page) == ["0", "RUB 0.00"]
    assert "1 Feb 2020 to 29 Feb 2020" in page.main
    assert "No access was issued in this period." in page.main


async def test_many_accesses_are_summed_up_by_day(console, issue, monkeypatch):
    monkeypatch.setattr("handlers.console.provider_invoices.MAX_LISTED", 2)
    await issue("anna", "boris", "vera")
    partner = await console.sign_in("partner", "college")
    page = await partner.get(INVOICES)
    (row,) = rows(page, "Accesses by day")
    assert row[2] == "3"
    assert not rows(page, "Accesses")


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ({"month": "2026-13"}, "A month is like 2026-05."),
        ({"month": "9999-12"}, "A month is like 2026-05."),
        ({"month": "May"}, "A month is like 2026-05."),
        ({"first": "2026-05-01"}, "both days are needed"),
        ({"last": "2026-05-01"}, "both days are needed"),
        ({"first": "2026-02-30", "last": "2026-03-01"}, "both days are needed"),
        ({"first": "٢٠٢٦-٠٥-٠١", "last": "2026-05-02"}, "both days are needed"),
        ({"first": "2026-05-02", "last": "2026-05-01"}, "before the first one"),
        ({"first": "<b>", "last": "<b>"}, "both days are needed"),
    ],
)
@pytest.mark.parametrize("form", ["", "pdf"])
async def test_a_wrong_period_is_refused_with_a_reason(console, keys, query, fault, form):
    assert keys
    partner = await console.sign_in("partner", "college")
    page = await partner.get(INVOICES, **query, form=form)
    assert page.status == 422
    assert fault in page.tree.get_element_by_id("period-fault").text_content()
    assert numbers(page) == []


async def test_another_providers_invoice_is_not_found(console, keys, register):
    assert keys
    await register("school")
    partner = await console.sign_in("partner", "school")
    for form in ("", "csv", "pdf"):
        assert (await partner.get(INVOICES, form=form)).status == 404


async def test_days_and_months_are_read_strictly():
    today = date(2026, 5, 4)
    otherwise = Period(today, today)
    assert read_day("2026-05-04") == today
    for wrong in ("20260504", "2026-5-4", "2026-W19-1", "1999-12-31", "2200-01-01", ""):
        assert read_day(wrong) is None
    assert read_period("", "", "", otherwise).period == otherwise
    february = Period(date(2028, 2, 1), date(2028, 2, 29))
    assert read_period("2028-02", "", "", otherwise).period == february
    december = Period(date(2199, 12, 1), date(2199, 12, 31))
    assert read_period("2199-12", "", "", otherwise).period == december
    # Days are more precise than a month.
    assert read_period("2028-02", "2026-05-04", "2026-05-04", otherwise).period == otherwise

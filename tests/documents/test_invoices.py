"""`invoice` as HTML, PDF and CSV, which people read."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from markupsafe import escape
from pypdf import PdfReader

from handlers.documents.invoices import MAX_LISTED
from handlers.partner.base import SLICE_BYTES
from tests.support.ledger import MAY, at, issue, issue_to
from widget_gateway.composition.application import utc_now

pytestmark = pytest.mark.gen_test


@pytest.fixture
def invoice(api, make_provider):
    college = make_provider("college", price=Decimal("99.90"))

    async def fetch(*, decompress_response=True, **changes):
        parameters = urlencode({"client_key": college.client_key} | MAY | changes)
        return await api.fetch_raw(f"invoice?{parameters}", decompress_response=decompress_response)

    return fetch


async def test_a_document_of_the_sandbox_says_so(api, college):
    await api.get("user/register", client_key=college.sandbox_key, user_id="anna")
    day = utc_now().date()
    period = {"from": day - timedelta(days=1), "to": day + timedelta(days=1)}
    query = urlencode({"client_key": college.sandbox_key, "locale": "en"} | period)
    page = await api.fetch_raw(f"invoice?format=html&{query}")
    table = await api.fetch_raw(f"invoice?format=csv&{query}")
    assert "Sandbox: its accesses cost nothing." in page.body.decode()
    assert "invoice-college-sandbox-" in table.headers["Content-Disposition"]
    assert "anna" not in page.body.decode() + table.body.decode()


@pytest.mark.parametrize("wanted", ["json", "html", "pdf", "csv"])
async def test_an_empty_period_costs_nothing(invoice, wanted):
    answer = await invoice(format=wanted)
    assert answer.code == 200
    text = answer.body.decode("utf-8-sig", "replace")
    if wanted == "pdf":
        text = PdfReader(io.BytesIO(answer.body)).pages[0].extract_text()
    shown = {"json": '"total":"0.00"', "csv": "Итого;0;;0,00;RUB"}
    assert shown.get(wanted, "За этот период доступы не выдавались.") in text


@pytest.mark.parametrize(
    ("locale", "total"),
    [("ru", "199,80\N{NO-BREAK SPACE}₽"), ("en", "RUB\N{NO-BREAK SPACE}199.80")],
)
async def test_html_is_in_the_language_asked_for_and_loads_nothing(
    invoice, database, locale, total
):
    issue(database, at("2026-05-04T12:30:00"), at("2026-05-05T12:30:00"))
    answer = await invoice(format="html", locale=locale)
    page = answer.body.decode()
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert f'lang="{locale}"' in page
    assert total in page
    assert not any(word in page for word in ("<script", "http://", "https://", "url(", "@import"))


async def test_hostile_user_ids_are_only_text(invoice, database):
    hostile = [
        '<script>alert("1")</script>',
        '<img src="http://127.0.0.1:9/">',
        "{{ 7 * 7 }}",
        "\u202egnp.exe",
        "\u0301" * 256,
    ]
    issue_to(database, [*hostile, "\x1b[31m\n\x07\x9b"])
    answer = await invoice(format="html")
    page = answer.body.decode()
    assert all(escape(text) in page for text in hostile)
    assert ">\ufffd[31m\ufffd\ufffd\ufffd<" in page
    assert not any(word in page for word in ("<script", "<img"))
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
    pdf = await invoice(format="pdf")
    assert "<script>" in PdfReader(io.BytesIO(pdf.body)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("currency", "shown"), [("JPY", "¥0.50"), ("KWD", "KWD\N{NO-BREAK SPACE}0.50")]
)
async def test_no_currency_is_rounded(api, register, database, currency, shown):
    school = await register("school", price=Decimal("0.50"), currency=currency)
    issue(database, at("2026-05-04T12:30:00"), provider="school")
    period = {"client_key": school.client_key, "locale": "en"} | MAY
    page = await api.fetch_raw("invoice?format=html&" + urlencode(period))
    assert page.body.decode().count(f"<dd>{shown}</dd>") == 2
    assert (await api.get("invoice", **period)).body["total"] == "0.50"


async def test_the_pdf_has_the_same_text_and_its_own_fonts(invoice, database):
    issue_to(database, ["Анна Ёлкина", "anna@example.org"])
    answer = await invoice(format="pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="invoice-college-2026-05-01-2026-05-31.pdf"'
    )
    reader = PdfReader(io.BytesIO(answer.body))
    text = reader.pages[0].extract_text().replace("\N{NO-BREAK SPACE}", " ")
    for shown in ("Счёт за выданные доступы", "Анна Ёлкина", "anna@example.org", "199,80"):
        assert shown in text
    fonts = reader.pages[0]["/Resources"]["/Font"]
    assert fonts
    for font in fonts.values():
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor


async def test_csv_opens_in_a_spreadsheet_of_each_language(invoice, database):
    issue(database, at("2026-05-01T12:30:00"), at("2026-05-02T12:30:00"))
    russian, english = await invoice(format="csv"), await invoice(format="csv", locale="en")
    assert russian.headers["Content-Type"] == "text/csv; charset=UTF-8"
    assert russian.headers["Content-Disposition"] == (
        'attachment; filename="invoice-college-2026-05-01-2026-05-31.csv"'
    )
    assert russian.body.decode() == (
        "\ufeff№;Пользователь;Выдан (UTC);Цена доступа;Валюта\r\n"
        "1;user-1;2026-05-01T12:30:00.000Z;99,90;RUB\r\n"
        "2;user-2;2026-05-02T12:30:00.000Z;99,90;RUB\r\n"
        "Итого;2;;199,80;RUB\r\n"
    )
    assert english.body.decode() == (
        "\ufeffNo.,User,Issued (UTC),Price of an access,Currency\r\n"
        "1,user-1,2026-05-01T12:30:00.000Z,99.90,RUB\r\n"
        "2,user-2,2026-05-02T12:30:00.000Z,99.90,RUB\r\n"
        "Total,2,,199.80,RUB\r\n"
    )


async def test_csv_runs_nothing_and_mixes_nothing_up(invoice, database):
    formulas = ["=1+1", "+7 900", "-1", "@sum", "\t=1", "\r=1", "\n=1", "＝1+1"]
    plain = ["anna", 'semi;colon, "quoted"', "two\r\nlines", "1=1", " "]
    issue_to(database, [*formulas, *plain])
    for locale, delimiter in (("ru", ";"), ("en", ",")):
        text = (await invoice(format="csv", locale=locale)).body.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        assert {len(row) for row in rows} == {5}
        assert [row[1] for row in rows[1:-1]] == [*(f"'{formula}" for formula in formulas), *plain]


async def test_an_invoice_of_any_length_is_whole_however_it_is_sent(invoice, database):
    count = 4 * SLICE_BYTES // 80
    start = at("2026-05-01T00:00:00")
    issue(database, *(start + timedelta(seconds=number) for number in range(count)))
    plain = await invoice(format="json", decompress_response=False)
    packed = await invoice(format="json", decompress_response=True)
    assert len(plain.body) > 3 * SLICE_BYTES
    assert int(plain.headers["Content-Length"]) == len(plain.body)
    assert packed.body == plain.body
    lines = json.loads(plain.body)["lines"]
    assert [line["user_id"] for line in lines] == [
        f"user-{number}" for number in range(1, count + 1)
    ]
    rows = (await invoice(format="csv")).body.decode().splitlines()
    assert [row.split(";")[1] for row in rows[1:-1]] == [line["user_id"] for line in lines]


async def test_many_accesses_are_summed_up_by_day_for_people_and_listed_for_machines(
    invoice, database
):
    start = at("2026-05-01T00:00:00")
    issue(database, *(start + timedelta(minutes=20 * number) for number in range(MAX_LISTED + 1)))
    page = (await invoice(format="html", locale="en")).body.decode()
    assert page.count("<tr>") == 6
    assert "May 1, 2026" in page
    assert "user-1<" not in page
    table = (await invoice(format="csv")).body.decode()
    assert len(table.splitlines()) == MAX_LISTED + 3

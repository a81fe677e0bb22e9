"""`invoice` as HTML, PDF and CSV, which people read."""

import csv
import io
import json
import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from bson.decimal128 import Decimal128
from markupsafe import escape
from pypdf import PdfReader

from handlers.documents.invoices import MAX_LISTED
from handlers.partner.base import SLICE_BYTES
from tests.support.ledger import MAY, at, issue, issue_to
from widget_gateway.composition.application import utc_now

pytestmark = pytest.mark.gen_test

SEPARATORS = (",", ";", "\t", "|", ":", " ")
"""What programs take for the end of a cell, whatever the table was written for."""


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
    ("price", "currency", "text", "english", "russian"),
    [
        ("50", "JPY", "50", "¥50", "50 ¥"),
        ("0.500", "KWD", "0.500", "KWD 0.500", "0,500 KWD"),
        ("1234.5", "RUB", "1234.50", "RUB 1,234.50", "1 234,50 ₽"),
        ("0", "KWD", "0.000", "KWD 0.000", "0,000 KWD"),
    ],
)
async def test_amounts_have_the_decimals_of_their_currency(  # a form of the amount each
    api, register, database, price, currency, text, english, russian
):
    school = await register("school", price=Decimal(price), currency=currency)
    issue(database, at("2026-05-04T12:30:00"), provider="school")
    period = {"client_key": school.client_key} | MAY
    for locale, shown in (("en", english), ("ru", russian)):
        page = await api.fetch_raw(f"invoice?format=html&locale={locale}&" + urlencode(period))
        assert page.body.decode().replace("\N{NO-BREAK SPACE}", " ").count(f"<dd>{shown}</dd>") == 2
        table = await api.fetch_raw(f"invoice?format=csv&locale={locale}&" + urlencode(period))
        separator, point = {"en": ",.", "ru": ";,"}[locale]
        number = text.replace(".", point)
        assert table.body.decode().count(f"{separator}{number}{separator}{currency}\r\n") == 2
    body = (await api.get("invoice", **period)).body
    assert (body["price"], body["total"], body["lines"][0]["price"]) == (text, text, text)
    pdf = await api.fetch_raw("invoice?format=pdf&locale=en&" + urlencode(period))
    shown = PdfReader(io.BytesIO(pdf.body)).pages[0].extract_text()
    assert english in shown.replace("\N{NO-BREAK SPACE}", " ")


async def test_an_amount_that_an_older_version_took_is_not_rounded(api, register, database):
    school = await register("school", price=Decimal(50), currency="JPY")
    database["providers"].update_one(
        {"_id": "school"}, {"$set": {"price": Decimal128("0.50"), "currency": "JPY"}}
    )
    issue(database, at("2026-05-04T12:30:00"), provider="school")
    period = {"client_key": school.client_key, "locale": "en"} | MAY
    page = await api.fetch_raw("invoice?format=html&" + urlencode(period))
    assert page.body.decode().count("<dd>¥0.50</dd>") == 2
    assert (await api.get("invoice", **period)).body["total"] == "0.5"


@pytest.mark.parametrize("wanted", ["json", "html", "pdf", "csv"])
async def test_a_sum_that_can_not_be_exact_is_refused(api, register, database, wanted):
    school = await register("school")
    database["providers"].update_one(
        {"_id": "school"}, {"$set": {"price": Decimal128("99999999999999999999999999.99")}}
    )
    moments = [at(f"2026-05-0{day}T12:30:00") for day in (1, 2)]
    issue(database, moments[0], provider="school")
    given = {"client_key": school.client_key, "format": wanted} | MAY
    whole = await api.fetch_raw("invoice?" + urlencode(given))
    assert whole.code == 200
    if wanted == "json":
        assert json.loads(whole.body)["total"] == "99999999999999999999999999.99"
    issue(database, moments[1], provider="school")
    answer = await api.get("invoice", **given)
    assert (answer.status, answer.reason) == (422, "amount_too_large")


async def test_a_period_with_several_prices_shows_each_and_sums_by_currency(
    invoice, database, backend
):
    issue(database, at("2026-05-01T12:30:00"), at("2026-05-02T12:30:00"))
    update = backend.services.partner.providers.update
    await update("college", {"price": Decimal("10.10")})
    issue(database, at("2026-05-02T13:30:00"))
    await update("college", {"price": Decimal(7), "currency": "JPY"})
    issue(database, at("2026-05-03T12:30:00"))

    page = (await invoice(format="html")).body.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "Доступы по ценам" in page
    assert "<dd>7 ¥</dd><dd>209,90 ₽</dd>" in page
    rows = ('99,90 ₽</td><td class="count">2<', '10,10 ₽</td><td class="count">1<')
    assert all(row in page for row in rows)
    assert page.count('<td class="price">99,90 ₽</td>') == 2
    table = (await invoice(format="csv", locale="en")).body.decode().splitlines()
    assert table[1:] == [
        "1,user-1,2026-05-01T12:30:00.000Z,99.90,RUB",
        "2,user-2,2026-05-02T12:30:00.000Z,99.90,RUB",
        "3,user-3,2026-05-02T13:30:00.000Z,10.10,RUB",
        "4,user-4,2026-05-03T12:30:00.000Z,7,JPY",
        "Total,1,,7,JPY",
        "Total,3,,209.90,RUB",
    ]
    pdf = PdfReader(io.BytesIO((await invoice(format="pdf", locale="en")).body)).pages[0]
    text = pdf.extract_text().replace("\N{NO-BREAK SPACE}", " ")
    assert all(shown in text for shown in ("¥7", "RUB 209.90", "RUB 10.10", "RUB 199.80"))


async def test_days_with_several_prices_have_a_row_each(invoice, database, backend):
    start = at("2026-05-01T00:00:00")
    issue(database, *(start + timedelta(seconds=number) for number in range(MAX_LISTED)))
    update = backend.services.partner.providers.update
    await update("college", {"price": Decimal("10.10")})
    issue(database, start + timedelta(hours=1))
    page = (await invoice(format="html", locale="en")).body.decode()
    days = page[page.index("Accesses by day") :].replace("\N{NO-BREAK SPACE}", " ")
    assert days.count("May 1, 2026") == 2
    assert '<td class="price">RUB 10.10</td><td class="moment">1</td>' in days
    assert f'<td class="price">RUB 99.90</td><td class="moment">{MAX_LISTED}</td>' in days


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


@pytest.mark.parametrize("locale", ["ru", "en"])
async def test_csv_runs_nothing_whatever_separates_its_cells(invoice, database, locale):
    formulas = ["=1+1", "+7 900", "-1", "@sum", "\t=1", "\r=1", "\n=1", "＝1+1", "  =1", "\u200b-1"]
    signs = ("=", "+", "-", "@", "＝", "－")
    inner = [f"anna{between}{sign}1" for between in SEPARATORS for sign in signs]
    quoted = [f'anna{between}"=1"' for between in SEPARATORS]
    plain = [
        "anna",
        'semi;colon, "quoted"',
        "two\r\nlines",
        "1=1",
        " ",
        "anna-17",
        "a.b+c@d.example",
    ]
    issue_to(database, [*formulas, *inner, *quoted, *plain])
    text = (await invoice(format="csv", locale=locale)).body.decode("utf-8-sig")
    for separator in SEPARATORS:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                assert not cell.startswith(("\t", "\r", "\n")), (separator, cell)
                assert not cell.lstrip(' "\t\r\n').startswith(signs), (separator, cell)
        for cell in re.split(rf"[{re.escape(separator)}\r\n]", text):
            assert not cell.lstrip(' "\t').startswith(signs), (separator, cell)
    own = {"ru": ";", "en": ","}[locale]
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=own))
    assert {len(row) for row in rows} == {5}
    users = [row[1] for row in rows[1:-1]]
    assert users[-len(plain) :] == plain
    assert [user.replace("'", "") for user in users] == [*formulas, *inner, *quoted, *plain]


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

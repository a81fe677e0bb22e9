"""`invoice`: the ledger of a period as JSON, HTML, PDF and CSV."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader

from handlers.invoice_documents import MAX_LISTED
from widget_gateway.app import utc_now

pytestmark = pytest.mark.gen_test(timeout=60)

MAY = {"from": "2026-05-01", "to": "2026-05-31"}


@pytest.fixture
def issued(database):
    """Put accesses into the ledger as if they had been issued at these moments."""

    def put(*moments, provider="college"):
        start = database["accesses"].count_documents({})
        database["accesses"].insert_many(
            {
                "_id": {"provider": provider, "sandbox": False, "user_id": f"user-{number}"},
                "at": moment,
            }
            for number, moment in enumerate(moments, start + 1)
        )

    return put


@pytest.fixture
def invoice(api, make_provider):
    college = make_provider("college", price=Decimal("99.90"))

    async def fetch(key=college.client_key, **given):
        return await api.fetch_raw(
            "invoice?"
            + "&".join(f"{n}={v}" for n, v in ({"client_key": key} | MAY | given).items())
        )

    return fetch


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
async def test_the_accesses_of_a_period_are_listed_and_priced(api, register, issued, version, way):
    college = await register("college", price=Decimal("99.90"))
    issued(at("2026-05-04T12:30:00"), at("2026-05-05T01:02:03.004"))
    path = f"/partner/api/{version}/invoice"
    answer = await getattr(api, way)(path, client_key=college.client_key, **MAY)
    assert answer.status == 200
    assert answer.body == {
        "provider": "college",
        "from": "2026-05-01",
        "to": "2026-05-31",
        "access_count": 2,
        "price": "99.90",
        "total": "199.80",
        "currency": "RUB",
        "lines": [
            {"user_id": "user-1", "created_at": "2026-05-04T12:30:00.000Z"},
            {"user_id": "user-2", "created_at": "2026-05-05T01:02:03.004Z"},
        ],
    }


async def test_both_days_are_included_by_the_utc_calendar(api, college, issued):
    issued(
        at("2026-04-30T23:59:59.999"),
        at("2026-05-01T00:00:00"),
        at("2026-05-31T23:59:59.999"),
        at("2026-06-01T00:00:00"),
    )
    answer = await api.get("invoice", client_key=college.client_key, **MAY)
    assert [line["user_id"] for line in answer.body["lines"]] == ["user-2", "user-3"]


async def test_what_is_registered_is_invoiced_and_nobody_elses(api, college, register):
    school = await register("school")
    today = {"from": "2026-01-01", "to": "2099-12-31"}
    users = [f"user-{number}" for number in range(20)]
    await asyncio.gather(
        *(
            api.get("user/register", client_key=key, user_id=user)
            for user in users
            for key in (college.client_key, college.client_key, college.sandbox_key)
        )
    )
    await api.get("user/register", client_key=school.client_key, user_id="anna")
    answer = await api.get("invoice", client_key=college.client_key, **today)
    assert answer.body["access_count"] == 20
    assert sorted(line["user_id"] for line in answer.body["lines"]) == sorted(users)


async def test_the_sandbox_costs_nothing(api, college):
    await api.get("user/register", client_key=college.client_key, user_id="anna")
    day = utc_now().date()
    period = {"from": day - timedelta(days=1), "to": day + timedelta(days=1)}
    answer = await api.get("invoice", client_key=college.sandbox_key, **period)
    assert answer.body["sandbox"] is True
    assert (answer.body["access_count"], answer.body["total"]) == (0, "0.00")


async def test_an_empty_period(invoice):
    for wanted in ("json", "html", "pdf", "csv"):
        assert (await invoice(format=wanted)).code == 200


@pytest.mark.parametrize(
    ("locale", "total"),
    [("ru", "199,80\N{NO-BREAK SPACE}₽"), ("en", "RUB199.80")],
)
async def test_html_is_in_the_language_asked_for_and_loads_nothing(invoice, issued, locale, total):
    issued(at("2026-05-04T12:30:00"), at("2026-05-05T12:30:00"))
    answer = await invoice(format="html", locale=locale)
    page = answer.body.decode()
    assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert f'lang="{locale}"' in page
    assert total in page
    assert not any(word in page for word in ("<script", "http://", "https://", "url(", "@import"))


async def test_hostile_user_ids_are_only_text(invoice, database):
    hostile = '<script>alert("1")</script>\u202e=1+1'
    row = {"_id": {"provider": "college", "sandbox": False, "user_id": hostile}}
    database["accesses"].insert_one(row | {"at": at("2026-05-04T12:30:00")})
    page = (await invoice(format="html")).body.decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


async def test_the_pdf_has_the_same_text_and_its_own_fonts(invoice, database):
    for number, user in enumerate(("Анна Ёлкина", "anna@example.org")):
        row = {"_id": {"provider": "college", "sandbox": False, "user_id": user}}
        database["accesses"].insert_one(row | {"at": at(f"2026-05-0{number + 1}T12:30:00")})
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


async def test_csv_opens_in_a_spreadsheet_and_runs_nothing(invoice, database):
    users = ["anna", "=1+1", "+7 900", "-1", "@sum", 'semi;colon "quoted"']
    for number, user in enumerate(users):
        row = {"_id": {"provider": "college", "sandbox": False, "user_id": user}}
        database["accesses"].insert_one(row | {"at": at(f"2026-05-0{number + 1}T12:30:00")})
    answer = await invoice(format="csv", locale="en")
    assert answer.headers["Content-Type"] == "text/csv; charset=UTF-8"
    assert answer.body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["No.", "User", "Issued (UTC)", "Price of an access", "RUB"]
    assert [row[1] for row in rows[1:-1]] == [
        "anna",
        "'=1+1",
        "'+7 900",
        "'-1",
        "'@sum",
        'semi;colon "quoted"',
    ]
    assert rows[1] == ["1", "anna", "2026-05-01T12:30:00.000Z", "99.90", "RUB"]
    assert rows[-1] == ["Total", "6", "", "599.40", "RUB"]


async def test_many_accesses_are_summed_up_by_day_for_people_and_listed_for_machines(
    invoice, issued
):
    start = at("2026-05-01T00:00:00")
    issued(*(start + timedelta(minutes=20 * number) for number in range(MAX_LISTED + 1)))
    page = (await invoice(format="html", locale="en")).body.decode()
    assert page.count("<tr>") == 6
    assert "May 1, 2026" in page
    assert "user-1<" not in page
    table = (await invoice(format="csv")).body.decode()
    assert len(table.splitlines()) == MAX_LISTED + 3


@pytest.mark.parametrize(
    ("given", "reason", "message"),
    [
        ({"from": ""}, "parameter_missing", 'The required "from" parameter is missing.'),
        ({"to": ""}, "parameter_missing", 'The required "to" parameter is missing.'),
        ({"from": "2026-02-30"}, "parameter_invalid", 'Invalid "from": '),
        ({"from": "20260501"}, "parameter_invalid", 'Invalid "from": '),
        ({"from": "2026-W18-5"}, "parameter_invalid", 'Invalid "from": '),
        ({"to": "31.05.2026"}, "parameter_invalid", 'Invalid "to": '),
        ({"to": "2026-05-31T00:00:00"}, "parameter_invalid", 'Invalid "to": '),
        ({"to": "2026-04-30"}, "parameter_invalid", 'Invalid "to": it is before'),
        ({"format": "xml"}, "parameter_invalid", 'Invalid "format": '),
        ({"format": "PDF"}, "parameter_invalid", 'Invalid "format": '),
        ({"locale": "de"}, "parameter_invalid", 'Invalid "locale": '),
    ],
)
async def test_bad_input_is_refused(api, college, given, reason, message):
    answer = await api.get("invoice", **({"client_key": college.client_key} | MAY | given))
    assert (answer.status, answer.reason) == (400, reason)
    assert answer.body["error"]["message"].startswith(message)


@pytest.mark.parametrize("given", [["2026-05-01"], {"$gt": ""}, 20260501, True])
async def test_a_date_is_a_string(api, college, given):
    body = {"client_key": college.client_key, "from": given, "to": "2026-05-31"}
    answer = await api.post_json("invoice", **body)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")


async def test_the_ends_of_the_calendar_are_no_fault(api, college):
    ends = {"from": "0001-01-01", "to": "9999-12-31"}
    answer = await api.get("invoice", client_key=college.client_key, **ends)
    assert (answer.status, answer.body["access_count"]) == (200, 0)

"""Providers in the console: the list, registration and agreements."""

import asyncio
from base64 import b64decode
from decimal import Decimal

import pytest

from widget_gateway.domain.ids import ProviderSlug

NEW, LIST = "/console/new-provider/", "/console/providers/"
EDIT = f"{LIST}college/edit/"
VALID = {
    "slug": "college",
    "name": "Колледж №1",
    "payment_policy": "prepaid",
    "test_policy": "one_test_one_bonus",
    "main_tests": ["career-interests"],
    "bonus_tests": ["work-values"],
    "origins": "https://college.example\nhttp://localhost:8000 ",
    "price": "99.50",
    "currency": "rub",
    "access_limit": "10",
    "overdraft": "2",
    "brand_color": "#2A7F62",
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script></svg>'
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


async def stored(backend):
    return await backend.services.partner.providers.get(ProviderSlug("college"))


@pytest.mark.gen_test
async def test_a_provider_is_registered_and_its_keys_work(console, backend, api):
    admin = await console.sign_in("admin")
    page = await admin.post(NEW, **VALID)
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    found = await stored(backend)
    assert found.origins == ("https://college.example", "http://localhost:8000")
    assert (found.price, found.currency) == (Decimal("99.50"), "RUB")
    assert (found.main_tests, found.bonus_tests) == (("career-interests",), ("work-values",))
    assert (found.access_limit, found.overdraft, found.brand_color) == (10, 2, "#2a7f62")
    key = page.tree.get_element_by_id("client_key").get("value")
    answer = await api.get("user/attach", client_key=key, user_id="7")
    assert answer.status != 401
    page = await admin.get(LIST)
    assert "Колледж №1" in page.main


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", ""),
        ("slug", "a/b"),
        ("slug", "x" * 65),
        ("slug", "колледж"),
        ("name", ""),
        ("name", "x" * 201),
        ("payment_policy", "free"),
        ("test_policy", ""),
        ("main_tests", ["no-such-test"]),
        ("bonus_tests", ["career-interests", "../x"]),
        ("origins", "https://a.example/path"),
        ("origins", "javascript:alert(1)"),
        ("origins", "\n".join(f"https://a{number}.example" for number in range(101))),
        ("origins", "https://a.example\n" * 2000),
        ("price", "-1"),
        ("price", "1e5"),
        ("price", "1.234"),
        ("price", "9" * 60),
        ("currency", "XXX"),
        ("currency", "DEM"),
        ("access_limit", "-1"),
        ("access_limit", "1" * 30),
        ("access_limit", "9" * 400),
        ("name", "a\nb"),
        ("origins", "\n".join(f"https://a{number}.example" for number in range(10_000))),
        ("price", "9" * 39),
        ("price", "9" * 28),
        ("access_limit", "ten"),
        ("overdraft", "1.5"),
        ("brand_name", "x" * 51),
        ("brand_name", "a\nb"),
        ("brand_color", "red"),
        ("brand_color", "#12345g"),
    ],
)
async def test_a_wrong_field_registers_nothing_and_is_told(console, database, field, value):
    admin = await console.sign_in("admin", language="ru")
    page = await admin.post(NEW, **VALID | {field: value})
    assert page.status == 422
    assert field in page.faults
    assert database["providers"].count_documents({}) == 0


@pytest.mark.gen_test
async def test_a_taken_slug_registers_nothing(console, make_two_providers, database):
    assert make_two_providers
    admin = await console.sign_in("admin")
    before = list(database["providers"].find())
    page = await admin.post(NEW, **VALID)
    assert (page.status, "slug" in page.faults) == (422, True)
    assert list(database["providers"].find()) == before


@pytest.mark.gen_test
@pytest.mark.parametrize("content", [SVG, b"MZ\x90", b"\x89PNG\r\n\x1a\n", b"<svg"])
async def test_a_logo_that_is_none_registers_nothing(console, database, content):
    admin = await console.sign_in("admin")
    fields = {name: str(value) for name, value in VALID.items() if "tests" not in name}
    page = await admin.upload(NEW, {"brand_logo": ("logo.svg", content)}, **fields)
    assert (page.status, "brand_logo" in page.faults) == (422, True)
    assert database["providers"].count_documents({}) == 0


def form_of(page):
    """Return the fields of a page's form as a browser sends them."""
    form = page.tree.xpath("//form[@enctype]")[0]
    return {name: value for name, value in form.form_values() if name not in ("csrf", "brand_logo")}


@pytest.mark.gen_test
async def test_an_agreement_is_changed_where_it_was_changed(
    console, make_two_providers, backend, database
):
    assert make_two_providers
    admin = await console.sign_in("admin")
    fields = form_of(await admin.get(EDIT))
    page = await admin.post(EDIT, **fields | {"name": "New name", "price": "5"})
    assert page.status == 303
    found = await stored(backend)
    assert (found.name, found.price) == ("New name", Decimal("5.00"))
    (entry,) = database["console_trail"].find({"deed": "provider_update"})
    assert entry["before"] == {"name": "College", "price": "0.00"}
    assert entry["after"] == {"name": "New name", "price": "5.00"}


@pytest.mark.gen_test
async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    console, make_two_providers, backend
):
    assert make_two_providers
    admin, other = await console.sign_in("admin"), await console.sign_in("admin")
    fields, others = form_of(await admin.get(EDIT)), form_of(await other.get(EDIT))
    assert (await other.post(EDIT, **others | {"name": "Theirs", "price": "7"})).status == 303
    page = await admin.post(EDIT, **fields | {"name": "Mine"})
    assert (page.status, set(page.faults)) == (409, {"name"})
    assert (await stored(backend)).name == "Theirs"
    page = await admin.send(EDIT, {"csrf": await admin.token(EDIT), **form_of(page)})
    assert page.status == 303, "whoever has seen the conflict may save"
    found = await stored(backend)
    assert (found.name, found.price) == ("Mine", Decimal("7.00"))


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u202e\n"),
        ("test_policy", "all_of_them"),
        ("main_tests", ["work-values", "no-such-test"]),
        ("bonus_tests", ["$where"]),
        ("origins", "file:///etc/passwd"),
        ("origins", "https://a.example\n" * 10_000),
        ("price", "0.001"),
        ("price", "NaN"),
        ("price", "9" * 28),
        ("currency", "rubles"),
        ("brand_color", "url(https://a.example)"),
    ],
)
async def test_a_wrong_field_changes_nothing_and_is_told(
    console, make_two_providers, database, field, value
):
    assert make_two_providers
    admin = await console.sign_in("admin")
    fields = form_of(await admin.get(EDIT))
    before = list(database["providers"].find())
    page = await admin.post(EDIT, **fields | {"brand_name": "New", field: value})
    assert (page.status, field in page.faults) == (422, True)
    assert list(database["providers"].find()) == before


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "seen", ["", "[]", "{", "[" * 9_000, '{"name": {"$gt": ""}, "price": 7, "no": []}', "null"]
)
async def test_made_up_former_values_overwrite_nothing_unseen(
    console, make_two_providers, backend, seen
):
    assert make_two_providers
    admin = await console.sign_in("admin")
    fields = form_of(await admin.get(EDIT)) | {"seen": seen, "brand_name": "Mark"}
    page = await admin.post(EDIT, **fields)
    assert page.status in (303, 409)
    found = await stored(backend)
    assert found.name == "College"
    assert found.brand_name == ("Mark" if page.status == 303 else None)


@pytest.mark.gen_test
async def test_of_two_forms_sent_at_once_one_is_told_of_the_other(
    console, make_two_providers, backend
):
    assert make_two_providers
    admins = [await console.sign_in("admin") for _ in range(4)]
    forms = [
        form_of(await admin.get(EDIT)) | {"csrf": await admin.token(EDIT), "name": f"Name {number}"}
        for number, admin in enumerate(admins)
    ]
    pages = await asyncio.gather(
        *(admin.send(EDIT, fields) for admin, fields in zip(admins, forms, strict=True))
    )
    assert sorted(page.status for page in pages) == [303, 409, 409, 409]
    (winner,) = [number for number, page in enumerate(pages) if page.status == 303]
    assert (await stored(backend)).name == f"Name {winner}"


@pytest.mark.gen_test
async def test_a_logo_is_shown_kept_and_removed(console, make_two_providers, backend):
    assert make_two_providers
    admin, other = await console.sign_in("admin"), await console.sign_in("admin")
    fields, others = form_of(await admin.get(EDIT)), form_of(await other.get(EDIT))
    logo = {"brand_logo": ("logo.gif", GIF)}
    assert (await admin.upload(EDIT, logo, **fields)).status == 303
    digest = (await stored(backend)).brand_logo
    assert digest is not None
    page = await other.upload(EDIT, {"brand_logo": ("logo.svg", SVG)}, **others)
    assert (page.status, set(page.faults)) == (422, {"brand_logo"})
    page = await other.upload(EDIT, logo, **others)
    assert (page.status, set(page.faults)) == (409, {"brand_logo"}), "another logo came meanwhile"
    assert (await stored(backend)).brand_logo == digest
    page = await admin.get(EDIT)
    assert page.tree.xpath("//form//img/@src")[0].startswith("data:image/")
    assert (await admin.post(EDIT, **form_of(page) | {"name": "New"})).status == 303
    assert (await stored(backend)).brand_logo == digest
    page = await admin.get(EDIT)
    assert (await admin.post(EDIT, **form_of(page) | {"remove_logo": "1"})).status == 303
    assert (await stored(backend)).brand_logo is None


@pytest.mark.gen_test
async def test_what_a_former_gateway_took_stays_valid_until_it_is_changed(
    console, make_two_providers, backend, database
):
    assert make_two_providers
    old = {"currency": "DEM", "main_tests": ["gone"], "name": "x" * 300}
    database["providers"].update_one({"_id": "college"}, {"$set": old})
    admin = await console.sign_in("admin")
    fields = form_of(await admin.get(EDIT))
    assert fields["currency"] == "DEM"
    assert (await admin.post(EDIT, **fields | {"brand_name": "Mark"})).status == 303
    found = await stored(backend)
    assert (found.currency, found.main_tests, found.brand_name) == ("DEM", ("gone",), "Mark")
    page = await admin.post(EDIT, **form_of(await admin.get(EDIT)) | {"price": "5"})
    assert page.status in (303, 422)


@pytest.mark.gen_test
async def test_the_page_of_the_keys_tells_what_is_still_missing(console, backend):
    assert backend
    admin = await console.sign_in("admin", language="ru")
    page = await admin.post(NEW, **VALID | {"origins": "", "access_limit": "0", "overdraft": "0"})
    assert page.status == 200
    assert page.tree.xpath("//ul[@class='needs']/li"), "neither an origin nor an access"
    assert not page.tree.xpath("//ul[@class='needs']/li[contains(., '--')]"), "no commands"


@pytest.mark.gen_test
async def test_a_provider_is_disabled_and_enabled(console, make_two_providers, backend):
    assert make_two_providers
    admin = await console.sign_in("admin")
    assert (await admin.post(EDIT, do="disable")).status == 303
    assert not (await stored(backend)).enabled
    assert (await admin.post(EDIT, do="enable")).status == 303
    assert (await stored(backend)).enabled


@pytest.mark.gen_test
async def test_the_list_is_searched_and_paged_by_key(console, make_provider_rows):
    make_provider_rows(120)
    support = await console.sign_in("support")
    seen, path = [], LIST
    while path:
        page = await support.get(path)
        seen += page.tree.xpath("//tbody//code/text()")
        path = next(iter(page.tree.xpath("//a[@rel='next']/@href")), None)
    assert seen == [f"p{number:03}" for number in range(120)]
    page = await support.get(LIST, q="SCHOOL 7")
    assert page.tree.xpath("//tbody//code/text()") == ["p007", *(f"p07{n}" for n in range(10))]
    for odd in ("(", "$ne", "\\", ".*", "x" * 5000):
        assert (await support.get(LIST, q=odd)).status == 200

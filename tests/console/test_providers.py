"""Providers in the console: the list, registration, agreements, keys and limits."""

import asyncio
from decimal import Decimal

import pytest

from widget_gateway.domain.ids import ProviderSlug

NEW, LIST = "/console/new-provider/", "/console/providers/"
EDIT, KEYS, LIMIT = (f"{LIST}college/{page}/" for page in ("edit", "keys", "limit"))
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
async def test_a_provider_is_disabled_and_enabled(console, make_two_providers, backend):
    assert make_two_providers
    admin = await console.sign_in("admin")
    assert (await admin.post(EDIT, do="disable")).status == 303
    assert not (await stored(backend)).enabled
    assert (await admin.post(EDIT, do="enable")).status == 303
    assert (await stored(backend)).enabled


@pytest.mark.gen_test
async def test_partners_rotate_their_own_keys_only(console, make_two_providers, api):
    old = make_two_providers[0]
    partner = await console.sign_in("partner", "college")
    foreign = await partner.send(
        f"{LIST}school/keys/", {"csrf": await partner.token(KEYS), "overlap": "0"}
    )
    assert foreign.status == 404
    for overlap in ("", "3", "-1", "99999"):
        assert (await partner.post(KEYS, overlap=overlap)).status == 422
    page = await partner.post(KEYS, overlap="0")
    assert page.status == 200
    new = page.tree.get_element_by_id("client_key").get("value")
    assert (await api.get("stats", client_key=old.client_key)).status == 404
    assert (await api.get("stats", client_key=new)).status == 200
    page = await partner.get(KEYS)
    assert new not in page.body.decode()
    assert len(page.tree.xpath("//tbody/tr")) >= 2


@pytest.mark.gen_test
async def test_without_approvals_a_limit_counts_at_once(console, make_two_providers, backend):
    assert make_two_providers
    admin = await console.sign_in("admin")
    for wrong in ("-1", "", "x", "9" * 12):
        assert (await admin.post(LIMIT, access_limit=wrong, overdraft="0")).status == 422
    assert (await admin.post(LIMIT, access_limit="77", overdraft="3")).status == 303
    found = await stored(backend)
    assert (found.access_limit, found.overdraft) == (77, 3)


@pytest.mark.gen_test
async def test_with_approvals_another_admin_confirms_once(
    console, make_two_providers, backend, database
):
    assert make_two_providers
    backend.services.console.limits.needs_approval = True
    before = await stored(backend)
    asking = await console.sign_in("admin")
    confirming = [await console.sign_in("admin") for _ in range(2)]
    assert (await asking.post(LIMIT, access_limit="77", overdraft="3")).status == 303
    assert (await stored(backend)).access_limit == before.access_limit
    page = await confirming[0].get(LIMIT)
    request = page.tree.xpath("//input[@name='request']/@value")[0]
    fields = {"request": request, "do": "confirm"}
    assert (await asking.post(LIMIT, **fields)).status == 409, "nobody confirms oneself"
    tokens = [await browser.token(LIMIT) for browser in confirming]
    pages = await asyncio.gather(
        *(
            browser.send(LIMIT, fields | {"csrf": token})
            for browser, token in zip(confirming, tokens, strict=True)
        )
    )
    assert sorted(page.status for page in pages) == [303, 409]
    found = await stored(backend)
    assert (found.access_limit, found.overdraft) == (77, 3)
    assert database["limit_requests"].count_documents({}) == 0


@pytest.mark.gen_test
async def test_a_request_is_void_if_the_limit_changed_meanwhile(
    console, make_two_providers, backend
):
    assert make_two_providers
    backend.services.console.limits.needs_approval = True
    asking, confirming = await console.sign_in("admin"), await console.sign_in("admin")
    await asking.post(LIMIT, access_limit="77", overdraft="3")
    await backend.services.partner.providers.update(ProviderSlug("college"), {"access_limit": 50})
    page = await confirming.get(LIMIT)
    request = page.tree.xpath("//input[@name='request']/@value")[0]
    page = await confirming.post(LIMIT, request=request, do="confirm")
    assert page.status == 409
    assert (await stored(backend)).access_limit == 50
    for made_up in ("", "x", "9b0e7f62-4c1d-4f0e-9a53-6d1c2f7e8a90"):
        assert (await confirming.post(LIMIT, request=made_up, do="reject")).status == 409
    assert (await confirming.post(LIMIT, request=request, do="reject")).status == 303


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

"""`…/users/`: a provider's users, one of them, and the reports of their results."""

from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from handlers.console import provider_users

pytestmark = pytest.mark.gen_test

USERS = "/console/providers/college/users/"
USER, REPORT = f"{USERS}user/", f"{USERS}report/"
TRICKY = "анна & <b>100%</b> +/?#"


@pytest.fixture
def keys(make_two_providers):
    return make_two_providers


@pytest.fixture
def user(api, keys, take_test):
    """Attach a result to a user of a provider; returns its key."""

    async def make(user_id="anna", owner=0):
        key = await take_test(("college", "school")[owner])
        caller = {"client_key": keys[owner].client_key}
        done = await api.get("result/attach", **caller, user_id=user_id, result_key=key)
        assert done.status == 200
        return key

    return make


def ids(page):
    return [cell.text_content().strip() for cell in page.tree.xpath("//tbody/tr/th")]


async def test_users_are_listed_page_by_page_in_the_order_of_registration(
    console, api, keys, monkeypatch
):
    monkeypatch.setattr(provider_users, "PAGE", 2)
    for user_id in ("zoe", "anna", TRICKY, "boris", "vera"):
        await api.get("user/register", client_key=keys[0].client_key, user_id=user_id)
    partner = await console.sign_in("partner", "college")
    page, seen = await partner.get(USERS), []
    while following := page.tree.xpath("//a[@rel='next']/@href"):
        seen += ids(page)
        page = await partner.get(following[0])
    assert [*seen, *ids(page)] == ["zoe", "anna", TRICKY, "boris", "vera"]
    assert page.tree.xpath("//nav[contains(@class, 'pager')]/a/@href") == [USERS]


async def test_a_user_is_found_by_the_exact_id_which_no_path_has(console, api, keys, logs):
    await api.get("user/register", client_key=keys[0].client_key, user_id=TRICKY)
    partner = await console.sign_in("partner", "college")
    found = await partner.get(USERS, user_id=TRICKY)
    assert found.status == 303
    assert urlsplit(found.location).path == USER
    assert parse_qs(urlsplit(found.location).query) == {"user_id": [TRICKY]}
    page = await partner.follow(found)
    assert f"User {TRICKY}" in page.main
    assert not page.tree.xpath("//b")
    assert TRICKY not in str([entry.get("path") for entry in logs])
    assert all("%D0%B0" not in str(entry) for entry in logs)


@pytest.mark.parametrize("user_id", ["Anna", "ann", " anna", "anna ", "a" * 257, "<i>x</i>", "$ne"])
async def test_another_id_finds_nobody(console, api, keys, user_id):
    await api.get("user/register", client_key=keys[0].client_key, user_id="anna")
    partner = await console.sign_in("partner", "college")
    page = await partner.get(USERS, user_id=user_id)
    assert page.status == 422
    assert page.faults == {"user_id": "No user of this world has exactly this id."}
    assert (await partner.get(USER, user_id=user_id)).status == 404


async def test_a_user_has_an_access_results_and_sessions(console, api, keys, user, connect):
    key = await user()
    caller = {"client_key": keys[0].client_key}
    token = await api.get("access/token", **caller, user_id="anna", test="career-interests")
    visitor = await connect()
    await visitor.open(test="career-interests", access_token=token.body["access_token"])
    partner = await console.sign_in("partner", "college")
    page = await partner.get(USER, user_id="anna")
    told = page.main
    assert "Results of main tests1" in told
    assert "Access tokens issued1" in told
    assert key in told
    assert "career-interests" in told
    assert "under way" in told
    assert "none yet" in told


async def test_users_of_the_sandbox_are_others(console, api, keys):
    await api.get("user/register", client_key=keys[0].sandbox_key, user_id="anna")
    partner = await console.sign_in("partner", "college")
    assert ids(await partner.get(USERS)) == []
    assert (await partner.get(USER, user_id="anna")).status == 404
    assert ids(await partner.get(USERS, world="sandbox")) == ["anna"]
    page = await partner.get(USER, user_id="anna", world="sandbox")
    assert "A user of the sandbox." in page.main


async def test_another_providers_users_and_results_are_not_found(console, user):
    key = await user("olga", owner=1)
    partner = await console.sign_in("partner", "college")
    assert ids(await partner.get(USERS)) == []
    assert (await partner.get(USERS, user_id="olga")).status == 422
    assert (await partner.get(USER, user_id="olga")).status == 404
    for form in ("html", "pdf"):
        assert (await partner.get(REPORT, result=key, form=form)).status == 404
    for path in (USERS, USER, REPORT):
        foreign = path.replace("college", "school")
        assert (await partner.get(foreign, user_id="olga", result=key)).status == 404


async def test_a_report_is_the_partner_apis_and_each_look_is_noted(
    console, api, keys, user, database
):
    key = await user()
    partner = await console.sign_in("partner", "college")
    page = await partner.get(USER, user_id="anna")
    links = page.tree.xpath("//a[contains(@href, '/report/')]/@href")
    shown, pdf = [await partner.get(link) for link in links]
    told = await api.fetch_raw(
        f"result/get?client_key={keys[0].client_key}&result_key={key}&format=html"
    )
    assert shown.body == told.body
    assert shown.headers["Content-Type"] == "text/html; charset=UTF-8"
    policy = shown.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")
    assert pdf.body.startswith(b"%PDF-")
    assert pdf.headers["Content-Disposition"] == f'attachment; filename="work-values-{key}.pdf"'
    looks = list(database["console_trail"].find({"deed": "answers_look"}).sort("_id", 1))
    assert [(look["outcome"], look["provider"]) for look in looks] == [("done", "college")] * 2
    assert [look["after"] for look in looks] == [
        {"test": "work-values", "report": form} for form in ("html", "pdf")
    ]
    assert looks[0]["subject"].startswith("user ")
    assert "anna" not in str(looks)
    assert key not in str(looks)


async def test_support_sees_users_but_no_reports(console, user):
    key = await user()
    support = await console.sign_in("support")
    page = await support.get(USER, user_id="anna")
    assert "not shown to your role" in page.main
    assert not page.tree.xpath("//a[contains(@href, '/report/')]")
    assert not page.tree.xpath("//a[contains(@href, '/privacy/')]")
    assert (await support.get(REPORT, result=key)).status == 403
    admin = await console.sign_in("admin")
    assert (await admin.get(REPORT, result=key)).status == 200


async def test_a_report_of_nothing_is_not_found(console, keys, take_test):
    assert keys
    guests = await take_test()
    partner = await console.sign_in("partner", "college")
    for result in ("", "none", str(uuid4()), "%00"):
        assert (await partner.get(REPORT, result=result)).status == 404
    assert (await partner.get(REPORT, result=guests)).status == 403
    assert (await partner.get(REPORT, result=guests, world="sandbox")).status == 404


@pytest.mark.parametrize("after", ["none", "YWJj", "====", "'"])
async def test_a_place_where_no_page_ends_is_refused(console, keys, after):
    assert keys
    partner = await console.sign_in("partner", "college")
    assert (await partner.get(USERS, after=after)).status == 400

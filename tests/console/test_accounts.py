"""Accounts: inviting, changing and disabling them, by admins and partners."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from tests.support.console import PASSWORD
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.errors import LastAdminError

ACCOUNTS, SIGN_IN = "/console/accounts/", "/console/sign-in/"
TEAM = "/console/providers/college/team/"
NEW_PASSWORD = "seven purple elephants dance"


def link_of(page):
    """Return the path of the link that a page shows once."""
    parts = urlsplit(page.tree.get_element_by_id("link").get("value"))
    return f"{parts.path}?{parts.query}"


async def accept(console, link, password=NEW_PASSWORD):
    browser = console.browser()
    page = await browser.get(link)
    if page.status != 200:
        return page
    token = page.tree.xpath("//input[@name='token']/@value")[0]
    return await browser.post("/console/invitation/", link, token=token, password=password)


@pytest.mark.gen_test
async def test_an_invited_partner_chooses_a_password_and_signs_in(console, make_two_providers):
    assert make_two_providers
    admin = await console.sign_in("admin")
    page = await admin.post(
        ACCOUNTS, login="Olga@College.example", name="Ольга", role="partner", provider="college"
    )
    assert page.status == 200
    link = link_of(page)
    for weak in ("short", "password1234", "olga@college.example!", "qwertyuiop123"):
        assert (await accept(console, link, weak)).status == 422
    assert (await accept(console, link)).status == 303
    assert (await accept(console, link)).status == 404, "the link works once"
    browser = console.browser()
    page = await browser.post(SIGN_IN, login="olga@college.example", password=NEW_PASSWORD)
    assert (page.status, page.location) == (303, "/console/providers/college/")
    assert (await browser.get(TEAM)).status == 200


@pytest.mark.gen_test
async def test_a_link_works_until_it_is_too_old_or_replaced(console, database):
    admin = await console.sign_in("admin")
    page = await admin.post(ACCOUNTS, login="eva", role="support")
    first = link_of(page)
    account = database["console_accounts"].find_one({"login": "eva"})["_id"]
    page = await admin.post(f"{ACCOUNTS}{account}/", do="invite")
    second = link_of(page)
    assert (await console.browser().get(first)).status == 404
    assert (await console.browser().get(second)).status == 200
    past = utc_now() - timedelta(seconds=1)
    database["console_accounts"].update_one(
        {"login": "eva"}, {"$set": {"invitation.expires_at": past}}
    )
    assert (await console.browser().get(second)).status == 404


@pytest.mark.gen_test
@pytest.mark.parametrize("token", ["", "x", "a" * 5000, f"{'0' * 8}-0000-4000-8000-{'0' * 12}.x"])
async def test_a_made_up_link_is_refused(console, token):
    await console.make_account("support")
    page = await console.browser().get("/console/invitation/", token=token)
    assert page.status == 404


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "fields",
    [
        {"login": ""},
        {"login": "a b"},
        {"login": "x" * 200},
        {"login": "new", "name": "x" * 200},
        {"login": "new", "role": "owner"},
        {"login": "new", "role": ""},
        {"login": "new", "role": "partner"},
        {"login": "new", "role": "admin", "provider": "college"},
        {"login": "new", "role": "partner", "provider": "nowhere"},
        {"login": "taken", "role": "support"},
    ],
)
async def test_a_wrong_invitation_makes_no_account(console, make_two_providers, database, fields):
    assert make_two_providers
    admin = await console.sign_in("admin")
    await console.make_account("support", login="taken")
    before = database["console_accounts"].count_documents({})
    page = await admin.post(ACCOUNTS, **{"role": "support"} | fields)
    assert page.status == 422
    assert database["console_accounts"].count_documents({}) == before


@pytest.mark.gen_test
async def test_a_partner_invites_and_disables_colleagues_of_the_own_provider_only(
    console, make_two_providers, database
):
    assert make_two_providers
    partner = await console.sign_in("partner", "college")
    stranger, _ = await console.make_account("partner", "school")
    admin, _ = await console.make_account("admin")
    page = await partner.post(TEAM, login="colleague", name="", role="admin", provider="school")
    assert page.status == 200
    made = database["console_accounts"].find_one({"login": "colleague"})
    assert (made["role"], made["provider"]) == ("partner", "college")
    assert (await partner.post(TEAM, account=str(made["_id"]), do="invite")).status == 200
    for foreign in (stranger.id, admin.id, "9b0e7f62-4c1d-4f0e-9a53-6d1c2f7e8a90", "x"):
        for deed in ("disable", "invite", "enable"):
            assert (await partner.post(TEAM, account=str(foreign), do=deed)).status == 404
    assert (await partner.post(TEAM, account=str(made["_id"]), do="disable")).status == 303
    assert (await partner.post(TEAM, account=str(made["_id"]), do="nonsense")).status == 422
    own = str(partner.account.id)
    assert (await partner.post(TEAM, account=own, do="disable")).status == 403
    states = {row["login"]: row["disabled"] for row in database["console_accounts"].find()}
    assert [login for login, disabled in states.items() if disabled] == ["colleague"]


@pytest.mark.gen_test
async def test_a_partner_gets_no_link_by_which_it_could_sign_in_as_a_colleague(
    console, make_two_providers, database
):
    assert make_two_providers
    partner = await console.sign_in("partner", "college")
    colleague, _ = await console.make_account("partner", "college")
    page = await partner.get(TEAM)
    assert not page.tree.xpath("//button[@value='invite']")
    page = await partner.post(TEAM, account=str(colleague.id), do="invite")
    assert page.status == 403
    row = database["console_accounts"].find_one({"_id": colleague.id})
    assert row["invitation"] is None
    admin = await console.sign_in("admin")
    assert (await admin.post(TEAM, account=str(colleague.id), do="invite")).status == 200
    await admin.post(TEAM, account=str(colleague.id), do="disable")
    assert (await admin.post(TEAM, account=str(colleague.id), do="invite")).status == 403


@pytest.mark.gen_test
async def test_a_provider_that_does_not_exist_has_no_team(console, make_two_providers, database):
    assert make_two_providers
    admin = await console.sign_in("admin")
    path = "/console/providers/nowhere/team/"
    assert (await admin.get(path)).status == 404
    token = await admin.token(TEAM)
    page = await admin.send(path, {"csrf": token, "login": "eva", "name": ""})
    assert page.status == 404
    assert database["console_accounts"].find_one({"login": "eva"}) is None


@pytest.mark.gen_test
async def test_a_disabled_account_is_out_at_once_on_every_node(console, other_node_url):
    admin = await console.sign_in("admin")
    support = await console.sign_in("support", url=other_node_url)
    page = await admin.post(f"{ACCOUNTS}{support.account.id}/", do="disable")
    assert page.status == 303
    assert (await support.get("/console/account/")).status == 303
    fields = {"login": support.account.login, "password": PASSWORD}
    assert (await support.post(SIGN_IN, **fields)).status == 422
    assert (await admin.post(f"{ACCOUNTS}{support.account.id}/", do="enable")).status == 303
    assert (await support.post(SIGN_IN, **fields)).status == 303


@pytest.mark.gen_test
async def test_another_role_counts_at_once(console):
    admin, support = await console.sign_in("admin"), await console.sign_in("support")
    page = await admin.post(
        f"{ACCOUNTS}{support.account.id}/", do="update", name="N", role="editor", provider=""
    )
    assert page.status == 303
    assert (await support.get("/console/account/")).status == 303, "its sessions are over"


@pytest.mark.gen_test
async def test_the_last_admin_stays_even_if_two_go_at_once(console, backend):
    accounts = [(await console.make_account("admin"))[0] for _ in range(2)]
    results = await asyncio.gather(
        *(backend.console.accounts.disable(account.id) for account in accounts),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Account", "LastAdminError"]
    left = [each for each in await backend.console.accounts.list_page(limit=9) if not each.disabled]
    assert len(left) == 1
    with pytest.raises(LastAdminError):
        await backend.console.accounts.disable(left[0].id)


@pytest.mark.gen_test
async def test_deeds_are_in_the_trail_with_no_secret(console, database):
    admin = await console.sign_in("admin")
    link = link_of(await admin.post(ACCOUNTS, login="eva", role="support"))
    await accept(console, link)
    await admin.post(ACCOUNTS, login="eva", role="support")
    rows = list(database["console_trail"].find())
    deeds = [(row["deed"], row["outcome"]) for row in rows]
    assert deeds == [
        ("sign_in", "done"),
        ("second_factor_show", "done"),
        ("account_create", "done"),
        ("account_invite", "done"),
        ("invitation_accept", "done"),
        ("account_create", "account_exists"),
    ]
    assert all(row["address"] == "127.0.0.1" for row in rows)
    for secret in (PASSWORD, NEW_PASSWORD, link.partition("token=")[2]):
        assert secret not in str(rows)

"""New limits of providers in the console, with and without a second admin."""

import asyncio
from datetime import timedelta

import pytest

from widget_gateway.domain.errors import ProviderChangedError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy

COLLEGE = ProviderSlug("college")
LIMIT = "/console/providers/college/limit/"
EDIT = "/console/providers/college/edit/"
RAISED = {"payment_policy": "prepaid", "access_limit": "77", "overdraft": "3"}


@pytest.fixture
def prepaid(make_two_providers, database):
    """The provider `college`, prepaid with a limit of 10."""
    assert make_two_providers
    limit = {"payment_policy": "prepaid", "access_limit": 10, "overdraft": 0}
    database["providers"].update_one({"_id": "college"}, {"$set": limit})


@pytest.fixture
def approvals(backend, prepaid):
    """A gateway where another admin confirms a limit."""
    assert prepaid is None
    backend.services.console.limits.needs_approval = True
    return backend.services.console.limits


async def limit_of(backend):
    found = await backend.services.partner.providers.get(COLLEGE)
    return found.payment_policy.value, found.access_limit, found.overdraft


async def waiting_on(browser):
    """Return the id of the request that a page shows."""
    page = await browser.get(LIMIT)
    return page.tree.xpath("//input[@name='request']/@value")[0]


@pytest.mark.gen_test
@pytest.mark.usefixtures("prepaid")
async def test_without_approvals_a_limit_counts_at_once(console, backend, database):
    admin = await console.sign_in("admin")
    assert (await admin.post(LIMIT, **RAISED)).status == 303
    assert await limit_of(backend) == ("prepaid", 77, 3)
    (entry,) = database["console_trail"].find({"deed": "provider_update"})
    assert entry["before"] == {"payment_policy": "prepaid", "access_limit": 10, "overdraft": 0}
    assert entry["after"] == {"payment_policy": "prepaid", "access_limit": 77, "overdraft": 3}


@pytest.mark.gen_test
@pytest.mark.usefixtures("prepaid")
@pytest.mark.parametrize("needs_approval", [False, True])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("access_limit", "-1"),
        ("access_limit", ""),
        ("access_limit", "x"),
        ("access_limit", "1.5"),
        ("access_limit", "9" * 12),
        ("overdraft", "9" * 400),
        ("overdraft", "-0.1"),
        ("payment_policy", "free"),
        ("payment_policy", ""),
    ],
)
async def test_a_wrong_limit_changes_nothing_and_is_told(
    console, backend, database, needs_approval, field, value
):
    backend.services.console.limits.needs_approval = needs_approval
    admin = await console.sign_in("admin", language="ru")
    page = await admin.post(LIMIT, **RAISED | {field: value})
    assert (page.status, set(page.faults)) == (422, {field})
    assert await limit_of(backend) == ("prepaid", 10, 0)
    assert database["limit_requests"].count_documents({}) == 0


@pytest.mark.gen_test
@pytest.mark.usefixtures("prepaid")
async def test_a_limit_that_somebody_else_changed_meanwhile_is_not_overwritten(console, backend):
    admin = await console.sign_in("admin")
    seen = (await admin.get(LIMIT)).tree.xpath("//input[@name='seen']/@value")[0]
    await backend.services.partner.providers.update(COLLEGE, {"access_limit": 50})
    page = await admin.post(LIMIT, **RAISED, seen=seen)
    assert (page.status, set(page.faults)) == (409, {"access_limit"})
    assert await limit_of(backend) == ("prepaid", 50, 0)


@pytest.mark.gen_test
@pytest.mark.usefixtures("prepaid")
async def test_a_change_is_stored_only_over_the_values_that_were_seen(backend):
    providers = backend.services.partner.providers
    seen = await providers.get(COLLEGE)
    changes = [
        providers.update(COLLEGE, {"access_limit": limit}, seen=seen) for limit in range(20, 28)
    ]
    ended = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(each, ProviderChangedError) for each in ended) == 7
    (won,) = [each for each in ended if not isinstance(each, ProviderChangedError)]
    assert (await providers.get(COLLEGE)).access_limit == won.access_limit


@pytest.mark.gen_test
async def test_with_approvals_another_admin_confirms_once(console, approvals, backend, database):
    asking = await console.sign_in("admin")
    confirming = [await console.sign_in("admin") for _ in range(2)]
    assert (await asking.post(LIMIT, **RAISED)).status == 303
    assert await limit_of(backend) == ("prepaid", 10, 0)
    fields = {"request": await waiting_on(confirming[0]), "do": "confirm"}
    assert not (await asking.get(LIMIT)).tree.xpath("//button[@value='confirm']")
    assert (await asking.post(LIMIT, **fields)).status == 409, "nobody confirms oneself"
    tokens = [await browser.token(LIMIT) for browser in confirming]
    pages = await asyncio.gather(
        *(
            browser.send(LIMIT, fields | {"csrf": token})
            for browser, token in zip(confirming, tokens, strict=True)
        )
    )
    assert sorted(page.status for page in pages) == [303, 409]
    assert await limit_of(backend) == ("prepaid", 77, 3)
    assert database["limit_requests"].count_documents({}) == 0
    assert await approvals.list_waiting() == []
    (asked,) = database["console_trail"].find({"deed": "limit_request"})
    (confirmed,) = database["console_trail"].find({"deed": "limit_confirm", "outcome": "done"})
    assert asked["before"] == confirmed["before"]
    assert confirmed["after"] == asked["after"] | {"asked_by": asking.account.login}


@pytest.mark.gen_test
@pytest.mark.usefixtures("approvals")
@pytest.mark.parametrize("change", [{"access_limit": 50}, {"payment_policy": "postpaid"}])
async def test_a_request_is_void_if_the_limit_changed_meanwhile(
    console, backend, change, approvals
):
    asking, confirming = await console.sign_in("admin"), await console.sign_in("admin")
    await asking.post(LIMIT, **RAISED)
    if policy := change.get("payment_policy"):
        change = {"payment_policy": PaymentPolicy(policy)}
    await backend.services.partner.providers.update(COLLEGE, change)
    before = await limit_of(backend)
    request = await waiting_on(confirming)
    page = await confirming.get(LIMIT)
    assert not page.tree.xpath("//button[@value='confirm']")
    assert await approvals.list_waiting() == []
    page = await confirming.post(LIMIT, request=request, do="confirm")
    assert page.status == 409
    assert await limit_of(backend) == before
    for made_up in ("", "x", "9b0e7f62-4c1d-4f0e-9a53-6d1c2f7e8a90"):
        assert (await confirming.post(LIMIT, request=made_up, do="reject")).status == 409
    assert (await confirming.post(LIMIT, request=request, do="reject")).status == 303


@pytest.mark.gen_test
async def test_a_request_that_was_rejected_withdrawn_or_replaced_is_not_confirmed(
    console, approvals, backend
):
    asking, other = await console.sign_in("admin"), await console.sign_in("admin")
    for rejecting in (asking, other):
        await asking.post(LIMIT, **RAISED)
        request = await waiting_on(other)
        assert (await rejecting.post(LIMIT, request=request, do="reject")).status == 303
        assert (await other.post(LIMIT, request=request, do="confirm")).status == 409
        assert await approvals.list_waiting() == []
    await asking.post(LIMIT, **RAISED)
    first = await waiting_on(other)
    await asking.post(LIMIT, **RAISED | {"access_limit": "78"})
    assert (await other.post(LIMIT, request=first, do="confirm")).status == 409
    assert await limit_of(backend) == ("prepaid", 10, 0)
    assert (await other.post(LIMIT, request=await waiting_on(other), do="confirm")).status == 303
    assert await limit_of(backend) == ("prepaid", 78, 3)


@pytest.mark.gen_test
async def test_a_request_waits_for_seven_days(console, approvals, backend, database):
    asking, other = await console.sign_in("admin"), await console.sign_in("admin")
    await asking.post(LIMIT, **RAISED)
    row = database["limit_requests"].find_one()
    assert row["expires_at"] - row["asked_at"] == timedelta(days=7)
    assert [each.provider for each in await approvals.list_waiting()] == ["college"]
    request = await waiting_on(other)
    earlier = {name: row[name] - timedelta(days=7) for name in ("asked_at", "expires_at")}
    database["limit_requests"].update_one({"_id": "college"}, {"$set": earlier})
    assert await approvals.list_waiting() == []
    assert not (await other.get(LIMIT)).tree.xpath("//input[@name='request']")
    for deed in ("confirm", "reject"):
        assert (await other.post(LIMIT, request=request, do=deed)).status == 409
    assert await limit_of(backend) == ("prepaid", 10, 0)


@pytest.mark.gen_test
@pytest.mark.usefixtures("approvals")
async def test_no_other_form_changes_a_limit(console, backend):
    admin = await console.sign_in("admin")
    form = (await admin.get(EDIT)).tree.xpath("//form[@enctype]")[0]
    fields = {name: value for name, value in form.form_values() if name != "brand_logo"}
    limit = {"payment_policy": "postpaid", "access_limit": "999", "overdraft": "999"}
    assert (await admin.send(EDIT, fields | limit | {"name": "New"})).status == 303
    assert await limit_of(backend) == ("prepaid", 10, 0)
    agreed = {"slug": "second", "name": "Second", "test_policy": "one_test"}
    page = await admin.post(
        "/console/new-provider/", **agreed | limit | {"price": "0", "currency": "RUB"}
    )
    assert page.status == 200
    new = await backend.services.partner.providers.get(ProviderSlug("second"))
    assert (new.payment_policy.value, new.access_limit, new.overdraft) == ("prepaid", 0, 0)


@pytest.mark.gen_test
@pytest.mark.usefixtures("approvals")
async def test_the_overview_shows_requests_to_those_who_decide(console):
    asking, support = await console.sign_in("admin"), await console.sign_in("support")
    await asking.post(LIMIT, **RAISED)
    links = f"//a[@href='{LIMIT}']"
    assert (await asking.get("/console/")).tree.xpath(links)
    page = await support.get("/console/")
    assert page.status == 200
    assert not page.tree.xpath(links)

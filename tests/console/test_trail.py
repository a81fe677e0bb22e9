"""The trail's entries: begun before a deed, and completed by whatever becomes of it."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pymongo.errors import DocumentTooLarge

from tests.support.waiting import until
from widget_gateway.domain.console.roles import Role
from widget_gateway.domain.console.trail import Actor, Deed
from widget_gateway.domain.errors import LastAdminError
from widget_gateway.domain.ids import AccountId, ProviderSlug

pytestmark = pytest.mark.gen_test

ACCOUNT = AccountId(UUID("9b0e7f62-4c1d-4f0e-9a53-6d1c2f7e8a90"))
ACTOR = Actor(
    account=ACCOUNT,
    login="anna",
    role="admin",
    address="192.0.2.7",
    user_agent="Tests",
    request_id="r1",
)


@pytest.fixture
def trail(backend):
    return backend.console.trail


@pytest.fixture
def rows(database):
    return database["console_trail"]


async def test_an_entry_is_there_before_its_deed_and_done_after_it(trail, rows):
    before = {"role": Role.SUPPORT}
    async with trail.acting(
        ACTOR, Deed.ACCOUNT_UPDATE, "account eva", provider=ProviderSlug("college"), before=before
    ) as entry:
        begun = rows.find_one({})
        assert (begun["outcome"], begun["after"]) == ("begun", {})
        entry.after = {"role": Role.EDITOR}
    done = rows.find_one({})
    assert (done["outcome"], done["before"], done["after"]) == (
        *("done", {"role": "support"}),
        {"role": "editor"},
    )
    assert (done["account"], done["login"], done["address"]) == (ACCOUNT, "anna", "192.0.2.7")
    assert (done["provider"], done["request_id"]) == ("college", "r1")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(LastAdminError(), "last_admin"), (ZeroDivisionError(), "failed"), (KeyError("x"), "failed")],
)
async def test_a_deed_that_fails_is_noted_with_its_reason(trail, rows, error, outcome):
    async def work():
        async with trail.acting(ACTOR, Deed.ACCOUNT_DISABLE, "account eva") as entry:
            entry.after = {"disabled": True}
            raise error

    with pytest.raises(type(error)):
        await work()
    row = rows.find_one({})
    assert (row["outcome"], row["after"]) == (outcome, {})


async def test_a_deed_that_is_cut_off_stays_begun(trail, rows):
    async def work():
        async with trail.acting(ACTOR, Deed.ACCOUNT_DISABLE, "account eva"):
            await asyncio.Event().wait()

    task = asyncio.ensure_future(work())
    await until(lambda: rows.find_one({}) is not None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rows.find_one({})["outcome"] == "begun"


async def test_entries_hold_values_of_json_only(trail, rows):
    moment = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    before = {"at": moment, "id": ACCOUNT, "tests": ("a", "b"), "$set": {"a.b": None}}
    async with trail.acting(
        ACTOR, Deed.PROVIDER_UPDATE, "provider college", before=before
    ) as entry:
        entry.after = {"price": 1.5, "kinds": frozenset({"x"})}
    row = rows.find_one({})
    assert row["before"] == {
        "at": "2026-05-04T12:30:00Z",
        "id": str(ACCOUNT),
        "tests": ["a", "b"],
        "$set": {"a.b": None},
    }
    assert row["after"] == {"price": 1.5, "kinds": ["x"]}


async def test_nothing_is_done_if_its_entry_can_not_be_written(trail, rows):
    done = []

    async def work():
        async with trail.acting(ACTOR, Deed.ACCOUNT_DISABLE, "a" * 17_000_000):
            done.append(True)

    with pytest.raises(DocumentTooLarge):
        await work()
    assert done == []
    assert rows.count_documents({}) == 0


async def test_a_sign_in_and_its_second_step_are_noted_apart(console, rows):
    admin = await console.sign_in("admin")
    login = admin.account.login
    page = await console.browser().post(
        "/console/sign-in/", login=login.upper(), password="a wrong password"
    )
    assert page.status == 422
    browser = console.browser()
    await browser.post("/console/sign-in/", login=login, password="correct horse battery staple")
    await browser.post("/console/second-factor/", code="aaaa-bbbb-cccc-dddd")
    found = [(row["deed"], row["outcome"], row["login"]) for row in rows.find().sort("at", 1)]
    assert found == [
        ("sign_in", "done", login),
        ("second_factor_show", "done", login),
        ("sign_in", "credentials_wrong", login),
        ("sign_in", "done", login),
        ("second_factor_show", "code_wrong", login),
    ]
    assert rows.find_one({"outcome": "code_wrong"})["subject"] == f"recovery code of {login}"


async def test_strangers_do_not_fill_the_trail(console, rows, database):
    account, _ = await console.make_account("support")
    browser = console.browser()
    token = await browser.token("/console/sign-in/")
    for _ in range(2):
        for number in range(15):
            fields = {"csrf": token, "login": account.login, "password": f"wrong {number}"}
            await browser.send("/console/sign-in/", fields)
        database["console_tries"].update_many({}, {"$set": {"tries": 0}})
    outcomes = [row["outcome"] for row in rows.find().sort("at", 1)]
    assert outcomes == (["credentials_wrong"] * 10 + ["rate_limited"]) * 2

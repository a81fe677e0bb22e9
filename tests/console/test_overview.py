"""The overview: what lives now, the last days, and what needs a hand, which `doctor` tells too."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from storage.console.needs import FailingWebhook, NearLimit
from storage.console.pulse import Pulse
from tests.support.waiting import until
from widget_gateway.domain.partners.providers import PaymentPolicy

pytestmark = pytest.mark.gen_test


@pytest.fixture
def needs(backend, database):
    """Let this node look for what needs a hand, and return what it has found."""

    async def look():
        # The node's own worker may hold the lease, which is its own.
        await backend.numbers.needs.look()
        return await backend.numbers.needs.read()

    assert database is not None
    return look


@pytest.fixture
def pulse(backend):
    """Let this node tell what it serves, and return what all nodes do."""

    async def beat():
        await backend.numbers.pulse.beat()
        return (await backend.numbers.overview.read()).pulse

    return beat


def cards(page):
    """Return the numbers of the page that stand for now."""
    found = page.tree.xpath("//li[@class='card']")
    return {"".join(card.xpath("./text()")).strip(): card.xpath("./p/text()")[0] for card in found}


async def test_visitors_and_devices_are_counted_while_they_are_connected(
    pulse, connect, college, sign_on, portal
):
    assert college
    before = await pulse()
    assert (before.visitors, before.devices, before.processes) == (0, 0, 1)
    visitors = [await connect() for _ in range(3)]
    await portal.update_pin()
    await sign_on()
    found = await pulse()
    assert (found.visitors, found.devices) == (3, 1)
    await visitors[0].leave()

    async def is_gone():
        return (await pulse()).visitors == 2

    await until(is_gone)


async def test_answers_are_told_by_the_second(pulse, connect, college):
    assert college
    visitor = await connect()
    session = await visitor.open(test="work-values")
    await pulse()
    await visitor.answer_all(session["questions"])
    assert (await pulse()).answers_per_s > 0
    assert (await pulse()).answers_per_s == 0


async def test_all_nodes_are_added_up_and_silent_ones_left_out(database, pulse):
    other = uuid4()
    served = {"visitors": 7, "devices": 2, "answers_per_s": 1.5, "at": datetime.now(UTC)}
    database.pulses.insert_one({"_id": other} | served)
    assert await pulse() == Pulse(processes=2, visitors=7, devices=2, answers_per_s=1.5)
    late = datetime.now(UTC) - timedelta(seconds=16)
    database.pulses.update_one({"_id": other}, {"$set": {"at": late}})
    assert (await pulse()).visitors == 0


async def test_nobody_looks_for_needs_before_there_is_an_account(needs, console):
    assert await needs() is None
    await console.make_account("support")
    assert (await needs()).is_empty


async def test_limits_that_are_near_need_a_hand(needs, console, register, api):
    await console.make_account("support")
    for slug, limit, overdraft in (("near", 5, 0), ("far", 5, 1), ("full", 4, 0)):
        keys = await register(
            slug, payment_policy=PaymentPolicy.PREPAID, access_limit=limit, overdraft=overdraft
        )
        for user in range(4):
            await api.get("user/register", client_key=keys.client_key, user_id=f"u{user}")
    assert (await needs()).limits == (
        NearLimit(provider="full", share=1),
        NearLimit(provider="near", share=0.8),
    )


async def test_webhooks_that_fail_need_a_hand(needs, console, database, college):
    assert college
    await console.make_account("support")
    now = datetime.now(UTC)

    def delivery(state, *, status=None, error=None, age=timedelta(0), provider="college"):
        database.webhook_deliveries.insert_one(
            {
                "_id": uuid4().hex,
                "provider": provider,
                "sandbox": False,
                "state": state,
                "at": now - age,
                "status": status,
                "error": error,
                "attempts": 1,
                # It is not due, so that nobody sends it.
                "next_at": now + timedelta(hours=1),
                "expires_at": now + timedelta(days=1),
            }
        )

    delivery("waiting", status=500)
    delivery("waiting", error="refused")
    delivery("waiting")  # It has not been tried.
    delivery("failed", status=404)
    delivery("failed", status=404, age=timedelta(days=2))
    delivery("delivered", status=200)
    delivery("failed", error="timeout", provider="school")
    assert (await needs()).webhooks == (
        FailingWebhook(provider="college", waiting=2, given_up=1),
        FailingWebhook(provider="school", waiting=0, given_up=1),
    )


async def test_the_overview_tells_what_doctor_tells(
    needs, console, database, register, api, backend
):
    """Both look at the same counters, and find the same numbers to the unit."""
    admin = await console.sign_in("admin")
    college = await register("college")
    for user in ("anna", "bob"):
        await api.get("user/register", client_key=college.client_key, user_id=user)
    database.providers.update_one({"_id": "college"}, {"$inc": {"access_count": 5}})
    database.results.drop_index("age")
    told = [
        (finding.subject, finding.detail)
        for finding in await backend.doctor.examine()
        if finding.warns or not finding.ok
    ]
    assert told == [
        ("indexes", "missing: results.age"),
        ("accesses of college", "counter 7, ledger 2, users 2"),
    ]
    found = await needs()
    assert [(fault.subject, fault.detail) for fault in found.faults] == told
    page = (await admin.get("/console/")).main
    for subject, detail in told:
        assert f"{subject}: {detail}." in page
    admin.language = "ru"
    page = (await admin.get("/console/")).main
    assert "доступы партнёра college: счётчик 7, книга доступов 2, пользователи 2." in page
    assert "индексы: не хватает: results.age. Запустите шлюз: он их построит." in page


async def test_the_page_shows_numbers_and_the_same_in_tables(
    console, backend, pulse, take_test, college, connect, api
):
    admin = await console.sign_in("admin")
    for _ in range(3):
        await take_test()
    await api.get("user/register", client_key=college.client_key, user_id="anna")
    visitor = await connect()
    session = await visitor.open(test="career-interests", locale="en")
    await visitor.answer_all(session["questions"])
    await visitor.expect("pause")
    await backend.numbers.daily_counting.settle()
    await backend.numbers.needs.look()
    found = await pulse()
    page = await admin.get("/console/")
    shown = cards(page)
    assert shown["attempts waiting for payment"] == "1"
    assert shown["visitors connected"] == str(found.visitors)
    tables = page.tree.xpath("//figure//table")
    today = [table.xpath(".//tbody/tr[1]/td/text()")[0] for table in tables]
    assert today == ["4", "3", "1"]
    assert all(len(table.xpath(".//tbody/tr")) == 30 for table in tables)
    assert "Nothing needs a hand." in page.main
    assert "Days are counted since" in page.main


async def test_a_new_gateway_has_an_overview_without_numbers(console, database):
    admin = await console.sign_in("admin")
    database.console_notes.delete_many({})
    page = await admin.get("/console/")
    assert page.status == 200
    assert "Nobody has looked yet." in page.main
    assert "Days are counted since" not in page.main


async def test_partners_are_led_to_their_own_page(console, register):
    await register("college")
    partner = await console.sign_in("partner", "college")
    page = await partner.get("/console/")
    assert (page.status, page.location) == (303, "/console/providers/college/")


async def test_editors_see_whose_limit_is_near_without_a_link(console, database, needs):
    editor = await console.sign_in("editor")
    support = await console.sign_in("support")
    await needs()
    near = {"provider": "college", "share": 0.9}
    database.console_notes.update_one({"_id": "needs"}, {"$set": {"limits": [near]}})
    links = [
        (await browser.get("/console/")).tree.xpath("//ul[@class='needs']//a/@href")
        for browser in (editor, support)
    ]
    assert links == [[], ["/console/providers/college/limit/"]]
    assert "college: 90% of the accesses" in (await editor.get("/console/")).main


async def test_the_page_is_russian_where_the_account_is(console, backend):
    admin = await console.sign_in("admin", language="ru")
    await backend.numbers.needs.look()
    assert "Чему нужно внимание Всё в порядке." in (await admin.get("/console/")).main

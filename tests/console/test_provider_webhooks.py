"""`…/webhooks/`: the webhook and its secret, the log of deliveries, and replays."""

import pytest

from handlers.console import provider_webhooks
from handlers.console.provider_page import without_secrets
from storage.partners.webhooks import _page_query
from widget_gateway.domain.partners.webhooks import DeliveryState

pytestmark = pytest.mark.gen_test

WEBHOOKS = "/console/providers/college/webhooks/"
TARGET, REPLAY = f"{WEBHOOKS}target/", f"{WEBHOOKS}replay/"
URL = "https://anna:secret@hooks.invalid/events?token=secret"
SET = "https://hooks.invalid/events?token=secret"


@pytest.fixture
def keys(make_provider):
    return [make_provider(slug, webhook_url="https://h.invalid/") for slug in ("college", "school")]


@pytest.fixture
def deliver(api, keys, take_test, database):
    """Let deliveries of an attach come to a state; returns their ids, oldest first."""

    async def made(*states, owner=0, sandbox=False):
        provider = ("college", "school")[owner]
        rows = []
        for number, state in enumerate(states):
            key = await take_test(provider)
            caller = {"client_key": keys[owner].client_key}
            await api.get("result/attach", **caller, user_id=f"u{number}", result_key=key)
            row = database["webhook_deliveries"].find_one(
                {"provider": provider, "type": "result.attached"}, sort=[("_id", -1)]
            )
            change = {"state": state, "error": "no route to the host", "sandbox": sandbox}
            database["webhook_deliveries"].update_one(
                {"_id": row["_id"]}, {"$set": change | {"lease": None}}
            )
            database["webhook_deliveries"].delete_many({"type": {"$ne": "result.attached"}})
            rows.append(row["_id"])
        return rows

    return made


@pytest.fixture
def backend(backend):
    """A gateway that sends nothing meanwhile, so that deliveries stay as a test has made them."""

    async def idle():
        return []

    backend.services.partner.webhooks._deliveries.find_due = lambda _now: idle()
    return backend


def ids(page):
    return [row.xpath("td/code")[-1].text for row in page.tree.xpath("//tbody/tr")]


def trail(database):
    return [
        (row["deed"], row["subject"], row["outcome"], row["before"], row["after"])
        for row in database["console_trail"].find({"provider": "college"}).sort("_id", 1)
    ]


async def test_a_webhook_is_set_and_its_secret_is_shown_once(console, keys, database):
    assert keys
    partner = await console.sign_in("partner", "college")
    page = await partner.post(TARGET, WEBHOOKS, do="set", url=SET)
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    (secret,) = page.tree.xpath("//input[@id='secret']/@value")
    stored = database["providers"].find_one({"_id": "college"})
    assert stored["webhook_url"] == SET
    assert secret in str(stored["webhook_secrets"])
    again = await partner.get(WEBHOOKS)
    assert SET in again.main
    assert secret.encode() not in again.body
    noted = trail(database)
    assert noted == [
        (
            "webhook_set",
            "provider college",
            "done",
            {"url": "https://h.invalid/"},
            {"url": "https://hooks.invalid/events"},
        )
    ]
    assert "secret" not in str(noted)


@pytest.mark.parametrize(
    "url", ["", "none", "http://hooks.invalid/", "https://127.0.0.1/", "javascript:alert(1)", URL]
)
async def test_an_address_that_can_not_be_called_is_refused(console, keys, database, url):
    assert keys
    partner = await console.sign_in("partner", "college")
    page = await partner.post(TARGET, WEBHOOKS, do="set", url=url)
    assert page.status == 422
    assert "url" in page.faults
    assert page.tree.get_element_by_id("url").get("value") == url
    assert database["providers"].find_one({"_id": "college"})["webhook_url"] == "https://h.invalid/"
    assert all(entry[2] == "parameter_invalid" for entry in trail(database))


async def test_a_secret_is_rotated_with_an_overlap(console, keys, database):
    assert keys
    partner = await console.sign_in("partner", "college")
    await partner.post(TARGET, WEBHOOKS, do="set", url=SET)
    first = database["providers"].find_one({"_id": "college"})["webhook_secrets"]
    page = await partner.post(TARGET, WEBHOOKS, do="rotate", overlap="1")
    (secret,) = page.tree.xpath("//input[@id='secret']/@value")
    stored = database["providers"].find_one({"_id": "college"})["webhook_secrets"]
    assert len(stored) == len(first) + 1
    assert secret in str(stored)
    assert trail(database)[-1][0] == "webhook_secret_rotate"
    assert trail(database)[-1][4] == {"overlap_hours": 1}


@pytest.mark.parametrize("overlap", ["", "-1", "721", "1.5", "many", "9" * 400])
async def test_a_wrong_overlap_is_refused(console, keys, database, overlap):
    assert keys
    partner = await console.sign_in("partner", "college")
    page = await partner.post(TARGET, WEBHOOKS, do="rotate", overlap=overlap)
    assert page.status == 422
    assert "overlap" in page.faults
    assert trail(database) == []


async def test_a_webhook_is_turned_off(console, keys, database):
    assert keys
    partner = await console.sign_in("partner", "college")
    page = await partner.post(TARGET, WEBHOOKS, do="off")
    assert page.status == 303
    assert "The webhook is off." in (await partner.follow(page)).main
    assert database["providers"].find_one({"_id": "college"})["webhook_url"] is None
    assert trail(database)[-1][:3] == ("webhook_off", "provider college", "done")
    refused = await partner.post(TARGET, WEBHOOKS, do="rotate", overlap="1")
    assert refused.status == 409
    assert "The provider has no webhook." in refused.main


async def test_support_replays_but_does_not_set_nor_see_secrets(console, backend, deliver):
    (delivery,) = await deliver("failed")
    await backend.services.partner.providers.update("college", {})
    support = await console.sign_in("support")
    page = await support.get(WEBHOOKS)
    assert not page.tree.xpath(f"//form[@action='{TARGET}']")
    csrf = await support.token(WEBHOOKS)
    assert (await support.send(TARGET, {"csrf": csrf, "do": "off"})).status == 403
    done = await support.post(REPLAY, WEBHOOKS, delivery=delivery)
    assert done.status == 303


async def test_deliveries_are_listed_by_state_and_page(console, deliver, monkeypatch):
    monkeypatch.setattr(provider_webhooks, "PAGE", 2)
    made = await deliver("failed", "delivered", "failed", "waiting", "failed")
    partner = await console.sign_in("partner", "college")
    first = await partner.get(WEBHOOKS, state="failed")
    assert ids(first) == [made[4], made[2]]
    assert "no route to the host" in first.main
    (following,) = first.tree.xpath("//a[@rel='next']/@href")
    assert ids(await partner.get(following)) == [made[0]]
    assert ids(await partner.get(WEBHOOKS, state="waiting")) == [made[3]]
    assert ids(await partner.get(WEBHOOKS, state="delivered")) == [made[1]]
    assert ids(await partner.get(WEBHOOKS, state="other")) == [made[4], made[3]]


async def test_one_delivery_is_sent_again(console, deliver, database):
    first, second = await deliver("failed", "failed")
    partner = await console.sign_in("partner", "college")
    page = await partner.post(REPLAY, WEBHOOKS, delivery=first)
    assert "is being sent again" in (await partner.follow(page)).main
    states = {row["_id"]: row["state"] for row in database["webhook_deliveries"].find()}
    assert states == {first: "waiting", second: "failed"}
    assert trail(database)[-1] == (
        "webhook_replay",
        f"delivery {first}",
        "done",
        {},
        {"replayed": 1, "sandbox": False},
    )


async def test_all_that_failed_since_a_day_are_sent_again(console, deliver, database):
    made = await deliver("failed", "delivered", "failed")
    partner = await console.sign_in("partner", "college")
    page = await partner.post(REPLAY, WEBHOOKS, since="2999-01-01")
    assert page.status == 422
    page = await partner.post(REPLAY, WEBHOOKS, since="2199-01-01")
    assert "nothing to send again" in (await partner.follow(page)).main
    page = await partner.post(REPLAY, WEBHOOKS, since="2026-01-01")
    assert page.status == 303
    states = {row["_id"]: row["state"] for row in database["webhook_deliveries"].find()}
    assert states == {made[0]: "waiting", made[1]: "delivered", made[2]: "waiting"}


@pytest.mark.parametrize("fields", [{}, {"since": "yesterday"}, {"since": "<b>"}])
async def test_a_replay_of_no_day_is_refused(console, keys, database, fields):
    assert keys
    partner = await console.sign_in("partner", "college")
    page = await partner.post(REPLAY, WEBHOOKS, **fields)
    assert page.status == 422
    assert page.faults["since"] == "A day is like 2026-05-31."
    assert trail(database) == []


async def test_deliveries_of_others_can_not_be_seen_or_sent(console, deliver, database):
    (foreign,) = await deliver("failed", owner=1)
    (sandbox,) = await deliver("failed", sandbox=True)
    partner = await console.sign_in("partner", "college")
    assert ids(await partner.get(WEBHOOKS)) == []
    for delivery in (foreign, sandbox, "msg_" + "0" * 32, "none", "x" * 1000):
        assert (await partner.post(REPLAY, WEBHOOKS, delivery=delivery)).status == 404
    csrf = await partner.token(WEBHOOKS)
    for path in (TARGET, REPLAY):
        foreign_path = path.replace("college", "school")
        sent = {"csrf": csrf, "do": "off", "delivery": foreign}
        assert (await partner.send(foreign_path, sent)).status == 404
    states = {row["_id"]: row["state"] for row in database["webhook_deliveries"].find()}
    assert states == {foreign: "failed", sandbox: "failed"}
    assert ids(await partner.get(WEBHOOKS, world="sandbox")) == [sandbox]


@pytest.mark.parametrize("state", [*DeliveryState, None])
async def test_a_page_of_any_state_reads_little(backend, database, keys, state):
    assert backend
    assert keys
    rows = [
        {
            "_id": f"msg_{number:032x}",
            "provider": "college",
            "sandbox": False,
            "state": "delivered" if number % 100 else ("failed" if number % 200 else "waiting"),
            "next_at": None,
        }
        for number in range(2_000)
    ]
    database["webhook_deliveries"].insert_many(rows)
    wanted, index = _page_query({"provider": "college", "sandbox": False}, state, None)
    told = (
        database["webhook_deliveries"].find(wanted, hint=index).sort("_id", -1).limit(5)
    ).explain()["executionStats"]
    assert told["nReturned"] == 5
    assert told["totalDocsExamined"] <= 20


async def test_a_url_is_noted_without_secrets():
    assert without_secrets(URL) == "https://hooks.invalid/events"
    assert without_secrets("https://hooks.invalid:8443/a?b#c") == "https://hooks.invalid:8443/a"
    assert without_secrets(None) is None

"""`…/calls/`: what a provider's server has called, and why calls were refused."""

import pytest

from handlers.console import provider_calls
from handlers.console.texts import Texts
from handlers.partner import PARTNER_MODULES
from tests.support.waiting import until

pytestmark = pytest.mark.gen_test

CALLS = "/console/providers/college/calls/"


@pytest.fixture
def keys(make_two_providers):
    return make_two_providers


@pytest.fixture
def call(api, keys, database):
    """Make calls of the partner API, and wait until all of them are logged."""

    async def made(*calls, key=None):
        before = database["partner_calls"].count_documents({})
        for number, (path, parameters) in enumerate(calls):
            query = "&".join(f"{name}={value}" for name, value in parameters.items())
            address = f"{path}?client_key={key or keys[0].client_key}&{query}"
            await api.fetch(address, headers={"X-Request-Id": f"{path.replace('/', '-')}.{number}"})
        stored = before + len(calls)
        await until(lambda: database["partner_calls"].count_documents({}) == stored)

    return made


def rows(page):
    """The cells of the table's rows."""
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.tree.xpath("//tbody/tr")
    ]


async def test_calls_are_shown_with_what_was_refused_and_what_to_do(console, call):
    await call(("users", {}), ("users", {"limit": "many"}), ("result/get", {"result_key": "no"}))
    partner = await console.sign_in("partner", "college")
    found = rows(await partner.get(CALLS))
    assert [row[1] for row in found] == ["result/get GET v3", "users GET v3", "users GET v3"]
    assert found[0][2].startswith("404 result_not_found This provider has no such result")
    assert found[1][2].startswith("400 parameter_invalid limit The value of “limit” has")
    assert found[2][2] == "200"
    assert found[2][4:] == ["users.0", "127.0.0.1"]


async def test_calls_are_found_by_request_id(console, call):
    await call(("users", {}), ("stats", {}), ("users", {}))
    admin = await console.sign_in("admin")
    assert len(rows(await admin.get(CALLS, request_id=" stats.1 "))) == 1
    page = await admin.get(CALLS, request_id="stats")
    assert rows(page) == []
    assert "No call fits" in page.main
    assert page.tree.get_element_by_id("request_id").get("value") == "stats"


async def test_only_refused_calls_are_shown_on_request(console, call):
    await call(("users", {}), ("users", {"limit": "0"}), ("stats", {}))
    admin = await console.sign_in("admin")
    assert [row[4] for row in rows(await admin.get(CALLS, only="refused"))] == ["users.1"]
    assert len(rows(await admin.get(CALLS, only="others"))) == 3


async def test_the_sandbox_has_a_log_of_its_own(console, call, keys):
    await call(("users", {}), key=keys[0].sandbox_key)
    admin = await console.sign_in("admin")
    page = await admin.get(CALLS)
    assert rows(page) == []
    assert "No call was made in the last seven days" in page.main
    assert len(rows(await admin.get(CALLS, world="sandbox"))) == 1


async def test_pages_lead_to_older_calls_and_back(console, call, monkeypatch):
    monkeypatch.setattr(provider_calls, "PAGE", 2)
    await call(*[("users", {"limit": "0"})] * 5)
    admin = await console.sign_in("admin")
    page, seen = await admin.get(CALLS, only="refused", world="sandbox"), []
    assert rows(page) == []
    page = await admin.get(CALLS, only="refused")
    while True:
        seen += [row[4] for row in rows(page)]
        following = page.tree.xpath("//a[@rel='next']/@href")
        if not following:
            break
        page = await admin.get(following[0])
    assert seen == [f"users.{number}" for number in (4, 3, 2, 1, 0)]
    first = page.tree.xpath("//nav[contains(@class, 'pager')]/a/@href")
    assert first == [f"{CALLS}?only=refused"]


async def test_another_providers_request_id_is_not_found(console, call, keys):
    await call(("stats", {}), key=keys[1].client_key)
    partner = await console.sign_in("partner", "college")
    assert rows(await partner.get(CALLS, request_id="stats.0")) == []
    assert rows(await partner.get(CALLS)) == []
    stranger = await console.sign_in("partner", "school")
    assert (await stranger.get(CALLS, request_id="stats.0")).status == 404
    assert len(rows(await stranger.get(CALLS.replace("college", "school")))) == 1


@pytest.mark.parametrize("after", ["none", "0" * 23, "g" * 24, "'", "{}"])
async def test_a_place_where_no_page_ends_is_refused(console, keys, after):
    assert keys
    admin = await console.sign_in("admin")
    page = await admin.get(CALLS, after=after)
    assert page.status == 400
    assert "Go to its first page" in page.main


async def test_hostile_ids_are_shown_as_text(console, keys):
    assert keys
    admin = await console.sign_in("admin")
    page = await admin.get(CALLS, request_id="<script>alert(1)</script>")
    assert page.status == 200
    assert not page.tree.xpath("//script[not(@src)]")
    assert (await admin.fetch(f"{CALLS}?request_id=%00")).status == 400
    assert (await admin.fetch(f"{CALLS}?request_id=%FF")).status == 400


def reasons():
    """The reasons of all refusals that the calls declare, and of those that any call may get."""
    declared = {
        refusal.reason
        for module in PARTNER_MODULES
        for _, handler in module.ROUTES
        for refusal in handler.operation_of("GET").refusals
    }
    anywhere = {
        "parameter_missing",
        "parameter_invalid",
        "rate_limited",
        "idempotency_key_in_use",
        "idempotency_key_reused",
        "storage_unavailable",
        "internal",
    }
    return sorted(declared | anywhere)


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_reason_has_a_sentence_of_its_own(language):
    texts = Texts(language)
    assert len(reasons()) > 15
    assert [reason for reason in reasons() if not texts.has(f"calls.reason_{reason}")] == []


async def test_an_unknown_reason_still_has_a_sentence(console, call, database):
    await call(("users", {}), ("users", {}))
    for number, status in enumerate((418, 502)):
        change = {"$set": {"status": status, "reason": "never_heard_of"}}
        database["partner_calls"].update_one({"request_id": f"users.{number}"}, change)
    admin = await console.sign_in("admin")
    told = [row[2] for row in rows(await admin.get(CALLS))]
    assert told[0].endswith("Tell the operator the request id.")
    assert told[1].endswith("The answer to the call said what was wrong.")

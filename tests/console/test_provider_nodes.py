"""Providers in the console of two nodes: a key ends on both, and a limit is raised once."""

import asyncio
import hashlib

import pytest

from tests.support.partner_api import PartnerApi
from tests.support.waiting import until
from widget_gateway.domain.ids import ProviderSlug

COLLEGE = "/console/providers/college"
LIMIT = {"payment_policy": "postpaid", "overdraft": "0"}


async def limit_of(backend):
    return (await backend.services.partner.providers.get(ProviderSlug("college"))).access_limit


@pytest.fixture
def approvals(backend, make_two_providers):
    """A gateway where another admin confirms a limit."""
    assert make_two_providers
    backend.services.console.limits.needs_approval = True


@pytest.mark.gen_test
async def test_a_key_that_leaked_ends_on_every_node(
    console, make_two_providers, api, http_client, other_node_url
):
    key = make_two_providers[0].client_key
    elsewhere = PartnerApi(http_client, other_node_url)
    assert (await elsewhere.get("stats", client_key=key)).status == 200, "it is kept in memory now"
    partner = await console.sign_in("partner", "college")
    ending = {"do": "end", "key": hashlib.sha256(key.encode()).hexdigest()[:10]}
    assert (await partner.post(f"{COLLEGE}/keys/", **ending)).status == 303
    assert (await api.get("stats", client_key=key)).status == 404

    async def is_refused():
        return (await elsewhere.get("stats", client_key=key)).status == 404

    await until(is_refused)


@pytest.mark.gen_test
@pytest.mark.usefixtures("approvals")
async def test_one_of_two_admins_on_two_nodes_decides(console, backend, database, other_node_url):
    before = await limit_of(backend)
    asking = await console.sign_in("admin")
    others = [
        await console.sign_in("admin"),
        await console.sign_in("admin", url=other_node_url),
    ]
    page = f"{COLLEGE}/limit/"
    for wanted in range(71, 77):
        await asking.post(page, **LIMIT, access_limit=str(wanted))
        shown = await asking.get(page)
        request = shown.tree.xpath("//input[@name='request']/@value")[0]
        tokens = [await other.token(page) for other in others]
        pages = await asyncio.gather(
            *(
                other.send(page, {"csrf": token, "request": request, "do": deed})
                for other, token, deed in zip(others, tokens, ("confirm", "reject"), strict=True)
            )
        )
        assert sorted(answer.status for answer in pages) == [303, 409]
        if pages[0].status == 303:
            before = wanted
        assert await limit_of(backend) == before
        assert database["limit_requests"].count_documents({}) == 0


@pytest.mark.gen_test
@pytest.mark.usefixtures("approvals")
async def test_the_trail_tells_who_asked_who_was_refused_and_who_confirmed(
    console, backend, database
):
    before = await limit_of(backend)
    asking, confirming = await console.sign_in("admin"), await console.sign_in("admin")
    page = f"{COLLEGE}/limit/"
    await asking.post(page, **LIMIT, access_limit="77")
    shown = await asking.get(page)
    decision = {
        "request": shown.tree.xpath("//input[@name='request']/@value")[0],
        "do": "confirm",
    }
    foreign = page.replace("college", "school")
    assert (await confirming.post(foreign, **decision)).status == 409
    assert (await asking.post(page, **decision)).status == 409
    assert (await confirming.post(page, **decision)).status == 303
    entries = list(database["console_trail"].find({"deed": {"$regex": "^limit_"}}).sort("_id"))
    assert [(entry["deed"], entry["login"], entry["outcome"]) for entry in entries] == [
        ("limit_request", asking.account.login, "done"),
        ("limit_confirm", asking.account.login, "limit_request_void"),
        ("limit_confirm", confirming.account.login, "done"),
    ]
    assert entries[2]["before"]["access_limit"] == before
    assert entries[2]["after"]["access_limit"] == 77
    assert entries[2]["after"]["asked_by"] == asking.account.login

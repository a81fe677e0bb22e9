"""Guests of a page whose attempts belong to the provider's sandbox."""

import uuid

import pytest

pytestmark = pytest.mark.gen_test

NEW = {"test": "work-values", "locale": "en"}
ANSWERS = [[str(number), ["3"]] for number in range(1, 25)]


@pytest.fixture
def college(make_provider):
    """A provider that allows guests in its sandbox."""
    return make_provider("college", sandbox_guests=True)


async def test_a_guest_of_the_sandbox_gets_a_result_of_the_sandbox(connect, college, api, database):
    visitor = await connect()
    session = await visitor.open(**NEW, sandbox=True, answers=ANSWERS)
    assert session["sandbox"] is True
    await visitor.send("finish")
    key = (await visitor.expect("finished"))["result_key"]
    call = {"user_id": "student-17", "result_key": key}
    live = await api.get("result/attach", client_key=college.client_key, **call)
    assert (live.status, live.reason) == (404, "result_not_found")
    attached = await api.get("result/attach", client_key=college.sandbox_key, **call)
    assert attached.body == {"status": True}
    assert database.providers.find_one({})["access_count"] == 0
    assert (await (await connect()).open(**visitor.identity))["sandbox"] is True


async def test_a_guest_is_live_unless_the_page_says_otherwise(connect, college, database):
    assert college
    visitor = await connect()
    assert "sandbox" not in await visitor.open(**NEW)
    assert database.attempts.find_one({})["sandbox"] is False


async def test_a_payment_is_confirmed_by_the_key_of_the_same_world(connect, college, api):
    visitor = await connect()
    session = await visitor.open(test="career-interests", sandbox=True)
    call = {"session": session["session"]}
    live = await api.get("payment/confirm", client_key=college.client_key, **call)
    assert live.status == 404
    await api.get("payment/confirm", client_key=college.sandbox_key, **call)
    await visitor.expect("resumed")


async def test_a_provider_has_no_guests_in_its_sandbox_unless_it_says_so(
    connect, register, database
):
    await register("school")
    visitor = await connect()
    await visitor.send("open", provider="school", **NEW, sandbox=True)
    assert await visitor.closed(after_error="origin_not_allowed") == 4003
    assert database.attempts.count_documents({}) == 0


@pytest.mark.parametrize("is_sandbox", [False, True])
async def test_a_token_has_to_be_of_the_sandbox(connect, register, api, database, is_sandbox):
    keys = await register("school")
    key = keys.sandbox_key if is_sandbox else keys.client_key
    reply = await api.get("access/token", client_key=key, user_id="s-1", test="work-values")
    visitor = await connect()
    opening = NEW | {"access_token": reply.body["access_token"]}
    await visitor.send("open", provider="school", **opening, sandbox=True)
    if is_sandbox:
        assert (await visitor.expect("session"))["sandbox"] is True
        return
    assert await visitor.closed(after_error="token_invalid") == 4301
    assert database.attempts.count_documents({}) == 0
    assert "sandbox" not in await (await connect()).open("school", **opening)  # it is not spent


async def test_the_same_open_id_in_the_other_world_is_another_open(connect, college):
    assert college
    fields = NEW | {"open_id": str(uuid.uuid4())}
    live = await (await connect()).open(**fields)
    test = await (await connect()).open(**fields, sandbox=True)
    again = await (await connect()).open(**fields, sandbox=True)
    assert live["session"] != test["session"] == again["session"]


@pytest.mark.parametrize("value", ["true", 1, None])
async def test_sandbox_is_true_or_false(connect, college, value):
    assert college
    visitor = await connect()
    await visitor.send("open", provider="college", **NEW, sandbox=value)
    await visitor.refused("bad_message")

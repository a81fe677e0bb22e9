"""`payment/confirm`: a partner confirms payments of its own attempts, and may repeat that."""

import asyncio
import uuid

import pytest

from tests.support.fixtures import UNKNOWN, WORK_VALUES

pytestmark = pytest.mark.gen_test


@pytest.fixture
def visitor(io_loop, connect, college):
    """A visitor whose attempt pauses until it is paid for."""
    assert college

    async def open_paused():
        client = await connect()
        answers = [[str(number), ["1"]] for number in range(1, 71)]
        await client.open(test="career-interests", answers=answers)
        await client.expect("pause")
        return client

    return io_loop.run_sync(open_paused)


@pytest.fixture
def confirm(api, college, visitor):
    """Confirm the visitor's payment by the college's key, but for the changes."""

    async def call(**changes):
        right = {"client_key": college.client_key, "session": visitor.session["session"]}
        return await api.post_json("payment/confirm", **(right | changes))

    return call


@pytest.fixture
def stored(database, visitor):
    """Read the stored attempt."""
    return lambda: database.attempts.find_one({"_id": uuid.UUID(visitor.session["session"])})


async def test_a_payment_lets_the_session_run_on(confirm, visitor, stored):
    answer = await confirm(payment_id="pay-1")
    assert (answer.status, answer.body) == (200, {"status": True})
    assert (await visitor.expect("resumed"))["next"] == "71"
    attempt = stored()
    assert (attempt["paid"], attempt["state"]) == (True, "running")
    assert attempt["payment_id"] == "pay-1"


async def test_a_repeat_succeeds_and_the_first_payment_stands(confirm, stored):
    for payment_id in ("pay-1", "pay-2"):
        assert (await confirm(payment_id=payment_id)).body == {"status": True}
    assert stored()["payment_id"] == "pay-1"


async def test_a_payment_needs_no_id(confirm, stored):
    assert (await confirm()).status == 200
    assert (stored()["paid"], stored()["payment_id"]) == (True, None)


@pytest.mark.parametrize("payment_id", ["$paid", "$$ROOT", "{}", "я" * 256])
async def test_a_payments_id_is_a_text_and_nothing_else(confirm, stored, payment_id):
    assert (await confirm(payment_id=payment_id)).status == 200
    assert stored()["payment_id"] == payment_id


@pytest.mark.parametrize("payment_id", [{"$literal": 1}, ["a"], "x" * 257, "a\0"])
async def test_an_impossible_payment_id_is_refused(confirm, stored, payment_id):
    answer = await confirm(payment_id=payment_id)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert stored()["paid"] is False


async def test_calls_at_once_on_two_nodes_are_one_payment(
    api, confirm, visitor, stored, other_node_url
):
    nodes = (api.url, other_node_url)

    async def pay(number):
        api.url = nodes[number % 2]
        return await confirm(payment_id=f"pay-{number}")

    answers = await asyncio.gather(*map(pay, range(8)))
    assert {answer.status for answer in answers} == {200}
    assert stored()["paid"] is True
    await visitor.expect("resumed")
    assert await visitor.is_quiet(0.5)


async def test_a_payment_of_a_finished_session_changes_nothing_visible(
    api, college, connect, database
):
    visitor = await connect()
    session = await visitor.open(test="work-values", answers=WORK_VALUES)
    await visitor.send("finish")
    await visitor.expect("finished")
    answer = await api.get(
        "payment/confirm", client_key=college.client_key, session=session["session"]
    )
    assert answer.status == 200
    attempt = database.attempts.find_one({"_id": uuid.UUID(session["session"])})
    assert attempt["state"] == "finished"


@pytest.mark.parametrize("session", [UNKNOWN, "no-uuid"])
async def test_an_unknown_session_is_not_found(confirm, session, stored):
    answer = await confirm(session=session)
    assert (answer.status, answer.reason) == (404, "session_not_found")
    assert stored()["paid"] is False


async def test_another_provider_can_not_pay(confirm, register, stored):
    school = await register("school")
    assert (await confirm(client_key=school.client_key)).reason == "session_not_found"
    assert stored()["paid"] is False


async def test_the_sandbox_key_can_not_pay_a_live_session(confirm, college, stored):
    assert (await confirm(client_key=college.sandbox_key)).reason == "session_not_found"
    assert stored()["paid"] is False


async def test_a_missing_session_is_named(api, college):
    answer = await api.post_json("payment/confirm", client_key=college.client_key)
    assert (answer.status, answer.reason) == (400, "parameter_missing")


async def test_the_public_slug_can_not_pay(confirm, stored):
    assert (await confirm(client_key="college")).reason == "client_not_found"
    assert stored()["paid"] is False

"""`session/get` tells what a checkout page needs to know of an attempt."""

import pytest

from tests.support.fixtures import UNKNOWN

pytestmark = pytest.mark.gen_test

FREE = [[str(number), ["1"]] for number in range(1, 71)]


@pytest.fixture
def visitor(io_loop, connect, college):
    """A visitor with a new attempt."""
    assert college

    async def open_new():
        client = await connect()
        await client.open(test="career-interests", locale="en")
        return client

    return io_loop.run_sync(open_new)


@pytest.fixture
def describe(api, college, visitor):
    """Call `session/get` for the visitor's attempt by the college's key, but for the changes."""

    async def call(**changes):
        right = {"client_key": college.client_key, "session": visitor.session["session"]}
        return await api.get("session/get", **(right | changes))

    return call


async def test_a_new_session_is_running_unpaid_and_empty(describe, visitor):
    answer = await describe()
    assert answer.status == 200
    expected = {
        "session": visitor.session["session"],
        "state": "running",
        "test": "career-interests",
        "version": 1,
        "paid": False,
        "answers": [],
        "length": 120,
        "pause_after": 70,
    }
    assert expected.items() <= answer.body.items()
    assert "result_key" not in answer.body


async def test_answers_so_far_are_listed_in_question_order(describe, visitor):
    for seq, question in enumerate(("3", "1", "2"), start=1):
        await visitor.answer(seq, question, *(["5"] if question != "2" else []))
        await visitor.expect("ack")
    assert (await describe()).body["answers"] == [["1", ["5"]], ["2", []], ["3", ["5"]]]


async def test_states_follow_the_attempt_to_its_end(api, college, describe, visitor):
    await visitor.answer_all(visitor.session["questions"])
    await visitor.expect("pause")
    paused = (await describe()).body
    assert (paused["state"], paused["paid"], paused["answers"]) == ("awaiting_payment", False, FREE)
    await api.get(
        "payment/confirm",
        client_key=college.client_key,
        session=paused["session"],
        payment_id="pay-1",
    )
    running = (await describe()).body
    assert (running["state"], running["paid"], running["payment_id"]) == ("running", True, "pay-1")
    resumed = await visitor.expect("resumed")
    await visitor.answer_all(resumed["questions"], seq=70)
    await visitor.send("finish")
    key = (await visitor.expect("finished"))["result_key"]
    finished = (await describe()).body
    assert (finished["state"], finished["result_key"]) == ("finished", key)
    assert len(finished["answers"]) == 120


async def test_no_token_or_key_is_told(describe, visitor):
    await visitor.answer(1, "1", "1")
    await visitor.expect("ack")
    answer = await describe()
    assert visitor.session["resume_token"] not in str(answer.body)
    assert not {"resume_token", "resume_hash", "generation"} & set(answer.body)


async def test_a_user_known_by_token_is_told(api, college, connect, describe):
    token = await api.get(
        "access/token", client_key=college.client_key, user_id="anna", test="work-values"
    )
    visitor = await connect()
    session = await visitor.open(test="work-values", access_token=token.body["access_token"])
    answer = await describe(session=session["session"])
    assert answer.body["user_id"] == "anna"


@pytest.mark.parametrize("session", [UNKNOWN, "no-uuid"])
async def test_an_unknown_session_is_not_found(describe, session):
    answer = await describe(session=session)
    assert (answer.status, answer.reason) == (404, "session_not_found")
    assert answer.body["error"]["message"] == "Session not found."


async def test_another_providers_session_is_not_found(describe, register):
    school = await register("school")
    assert (await describe(client_key=school.client_key)).reason == "session_not_found"


async def test_a_live_session_is_not_found_from_the_sandbox(describe, college):
    assert (await describe(client_key=college.sandbox_key)).reason == "session_not_found"


async def test_a_missing_session_is_named(api, college):
    answer = await api.get("session/get", client_key=college.client_key)
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert '"session"' in answer.body["error"]["message"]

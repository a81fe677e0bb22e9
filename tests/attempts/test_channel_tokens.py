"""`access_token` in an `open`: it works once, for its partner and its test only."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.fixtures import UNKNOWN, WORK_VALUES

pytestmark = pytest.mark.gen_test

FREE = [[str(number), ["1"]] for number in range(1, 71)]


@pytest.fixture
def token_for(api, college):
    """Ask for an access token as the partner's server does."""

    async def ask(test="career-interests", key=college.client_key, **parameters):
        answer = await api.post_form(
            "access/token", **({"client_key": key, "user_id": "anna", "test": test} | parameters)
        )
        assert answer.status == 200, answer.body
        return answer.body["access_token"]

    return ask


async def test_after_70_answers_of_the_host_a_paid_visitor_continues_at_71(connect, token_for):
    token = await token_for(paid=1)
    visitor = await connect()
    session = await visitor.open(test="career-interests", access_token=token, answers=FREE)
    assert (session["state"], session["next"], session["seq"]) == ("running", "71", 0)
    assert (len(session["questions"]), session["answers"]) == (120, FREE)
    await visitor.answer(1, "71", "5")
    assert await visitor.receive() == {"type": "ack", "seq": 1}
    again = await connect()
    session = await again.open(**visitor.identity)
    assert (session["seq"], session["next"]) == (1, "72")
    assert session["answers"] == [*FREE, ["71", ["5"]]]


async def test_a_paid_token_opens_all_questions_at_once(connect, token_for):
    visitor = await connect()
    session = await visitor.open(test="career-interests", access_token=await token_for(paid=1))
    assert len(session["questions"]) == 120
    await visitor.answer(1, "120", "5")
    await visitor.expect("ack")


async def test_an_unpaid_token_pauses_like_none(connect, token_for):
    visitor = await connect()
    session = await visitor.open(
        test="career-interests", access_token=await token_for(), answers=FREE
    )
    assert (session["state"], len(session["questions"])) == ("awaiting_payment", 70)
    await visitor.expect("pause")


async def test_a_token_is_spent_by_the_first_open(connect, token_for):
    token = await token_for()
    await (await connect()).open(test="career-interests", access_token=token)
    second = await connect()
    await second.send("open", provider="college", test="career-interests", access_token=token)
    assert await second.closed(after_error="token_invalid") == 4301


async def test_of_many_opens_at_once_one_spends_the_token(
    connect, token_for, other_node_url, database
):
    token = await token_for()
    visitors = [await connect(*([other_node_url] if n % 2 else [])) for n in range(8)]

    async def open_with_token(visitor):
        await visitor.send("open", provider="college", test="career-interests", access_token=token)
        return (await visitor.receive()).get("code", "session")

    told = await asyncio.gather(*map(open_with_token, visitors))
    assert sorted(told) == ["session"] + ["token_invalid"] * 7
    assert database.attempts.count_documents({}) == 1


async def test_a_spent_token_is_not_needed_to_resume(connect, token_for):
    visitor = await connect()
    await visitor.open(test="career-interests", access_token=await token_for(paid=1))
    session = await (await connect()).open(**visitor.identity)
    assert (session["state"], len(session["questions"])) == ("running", 120)


async def test_an_expired_token_is_refused_before_the_database_removes_it(
    connect, token_for, database
):
    token = await token_for()
    database.access_tokens.update_one(
        {"_id": uuid.UUID(token)},
        {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}},
    )
    visitor = await connect()
    await visitor.send("open", provider="college", test="career-interests", access_token=token)
    assert await visitor.closed(after_error="token_invalid") == 4301


@pytest.mark.parametrize("token", [UNKNOWN, "", "no-uuid", "{}", "a\0b"])
async def test_nobodys_token_is_refused(connect, college, token):
    assert college
    visitor = await connect()
    await visitor.send("open", provider="college", test="career-interests", access_token=token)
    assert await visitor.closed(after_error="token_invalid") == 4301


async def test_the_token_of_another_partner_is_refused_and_not_spent(connect, token_for, register):
    await register("school")
    token = await token_for()
    stranger = await connect()
    await stranger.send("open", provider="school", test="career-interests", access_token=token)
    assert await stranger.closed(after_error="token_invalid") == 4301
    await (await connect()).open(test="career-interests", access_token=token)


async def test_a_token_for_another_test_is_refused_and_not_spent(connect, token_for):
    token = await token_for("work-values")
    visitor = await connect()
    await visitor.send("open", provider="college", test="career-interests", access_token=token)
    assert await visitor.closed(after_error="token_invalid") == 4301
    await (await connect()).open(test="work-values", access_token=token)


async def test_a_refused_list_of_answers_does_not_spend_the_token(connect, token_for):
    token = await token_for(paid=1)
    visitor = await connect()
    await visitor.send(
        "open", provider="college", test="career-interests", access_token=token, answers=[["x", []]]
    )
    await visitor.refused("question_unknown")
    await visitor.open(test="career-interests", access_token=token)


async def test_a_sandbox_token_makes_a_sandbox_session_and_result(
    connect, token_for, college, database
):
    token = await token_for("work-values", college.sandbox_key)
    visitor = await connect()
    await visitor.open(test="work-values", access_token=token, answers=WORK_VALUES)
    await visitor.send("finish")
    key = (await visitor.expect("finished"))["result_key"]
    stored = database.results.find_one({"_id": uuid.UUID(key)})
    assert stored is not None
    assert stored["sandbox"] is True

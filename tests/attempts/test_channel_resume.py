"""Resuming an attempt: the keys that it takes, and the state and order that are told."""

import uuid

import pytest

from tests.support.fixtures import UNKNOWN, WORK_VALUES

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]

NEW = {"test": "career-interests", "locale": "en"}


async def test_a_resumed_session_continues_where_it_stood(connect):
    visitor = await connect()
    first = await visitor.open(**NEW)
    await visitor.answer_all(first["questions"][:3])
    await visitor.leave()
    again = await connect()
    session = await again.open(**visitor.identity)
    assert session["session"] == first["session"]
    assert session["answers"] == [["1", ["1"]], ["2", ["1"]], ["3", ["1"]]]
    assert (session["seq"], session["next"]) == (3, "4")
    assert session["questions"] == first["questions"]
    assert session["test"] == first["test"]


async def test_a_resume_does_not_tell_the_token_again(connect):
    visitor = await connect()
    await visitor.open(**NEW)
    assert "resume_token" not in await (await connect()).open(**visitor.identity)


async def test_answers_come_in_question_order_whatever_order_they_were_given_in(connect):
    visitor = await connect()
    await visitor.open(**NEW)
    for seq, question in enumerate(("30", "4", "10", "1"), start=1):
        await visitor.answer(seq, question, "2")
        await visitor.expect("ack")
    session = await (await connect()).open(**visitor.identity)
    assert [question for question, _ in session["answers"]] == ["1", "4", "10", "30"]
    assert session["next"] == "2"


async def test_a_skipped_question_is_listed_with_an_empty_value(connect):
    visitor = await connect()
    await visitor.open(**NEW)
    await visitor.answer(1, "1")
    await visitor.expect("ack")
    session = await (await connect()).open(**visitor.identity)
    assert (session["answers"], session["next"]) == ([["1", []]], "2")


@pytest.mark.parametrize("token", ["", "wrong", "0" * 43, "\0", "токен"])
async def test_a_wrong_resume_token_is_refused_with_4301(connect, token):
    visitor = await connect()
    await visitor.open(**NEW)
    thief = await connect()
    await thief.send(
        "open", provider="college", session=visitor.session["session"], resume_token=token
    )
    assert await thief.closed(after_error="token_invalid") == 4301
    await visitor.send("ping")
    await visitor.expect("pong")  # The owner of the attempt is still connected.


async def test_the_token_of_another_session_does_not_fit(connect):
    mine, other = await connect(), await connect()
    await mine.open(**NEW)
    await other.open(**NEW)
    thief = await connect()
    await thief.send(
        "open", provider="college", **(mine.identity | {"session": other.session["session"]})
    )
    assert await thief.closed(after_error="token_invalid") == 4301


@pytest.mark.parametrize("session", [UNKNOWN, "no-uuid", ""])
async def test_an_unknown_session_is_refused_with_4004(connect, session):
    visitor = await connect()
    await visitor.send("open", provider="college", session=session, resume_token="token")
    assert await visitor.closed(after_error="session_not_found") == 4004


async def test_a_session_is_not_found_under_another_partner(connect, register):
    await register("school")
    visitor = await connect()
    await visitor.open(**NEW)
    stranger = await connect()
    await stranger.send("open", provider="school", **visitor.identity)
    assert await stranger.closed(after_error="session_not_found") == 4004


async def test_a_session_that_has_expired_is_not_found_and_its_channel_is_told(connect, database):
    visitor = await connect()
    session = await visitor.open(**NEW)
    # The TTL index removes an attempt in the same way.
    database.attempts.delete_one({"_id": uuid.UUID(session["session"])})
    assert await visitor.closed(after_error="session_not_found") == 4004
    late = await connect()
    await late.send("open", provider="college", **visitor.identity)
    assert await late.closed(after_error="session_not_found") == 4004


async def test_a_session_past_its_end_is_not_found_though_it_still_lies_there(connect, database):
    visitor = await connect()
    session = uuid.UUID((await visitor.open(**NEW))["session"])
    database.attempts.update_one({"_id": session}, [{"$set": {"expires_at": "$$NOW"}}])
    late = await connect()
    await late.send("open", provider="college", **visitor.identity)
    assert await late.closed(after_error="session_not_found") == 4004
    assert database.attempts.find_one({"_id": session})["generation"] == 1


async def test_opening_keeps_a_session_from_expiring(connect, database):
    visitor = await connect()
    session = uuid.UUID((await visitor.open(**NEW))["session"])
    soon = database.attempts.find_one_and_update(
        {"_id": session}, [{"$set": {"expires_at": {"$add": ["$$NOW", 60_000]}}}]
    )
    await (await connect()).open(**visitor.identity)
    kept = database.attempts.find_one({"_id": session})
    assert soon is not None
    assert kept is not None
    assert (kept["expires_at"] - kept["created_at"]).days >= 29


async def test_a_finished_session_resumes_as_finished_with_the_same_key(connect):
    visitor = await connect()
    await visitor.open(test="work-values", locale="en", answers=WORK_VALUES)
    await visitor.send("finish")
    key = (await visitor.expect("finished"))["result_key"]
    again = await connect()
    session = await again.open(**visitor.identity)
    assert (session["state"], session["result_key"], session["next"]) == ("finished", key, None)
    assert session["answers"] == WORK_VALUES


async def test_a_session_resumes_in_the_locale_that_it_began_in(connect):
    visitor = await connect()
    await visitor.open(test="career-interests", locale="en")
    session = await (await connect()).open(**visitor.identity, locale="ru")
    assert session["questions"][0]["text"] == "Photograph a city at dusk"


async def test_each_opening_has_a_generation_and_counts_its_answers_from_one(connect):
    visitor = await connect()
    session = await visitor.open(**NEW)
    assert session["generation"] == 1
    await visitor.answer_all(session["questions"][:3])
    again = await connect()
    told = await again.open(**visitor.identity)
    assert (told["generation"], told["seq"]) == (2, 3)
    assert await again.answer_all(session["questions"][3:5]) == 2
    last = await connect()
    told = await last.open(**visitor.identity)
    assert (told["generation"], told["seq"], told["next"]) == (3, 3, "6")

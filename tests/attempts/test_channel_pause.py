"""The gate at question 70: the pause, the payment, and the push that opens the rest (rule 4)."""

import asyncio

import pytest

pytestmark = pytest.mark.gen_test

NEW = {"test": "career-interests", "locale": "en"}
FREE = [[str(number), ["1"]] for number in range(1, 71)]


@pytest.fixture
def paused(io_loop, connect, college):
    """A visitor who has answered all the free questions."""
    assert college

    async def answer_until_pause():
        visitor = await connect()
        session = await visitor.open(**NEW)
        await visitor.answer_all(session["questions"])
        await visitor.expect("pause")
        return visitor

    return io_loop.run_sync(answer_until_pause)


async def test_the_pause_comes_after_the_last_ack_with_all_answers(connect, college):
    assert college
    visitor = await connect()
    session = await visitor.open(**NEW)
    await visitor.answer_all(session["questions"][:69])
    assert await visitor.is_quiet()
    await visitor.answer(70, "70", "5")
    assert await visitor.receive() == {"type": "ack", "seq": 70}
    assert await visitor.receive() == {
        "type": "pause",
        "after": 70,
        "answers": [*FREE[:69], ["70", ["5"]]],
        "session": session["session"],
    }


async def test_skipped_questions_reach_the_pause_too(connect, college):
    assert college
    visitor = await connect()
    session = await visitor.open(**NEW)
    for seq, question in enumerate(session["questions"], start=1):
        await visitor.answer(seq, question["id"])
    for _ in range(70):
        await visitor.expect("ack")
    assert (await visitor.expect("pause"))["answers"] == [[str(n), []] for n in range(1, 71)]


async def test_the_pause_is_told_again_after_a_resume(connect, paused):
    again = await connect()
    session = await again.open(**paused.identity)
    assert (session["state"], session["next"]) == ("awaiting_payment", "71")
    assert len(session["questions"]) == 70
    pause = await again.expect("pause")
    assert (pause["after"], pause["answers"]) == (70, FREE)


async def test_nothing_beyond_the_pause_is_accepted_before_payment(connect, paused):
    await paused.answer(71, "71", "1")
    assert (await paused.refused("question_locked"))["seq"] == 71
    again = await connect()
    assert (await again.open(**paused.identity))["seq"] == 70


async def test_an_answer_before_the_pause_can_still_be_changed(connect, paused):
    await paused.answer(71, "1", "5")
    assert await paused.receive() == {"type": "ack", "seq": 71}
    again = await connect()
    assert (await again.open(**paused.identity))["answers"][0] == ["1", ["5"]]


@pytest.mark.parametrize("through_other_node", [False, True])
async def test_a_confirmed_payment_is_pushed_to_the_widget_from_any_node(
    api, paused, college, other_node_url, through_other_node
):
    api.url = other_node_url if through_other_node else api.url
    confirmed = await api.get(
        "payment/confirm", client_key=college.client_key, session=paused.session["session"]
    )
    resumed = await paused.expect("resumed")
    assert (confirmed.status, confirmed.body) == (200, {"status": True})
    assert resumed["next"] == "71"
    assert [question["id"] for question in resumed["questions"]] == [str(n) for n in range(71, 121)]
    assert await paused.answer_all(resumed["questions"], seq=70) == 120
    await paused.send("finish")
    await paused.expect("finished")


async def test_a_payment_while_nobody_is_connected_is_told_by_the_next_open(
    api, connect, paused, college
):
    await paused.leave()
    await api.get(
        "payment/confirm", client_key=college.client_key, session=paused.session["session"]
    )
    again = await connect()
    session = await again.open(**paused.identity)
    assert (session["state"], session["next"]) == ("running", "71")
    assert len(session["questions"]) == 120
    assert await again.is_quiet()  # No pause is told.


async def test_a_payment_before_the_pause_prevents_it(api, connect, college):
    visitor = await connect()
    session = await visitor.open(**NEW)
    await visitor.answer_all(session["questions"][:69])
    await api.get("payment/confirm", client_key=college.client_key, session=session["session"])
    resumed = await visitor.expect("resumed")
    assert (resumed["next"], len(resumed["questions"])) == ("70", 50)
    await visitor.answer(70, "70", "1")
    await visitor.expect("ack")
    assert await visitor.is_quiet()


async def test_a_payment_is_told_once(api, paused, college):
    call = {"client_key": college.client_key, "session": paused.session["session"]}
    await asyncio.gather(*(api.get("payment/confirm", **call) for _ in range(3)))
    await paused.expect("resumed")
    await api.get("payment/confirm", **call)
    assert await paused.is_quiet(1)


async def test_a_payment_at_the_moment_of_the_pause_never_leaves_the_visitor_waiting(
    api, connect, college
):
    # The delays let the payment come before, at and after the pause.
    for delay in (0, 0.002, 0.004, 0.006, 0.01, 0.02):
        visitor = await connect()
        session = await visitor.open(**NEW)
        await visitor.answer_all(session["questions"][:69])
        await visitor.answer(70, "70", "1")
        await asyncio.sleep(delay)
        await api.get("payment/confirm", client_key=college.client_key, session=session["session"])
        while (await visitor.receive())["type"] != "resumed":
            pass
        # No pause may follow, else the visitor would wait for ever.
        assert await visitor.is_quiet()


async def test_a_list_of_70_answers_without_payment_begins_at_the_pause(connect, college):
    assert college
    visitor = await connect()
    session = await visitor.open(**NEW, answers=FREE)
    assert (session["state"], session["seq"], session["next"]) == ("awaiting_payment", 0, "71")
    assert len(session["questions"]) == 70
    assert (await visitor.expect("pause"))["answers"] == FREE


async def test_a_list_beyond_the_pause_is_refused_without_payment(connect, college, database):
    assert college
    visitor = await connect()
    await visitor.send("open", provider="college", **NEW, answers=[*FREE, ["71", ["1"]]])
    await visitor.refused("question_locked")
    assert database.attempts.count_documents({}) == 0


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([["1", ["9"]]], "answer_invalid"),
        ([["1", ["1", "2"]]], "answer_invalid"),
        ([["x", ["1"]]], "question_unknown"),
        ([["120", []]], "question_locked"),
    ],
)
async def test_a_list_with_a_faulty_answer_begins_nothing(
    connect, college, database, answers, code
):
    assert college
    visitor = await connect()
    await visitor.send("open", provider="college", **NEW, answers=answers)
    await visitor.refused(code)
    assert database.attempts.count_documents({}) == 0
    assert (await visitor.open(**NEW))["state"] == "running"


async def test_a_free_test_never_pauses(connect, college):
    assert college
    visitor = await connect()
    session = await visitor.open(test="work-values")
    assert len(session["questions"]) == 24
    assert session["test"]["pause_after"] is None
    await visitor.answer_all(session["questions"])
    assert await visitor.is_quiet()

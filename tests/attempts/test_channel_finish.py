"""`finish` makes one guest result, and only of a test that is whole and paid for."""

import uuid

import pytest

from tests.support.fixtures import WORK_VALUES

pytestmark = pytest.mark.gen_test


@pytest.fixture
def visitor(io_loop, connect, college):
    """A visitor with a free test."""
    assert college

    async def open_new():
        client = await connect()
        await client.open(test="work-values", locale="en")
        return client

    return io_loop.run_sync(open_new)


async def test_a_whole_test_becomes_a_guest_result(visitor, database):
    await visitor.answer_all(visitor.session["questions"])
    await visitor.send("finish")
    key = uuid.UUID((await visitor.expect("finished"))["result_key"])
    stored = database.results.find_one({"_id": key})
    assert stored is not None
    assert stored["user_id"] is None
    assert stored["answers"] == [[str(number), ["1"]] for number in range(1, 25)]


async def test_the_journal_rows_go_with_the_finish(visitor, database):
    await visitor.answer_all(visitor.session["questions"])
    assert database.answers.count_documents({}) == 24
    await visitor.send("finish")
    await visitor.expect("finished")
    assert database.answers.count_documents({}) == 0


async def test_finish_waits_for_answers_that_are_on_their_way(visitor):
    for number in range(1, 25):
        await visitor.answer(number, str(number), "2")
    await visitor.send("finish")
    for number in range(1, 25):
        assert (await visitor.expect("ack"))["seq"] == number
    await visitor.expect("finished")


async def test_finish_again_gives_the_same_key(visitor, connect, database):
    await visitor.answer_all(visitor.session["questions"])
    await visitor.send("finish")
    await visitor.send("finish")
    keys = {(await visitor.expect("finished"))["result_key"] for _ in range(2)}
    again = await connect()
    keys.add((await again.open(**visitor.identity))["result_key"])
    await again.send("finish")
    keys.add((await again.expect("finished"))["result_key"])
    assert len(keys) == 1
    assert database.results.count_documents({}) == 1


async def test_an_incomplete_test_can_not_be_finished(visitor, database):
    await visitor.answer_all(visitor.session["questions"][:23])
    await visitor.send("finish")
    error = await visitor.refused("answers_incomplete")
    assert "24" in error["message"]
    assert database.results.count_documents({}) == 0
    await visitor.answer(24, "24", "1")
    await visitor.expect("ack")
    await visitor.send("finish")
    await visitor.expect("finished")


async def test_a_test_with_a_gap_can_not_be_finished(visitor):
    questions = visitor.session["questions"]
    await visitor.answer_all(questions[:10] + questions[11:])
    await visitor.send("finish")
    assert "11" in (await visitor.refused("answers_incomplete"))["message"]


async def test_a_skip_is_an_answer(visitor):
    for number in range(1, 25):
        await visitor.answer(number, str(number))
        await visitor.expect("ack")
    await visitor.send("finish")
    await visitor.expect("finished")


async def test_a_paid_test_can_not_be_finished_before_payment(connect, college, database):
    assert college
    visitor = await connect()
    await visitor.open(test="career-interests", answers=[[str(n), ["1"]] for n in range(1, 71)])
    await visitor.expect("pause")
    await visitor.send("finish")
    await visitor.refused("payment_required")
    assert database.results.count_documents({}) == 0


async def test_before_its_pause_a_paid_test_is_incomplete(connect, college):
    assert college
    visitor = await connect()
    await visitor.open(test="career-interests")
    await visitor.send("finish")
    await visitor.refused("answers_incomplete")


async def test_finish_before_open_is_refused(connect, college):
    assert college
    visitor = await connect()
    await visitor.send("finish")
    await visitor.refused("not_open")


async def test_a_result_keeps_what_the_host_handed_in_and_what_was_changed(
    connect, college, database
):
    assert college
    visitor = await connect()
    await visitor.open(test="work-values", answers=WORK_VALUES)
    await visitor.answer(1, "2", "5")
    await visitor.expect("ack")
    await visitor.send("finish")
    key = uuid.UUID((await visitor.expect("finished"))["result_key"])
    stored = database.results.find_one({"_id": key})
    assert stored is not None
    assert stored["answers"] == [["1", ["3"]], ["2", ["5"]], *WORK_VALUES[2:]]

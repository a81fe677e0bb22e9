"""Answers on the channel: each is acknowledged once and in order, or refused for a reason."""

import json

import pytest
from pymongo.errors import AutoReconnect

from handlers.channel import limits
from storage.attempts import journal as answer_journal
from tests.support.fixtures import WORK_VALUES
from tests.support.waiting import until

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]

NEW = {"test": "career-interests", "locale": "en"}


@pytest.fixture
def opened(io_loop, connect):
    """A visitor at the first question of a new attempt."""

    async def open_new():
        visitor = await connect()
        await visitor.open(**NEW)
        return visitor

    return io_loop.run_sync(open_new)


async def answers_of(connect, visitor):
    """Return the answers and the seq that another connection to the attempt is told."""
    session = await (await connect()).open(**visitor.identity)
    return dict(session["answers"]), session["seq"]


async def test_200_pipelined_answers_are_each_acknowledged_in_order(opened):
    for seq in range(1, 201):
        await opened.answer(seq, str(1 + seq % 60), str(1 + seq % 5))
    acks = [await opened.receive() for _ in range(200)]
    assert acks == [{"type": "ack", "seq": seq} for seq in range(1, 201)]


async def test_the_last_value_of_a_question_wins(connect, opened):
    for seq, value in enumerate("5431", start=1):
        await opened.answer(seq, "1", value)
        await opened.expect("ack")
    assert await answers_of(connect, opened) == ({"1": ["1"]}, 4)


async def test_a_repeated_seq_is_acknowledged_again_and_the_first_value_stands(connect, opened):
    await opened.answer(1, "1", "2")
    assert await opened.receive() == {"type": "ack", "seq": 1}
    await opened.answer(1, "1", "5")
    assert await opened.receive() == {"type": "ack", "seq": 1}
    assert await answers_of(connect, opened) == ({"1": ["2"]}, 1)


async def test_a_seq_repeated_before_its_ack_changes_nothing_either(connect, opened):
    await opened.answer(1, "1", "2")
    await opened.answer(1, "1", "5")
    await opened.answer(2, "2", "3")
    acks = sorted([(await opened.receive())["seq"] for _ in range(3)])
    assert acks == [1, 1, 2]
    assert await answers_of(connect, opened) == ({"1": ["2"], "2": ["3"]}, 2)


async def test_gaps_in_seq_are_allowed(connect, opened):
    for seq, question in ((1, "1"), (7, "2"), (1000, "4")):
        await opened.answer(seq, question, "3")
        assert await opened.receive() == {"type": "ack", "seq": seq}
    answers, seq = await answers_of(connect, opened)
    assert (list(answers), seq) == (["1", "2", "4"], 1000)


async def test_what_is_acknowledged_is_stored_also_where_the_seq_went_down(connect, opened):
    for seq, question, value in ((7, "1", "3"), (5, "1", "4"), (6, "2", "5")):
        await opened.answer(seq, question, value)
        assert await opened.receive() == {"type": "ack", "seq": seq}
    # The answer with the highest place stands, in whatever order they came.
    assert await answers_of(connect, opened) == ({"1": ["3"], "2": ["5"]}, 7)


@pytest.mark.parametrize("question", ["0", "121", "", "x", "1\0", "$where", "01", "я"])
async def test_an_unknown_question_is_refused_with_its_seq(opened, question):
    await opened.answer(1, question, "1")
    assert (await opened.refused("question_unknown"))["seq"] == 1


@pytest.mark.parametrize(
    "value", [["6"], ["0"], [""], ["1", "2"], ["1", "1"], ["1\0"], [" 1"], ["$gt"], ["1" * 5000]]
)
async def test_a_value_that_the_question_does_not_have_is_refused(opened, value):
    await opened.send("answer", seq=1, question="1", value=value)
    assert (await opened.refused("answer_invalid"))["seq"] == 1


@pytest.mark.parametrize("value", ["1", 1, None, True, {"$gt": ""}, [1], [None], [["1"]]])
async def test_a_value_that_is_no_list_of_strings_is_refused(opened, value):
    await opened.send("answer", seq=1, question="1", value=value)
    assert (await opened.refused("answer_invalid"))["seq"] == 1


@pytest.mark.parametrize("seq", [0, -1, 2**32, 2**63, 10**30, "1", 1.5, None, True, [1]])
async def test_an_impossible_seq_is_a_bad_message(connect, opened, seq):
    await opened.send("answer", seq=seq, question="1", value=["1"])
    await opened.refused("bad_message")
    assert await answers_of(connect, opened) == ({}, 0)


async def test_the_highest_seq_is_usable(opened):
    await opened.answer(2**32 - 1, "1", "1")
    assert await opened.receive() == {"type": "ack", "seq": 2**32 - 1}


@pytest.mark.parametrize("missing", ["seq", "question", "value"])
async def test_an_answer_without_one_of_its_fields_is_refused(opened, missing):
    answer = {"type": "answer", "seq": 1, "question": "1", "value": ["1"]}
    del answer[missing]
    await opened.send_raw(json.dumps(answer))
    error = await opened.expect("error")
    assert error["code"] in {"bad_message", "answer_invalid"}
    assert not error["fatal"]


async def test_a_refused_answer_stores_nothing_and_its_seq_can_be_used_again(connect, opened):
    await opened.answer(1, "1", "9")
    await opened.refused("answer_invalid")
    await opened.answer(1, "1", "3")
    assert await opened.receive() == {"type": "ack", "seq": 1}
    assert await answers_of(connect, opened) == ({"1": ["3"]}, 1)


async def test_a_refused_answer_does_not_stop_the_others_beside_it(opened):
    await opened.answer(1, "1", "1")
    await opened.answer(2, "2", "9")
    await opened.answer(3, "3", "3")
    told = {
        (message["type"], message["seq"]) for message in [await opened.receive() for _ in range(3)]
    }
    assert told == {("ack", 1), ("error", 2), ("ack", 3)}


async def test_a_question_beyond_the_pause_is_locked(connect, opened):
    await opened.answer(1, "71", "1")
    assert (await opened.refused("question_locked"))["seq"] == 1
    assert await answers_of(connect, opened) == ({}, 0)


async def test_an_answer_before_open_is_refused_and_the_connection_lives(connect):
    visitor = await connect()
    await visitor.answer(1, "1", "1")
    assert (await visitor.refused("not_open"))["seq"] == 1
    assert (await visitor.open(**NEW))["seq"] == 0


async def test_a_finished_test_takes_no_more_answers(connect, database):
    visitor = await connect()
    await visitor.open(test="work-values", answers=WORK_VALUES)
    await visitor.send("finish")
    await visitor.expect("finished")
    await visitor.answer(1, "1", "5")
    assert not (await visitor.expect("error"))["fatal"]
    assert database.answers.count_documents({}) == 0
    assert await answers_of(connect, visitor) == (dict(WORK_VALUES), 0)


async def test_an_answer_of_a_dead_connection_is_not_lost_once_acknowledged(
    connect, opened, backend
):
    for seq in range(1, 41):
        await opened.answer(seq, str(seq), "4")
    acknowledged = 0
    while acknowledged < 20:
        acknowledged = (await opened.expect("ack"))["seq"]
    opened.socket.transport.abort()
    await until(lambda: not backend.services.public.node.channels)
    answers, seq = await answers_of(connect, opened)
    assert seq >= acknowledged
    assert all(answers[str(number)] == ["4"] for number in range(1, acknowledged + 1))


async def test_a_reader_is_held_back_when_too_many_answers_are_on_their_way(
    connect, opened, monkeypatch
):
    monkeypatch.setattr(limits, "MAX_UNACKNOWLEDGED", 2)
    for seq in range(1, 51):
        await opened.answer(seq, str(seq), "4")
    assert [(await opened.expect("ack"))["seq"] for _ in range(50)] == list(range(1, 51))
    assert len((await answers_of(connect, opened))[0]) == 50


async def test_behind_an_answer_that_could_not_be_stored_none_of_its_connection_is(
    opened, backend, database, monkeypatch
):
    """This holds for answers that were read and waited for room, too (recovery rule 2)."""
    journal = backend.journal
    insert, give_up = journal._insert, journal._give_up
    gone = True

    async def insert_unless_gone(batch):
        if gone:
            raise AutoReconnect
        return await insert(batch)

    def come_back(key, rows):
        nonlocal gone
        gone = False
        give_up(key, rows)

    monkeypatch.setattr(answer_journal, "VISITOR_WAIT_S", 1.0)
    monkeypatch.setattr(journal, "_insert", insert_unless_gone)
    monkeypatch.setattr(journal, "_give_up", come_back)
    for seq in range(1, limits.MAX_UNACKNOWLEDGED + limits.MAX_INBOX + 1):
        await opened.answer(seq, str(1 + seq % 60), "5")
    _, code = await opened.read_to_the_end()
    assert code == 4100
    await until(lambda: not backend.services.public.node.channels)
    await journal.flushed()
    assert database.answers.count_documents({}) == 0

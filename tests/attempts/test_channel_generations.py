"""An answer belongs to the generation in which it was given (recovery rules 1 to 3)."""

import pytest

from tests.support.fixtures import WORK_VALUES

NEW = {"test": "career-interests", "locale": "en"}

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]


async def answer_in(visitor, generation, seq, question, *value):
    """Send an answer of this generation; return the reply."""
    fields = {"generation": generation, "seq": seq, "question": question, "value": list(value)}
    await visitor.send("answer", **fields)
    return await visitor.receive()


async def answers_of(connect, visitor):
    return dict((await (await connect()).open(**visitor.identity))["answers"])


async def test_an_answer_of_an_earlier_generation_is_acknowledged_with_it(connect):
    first = await connect()
    await first.open(**NEW)
    again = await connect()
    await again.open(**first.identity)
    assert await answer_in(again, 1, 1, "1", "2") == {"type": "ack", "seq": 1, "generation": 1}
    assert await answer_in(again, 2, 1, "2", "3") == {"type": "ack", "seq": 1}
    assert await answers_of(connect, first) == {"1": ["2"], "2": ["3"]}


async def test_a_repeat_in_its_own_generation_changes_nothing(connect):
    first = await connect()
    await first.open(**NEW)
    await first.answer(1, "1", "2")
    await first.expect("ack")
    again = await connect()
    await again.open(**first.identity)
    assert await answer_in(again, 1, 1, "1", "5") == {"type": "ack", "seq": 1, "generation": 1}
    assert await answers_of(connect, first) == {"1": ["2"]}


async def test_a_correction_given_offline_survives_that_another_device_answered_on(connect):
    """In an earlier protocol the second device's answer made the first one's seem stored."""
    phone = await connect()
    session = await phone.open(**NEW)
    await phone.answer_all(session["questions"][:3])
    # The phone goes offline and corrects question 2 with seq 4 of generation 1.
    desktop = await connect()
    assert (await desktop.open(**phone.identity))["seq"] == 3
    await desktop.answer(1, "4", "5")
    await desktop.answer(2, "3", "4")
    assert [(await desktop.expect("ack"))["seq"] for _ in range(2)] == [1, 2]
    back = await connect()
    await back.open(**phone.identity)
    assert await answer_in(back, 1, 4, "2", "5") == {"type": "ack", "seq": 4, "generation": 1}
    # The later answers of the desktop stand; the correction of the other question is taken.
    assert await answer_in(back, 1, 5, "3", "1") == {"type": "ack", "seq": 5, "generation": 1}
    first = session["questions"][0]["options"][0]["value"]
    expected = {"1": [first], "2": ["5"], "3": ["4"], "4": ["5"]}
    assert await answers_of(connect, phone) == expected


@pytest.mark.parametrize("generation", [0, -1, 2, 2**32, "1", 1.5, True, [1]])
async def test_a_generation_that_was_never_opened_is_a_bad_message(connect, database, generation):
    visitor = await connect()
    await visitor.open(**NEW)
    error = await answer_in(visitor, generation, 1, "1", "2")
    assert (error["type"], error["code"], error["seq"]) == ("error", "bad_message", 1)
    assert not error["fatal"]
    assert database.answers.count_documents({}) == 0


async def test_a_refused_answer_is_named_by_seq_and_generation(connect):
    first = await connect()
    await first.open(**NEW)
    again = await connect()
    await again.open(**first.identity)
    error = await answer_in(again, 1, 9, "71", "2")
    assert (error["code"], error["seq"], error["generation"]) == ("question_locked", 9, 1)
    error = await answer_in(again, 2, 1, "71", "2")
    assert (error["code"], error["seq"], "generation" in error) == ("question_locked", 1, False)


async def test_repeats_of_stored_answers_are_acknowledged_after_the_end_and_others_refused(connect):
    first = await connect()
    await first.open(test="work-values", locale="en")
    for number, (question, value) in enumerate(WORK_VALUES, start=1):
        await first.answer(number, question, *value)
        await first.expect("ack")
    second = await connect()
    await second.open(**first.identity)
    await second.answer(1, "1", "5")
    await second.expect("ack")
    await second.send("finish")
    await second.expect("finished")
    assert await answer_in(second, 2, 1, "1", "5") == {"type": "ack", "seq": 1}
    late = await connect()
    assert (await late.open(**first.identity))["state"] == "finished"
    assert await answer_in(late, 1, 24, "24", "1") == {"type": "ack", "seq": 24, "generation": 1}
    assert await answer_in(late, 2, 1, "1", "5") == {"type": "ack", "seq": 1, "generation": 2}
    assert (await answer_in(late, 1, 25, "1", "2"))["code"] == "question_locked"
    assert (await answer_in(late, 3, 1, "1", "2"))["code"] == "question_locked"
    assert dict(late.session["answers"]) == dict(WORK_VALUES) | {"1": ["5"]}

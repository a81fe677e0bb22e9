"""Where visitors of a test stopped, by question: exact, and bounded by the newest attempts."""

from datetime import timedelta

import pytest

from tests.support.fixtures import WORK_VALUES
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.services.console import funnels as console_funnels

pytestmark = pytest.mark.gen_test

COLLEGE = ProviderSlug("college")
CAREERS, VALUES = TestSlug("career-interests"), TestSlug("work-values")


@pytest.fixture
def stops(backend, college):
    assert college
    return backend.numbers.funnels.stops


@pytest.fixture
def answer(connect):
    """Open the paid test, answer so many questions, and leave."""

    async def act(number, **fields):
        visitor = await connect()
        session = await visitor.open(test="career-interests", locale="en", **fields)
        await visitor.answer_all(session["questions"][:number])
        if number == len(session["questions"]):
            await visitor.expect("pause")
        await visitor.leave()
        return session

    return act


async def test_visitors_are_counted_at_the_question_that_they_have_not_answered(stops, answer):
    for number in (0, 3, 3, 70):
        session = await answer(number)
    found = await stops(COLLEGE, CAREERS)
    ids = [question["id"] for question in session["questions"]]
    assert [(stop.question, stop.position, stop.visitors) for stop in found.by_question] == [
        (ids[0], 1, 1),
        (ids[3], 4, 2),
        ("71", 71, 1),
    ]
    assert set(found.by_question[0].text) >= {"en", "ru"}
    assert (found.attempts, found.is_all, found.awaiting_payment, found.at_end) == (4, True, 1, 0)


async def test_who_has_answered_everything_is_at_the_end_and_who_has_finished_is_gone(
    stops, connect, take_test
):
    visitor = await connect()
    await visitor.open(test="work-values", answers=WORK_VALUES)
    await take_test()
    found = await stops(COLLEGE, VALUES)
    assert (found.attempts, found.at_end, found.by_question) == (1, 1, ())


async def test_only_the_newest_attempts_are_read(stops, answer, database, monkeypatch):
    monkeypatch.setattr(console_funnels, "STOPS_OF", 2)
    await answer(5)
    long_ago = database.attempts.find_one()["created_at"] - timedelta(days=3)
    database.attempts.update_many({}, {"$set": {"created_at": long_ago}})
    await answer(1)
    await answer(2)
    found = await stops(COLLEGE, CAREERS)
    assert [stop.position for stop in found.by_question] == [2, 3]
    assert (found.attempts, found.is_all) == (2, False)


async def test_nothing_is_told_of_other_providers_tests_and_worlds(stops, answer, register):
    await register("school")
    await answer(1, provider="school")
    await answer(1)
    assert (await stops(COLLEGE, CAREERS)).attempts == 1
    for other in (await stops(COLLEGE, VALUES), await stops(COLLEGE, CAREERS, sandbox=True)):
        assert (other.attempts, other.is_all, other.version, other.by_question) == (
            0,
            True,
            None,
            (),
        )


async def test_attempts_that_wait_for_payment_are_counted_of_all_providers(
    backend, api, college, answer, register
):
    await register("school")
    sessions = [await answer(70), await answer(70, provider="school")]
    await answer(2)
    assert await backend.attempts.count_awaiting_payment(sandbox=False) == 2
    assert await backend.attempts.count_awaiting_payment(sandbox=True) == 0
    paid = {"client_key": college.client_key, "session": sessions[0]["session"]}
    assert (await api.get("payment/confirm", **paid)).body == {"status": True}
    assert await backend.attempts.count_awaiting_payment(sandbox=False) == 1

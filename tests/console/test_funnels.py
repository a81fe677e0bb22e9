"""The funnel of a provider is counted by day and test, exactly, and is moved when a day is over."""

import asyncio
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest

from storage.console.daily_counts import ANY_TEST, DailyCounts
from tests.support.fixtures import WORK_VALUES
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.services.console.funnels import Steps

pytestmark = pytest.mark.gen_test

COLLEGE = ProviderSlug("college")
CAREERS, VALUES = TestSlug("career-interests"), TestSlug("work-values")


@pytest.fixture
def funnels(backend, college):
    assert college
    return backend.numbers.funnels


@pytest.fixture
def today():
    return datetime.now(UTC).date()


@pytest.fixture
def counts(backend, database):
    """The store of the counts by day, over the connection of the backend."""
    assert database is not None
    return backend.numbers.daily_counting._counts


@pytest.fixture
def yesterday(database, today):
    """Let all that was counted have happened yesterday, as at midnight it has."""

    def become():
        former = today - timedelta(days=1)
        for name, field in (("statistics", "days"), ("providers", "access_days")):
            path = f"{field}.{today}"
            database[name].update_many(
                {path: {"$exists": True}}, {"$rename": {path: f"{field}.{former}"}}
            )
        return former

    return become


@pytest.fixture
def pay(api, college, connect):
    """Take the paid test up to its pause, and pay `times` times; return the visitor."""

    async def act(times=1):
        visitor = await connect()
        session = await visitor.open(test="career-interests", locale="en")
        await visitor.answer_all(session["questions"])
        await visitor.expect("pause")
        parameters = {"client_key": college.client_key, "session": session["session"]}
        for number in range(times):
            answer = await api.get("payment/confirm", **parameters, payment_id=f"p{number}")
            assert answer.body == {"status": True}
        return visitor

    return act


@pytest.fixture
def attach(api, college):
    async def act(key, user_id="anna"):
        parameters = {"client_key": college.client_key, "user_id": user_id, "result_key": key}
        return (await api.get("result/attach", **parameters)).status

    return act


async def test_each_step_is_counted_by_test(funnels, pay, take_test, attach, today):
    await pay(times=0)
    await pay(times=1)
    key = await take_test()
    assert await attach(key) == 200
    funnel = await funnels.of(COLLEGE, 7)
    assert funnel.by_test == {
        CAREERS: Steps(started=2, paused=2, paid=1),
        VALUES: Steps(started=1, finished=1, attached=1),
    }
    assert funnel.total == Steps(started=3, paused=2, paid=1, finished=1, attached=1)
    assert (funnel.accesses, funnel.since, funnel.last) == (1, today, today)
    assert list(funnel.by_day) == [today - timedelta(days=n) for n in range(6, -1, -1)]
    assert funnel.by_day[today] == funnel.total
    assert set(list(funnel.by_day.values())[:-1]) == {Steps()}


async def test_a_payment_that_is_repeated_is_counted_once(funnels, pay):
    await pay(times=3)
    assert (await funnels.of(COLLEGE)).total.paid == 1


async def test_a_payment_that_is_refused_is_not_counted(api, college, funnels, pay, register):
    visitor = await pay(times=0)
    school = await register("school")
    parameters = {"session": visitor.session["session"]}
    for key in (school.client_key, college.sandbox_key):
        assert (await api.get("payment/confirm", client_key=key, **parameters)).status == 404
    assert (await funnels.of(COLLEGE)).total.paid == 0
    assert (await funnels.of(ProviderSlug("school"))).by_test == {}


async def test_a_refused_attachment_is_no_step(funnels, take_test, attach):
    key = await take_test()
    assert (await attach(key), await attach(key), await attach(key, "bob")) == (200, 200, 409)
    funnel = await funnels.of(COLLEGE)
    assert (funnel.total.attached, funnel.accesses) == (1, 1)


async def test_the_sandbox_has_a_funnel_of_its_own(api, college, funnels, take_test):
    token = await api.get(
        "access/token", client_key=college.sandbox_key, user_id="anna", test="work-values"
    )
    await take_test(access_token=token.body["access_token"])
    live, sandbox = await funnels.of(COLLEGE), await funnels.of(COLLEGE, sandbox=True)
    assert (live.by_test, live.registered, live.accesses) == ({}, {}, 0)
    assert sandbox.by_test == {VALUES: Steps(started=1, finished=1)}
    assert sandbox.accesses == 0


async def test_totals_since_registration_are_those_of_the_api(
    api, college, funnels, pay, take_test, attach
):
    await pay()
    for _ in range(3):
        assert await attach(await take_test()) == 200
    await api.post_json(
        "progress/save", client_key=college.client_key, test="work-values", progress=WORK_VALUES
    )
    told = (await api.get("stats", client_key=college.client_key)).body["by_test"]
    funnel = await funnels.of(COLLEGE)
    for steps in (funnel.registered, funnel.by_test):
        assert {
            test: {name: n for name, n in asdict(of_test).items() if name != "paid"}
            for test, of_test in steps.items()
        } == told
    assert funnel.registered_total.started == sum(counts["started"] for counts in told.values())


async def test_what_was_counted_before_the_upgrade_is_in_the_totals_only(
    api, college, database, funnels, take_test
):
    await take_test()
    database.statistics.update_many({}, {"$unset": {"days": ""}})
    await take_test()
    funnel = await funnels.of(COLLEGE)
    assert (funnel.total.finished, funnel.registered_total.finished) == (1, 2)
    told = (await api.get("stats", client_key=college.client_key)).body
    assert told["by_test"]["work-values"]["finished"] == 2


async def test_a_day_that_is_over_keeps_its_counts(
    backend, funnels, counts, yesterday, pay, take_test, attach, database
):
    await pay()
    assert await attach(await take_test()) == 200
    day = yesterday()
    before = await funnels.of(COLLEGE, 7)
    assert before.by_day[day].started == 2
    await backend.numbers.daily_counting.settle()
    assert database.daily_counts.count_documents({"_id.provider": "college"}) == 3
    assert not list(database.statistics.find({"days": {"$gt": {}}}))
    assert not list(database.providers.find({"access_days": {"$gt": {}}}))
    await take_test()
    after = await funnels.of(COLLEGE, 7)
    assert after.by_day[day] == before.by_day[day]
    assert (after.total.started, after.accesses) == (3, 1)
    # A call that was late at midnight is counted on its day.
    yesterday()
    for _ in range(2):
        await backend.numbers.daily_counting.settle()
    assert (await funnels.of(COLLEGE, 7)).by_day[day].started == 3
    whole = await counts.read_whole(day, day, sandbox=False)
    assert whole == {
        day: DailyCounts(started=3, paused=1, paid=1, finished=2, attached=1, accesses=1)
    }
    assert not list(database.daily_counts.find({"open": {"$exists": True}}))


async def test_counts_are_told_since_counting_began(
    backend, funnels, yesterday, take_test, database, today
):
    long_ago = {"$set": {"created_at": datetime(2020, 1, 1, tzinfo=UTC)}}
    database.providers.update_many({}, long_ago)
    assert (await funnels.of(COLLEGE)).since == today
    await take_test()
    day = yesterday()
    await backend.numbers.daily_counting.settle()
    funnel = await funnels.of(COLLEGE)
    assert (funnel.since, funnel.first, list(funnel.by_day)) == (day, day, [day, today])
    database.providers.update_many({}, {"$set": {"created_at": datetime.now(UTC)}})
    assert (await funnels.of(COLLEGE)).since == today


async def test_days_outside_the_period_are_left_out(funnels, backend, take_test, database, today):
    await take_test()
    long_ago = today - timedelta(days=7)
    path = f"days.{today}"
    database.statistics.update_many({path: {"$gt": {}}}, {"$rename": {path: f"days.{long_ago}"}})
    database.providers.update_many({}, {"$set": {"created_at": datetime(2020, 1, 1, tzinfo=UTC)}})
    for _ in range(2):  # It makes no difference whether the day has been folded.
        assert (await funnels.of(COLLEGE, 7)).total == Steps()
        assert (await funnels.of(COLLEGE, 8)).total == Steps(started=1, finished=1)
        await backend.numbers.daily_counting.settle()
    assert (await funnels.of(COLLEGE)).total == Steps(started=1, finished=1)


async def test_the_whole_gateway_has_the_sum_of_all_providers(
    backend, counts, take_test, register, attach, pay, today
):
    await register("school")
    keys = [await take_test(), await take_test("school")]
    assert await attach(keys[0]) == 200
    await pay()
    await backend.numbers.daily_counting.settle()
    assert await counts.read_whole(date.min, date.max, sandbox=False) == {
        today: DailyCounts(started=3, paused=1, paid=1, finished=2, attached=1, accesses=1)
    }
    assert await counts.read_whole(today, today, sandbox=True) == {}


@pytest.mark.usefixtures("college")
async def test_counting_goes_on_exactly_while_days_are_moved(counts, connect, today):
    visitors = [await connect() for _ in range(40)]

    async def move():
        for _ in range(8):
            # Documents are moved whose neighbours are being raised at the same time.
            await counts.fold(today + timedelta(days=1))
            await asyncio.sleep(0)

    opens = [visitor.open(test="work-values") for visitor in visitors]
    await asyncio.gather(move(), *opens)
    read = await counts.read(COLLEGE, today, today, sandbox=False)
    assert read == {(today, VALUES): DailyCounts(started=40)}
    await counts.fold(today + timedelta(days=1))
    assert await counts.read(COLLEGE, today, today, sandbox=False) == read
    assert (await counts.read_whole(today, today, sandbox=False))[today].started == 0
    await counts.sum_open()
    assert (await counts.read_whole(today, today, sandbox=False))[today].started == 40


async def test_accesses_belong_to_no_test(api, college, counts, today):
    for user in ("anna", "bob", "anna"):
        await api.get("user/register", client_key=college.client_key, user_id=user)
    await api.get("user/register", client_key=college.sandbox_key, user_id="carl")
    assert await counts.read(COLLEGE, today, today, sandbox=False) == {
        (today, ANY_TEST): DailyCounts(accesses=2)
    }
    assert await counts.read(COLLEGE, today, today, sandbox=True) == {}

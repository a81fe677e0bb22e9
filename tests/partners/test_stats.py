"""`stats` counts accesses, users and results, and the runs of each test."""

import asyncio

import pytest

from tests.support.fixtures import WORK_VALUES
from widget_gateway.domain.partners.providers import PaymentPolicy

pytestmark = pytest.mark.gen_test


@pytest.fixture
def stats(api, college):
    """Read the statistics of the college, or of another key."""

    async def call(client_key=college.client_key):
        answer = await api.get("stats", client_key=client_key)
        assert answer.status == 200, answer.body
        return answer.body

    return call


@pytest.fixture
def attach(api, college):
    """Attach a result of the college's; return the status."""

    async def call(result_key, user_id="anna"):
        parameters = {
            "client_key": college.client_key,
            "user_id": user_id,
            "result_key": result_key,
        }
        return (await api.get("result/attach", **parameters)).status

    return call


def counts(started=0, paused=0, finished=0, attached=0):
    return {"started": started, "paused": paused, "finished": finished, "attached": attached}


@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("name", ["client", "client_key"])
async def test_a_new_postpaid_provider_has_counted_nothing(api, college, way, version, name):
    path = f"/partner/api/{version}/stats"
    answer = await getattr(api, way)(path, **{name: college.client_key})
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.body == {
        "payment_policy": "postpaid",
        "access_limit": 0,
        "access_count": 0,
        "access_left": None,
        "users": 0,
        "results": 0,
        "by_test": {},
    }


async def test_runs_are_counted_from_start_to_attachment(stats, attach, connect, take_test):
    visitor = await connect()
    await visitor.open(test="work-values")
    assert (await stats())["by_test"] == {"work-values": counts(started=1)}

    first, second = await take_test(), await take_test()
    assert (await stats())["by_test"] == {"work-values": counts(started=3, finished=2)}

    assert await attach(first) == 200
    body = await stats()
    assert body["by_test"] == {"work-values": counts(started=3, finished=2, attached=1)}
    assert (body["users"], body["access_count"], body["results"]) == (1, 1, 2)

    assert await attach(second) == 200
    body = await stats()
    assert body["by_test"]["work-values"]["attached"] == 2
    assert (body["users"], body["access_count"], body["results"]) == (1, 1, 2)


async def test_a_pause_is_counted_once_whatever_follows(api, college, stats, connect):
    visitor = await connect()
    session = await visitor.open(test="career-interests", locale="en")
    await visitor.answer_all(session["questions"])
    await visitor.expect("pause")
    paused = {"career-interests": counts(started=1, paused=1)}
    assert (await stats())["by_test"] == paused

    again = await connect()
    await again.open(**visitor.identity)
    await again.expect("pause")
    assert (await stats())["by_test"] == paused

    parameters = {"client_key": college.client_key, "session": visitor.session["session"]}
    assert (await api.get("payment/confirm", **parameters)).body == {"status": True}
    rest = (await again.expect("resumed"))["questions"]
    await again.answer_all(rest, seq=70)
    await again.send("finish")
    await again.expect("finished")
    finished = {"career-interests": counts(started=1, paused=1, finished=1)}
    assert (await stats())["by_test"] == finished


async def test_repeats_and_resumes_count_once(stats, attach, connect):
    visitor = await connect()
    await visitor.open(provider="college", test="work-values", answers=WORK_VALUES)
    again = await connect()
    await again.open(**visitor.identity)
    for _ in range(2):
        await again.send("finish")
        key = (await again.expect("finished"))["result_key"]
    for _ in range(3):
        assert await attach(key) == 200
    expected = {"work-values": counts(started=1, finished=1, attached=1)}
    assert (await stats())["by_test"] == expected


async def test_a_refused_attachment_is_not_counted(stats, attach, take_test):
    key = await take_test()
    assert (await attach(key), await attach(key, "bob")) == (200, 409)
    body = await stats()
    assert body["by_test"] == {"work-values": counts(started=1, finished=1, attached=1)}
    assert (body["users"], body["access_count"]) == (1, 1)


async def test_saved_progress_is_a_result_of_no_run(api, college, stats):
    caller = {"client_key": college.client_key}
    user = await api.get("user/register", **caller, user_id="anna")
    for owner in (caller, {"user_key": user.body["user_key"]}):
        answer = await api.post_json(
            "progress/save", **owner, test="work-values", progress=WORK_VALUES
        )
        assert answer.status == 200
    body = await stats()
    assert body["by_test"] == {"work-values": counts(attached=1)}
    assert (body["users"], body["results"]) == (1, 2)


async def test_many_runs_at_once_are_all_counted(stats, connect):
    visitors = [await connect() for _ in range(40)]
    await asyncio.gather(*(visitor.open(test="work-values") for visitor in visitors))
    assert (await stats())["by_test"] == {"work-values": counts(started=40)}


async def test_tests_are_listed_each_with_its_own_counts(stats, connect):
    for test in ("work-values", "career-interests", "work-values"):
        await (await connect()).open(test=test)
    by_test = (await stats())["by_test"]
    assert list(by_test) == ["career-interests", "work-values"]
    assert (by_test["career-interests"], by_test["work-values"]) == (
        counts(started=1),
        counts(started=2),
    )


async def test_a_prepaid_provider_sees_what_is_left_of_limit_and_overdraft(
    api, register, stats, database
):
    school = await register(
        "school", payment_policy=PaymentPolicy.PREPAID, access_limit=2, overdraft=1
    )
    left = [(await stats(school.client_key))["access_left"]]
    for user_id in ("anna", "bob", "carl", "dora"):
        await api.get("user/register", client_key=school.client_key, user_id=user_id)
        left.append((await stats(school.client_key))["access_left"])
    assert left == [3, 2, 1, 0, 0]
    body = await stats(school.client_key)
    assert (body["payment_policy"], body["access_limit"], body["access_count"]) == ("prepaid", 2, 3)

    database.providers.update_one({"_id": "school"}, {"$set": {"access_limit": 0}})
    assert (await stats(school.client_key))["access_left"] == 0


async def test_others_are_not_counted(register, stats, take_test):
    school = await register("school")
    await take_test("school")
    assert (await stats())["by_test"] == {}
    assert (await stats(school.client_key))["results"] == 1


async def test_the_sandbox_is_a_world_apart_and_marked(api, college, stats, take_test):
    token = await api.get(
        "access/token", client_key=college.sandbox_key, user_id="anna", test="work-values"
    )
    await take_test(access_token=token.body["access_token"])
    live, sandbox = await stats(), await stats(college.sandbox_key)
    assert "sandbox" not in live
    assert (live["users"], live["results"], live["by_test"]) == (0, 0, {})
    assert sandbox["sandbox"] is True
    assert (sandbox["users"], sandbox["results"], sandbox["access_count"]) == (1, 1, 0)
    assert sandbox["by_test"] == {"work-values": counts(started=1, finished=1)}

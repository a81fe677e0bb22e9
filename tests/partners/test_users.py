"""`users` lists a partner's users by pages, in the order of registration, with their results."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.fixtures import WORK_VALUES

pytestmark = pytest.mark.gen_test

INTERESTS = [[str(number), ["1"]] for number in range(1, 121)]


@pytest.fixture
def enrol(api, college):
    """Register a user of the college; return the USER_KEY."""

    async def call(user_id, client_key=college.client_key):
        answer = await api.get("user/register", client_key=client_key, user_id=user_id)
        return answer.body["user_key"]

    return call


@pytest.fixture
def passes(api, enrol):
    """Save a passed test of a user of the college; return the RESULT_KEY."""

    async def call(user_id, test="work-values"):
        answer = await api.post_json(
            "progress/save",
            user_key=await enrol(user_id),
            test=test,
            progress=WORK_VALUES if test == "work-values" else INTERESTS,
        )
        return answer.body["result_key"]

    return call


@pytest.fixture
def page(api, college):
    """Read a page of the college's users."""

    async def call(**parameters):
        return await api.get("users", **({"client_key": college.client_key} | parameters))

    return call


@pytest.fixture
def names(page):
    """Read the ids of all users by pages of `limit`; each page but the last has to be full."""

    async def call(limit, **parameters):
        found, cursor = [], {}
        while cursor is not None:
            body = (await page(limit=limit, **cursor, **parameters)).body
            found += [user["user_id"] for user in body["users"]]
            assert len(body["users"]) == limit or body["next"] is None
            cursor = body["next"] and {"after": body["next"]}
        return found

    return call


def set_times(database, times):
    """Set the times at which users were registered."""
    for user_id, moment in times.items():
        database.provider_users.update_one(
            {"_id.user_id": user_id}, {"$set": {"created_at": moment}}
        )


async def test_a_provider_without_users_has_an_empty_page(page):
    assert (await page()).body == {"users": [], "next": None}


@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
@pytest.mark.parametrize("version", ["v2", "v3"])
async def test_users_are_listed_with_their_keys_and_results(
    api, college, enrol, passes, way, version
):
    result_key, user_key = await passes("anna"), await enrol("anna")
    answer = await getattr(api, way)(f"/partner/api/{version}/users", client=college.client_key)
    assert answer.status == 200
    assert answer.body["next"] is None
    (user,) = answer.body["users"]
    (result,) = user["results"]
    for moment in (user.pop("created_at"), result["created_at"]):
        age = datetime.now(UTC) - datetime.fromisoformat(moment)
        assert timedelta(seconds=-1) < age < timedelta(minutes=1)
    assert (user.pop("user_id"), user.pop("user_key")) == ("anna", user_key)
    assert set(user) == {"results"}
    assert set(result) == {"result_key", "test", "created_at"}
    assert (result["result_key"], result["test"]) == (result_key, "work-values")


async def test_results_stand_with_their_user_oldest_first_and_guests_results_nowhere(
    page, passes, take_test
):
    await take_test()
    held = {
        "anna": [await passes("anna"), await passes("anna", "career-interests")],
        "bob": [await passes("bob")],
    }
    listed = {
        user["user_id"]: [result["result_key"] for result in user["results"]]
        for user in (await page()).body["users"]
    }
    assert listed == held


@pytest.mark.parametrize("limit", [1, 7, 24, 25, 26])
async def test_25_users_are_paged_in_order_without_gap_or_repeat(enrol, names, database, limit):
    order = [f"user {number * 7 % 25}" for number in range(25)]
    for user_id in order:
        await enrol(user_id)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    # Each three users share a millisecond, within which they are sorted by their ids.
    times = {user: start + timedelta(milliseconds=n // 3) for n, user in enumerate(order)}
    set_times(database, times)
    assert await names(limit) == sorted(order, key=lambda user: (times[user], user))


async def test_users_of_one_millisecond_are_split_between_pages(enrol, names, database):
    for user_id in ("bob", "anna"):
        await enrol(user_id)
    moment = datetime(2026, 1, 1, 12, 0, 0, 123_000, tzinfo=UTC)
    set_times(database, dict.fromkeys(("anna", "bob"), moment))
    assert await names(1) == ["anna", "bob"]


async def test_a_user_registered_between_two_pages_comes_last(enrol, page):
    await enrol("zoe")
    await enrol("yan")
    first = (await page(limit=1)).body
    await enrol("anna")
    second = (await page(after=first["next"])).body
    assert [user["user_id"] for user in second["users"]] == ["yan", "anna"]


@pytest.mark.parametrize("user_id", ["я" * 256, "🙂" * 256, '"' * 256, "a:b", ":", "$gt"])
async def test_any_user_id_can_end_a_page(enrol, names, user_id):
    await enrol(user_id)
    await enrol("anna")
    assert await names(1) == [user_id, "anna"]


async def test_filters_by_test_and_by_passed(enrol, passes, names):
    await passes("anna")
    await passes("bob", "career-interests")
    await enrol("carl")
    await passes("dora")
    await passes("dora", "career-interests")
    for filters, expected in [
        ({}, ["anna", "bob", "carl", "dora"]),
        ({"passed": 1}, ["anna", "bob", "dora"]),
        ({"passed": 0}, ["carl"]),
        ({"test": "work-values"}, ["anna", "dora"]),
        ({"test": "work-values", "passed": 1}, ["anna", "dora"]),
        ({"test": "work-values", "passed": 0}, ["bob", "carl"]),
        ({"test": "career-interests", "passed": 1}, ["bob", "dora"]),
    ]:
        for limit in (1, 100):
            assert await names(limit, **filters) == expected


async def test_a_result_attached_later_counts_as_passed(api, college, enrol, names, take_test):
    await enrol("anna")
    assert await names(10, test="work-values", passed=0) == ["anna"]
    parameters = {"client_key": college.client_key, "result_key": await take_test()}
    await api.get("result/attach", **parameters, user_id="anna")
    assert await names(10, test="work-values", passed=0) == []
    assert await names(10, test="work-values", passed=1) == ["anna"]


async def test_a_thousand_users_is_the_most_and_a_hundred_the_default(page, database):
    now = datetime.now(UTC)
    world = {"provider": "college", "sandbox": False}
    database.provider_users.insert_many(
        {"_id": world | {"user_id": f"{n:04}"}, "key": f"{n}", "created_at": now}
        | {"main": 0, "bonus": 0, "passed": []}
        for n in range(1_001)
    )
    assert len((await page(limit=1_000)).body["users"]) == 1_000
    default = (await page()).body
    assert (len(default["users"]), default["users"][-1]["user_id"]) == (100, "0099")


@pytest.mark.parametrize("limit", ["0", "1001", "abc", "-1", "1.5", "1_0", " 5", "+5", "9" * 40])
async def test_a_limit_out_of_range_is_refused(page, limit):
    answer = await page(limit=limit)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert answer.body["error"]["message"].startswith('Invalid "limit":')


@pytest.mark.parametrize("filters", [{}, {"passed": 0}])
async def test_an_unknown_test_is_no_filter(page, filters):
    answer = await page(test="nowhere", **filters)
    assert (answer.status, answer.reason) == (404, "test_not_found")


@pytest.mark.parametrize("passed", ["2", "yes", "true", "-1"])
async def test_passed_is_0_or_1(page, passed):
    answer = await page(passed=passed)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert answer.body["error"]["message"].startswith('Invalid "passed":')


@pytest.mark.parametrize(
    "place",
    [
        "abc",
        b"",
        b"anna",
        b":anna",
        b"1e3:anna",
        b'{"$gt": 1}:anna',
        b"9" * 30 + b":anna",
        b"9" * 900 + b":anna",
        b"-" + b"9" * 17 + b":anna",
        b"1:\xff",
        b"1:\xed\xa0\x80",
        "я",
    ],
)
async def test_a_cursor_of_no_page_is_refused(enrol, page, place):
    await enrol("anna")
    after = place if isinstance(place, str) else base64.urlsafe_b64encode(place).decode()
    answer = await page(after=after or "=")
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert answer.body["error"]["message"].startswith('Invalid "after":')


async def test_others_users_are_never_listed(register, enrol, page):
    school = await register("school")
    await enrol("anna")
    await enrol("bob", school.client_key)
    listed = (await page(client_key=school.client_key, limit=1)).body
    assert [user["user_id"] for user in listed["users"]] == ["bob"]
    assert listed["next"] is None


async def test_a_cursor_of_anothers_list_opens_nothing_of_it(register, enrol, page):
    school = await register("school")
    for user_id in ("anna", "bob"):
        await enrol(user_id)
    cursor = (await page(limit=1)).body["next"]
    assert (await page(client_key=school.client_key, after=cursor)).body["users"] == []


async def test_the_sandbox_is_a_world_apart_and_marked(api, college, enrol, page):
    user_key = await enrol("anna", college.sandbox_key)
    await api.post_json(
        "progress/save", user_key=user_key, test="work-values", progress=WORK_VALUES
    )
    assert (await page()).body == {"users": [], "next": None}
    listed = (await page(client_key=college.sandbox_key)).body
    (user,) = listed["users"]
    assert listed["sandbox"] is user["sandbox"] is user["results"][0]["sandbox"] is True
    assert user["user_key"] == user_key

"""Test policies: how many results of which tests an access may hold."""

import asyncio

import pytest

from widget_gateway.domain.partners.providers import TestPolicy

pytestmark = pytest.mark.gen_test

INTERESTS = [[str(number), ["1"]] for number in range(1, 121)]


@pytest.fixture
def finish(api, take_test):
    """Take one of the two tests; the paid one is opened by a paid token."""

    async def take(slug, keys, test):
        if test == "work-values":
            return await take_test(slug)
        token = await api.get(
            "access/token", client_key=keys.client_key, user_id="anna", test=test, paid=1
        )
        return await take_test(
            slug, test=test, answers=INTERESTS, access_token=token.body["access_token"]
        )

    return take


@pytest.fixture
def attach(api):
    """Attach a result to Anna, unless told otherwise; return None or the reason of the refusal."""

    async def call(keys, result_key, user_id="anna"):
        answer = await api.get(
            "result/attach", client_key=keys.client_key, user_id=user_id, result_key=result_key
        )
        assert answer.status == {None: 200, "result_limit_reached": 403}.get(answer.reason, 403)
        return answer.reason

    return call


async def test_one_test_holds_one_result(register, finish, attach):
    keys = await register("school", test_policy=TestPolicy.ONE_TEST)
    first = await finish("school", keys, "work-values")
    assert await attach(keys, first) is None
    second = await finish("school", keys, "work-values")
    assert await attach(keys, second) == "result_limit_reached"
    assert await attach(keys, await finish("school", keys, "career-interests")) == (
        "result_limit_reached"
    )
    assert await attach(keys, first) is None  # A repeat is no second result.
    assert await attach(keys, second, "bob") is None  # Each user has places.


async def test_one_test_has_no_place_for_a_bonus_test(register, finish, attach):
    keys = await register(
        "school", test_policy=TestPolicy.ONE_TEST, bonus_tests=("career-interests",)
    )
    bonus = await finish("school", keys, "career-interests")
    assert await attach(keys, bonus) == "result_limit_reached"


async def test_one_test_one_bonus_holds_one_of_each(register, finish, attach):
    keys = await register(
        "school", test_policy=TestPolicy.ONE_TEST_ONE_BONUS, bonus_tests=("career-interests",)
    )
    for test in ("career-interests", "work-values"):
        assert await attach(keys, await finish("school", keys, test)) is None
    for test in ("career-interests", "work-values"):
        assert await attach(keys, await finish("school", keys, test)) == "result_limit_reached"


async def test_unlimited_holds_the_same_test_too(register, finish, attach, database):
    keys = await register("school", test_policy=TestPolicy.UNLIMITED)
    for test in ("work-values", "work-values", "career-interests", "work-values"):
        assert await attach(keys, await finish("school", keys, test)) is None
    assert database.provider_users.find_one()["main"] == 4
    assert database.accesses.count_documents({}) == 1


async def test_a_refusal_by_the_policy_costs_a_new_user_no_access(
    register, finish, attach, database
):
    keys = await register("school", test_policy=TestPolicy.ONE_TEST, bonus_tests=("work-values",))
    bonus = await finish("school", keys, "work-values")
    assert await attach(keys, bonus) == "result_limit_reached"
    assert database.provider_users.count_documents({}) == 0
    assert database.accesses.count_documents({}) == 0
    assert database.providers.find_one({"_id": "school"})["access_count"] == 0


async def test_results_attached_at_once_share_the_one_place(register, take_test, attach):
    keys = await register("school", test_policy=TestPolicy.ONE_TEST)
    results = [await take_test("school") for _ in range(6)]
    told = await asyncio.gather(*(attach(keys, key) for key in results))
    assert sorted(told, key=str) == [None] + ["result_limit_reached"] * 5


async def test_a_test_forbidden_since_is_refused_and_free(register, take_test, attach, database):
    keys = await register("school")
    result_key = await take_test("school")
    database.providers.update_one({"_id": "school"}, {"$set": {"main_tests": ["career-interests"]}})
    assert await attach(keys, result_key) == "test_not_allowed"
    assert database.provider_users.count_documents({}) == 0

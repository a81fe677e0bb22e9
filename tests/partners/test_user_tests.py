"""`user/tests` tells which tests a user has passed, and which the test policy still allows."""

import uuid

import pytest

from tests.support.fixtures import WORK_VALUES
from widget_gateway.domain.partners.providers import TestPolicy
from widget_gateway.services.catalogue.files import bundled_directory, read_definition_file

pytestmark = pytest.mark.gen_test

ALL = ["career-interests", "career-interests-trial", "work-values"]


@pytest.fixture
def enrol(api):
    """Register Anna with a provider; return the USER_KEY."""

    async def call(client_key):
        answer = await api.get("user/register", client_key=client_key, user_id="anna")
        return answer.body["user_key"]

    return call


@pytest.fixture
def ask(api):
    """Call `user/tests`, which has to succeed; return the passed and the available tests."""

    async def call(**parameters):
        answer = await api.get("user/tests", **parameters)
        assert answer.status == 200, answer.body
        return [result["test"] for result in answer.body["passed"]], answer.body["available"]

    return call


@pytest.fixture
def save(api):
    """Save a passed test of the user with this key."""

    async def call(user_key, test="work-values"):
        progress = WORK_VALUES if test == "work-values" else [[str(n), []] for n in range(1, 121)]
        answer = await api.post_json(
            "progress/save", user_key=user_key, test=test, progress=progress
        )
        assert answer.status == 200, answer.body
        return answer.body["result_key"]

    return call


@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
@pytest.mark.parametrize("version", ["v2", "v3"])
async def test_passed_tests_come_with_their_results(api, college, enrol, save, way, version):
    result_key = await save(await enrol(college.client_key))
    answer = await getattr(api, way)(
        f"/partner/api/{version}/user/tests", client=college.client_key, user_id="anna"
    )
    assert set(answer.body) == {"passed", "available"}
    (passed,) = answer.body["passed"]
    listed = (await api.get("users", client_key=college.client_key)).body["users"][0]
    assert listed["results"] == [passed]
    assert (passed["test"], passed["result_key"]) == ("work-values", result_key)


async def test_a_user_key_alone_will_do_and_with_the_id_too(college, enrol, ask):
    user_key = await enrol(college.client_key)
    for parameters in (
        {"user_key": user_key},
        {"user_key": user_key, "user_id": "anna"},
        {"user_key": user_key, "client_key": college.client_key},
    ):
        assert await ask(**parameters) == ([], ALL)


async def test_unlimited_allows_the_same_test_again(college, enrol, ask, save):
    user_key = await enrol(college.client_key)
    await save(user_key)
    await save(user_key)
    assert await ask(user_key=user_key) == (["work-values"] * 2, ALL)


async def test_one_test_allows_every_main_test_until_one_is_passed(register, enrol, ask, save):
    school = await register(
        "school", test_policy=TestPolicy.ONE_TEST, bonus_tests=("career-interests-trial",)
    )
    user_key = await enrol(school.client_key)
    assert await ask(user_key=user_key) == ([], ["career-interests", "work-values"])
    await save(user_key)
    assert await ask(user_key=user_key) == (["work-values"], [])


@pytest.mark.parametrize(
    ("first", "left"),
    [("work-values", ["career-interests"]), ("career-interests", ALL[1:])],
)
async def test_one_test_one_bonus_allows_one_of_each(register, enrol, ask, save, first, left):
    school = await register(
        "school",
        test_policy=TestPolicy.ONE_TEST_ONE_BONUS,
        bonus_tests=("career-interests",),
    )
    user_key = await enrol(school.client_key)
    assert await ask(user_key=user_key) == ([], ALL)
    await save(user_key, first)
    assert await ask(user_key=user_key) == ([first], left)
    second = "career-interests" if first == "work-values" else "work-values"
    await save(user_key, second)
    assert await ask(user_key=user_key) == ([first, second], [])


@pytest.mark.parametrize("policy", list(TestPolicy))
async def test_a_forbidden_test_is_never_available(register, enrol, ask, policy):
    school = await register("school", test_policy=policy, main_tests=("work-values",))
    assert await ask(user_key=await enrol(school.client_key)) == ([], ["work-values"])


async def test_a_test_that_is_only_calculated_is_not_available(backend, college, enrol, ask):
    file = bundled_directory() / "work-values.yaml"
    changes = {"slug": "open-values", "access": "calculation"}
    await backend.services.public.catalogue.add(file, read_definition_file(file, changes))
    assert await ask(user_key=await enrol(college.client_key)) == ([], ALL)


async def test_an_unknown_user_is_not_found_and_not_registered(api, college, database):
    for user in ({"user_id": "anna"}, {"user_key": str(uuid.uuid4())}, {"user_key": "x"}):
        answer = await api.get("user/tests", client_key=college.client_key, **user)
        assert (answer.status, answer.reason) == (404, "user_not_found")
        assert answer.body["error"]["message"].startswith("User not found with the provided key.")
    assert database.provider_users.count_documents({}) == 0
    assert database.accesses.count_documents({}) == 0


async def test_anothers_user_is_not_found(api, college, register, enrol):
    school = await register("school")
    user_key = await enrol(school.client_key)
    for user in ({"user_key": user_key}, {"user_id": "anna"}):
        answer = await api.get("user/tests", client_key=college.client_key, **user)
        assert answer.reason == "user_not_found"


async def test_id_and_key_of_two_users_are_refused(api, college, enrol):
    user_key = await enrol(college.client_key)
    answer = await api.get("user/tests", user_key=user_key, user_id="bob")
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert college.client_key not in str(answer.body)


@pytest.mark.parametrize(("keyed", "missing"), [(True, "user_id"), (False, "client_key")])
async def test_a_missing_parameter_is_named(api, college, keyed, missing):
    parameters = {"client_key": college.client_key} if keyed else {"user_id": "anna"}
    answer = await api.get("user/tests", **parameters)
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert answer.body["error"]["message"] == f'The required "{missing}" parameter is missing.'


async def test_the_sandbox_is_a_world_apart_and_marked(api, college, enrol, save):
    user_key = await enrol(college.sandbox_key)
    await save(user_key)
    body = (await api.get("user/tests", user_key=user_key)).body
    assert body["sandbox"] is body["passed"][0]["sandbox"] is True
    live = await api.get("user/tests", client_key=college.client_key, user_id="anna")
    assert live.reason == "user_not_found"

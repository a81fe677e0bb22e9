"""`result/get` returns the scores of an attached result to its own provider."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.fixtures import UNKNOWN

pytestmark = pytest.mark.gen_test


@pytest.fixture
def guest_key(io_loop, take_test, college):
    """A result that is not attached."""
    assert college
    return io_loop.run_sync(take_test)


@pytest.fixture
def result_key(io_loop, api, college, guest_key):
    """A result attached to Anna."""
    parameters = {"client_key": college.client_key, "user_id": "anna", "result_key": guest_key}
    io_loop.run_sync(lambda: api.get("result/attach", **parameters))
    return guest_key


@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
async def test_an_attached_result_is_calculated(api, college, result_key, way):
    answer = await getattr(api, way)(
        "result/get", client_key=college.client_key, result_key=result_key
    )
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.body
    assert set(body) == {"test", "version", "created_at", "scales", "variables"}
    assert (body["test"], body["version"]) == ("work-values", 1)
    age = datetime.now(UTC) - datetime.fromisoformat(body["created_at"])
    assert timedelta(seconds=-1) < age < timedelta(minutes=1)


async def test_the_scales_come_with_bounds_percentage_and_level(api, college, result_key):
    answer = await api.get("result/get", client_key=college.client_key, result_key=result_key)
    assert len(answer.body["scales"]) == 6
    for scale in answer.body["scales"]:
        assert (scale["min"], scale["score"], scale["max"]) == (4, 12, 20)
        assert scale["percentage"] == 50
        assert scale["title"]
        assert scale["level"]


async def test_the_automatic_variables_come_too(api, college, result_key):
    answer = await api.get("result/get", client_key=college.client_key, result_key=result_key)
    variables = answer.body["variables"]
    assert (variables["SUM"], variables["SCALE"]) == (72, 60)
    assert variables["VALUES"]["3"] == {"sum": 24, "percentage": 20, "percentage_value": 100}
    assert variables["REPEATS"]["3"]["percentage"] == 100
    assert set(variables["VALUES"]) == {"1", "2", "3", "4", "5"}
    assert variables["NON_NEGATIVE_ANSWER_VALUES_SUM"] == 24


async def test_any_number_of_times_gives_the_same(api, college, result_key):
    bodies = [
        (await api.get("result/get", client_key=college.client_key, result_key=result_key)).body
        for _ in range(3)
    ]
    assert bodies[0] == bodies[1] == bodies[2]


async def test_titles_come_in_the_wanted_locale(api, college, result_key):
    titles = [
        (
            await api.get(
                "result/get",
                client_key=college.client_key,
                result_key=result_key,
                locale=locale,
            )
        ).body["scales"][0]["title"]
        for locale in ("ru", "en", "RU", "hy,en-GB")
    ]
    assert titles[0] != titles[1]
    assert titles[1].isascii()
    assert titles[2:] == titles[:2]


async def test_where_the_test_lacks_a_locale_the_result_keeps_its_own(api, college, result_key):
    own, other = [
        await api.get("result/get", client_key=college.client_key, result_key=result_key, **locale)
        for locale in ({}, {"locale": "hy-AM,xx-notalang"})
    ]
    assert (other.status, other.body) == (200, own.body)
    for form in ("html", "svg"):
        page = await api.fetch_raw(
            f"result/get?client_key={college.client_key}&result_key={result_key}"
            f"&format={form}&locale=zh-Hant-TW"
        )
        assert page.code == 200


async def test_a_guest_result_is_not_readable(api, college, guest_key):
    answer = await api.get("result/get", client_key=college.client_key, result_key=guest_key)
    assert (answer.status, answer.reason) == (403, "result_not_attached")
    assert answer.body["error"]["message"] == "The result is not attached to a user."


@pytest.mark.parametrize("state", ["guest_key", "result_key"])
async def test_another_providers_result_is_not_found(
    api, college, register, guest_key, request, state
):
    assert college
    assert guest_key
    school = await register("school")
    key = request.getfixturevalue(state) if state == "guest_key" else guest_key
    answer = await api.get("result/get", client_key=school.client_key, result_key=key)
    assert (answer.status, answer.reason) == (404, "result_not_found")


async def test_a_live_result_is_not_found_from_the_sandbox(api, college, result_key):
    answer = await api.get("result/get", client_key=college.sandbox_key, result_key=result_key)
    assert answer.reason == "result_not_found"


async def test_a_sandbox_result_says_so(api, college, take_test):
    caller = {"client_key": college.sandbox_key}
    token = await api.get("access/token", **caller, user_id="anna", test="work-values")
    key = await take_test(access_token=token.body["access_token"])
    await api.get("result/attach", **caller, user_id="anna", result_key=key)
    answer = await api.get("result/get", **caller, result_key=key)
    assert answer.body["sandbox"] is True
    live = await api.get("result/get", client_key=college.client_key, result_key=key)
    assert live.reason == "result_not_found"


@pytest.mark.parametrize("key", [UNKNOWN, "x", "{}"])
async def test_an_unknown_key_is_not_found(api, college, key):
    answer = await api.get("result/get", client_key=college.client_key, result_key=key)
    assert (answer.status, answer.reason) == (404, "result_not_found")


async def test_a_missing_result_key_is_named(api, college):
    answer = await api.get("result/get", client_key=college.client_key)
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert '"result_key"' in answer.body["error"]["message"]


async def test_an_unknown_format_is_refused(api, college, result_key):
    answer = await api.get(
        "result/get", client_key=college.client_key, result_key=result_key, format="docx"
    )
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert answer.body["error"]["message"].startswith('Invalid "format":')


async def test_without_open_results_a_key_is_required(api, result_key):
    for key in (result_key, str(uuid.uuid4())):
        answer = await api.get("result/get", result_key=key)
        assert (answer.status, answer.reason) == (400, "parameter_missing")
        assert '"client_key"' in answer.body["error"]["message"]


async def test_open_results_need_no_key_once_they_are_attached(api, register, take_test):
    school = await register("school", open_results=True)
    key = await take_test("school")
    guest = await api.get("result/get", result_key=key)
    assert guest.reason == "result_not_attached"
    await api.get("result/attach", client_key=school.client_key, user_id="anna", result_key=key)
    attached = await api.get("result/get", result_key=key)
    assert attached.status == 200
    # Pages of other sites may read what needs no key, and nothing that a key has opened.
    for answer in (guest, attached):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    by_key = await api.get("result/get", client_key=school.client_key, result_key=key)
    assert "Access-Control-Allow-Origin" not in by_key.headers


async def test_open_results_are_closed_to_the_key_of_another_provider(
    api, college, register, take_test
):
    school = await register("school", open_results=True)
    key = await take_test("school")
    await api.get("result/attach", client_key=school.client_key, user_id="anna", result_key=key)
    answer = await api.get("result/get", client_key=college.client_key, result_key=key)
    assert answer.reason == "result_not_found"
    assert (await api.get("result/get", client_key="nobody", result_key=key)).status == 404


async def test_a_result_is_scored_by_the_version_that_it_answers(
    api, college, result_key, database
):
    database.tests.update_one({"_id": "work-values"}, {"$set": {"version": 2}})
    database.test_versions.insert_one(
        {
            "_id": {"test": "work-values", "version": 2},
            "definition": database.test_versions.find_one(
                {"_id": {"test": "work-values", "version": 1}}
            )["definition"]
            | {"version": 2, "scales": []},
        }
    )
    answer = await api.get("result/get", client_key=college.client_key, result_key=result_key)
    assert (answer.body["version"], len(answer.body["scales"])) == (1, 6)

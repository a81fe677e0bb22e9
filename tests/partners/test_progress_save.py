"""`progress/save` makes a result of a list of answers, a user's (V2) or a guest's (V3)."""

import asyncio
import json
import uuid

import pytest

from tests.support.fixtures import UNKNOWN, WORK_VALUES
from widget_gateway.domain.partners.providers import TestPolicy

pytestmark = pytest.mark.gen_test

OBJECT = {question: value[0] for question, value in WORK_VALUES}


@pytest.fixture
def save(api, college):
    """Save `work-values` as a guest of the college, by JSON; a change to None leaves out."""

    async def call(**changes):
        right = {
            "client_key": college.client_key,
            "test": "work-values",
            "progress": WORK_VALUES,
        }
        changes = {name: value for name, value in (right | changes).items() if value is not None}
        return await api.post_json("progress/save", **changes)

    return call


@pytest.fixture
def enrol(api):
    """Register a user; return the USER_KEY."""

    async def call(keys, user_id="anna"):
        answer = await api.get("user/register", client_key=keys.client_key, user_id=user_id)
        return answer.body["user_key"]

    return call


async def test_the_example_of_the_v2_document_needs_no_client_key(api, college, enrol, database):
    user_key = await enrol(college)
    answer = await api.get(
        "/partner/api/v2/progress/save",
        test="work-values",
        user_key=user_key,
        progress=json.dumps(WORK_VALUES),
    )
    assert answer.status == 200
    assert set(answer.body) == {"result_key"}
    stored = database.results.find_one({"_id": uuid.UUID(answer.body["result_key"])})
    assert (stored["provider"], stored["user_id"], stored["attempt"]) == ("college", "anna", None)
    assert stored["answers"] == WORK_VALUES
    assert stored["attached_at"] == stored["created_at"]


async def test_a_guest_result_is_readable_once_it_is_attached(api, college, save):
    result = {"client_key": college.client_key, "result_key": (await save()).body["result_key"]}
    assert (await api.get("result/get", **result)).reason == "result_not_attached"
    assert (await api.get("result/attach", user_id="anna", **result)).body == {"status": True}
    read = await api.get("result/get", **result)
    assert read.body["variables"]["SUM"] == 72
    assert {scale["score"] for scale in read.body["scales"]} == {12}


async def test_a_result_saved_for_a_user_is_readable_at_once(api, college, enrol, save):
    saved = await save(client_key=None, user_key=await enrol(college))
    read = await api.get("result/get", client_key=college.client_key, **saved.body)
    assert read.status == 200


@pytest.mark.parametrize("progress", [WORK_VALUES, OBJECT, json.dumps(WORK_VALUES)])
@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
async def test_lists_objects_and_their_texts_say_the_same(api, college, database, way, progress):
    if way != "post_json" and not isinstance(progress, str):
        progress = json.dumps(progress)
    answer = await getattr(api, way)(
        "progress/save", client_key=college.client_key, test="work-values", progress=progress
    )
    assert answer.status == 200, answer.body
    assert database.results.find_one()["answers"] == WORK_VALUES


async def test_skipped_questions_and_any_order_are_kept_in_question_order(save, database):
    shuffled = [["24", []], *reversed(WORK_VALUES[1:-1]), ["1", "5"]]
    assert (await save(progress=shuffled)).status == 200
    stored = database.results.find_one()["answers"]
    assert stored == [["1", ["5"]], *WORK_VALUES[1:-1], ["24", []]]


async def test_numbers_count_as_their_digits(save, database):
    assert (await save(progress=[[n, 3] for n in range(1, 25)])).status == 200
    assert database.results.find_one()["answers"] == WORK_VALUES


@pytest.mark.parametrize(
    ("progress", "question"),
    [
        (WORK_VALUES[:-1], "24"),
        ([], "1"),
        ({}, "1"),
        ([*WORK_VALUES, ["25", ["3"]]], "25"),
        ([*WORK_VALUES, ["7", ["3"]]], "7"),
        ([*WORK_VALUES[:-1], ["24", ["6"]]], "24"),
        ([*WORK_VALUES[:-1], ["24", ["3", "4"]]], "24"),
        ([*WORK_VALUES[:-1], ["24", [""]]], "24"),
        ([*WORK_VALUES[:-1], ["24", [int("9" * 4000)]]], "24"),
        ([*WORK_VALUES, ["$where", ["3"]]], "$where"),
    ],
)
async def test_answers_that_do_not_fit_are_refused_by_question(save, database, progress, question):
    for sent in (progress, json.dumps(progress)):
        answer = await save(progress=sent)
        assert (answer.status, answer.reason) == (422, "progress_invalid")
        assert f'"{question}"' in answer.body["error"]["message"]
    assert database.results.count_documents({}) == 0
    assert database.statistics.count_documents({}) == 0


@pytest.mark.parametrize("way", ["query", "body"])
async def test_a_question_twice_in_an_object_is_not_lost(api, college, way):
    progress = json.dumps(OBJECT)[:-1] + ', "1": "5"}'
    path = f"progress/save?client_key={college.client_key}&test=work-values"
    if way == "body":
        answer = await api.post_raw(path, f'{{"progress": {progress}}}')
    else:
        answer = await api.post_form(path, progress=progress)
    assert (answer.status, answer.reason) == (422, "progress_invalid")
    assert '"1"' in answer.body["error"]["message"]


@pytest.mark.parametrize(
    "progress",
    [
        "nonsense",
        "[[",
        "[" * 50_000,
        "NaN",
        "null",
        7,
        True,
        "7",
        '"text"',
        ["1"],
        [["1"]],
        [["1", ["3"], "more"]],
        [["1", None]],
        [["1", [None]]],
        [["1", [1.5]]],
        [["1", [True]]],
        [["1", [["3"]]]],
        [["1", {"$gt": ""}]],
        [["1", {}]],
        [[{"$ne": "1"}, ["3"]]],
        [{"1": "3", "2": "3"}],
        {"1": {"$gt": ""}},
        {"1": None},
        [["1", ["a\0"]]],
        [["1\0", ["3"]]],
        [["1", ["\ud800"]]],
        '{"1": ' + "9" * 5000 + "}",
    ],
)
async def test_progress_of_another_shape_is_refused(save, database, progress):
    answer = await save(progress=progress)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert answer.body["error"]["message"].startswith('Invalid "progress":')
    assert database.results.count_documents({}) == 0


@pytest.mark.parametrize("missing", ["client_key", "test", "progress"])
async def test_a_missing_parameter_is_named(save, missing):
    answer = await save(**{missing: None})
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert answer.body["error"]["message"] == f'The required "{missing}" parameter is missing.'


async def test_an_unknown_test_is_not_found(save):
    answer = await save(test="nothing")
    assert (answer.status, answer.reason) == (404, "test_not_found")


@pytest.mark.parametrize("with_client_key", [True, False])
@pytest.mark.parametrize("key", [UNKNOWN, "no-uuid", "anna"])
async def test_an_unknown_user_key_is_not_found(save, database, key, with_client_key):
    caller = {} if with_client_key else {"client_key": None}
    answer = await save(user_key=key, **caller)
    assert (answer.status, answer.reason) == (404, "user_not_found")
    assert database.results.count_documents({}) == 0


async def test_anothers_user_is_not_found_with_ones_own_key(save, register, enrol, database):
    user_key = await enrol(await register("school"))
    answer = await save(user_key=user_key)
    assert (answer.status, answer.reason) == (404, "user_not_found")
    assert database.results.count_documents({}) == 0


async def test_the_user_of_a_disabled_provider_saves_nothing(save, register, enrol, database):
    user_key = await enrol(await register("school"))
    database.providers.update_one({"_id": "school"}, {"$set": {"enabled": False}})
    assert (await save(client_key=None, user_key=user_key)).reason == "client_not_found"


@pytest.mark.parametrize("with_user", [True, False])
async def test_a_forbidden_test_is_refused(save, register, enrol, database, with_user):
    school = await register("school", main_tests=("career-interests",))
    user = {"user_key": await enrol(school)} if with_user else {}
    answer = await save(client_key=school.client_key, **user)
    assert (answer.status, answer.reason) == (403, "test_not_allowed")
    assert database.results.count_documents({}) == 0


async def test_a_result_saved_for_a_user_takes_the_place_that_the_policy_grants(
    api, save, register, enrol, database
):
    school = await register("school", test_policy=TestPolicy.ONE_TEST)
    anna, bob = await enrol(school), await enrol(school, "bob")
    assert (await save(client_key=None, user_key=anna)).status == 200
    second = await save(client_key=None, user_key=anna)
    assert (second.status, second.reason) == (403, "result_limit_reached")
    assert database.results.count_documents({}) == 1
    assert (await save(client_key=None, user_key=bob)).status == 200

    guest = await save(client_key=school.client_key)
    attached = await api.get(
        "result/attach", client_key=school.client_key, user_id="anna", **guest.body
    )
    assert attached.reason == "result_limit_reached"
    assert (await api.get("stats", client_key=school.client_key)).body["results"] == 3


async def test_results_saved_at_once_share_the_one_place(save, register, enrol, database):
    school = await register("school", test_policy=TestPolicy.ONE_TEST)
    user_key = await enrol(school)
    told = await asyncio.gather(*(save(client_key=None, user_key=user_key) for _ in range(8)))
    assert sorted(answer.status for answer in told) == [200] + [403] * 7
    assert database.results.count_documents({}) == 1
    assert database.provider_users.find_one()["main"] == 1


async def test_the_sandbox_is_a_world_apart(api, college, save, enrol, database):
    guest = await save(client_key=college.sandbox_key)
    assert guest.body.pop("sandbox") is True
    live = await api.get("result/attach", client_key=college.client_key, user_id="a", **guest.body)
    assert live.reason == "result_not_found"

    caller = {"client_key": college.sandbox_key}
    key = (await api.get("user/register", user_id="anna", **caller)).body["user_key"]
    assert (await save(client_key=None, user_key=key)).body["sandbox"] is True
    assert (await save(user_key=key)).reason == "user_not_found"
    live_user = await enrol(college)
    assert (await save(user_key=live_user, **caller)).reason == "user_not_found"
    assert {row["sandbox"] for row in database.results.find()} == {True}

"""V1's `calculate` scores answers for anybody and stores nothing."""

import json

import pytest

from tests.support.fixtures import WORK_VALUES
from widget_gateway.services.catalogue.files import bundled_directory, read_definition_file

pytestmark = pytest.mark.gen_test

PATH = "/partner/api/v1/calculate"
LEFT_BEHIND = ("results", "attempts", "answers", "provider_users", "accesses", "statistics")


@pytest.fixture
def free_test(io_loop, backend):
    """The slug of `open-values`: the bundled `work-values`, which anybody may calculate."""
    file = bundled_directory() / "work-values.yaml"
    changes = {"slug": "open-values", "access": "calculation"}
    definition = read_definition_file(file, changes)
    io_loop.run_sync(lambda: backend.services.public.catalogue.add(file, definition))
    return "open-values"


@pytest.fixture
def calculate(api, free_test):
    """Calculate the middle answers of `open-values`; a parameter that is None is left out."""

    async def call(**parameters):
        parameters = {"test": free_test, "progress": WORK_VALUES} | parameters
        return await api.post_json(PATH, **{k: v for k, v in parameters.items() if v is not None})

    return call


@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
async def test_the_calculation_comes_without_a_key_and_nothing_is_stored(
    api, free_test, database, way
):
    answer = await getattr(api, way)(PATH, test=free_test, progress=json.dumps(WORK_VALUES))
    assert answer.status == 200, answer.body
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.body
    assert set(body) == {"test", "version", "created_at", "scales", "variables"}
    assert (body["test"], body["version"]) == ("open-values", 1)
    assert [(scale["score"], scale["percentage"]) for scale in body["scales"]] == [(12, 50)] * 6
    assert body["variables"]["SUM"] == 72
    assert all(database[name].count_documents({}) == 0 for name in LEFT_BEHIND)


async def test_it_is_what_result_get_says_of_the_same_answers(api, college, calculate):
    answers = [[question, [str(int(question) % 5 + 1)]] for question, _ in WORK_VALUES]
    parameters = {"client_key": college.client_key}
    key = (
        await api.post_json("progress/save", **parameters, test="work-values", progress=answers)
    ).body
    await api.get("result/attach", **parameters, **key, user_id="anna")
    saved = (await api.get("result/get", **parameters, **key)).body
    calculated = (await calculate(progress=answers)).body
    assert calculated["scales"] == saved["scales"]
    assert calculated["variables"] == saved["variables"]


async def test_the_older_object_form_and_a_slash_at_the_end_will_do(api, calculate, free_test):
    progress = {question: value[0] for question, value in WORK_VALUES}
    assert (await calculate(progress=progress)).body["variables"]["SUM"] == 72
    answer = await api.get(f"{PATH}/", test=free_test, progress=json.dumps(progress))
    assert answer.body["variables"]["SUM"] == 72


async def test_skipped_questions_add_nothing(calculate):
    answer = await calculate(progress=[[question, []] for question, _ in WORK_VALUES])
    assert answer.status == 200
    assert answer.body["variables"]["SUM"] == 0


async def test_titles_come_in_the_wanted_locale_else_in_the_tests_first(calculate):
    titles = {
        locale: (await calculate(locale=locale)).body["scales"][0]["title"]
        for locale in ("ru", "en", None)
    }
    assert titles["en"].isascii()
    assert titles["ru"] == titles[None]
    assert not titles["ru"].isascii()


@pytest.mark.parametrize("test", ["work-values", "career-interests"])
async def test_a_test_that_is_not_marked_for_it_is_refused(calculate, college, test):
    for key in (None, college.client_key):
        answer = await calculate(test=test, client_key=key)
        assert (answer.status, answer.reason) == (403, "test_not_allowed")


async def test_an_unknown_test_is_not_found(calculate):
    answer = await calculate(test="nothing")
    assert (answer.status, answer.reason) == (404, "test_not_found")


async def test_a_marked_test_is_only_calculated(api, college, connect, free_test, database):
    saved = await api.post_json(
        "progress/save", client_key=college.client_key, test=free_test, progress=WORK_VALUES
    )
    assert (saved.status, saved.reason) == (403, "test_not_allowed")
    visitor = await connect()
    await visitor.send("open", provider="college", test=free_test)
    assert (await visitor.receive())["code"] == "test_not_found"
    assert all(database[name].count_documents({}) == 0 for name in LEFT_BEHIND)


@pytest.mark.parametrize("missing", ["test", "progress"])
async def test_a_missing_parameter_is_named(calculate, missing):
    answer = await calculate(**{missing: None})
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert answer.body["error"]["message"] == f'The required "{missing}" parameter is missing.'


@pytest.mark.parametrize(
    ("progress", "status", "reason"),
    [
        (WORK_VALUES[1:], 422, "progress_invalid"),
        ([["1", ["9"]], *WORK_VALUES[1:]], 422, "progress_invalid"),
        ("nonsense", 400, "parameter_invalid"),
        ([["1", {"$gt": ""}], *WORK_VALUES[1:]], 400, "parameter_invalid"),
    ],
)
async def test_answers_that_do_not_fit_are_refused(calculate, progress, status, reason):
    answer = await calculate(progress=progress)
    assert (answer.status, answer.reason) == (status, reason)
    if status == 422:
        assert '"1"' in answer.body["error"]["message"]


@pytest.mark.parametrize("version", ["v2", "v3"])
async def test_it_is_a_call_of_v1_alone(api, free_test, version):
    progress = json.dumps(WORK_VALUES)
    path = f"/partner/api/{version}/calculate"
    assert (await api.get(path, test=free_test, progress=progress)).status == 404

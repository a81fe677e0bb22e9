"""`answers/get` lists every question of an attached result with its choices."""

from pathlib import Path

import pytest

from tests.support.fixtures import UNKNOWN, WORK_VALUES
from widget_gateway.services.catalogue.definitions import Definition, definition_from

pytestmark = pytest.mark.gen_test

CHOICES = [{"value": value, "text": {"en": value.upper()}} for value in "abc"]
MIXED = {
    "slug": "mixed",
    "version": 1,
    "locales": ["en"],
    "title": {"en": "Mixed"},
    "access": "free",
    "questions": [
        {"id": "skills", "type": "checkbox", "text": {"en": "Skills"}, "options": CHOICES},
        {"id": "order", "type": "rating", "text": {"en": "Order"}, "options": CHOICES},
        {
            "id": "about",
            "type": "text",
            "text": {"en": "About"},
            "html": {"en": "<b>you</b><script>alert(1)</script>"},
            "fields": [{"placeholder": {"en": "Name"}}, {}],
        },
    ],
}


@pytest.fixture
def saved(api):
    """Save answers of Anna; return the parameters of the call that reads them."""

    async def save(client_key, test="work-values", progress=WORK_VALUES):
        caller = {"client_key": client_key}
        user = await api.get("user/register", **caller, user_id="anna")
        key = {"user_key": user.body["user_key"]}
        answer = await api.post_json("progress/save", **caller, **key, test=test, progress=progress)
        return caller | {"result_key": answer.body["result_key"]}

    return save


@pytest.fixture
def mixed(io_loop, backend):
    """The slug of a test with those types of questions that the bundled tests lack."""
    definition = Definition(definition_from(MIXED), MIXED, "digest of the mixed test")
    path = Path("mixed.yaml")
    io_loop.run_sync(lambda: backend.services.public.catalogue.add(path, definition))
    return "mixed"


def opted(question):
    return [item["value"] for item in question["items"] if item["opted"]]


@pytest.mark.parametrize("way", ["get", "post_form", "post_json"])
async def test_a_gradient_shows_its_five_steps_and_the_one_taken(api, college, saved, way):
    result = await saved(college.client_key, progress=[["1", ["4"]], *WORK_VALUES[1:]])
    answer = await getattr(api, way)("answers/get", **result, locale="en")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert [question["id"] for question in answer.body] == [question for question, _ in WORK_VALUES]
    assert answer.body[0] == {
        "id": "1",
        "name": "The lunch break",
        "text": None,
        "items": [
            {"text": "Spend it by myself", "value": "1", "opted": False},
            {"text": None, "value": "2", "opted": False},
            {"text": None, "value": "3", "opted": False},
            {"text": None, "value": "4", "opted": True},
            {"text": "Spend it with everyone else", "value": "5", "opted": False},
        ],
    }


async def test_an_option_shows_all_texts_and_a_skipped_one_none_opted(api, college, saved):
    progress = [["1", ["5"]], ["2", []], *([str(n), ["1"]] for n in range(3, 121))]
    result = await saved(college.client_key, "career-interests", progress)
    answer = await api.get("answers/get", **result, locale="en")
    assert len(answer.body) == 120
    first, second, third = answer.body[:3]
    assert (first["name"], opted(first)) == ("Photograph a city at dusk", ["5"])
    assert [item["text"] for item in first["items"]][::4] == [
        "Do not like it at all",
        "Like it very much",
    ]
    assert (opted(second), len(second["items"])) == ([], 5)
    assert opted(third) == ["1"]


async def test_other_types_show_what_they_hold(api, college, saved, mixed):
    progress = [["skills", ["c", "a"]], ["order", ["b", "c", "a"]], ["about", ["Anna", "x"]]]
    result = await saved(college.client_key, mixed, progress)
    skills, order, about = (await api.get("answers/get", **result)).body
    assert opted(skills) == ["a", "c"]
    assert sorted(opted(order)) == ["a", "b", "c"]
    assert about["text"] == "<b>you</b>"
    assert about["items"] == [
        {"text": "Name", "value": "Anna", "opted": True},
        {"text": None, "value": "x", "opted": True},
    ]


async def test_an_order_is_listed_as_it_was_chosen(api, college, saved, mixed):
    progress = [["skills", []], ["order", ["b", "c", "a"]], ["about", []]]
    result = await saved(college.client_key, mixed, progress)
    skills, order, about = (await api.get("answers/get", **result)).body
    assert [item["value"] for item in order["items"]] == ["b", "c", "a"]
    assert opted(skills) == opted(about) == []
    assert [item["value"] for item in about["items"]] == [None, None]


async def test_texts_come_in_the_wanted_locale_else_in_the_tests_first(api, college, saved):
    result = await saved(college.client_key)
    names = [
        (await api.get("answers/get", **result, **locale)).body[0]["name"]
        for locale in ({}, {"locale": "ru"}, {"locale": "en"})
    ]
    assert names == ["Обеденный перерыв", "Обеденный перерыв", "The lunch break"]


async def test_answers_given_in_a_widget_are_read_too(api, college, take_test):
    parameters = {"client_key": college.client_key, "result_key": await take_test(locale="en")}
    guest = await api.get("answers/get", **parameters)
    assert (guest.status, guest.reason) == (403, "result_not_attached")
    await api.get("result/attach", **parameters, user_id="anna")
    answer = await api.get("answers/get", **parameters)
    assert {tuple(opted(question)) for question in answer.body} == {("3",)}
    assert answer.body[0]["name"] == "The lunch break"


async def test_another_providers_answers_are_not_found(api, college, register, saved):
    school = await register("school")
    result = await saved(college.client_key)
    for key in (school.client_key, college.sandbox_key):
        answer = await api.get("answers/get", **(result | {"client_key": key}))
        assert (answer.status, answer.reason) == (404, "result_not_found")


async def test_sandbox_answers_are_read_with_the_sandbox_key_alone(api, college, saved):
    result = await saved(college.sandbox_key)
    assert (await api.get("answers/get", **result)).status == 200
    live = await api.get("answers/get", **(result | {"client_key": college.client_key}))
    assert live.reason == "result_not_found"


async def test_open_results_do_not_open_the_answers(api, register, saved):
    school = await register("school", open_results=True)
    result = await saved(school.client_key)
    key = {"result_key": result["result_key"]}
    assert (await api.get("result/get", **key)).status == 200
    answer = await api.get("answers/get", **key)
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert '"client_key"' in answer.body["error"]["message"]


@pytest.mark.parametrize("key", [UNKNOWN, "x", "{}"])
async def test_an_unknown_key_is_not_found(api, college, key):
    answer = await api.get("answers/get", client_key=college.client_key, result_key=key)
    assert (answer.status, answer.reason) == (404, "result_not_found")


async def test_a_missing_result_key_is_named(api, college):
    answer = await api.get("answers/get", client_key=college.client_key)
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert '"result_key"' in answer.body["error"]["message"]

"""Options that share a value, as partners send and read them."""

from pathlib import Path

import pytest

from widget_gateway.services.catalogue.files import read_definition_file

pytestmark = pytest.mark.gen_test

ALIKE = Path(__file__).parents[1] / "catalogue" / "definitions" / "alike.yaml"

PROGRESS = {
    "capital": ["baku"],
    "primes": ["1~3", "1"],
    "work": ["fame", "calm", "pay"],
    "alone": ["left"],
}


@pytest.fixture
def save(io_loop, api, backend, college):
    """Save answers of Anna, but for the changes; return the answer of `progress/save`."""
    definition = read_definition_file(ALIKE)
    io_loop.run_sync(lambda: backend.services.public.catalogue.add(ALIKE, definition))

    async def call(**changes):
        caller = {"client_key": college.client_key}
        user = (await api.get("user/register", **caller, user_id="anna")).body
        progress = list((PROGRESS | changes).items())
        return await api.post_json(
            "progress/save", **caller, user_key=user["user_key"], test="alike", progress=progress
        )

    return call


@pytest.fixture
def read(api, college):
    """Read what is said of a result."""

    async def call(path, saved, **parameters):
        key = {"client_key": college.client_key, "result_key": saved.body["result_key"]}
        return (await api.get(path, **key, **parameters)).body

    return call


def opted(answers):
    return {
        question["id"]: [
            item.get("id", item["value"]) for item in question["items"] if item["opted"]
        ]
        for question in answers
    }


async def test_answers_get_tells_which_of_the_options_was_chosen(save, read):
    answers = await read("answers/get", await save(), locale="en")
    assert answers[0]["items"] == [
        {"text": "Tbilisi", "value": "0", "opted": False, "id": "tbilisi"},
        {"text": "Baku", "value": "0", "opted": True, "id": "baku"},
        {"text": "Yerevan", "value": "1", "opted": False, "id": "yerevan"},
    ]
    assert answers[1]["items"] == [
        {"text": "7", "value": "1", "opted": True},
        {"text": "9", "value": "1", "opted": False, "id": "1~2"},
        {"text": "11", "value": "1", "opted": True, "id": "1~3"},
    ]
    assert [item["text"] for item in answers[2]["items"]] == ["Fame", "Calm", "Pay"]
    assert opted(answers)["alone"] == ["left"]


async def test_a_plain_value_means_the_first_option_that_has_it(save, read, database):
    saved = await save(capital=["0"], alone=["2"])
    chosen = opted(await read("answers/get", saved))
    assert chosen["capital"] == ["tbilisi"]
    assert chosen["alone"] == ["2"]  # It is an exact id, though "far left" has the same value.
    assert ["capital", ["tbilisi"]] in database.results.find_one()["answers"]


async def test_scores_read_the_values(save, read):
    calculation = await read("result/get", await save(), format="json")
    variables = calculation["variables"]
    assert variables["SUM"] == 0 + 1 + 0 + 1
    assert variables["VALUES"]["0"]["sum"] == 1
    assert variables["VALUES"]["outer"]["sum"] == 2
    assert variables["GROUPS"]["facts"]["SUM"] == 1
    assert set(variables["VALUES"]) == {"0", "1", "2", "outer", "inner"}


async def test_a_wrong_option_of_a_right_ones_value_is_wrong(save, read):
    calculation = await read("result/get", await save(primes=["1", "1~2"]), format="json")
    assert calculation["variables"]["GROUPS"]["facts"]["SUM"] == 0


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("capital", ["2"]),
        ("capital", ["0", "1"]),
        ("primes", ["1", "1"]),
        ("work", ["outer", "outer", "inner"]),
        ("alone", ["far"]),
    ],
)
async def test_what_names_no_option_is_refused(save, database, question, value):
    answer = await save(**{question: value})
    assert (answer.status, answer.reason) == (422, "progress_invalid")
    assert f'"{question}"' in answer.body["error"]["message"]
    assert database.results.count_documents({}) == 0


async def test_visitors_get_ids_and_answer_by_them(connect, save):
    await save()
    visitor = await connect()
    session = await visitor.open(test="alike", locale="en")
    assert session["questions"][0]["options"] == [
        {"id": "tbilisi", "value": "0", "text": "Tbilisi"},
        {"id": "baku", "value": "0", "text": "Baku"},
        {"id": "yerevan", "value": "1", "text": "Yerevan"},
    ]
    assert session["questions"][3]["options"][2:4] == [{"value": "0"}, {"value": "1"}]
    await visitor.answer(1, "capital", "0")
    assert (await visitor.refused("answer_invalid"))["seq"] == 1
    await visitor.answer(2, "capital", "baku")
    assert await visitor.receive() == {"type": "ack", "seq": 2}
    again = await connect()
    assert (await again.open(**visitor.identity))["answers"] == [["capital", ["baku"]]]


async def test_a_calculation_understands_both(backend, api):
    changes = {"slug": "alike-calculation", "access": "calculation"}
    definition = read_definition_file(ALIKE, changes)
    await backend.services.public.catalogue.add(ALIKE, definition)
    sums = []
    for alone in ("left", "far left", "1", "2"):
        progress = list((PROGRESS | {"alone": [alone]}).items())
        answer = await api.post_json(
            "/partner/api/v1/calculate", test="alike-calculation", progress=progress
        )
        sums.append(answer.body["variables"]["SUM"])
    assert sums == [2, 3, 2, 3]

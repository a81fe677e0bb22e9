"""A question of each type is refused, saved, listed, scored and shown."""

from pathlib import Path

import pytest

from widget_gateway.services.catalogue.files import read_definition_file

pytestmark = pytest.mark.gen_test

EVERY_TYPE = Path(__file__).parent / "definitions" / "every-type.yaml"

RIGHT = {
    "river": ["b"],
    "primes": ["c", "a"],
    "space": ["Гагарин", "1961"],
    "work": ["calm", "pay", "people"],
    "alone": ["-2"],
}


@pytest.fixture
def save(io_loop, api, college, backend):
    """Save the right answers to the test, but for the changes."""
    definition = read_definition_file(EVERY_TYPE)
    io_loop.run_sync(lambda: backend.services.public.catalogue.add(EVERY_TYPE, definition))

    async def call(**changes):
        progress = list((RIGHT | changes).items())
        return await api.post_json(
            "progress/save", client_key=college.client_key, test="every-type", progress=progress
        )

    return call


@pytest.mark.parametrize(
    ("question", "value", "why"),
    [
        ("river", ["c"], "takes one of its options"),
        ("river", ["a", "b"], "takes one of its options"),
        ("primes", ["a"], "takes 2 options"),
        ("primes", ["a", "b", "c"], "takes 2 options"),
        ("primes", ["a", "a"], "each at most once"),
        ("primes", ["a", "x"], "takes its options"),
        ("space", ["Гагарин"], "takes a string for each field"),
        ("space", ["Гагарин", "1961", "?"], "takes a string for each field"),
        ("space", ["x" * 2001, "1961"], "takes texts to 2000 characters"),
        ("work", ["pay", "people"], "all its options, each once"),
        ("work", ["pay", "people", "people"], "all its options, each once"),
        ("work", ["pay", "people", "calm", "calm"], "all its options, each once"),
        ("alone", ["3"], "takes one of its options"),
        ("alone", [""], "takes one of its options"),
    ],
    ids=lambda value: "_".join(value)[:20] if isinstance(value, list) else None,
)
async def test_an_answer_that_does_not_fit_names_its_question_and_why(
    save, database, question, value, why
):
    answer = await save(**{question: value})
    assert (answer.status, answer.reason) == (422, "progress_invalid")
    message = answer.body["error"]["message"]
    assert message.startswith(f'Question "{question}" ')
    assert why in message
    assert database.results.count_documents({}) == 0


async def test_what_was_answered_is_listed_scored_and_shown(api, college, save):
    key = {"client_key": college.client_key, "result_key": (await save()).body["result_key"]}
    await api.get("result/attach", **key, user_id="anna")
    listed = (await api.get("answers/get", **key, locale="ru")).body
    taken = {
        question["id"]: [i["value"] for i in question["items"] if i["opted"]] for question in listed
    }
    assert taken == RIGHT | {"primes": ["a", "c"]}
    variables = (await api.get("result/get", **key)).body["variables"]
    # The first group has three right answers, the gradient counts -2, and the rating counts 0.
    assert (variables["SUM"], variables["GROUPS"]["facts"]["SUM"]) == (1, 3)
    assert variables["GROUPS"]["facts"]["SCALE"] == 100
    assert variables["SCALE"] == 20
    assert variables["NON_NEGATIVE_ANSWER_VALUES_SUM"] == 8
    report = await api.fetch_raw(
        f"result/get?client_key={key['client_key']}&result_key={key['result_key']}&format=html"
    )
    page = report.body.decode()
    assert "Факты" in page
    assert "facts" not in page


async def test_every_question_may_be_skipped(api, college, save):
    skipped = await save(**{key: [] for key in RIGHT})
    key = {"client_key": college.client_key, "result_key": skipped.body["result_key"]}
    await api.get("result/attach", **key, user_id="anna")
    assert (await api.get("result/get", **key)).body["variables"]["SUM"] == 0


async def test_a_channel_takes_each_type_and_never_tells_what_is_right(connect, save):
    assert save
    visitor = await connect()
    session = await visitor.open(test="every-type", locale="en")
    for question in session["questions"]:
        told = str(question)
        assert "correct" not in told
        assert "Gagarin" not in told
    river, _, space, _, _ = session["questions"]
    assert (river["image"], river["image_alt"]) == ("/static/river.png", "A map of two rivers")
    assert river["image_size"] == [640, 360]
    assert space["fields"] == [{"input": "text", "placeholder": "Surname"}, {"input": "number"}]
    for seq, (question, value) in enumerate(RIGHT.items(), start=1):
        await visitor.answer(seq, question, *value)
        await visitor.expect("ack")
    await visitor.send("finish")
    assert (await visitor.expect("finished"))["result_key"]

"""A test in random order: each attempt has its own, and keeps it everywhere."""

from pathlib import Path

import pytest

from widget_gateway.services.catalogue.files import read_definition_file

pytestmark = pytest.mark.gen_test

DEFINITIONS = Path(__file__).parents[1] / "catalogue" / "definitions"
NEW = {"test": "shuffled", "locale": "en"}
SEED = "00000000000000aa"

BEFORE = ["1", "2", "3", "4"]
BEHIND = ["5", "6", "7", "8", "9"]


@pytest.fixture(autouse=True)
def _shuffled(io_loop, backend, college):
    """Put the test in random order into the catalogue."""
    assert college
    path = DEFINITIONS / "shuffled.yaml"
    definition = read_definition_file(path)
    io_loop.run_sync(lambda: backend.services.public.catalogue.add(path, definition))


@pytest.fixture
def seeded(monkeypatch):
    """Give all attempts one seed, so that a test can tell what their order is."""
    monkeypatch.setattr("widget_gateway.services.attempts.attempts.secrets.token_hex", _seed)


def _seed(nbytes):
    assert nbytes * 2 == len(SEED)
    return SEED


def ids(questions):
    return [question["id"] for question in questions]


def options(questions):
    return {q["id"]: [o.get("id", o["value"]) for o in q["options"]] for q in questions}


async def answer_all(visitor, questions, *, seq=0):
    """Answer each question with the option that stands last on the screen."""
    given = []
    for number, question in enumerate(questions, start=seq + 1):
        last = question["options"][-1]
        value = last.get("id", last["value"])
        given.append([question["id"], [value]])
        await visitor.answer(number, question["id"], value)
        await visitor.expect("ack")
    return given


@pytest.mark.usefixtures("seeded")
async def test_the_order_is_that_of_the_seed_and_numbers_follow_it(connect, database):
    visitor = await connect()
    session = await visitor.open(**NEW)
    questions = session["questions"]
    assert sorted(ids(questions)) == BEFORE
    assert ids(questions) != BEFORE
    assert [question["number"] for question in questions] == [1, 2, 3, 4]
    assert session["next"] == questions[0]["id"]
    assert database.attempts.find_one()["seed"] == SEED


async def test_attempts_differ(connect):
    orders = set()
    for _ in range(12):
        visitor = await connect()
        session = await visitor.open(**NEW)
        orders.add(str(options(session["questions"])))
    assert len(orders) > 6


async def test_another_device_on_another_node_sees_the_same_order(connect, other_node_url):
    visitor = await connect()
    session = await visitor.open(**NEW)
    given = await answer_all(visitor, session["questions"][:2])
    again = await connect(other_node_url)
    resumed = await again.open(**visitor.identity)
    assert resumed["questions"] == session["questions"]
    assert resumed["answers"] == given
    assert resumed["next"] == session["questions"][2]["id"]


async def test_a_repeated_open_gets_the_first_ones_order(connect):
    same = {**NEW, "open_id": "3f0a4c38-a7bb-4c9d-8c1f-2a105b5e0f8c"}
    sessions = [await (await connect()).open(**same) for _ in range(2)]
    assert sessions[0]["questions"] == sessions[1]["questions"]


async def test_the_order_is_kept_from_the_pause_to_the_partners_reading(
    connect, api, college, database
):
    caller = {"client_key": college.client_key}
    visitor = await connect()
    session = await visitor.open(**NEW)
    given = await answer_all(visitor, session["questions"])
    pause = await visitor.expect("pause")
    assert (pause["after"], pause["answers"]) == (4, given)

    locked = BEHIND[0]
    await visitor.answer(5, locked, "1")
    assert (await visitor.refused("question_locked"))["seq"] == 5

    described = await api.get("session/get", **caller, session=session["session"])
    assert described.body["answers"] == given
    await api.get("payment/confirm", **caller, session=session["session"])
    resumed = await visitor.expect("resumed")
    rest = resumed["questions"]
    assert sorted(ids(rest)) == BEHIND
    assert [question["number"] for question in rest] == [5, 6, 7, 8, 9]
    assert resumed["next"] == rest[0]["id"]
    block = ids(rest)
    first = min(block.index(member) for member in "678")
    assert set(block[first : first + 3]) == set("678")

    given += await answer_all(visitor, rest, seq=5)
    described = await api.get("session/get", **caller, session=session["session"])
    assert described.body["answers"] == given
    await visitor.send("finish")
    key = (await visitor.expect("finished"))["result_key"]
    await api.get("result/attach", **caller, user_id="anna", result_key=key)

    for _ in range(2):  # The second time the attempt itself is gone, as after its 30 days.
        answers = (await api.get("answers/get", **caller, result_key=key)).body
        assert ids(answers) == ids(session["questions"] + rest)
        for shown, asked in zip(answers, session["questions"] + rest, strict=True):
            assert [item["text"] for item in shown["items"]] == [
                option["text"] for option in asked["options"]
            ]
            assert [item["opted"] for item in shown["items"]] == [False] * 4 + [True]
        database.attempts.delete_many({})


@pytest.mark.usefixtures("seeded")
async def test_an_unfinished_attempt_misses_the_first_question_of_its_own_order(connect):
    visitor = await connect()
    session = await visitor.open(**NEW)
    await answer_all(visitor, session["questions"][1:])
    await visitor.send("finish")
    error = await visitor.refused("answers_incomplete")
    assert error["message"].endswith(f"the first is {session['questions'][0]['id']}.")


async def test_saved_answers_without_an_attempt_are_in_the_given_order(api, college):
    caller = {"client_key": college.client_key}
    user = (await api.get("user/register", **caller, user_id="anna")).body
    progress = [[id_, ["2"]] for id_ in BEFORE + BEHIND]
    saved = await api.post_json(
        "progress/save", **caller, user_key=user["user_key"], test="shuffled", progress=progress
    )
    key = saved.body["result_key"]
    answers = (await api.get("answers/get", **caller, result_key=key)).body
    assert ids(answers) == BEFORE + BEHIND


async def test_the_public_description_lists_no_questions_of_a_random_order(api):
    """A widget must not show a question ahead of the attempt that may come later in it."""
    info = (await api.get("/tests/api/v1/info/shuffled/", questions="true")).body
    assert info["length"] == 9
    assert "questions" not in info


async def test_plain_http_keeps_the_order_too(api, connect):
    opened = await api.post_json(
        "/http/v1/widget", messages=[{"type": "open", "provider": "college", **NEW}]
    )
    (session,) = opened.body["messages"]
    again = await connect()
    identity = {name: session[name] for name in ("session", "resume_token")}
    assert (await again.open(**identity))["questions"] == session["questions"]

"""What an earlier version stored goes on: attempts open, finish and score, results show as before.

`make_stored_snapshot.py` tells how its database was made.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from bson import UuidRepresentation, json_util

from widget_gateway.composition.application import utc_now

pytestmark = pytest.mark.gen_test

STORED = Path(__file__).parent / "stored"


@pytest.fixture
def told():
    """What the earlier version said of the attempts and results in its database."""
    return json.loads((STORED / "expected.json").read_text("utf-8"))


@pytest.fixture
def restored(backend, database):
    """The earlier version's database, under this version's gateway."""
    assert backend
    form = json_util.JSONOptions(
        uuid_representation=UuidRepresentation.STANDARD, tz_aware=True, tzinfo=utc_now().tzinfo
    )
    stored = json_util.loads((STORED / "snapshot.json").read_text("utf-8"), json_options=form)
    for attempt in stored["attempts"]:
        attempt["expires_at"] = utc_now() + timedelta(days=1)  # the snapshot gets old
    for name, rows in stored.items():
        database[name].delete_many({})
        database[name].insert_many(rows)
    return database


@pytest.fixture
def ask(api, told):
    """Call the partner API as the provider of the snapshot."""

    async def call(path, **parameters):
        return await api.get(path, client_key=told["client_key"], **parameters)

    return call


@pytest.fixture
def resume(connect, told, restored):
    """Resume an attempt of the snapshot; it is shown as the earlier version showed it."""
    assert restored is not None

    async def open_again(name):
        attempt = told["attempts"][name]
        visitor = await connect()
        session = await visitor.open(**attempt["identity"])
        assert session == attempt["session"] | {"generation": attempt["session"]["generation"] + 1}
        return visitor

    return open_again


async def finish(visitor):
    await visitor.send("finish")
    return (await visitor.expect("finished"))["result_key"]


def without_times(calculation):
    return {name: value for name, value in calculation.items() if name != "created_at"}


async def test_an_open_attempt_goes_on_and_scores_as_before(resume, ask, told):
    visitor = await resume("open")
    for seq, (question, value) in enumerate(told["answers"][2:], start=1):
        await visitor.answer(seq, question, *value)
        await visitor.expect("ack")
    key = await finish(visitor)
    assert (await ask("result/attach", user_id="gleb", result_key=key)).status == 200
    calculation = (await ask("result/get", result_key=key, format="json")).body
    before = told["results"]["free"]
    assert without_times(calculation) == without_times(before["calculation"])
    assert (await ask("answers/get", result_key=key)).body == before["answers"]


async def test_a_paused_attempt_is_paid_and_finished(resume, ask, told):
    visitor = await resume("paused")
    assert (await visitor.expect("pause"))["answers"] == told["answers"][:3]
    session = visitor.session["session"]
    assert (await ask("session/get", session=session)).body["answers"] == told["answers"][:3]
    assert (await ask("payment/confirm", session=session)).status == 200
    resumed = await visitor.expect("resumed")
    assert [question["number"] for question in resumed["questions"]] == [4, 5]
    assert resumed["next"] == "work"
    for seq, (question, value) in enumerate(told["answers"][3:], start=1):
        await visitor.answer(seq, question, *value)
        await visitor.expect("ack")
    key = await finish(visitor)
    assert (await ask("result/attach", user_id="dora", result_key=key)).status == 200
    calculation = (await ask("result/get", result_key=key, format="json")).body
    before = told["results"]["paid"]
    assert without_times(calculation) == without_times(before["calculation"])
    assert (await ask("answers/get", result_key=key)).body == before["answers"]


async def test_a_finished_attempt_shows_its_result(resume, told):
    visitor = await resume("finished")
    assert visitor.session["result_key"] == told["guest_result_key"]
    assert await finish(visitor) == told["guest_result_key"]


async def test_a_guest_result_is_attached(restored, ask, told):
    assert restored is not None
    key = told["guest_result_key"]
    assert (await ask("result/get", result_key=key)).reason == "result_not_attached"
    assert (await ask("result/attach", user_id="anna", result_key=key)).status == 200
    assert (await ask("answers/get", result_key=key)).body == told["results"]["free"]["answers"]


@pytest.mark.parametrize("name", ["free", "paid", "saved"])
async def test_results_read_as_before(restored, api, ask, told, name):
    assert restored is not None
    before = told["results"][name]
    of_result = {"result_key": before["result_key"]}
    calculation = await ask("result/get", **of_result, format="json")
    assert before["calculation"].items() <= calculation.body.items()
    assert (await ask("answers/get", **of_result)).body == before["answers"]
    query = f"result_key={before['result_key']}&client_key={told['client_key']}"
    report = await api.fetch_raw(f"result/get?{query}&format=html")
    assert report.code == 200
    # The report is in the language of the attempt; results of `progress/save` are in the first one.
    title = "Все виды вопросов" if name == "saved" else "Every type of question"
    assert title in report.body.decode()


async def test_a_new_attempt_of_a_stored_test_begins_as_before(restored, connect, told):
    assert restored is not None
    visitor = await connect()
    session = await visitor.open(test="every-type", locale="en")
    assert session["questions"] == told["attempts"]["open"]["session"]["questions"]
    stored = restored.attempts.find_one(sort=[("created_at", -1)])
    assert stored.get("seed") is None

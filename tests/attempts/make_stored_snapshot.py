"""Makes `snapshot.json`, the database of a gateway, and `expected.json`, what that gateway said.

It is run by hand, with the code of the version whose database is to be kept:

    python -m pytest tests/attempts/make_stored_snapshot.py

The snapshot in the repository was made by the last version that had no option ids and no random
order. Do not make it again with newer code, since `test_stored_attempts.py` shows with it that what
an older version stored stays readable.
"""

import asyncio
import json
from pathlib import Path

import pytest
from bson import UuidRepresentation, json_util

from tests.support.fixtures import ORIGIN
from widget_gateway.domain.partners.providers import PaymentPolicy
from widget_gateway.services.catalogue.files import read_definition_file

pytestmark = pytest.mark.gen_test

HERE = Path(__file__).parent / "stored"
EVERY_TYPE = HERE.parents[1] / "catalogue" / "definitions" / "every-type.yaml"

PAID = {
    "slug": "every-type-paid",
    "access": "paid",
    "pause_after": 3,
    "scales": [
        {
            "id": "sureness",
            "title": {"ru": "Уверенность", "en": "Sureness"},
            "plus": ["river", "primes"],
            "minus": ["alone"],
            "weights": {"alone": 0.5},
            "levels": [
                {"up_to": 50, "name": {"ru": "Низкая", "en": "Low"}, "color": "#aa3322"},
                {"up_to": 100, "name": {"ru": "Высокая", "en": "High"}},
            ],
            "norms": [{"mean": 1.5, "deviation": 0.75}],
        }
    ],
    "report": {
        "intro": {"ru": "<p>Итог: {{ SUM }}</p>", "en": "<p>Sum: {{ SUM }}</p>"},
        "scenarios": [
            {
                "conditions": [
                    {"variable": "VALUES.a.percentage_value", "operator": ">", "value": 10}
                ],
                "name": {"ru": "Первые ответы", "en": "First choices"},
                "text": {"ru": "<p>Вы выбирали первое.</p>", "en": "<p>You chose the first.</p>"},
            }
        ],
    },
}

ANSWERS = [
    ["river", ["a"]],
    ["primes", ["c", "a"]],
    ["space", ["Гагарин", "1961"]],
    ["work", ["calm", "pay", "people"]],
    ["alone", ["-2"]],
]
"""A right or wrong answer to a question of each type."""

COLLECTIONS = (
    "providers",
    "tests",
    "test_versions",
    "attempts",
    "answers",
    "results",
    "provider_users",
    "accesses",
)
"""The collections that visits and their results depend on."""


@pytest.fixture
def tests_of_every_type(io_loop, backend, database):
    """Put the test of every type into the catalogue, once free and once paid, and no other one."""
    for name in ("tests", "test_versions"):
        database[name].delete_many({})
    catalogue = backend.services.public.catalogue
    for changes in (None, PAID):
        definition = read_definition_file(EVERY_TYPE, changes)
        io_loop.run_sync(lambda made=definition: catalogue.add(EVERY_TYPE, made))


@pytest.mark.usefixtures("tests_of_every_type")
async def test_make_the_snapshot(api, connect, register, database):
    keys = await register("college", origins=(ORIGIN,), payment_policy=PaymentPolicy.POSTPAID)
    caller = {"client_key": keys.client_key}
    told = {"client_key": keys.client_key, "answers": ANSWERS, "attempts": {}, "results": {}}

    async def visit(name, test, host_answers, given, *, resumed_later=True):
        visitor = await connect()
        await visitor.open(test=test, locale="en", answers=host_answers)
        for seq, (question, value) in enumerate(given, start=1):
            await visitor.answer(seq, question, *value)
            await visitor.expect("ack")
        if resumed_later:
            again = await connect()
            session = await again.open(**visitor.identity)
            told["attempts"][name] = {"identity": visitor.identity, "session": session}
        return visitor

    async def finish(visitor):
        await visitor.send("finish")
        return (await visitor.expect("finished"))["result_key"]

    async def describe(name, key):
        of_result = caller | {"result_key": key}
        told["results"][name] = {
            "result_key": key,
            "calculation": (await api.get("result/get", **of_result, format="json")).body,
            "answers": (await api.get("answers/get", **of_result)).body,
        }

    await visit("open", "every-type", ANSWERS[3:4], ANSWERS[:2])
    await visit("paused", "every-type-paid", [], ANSWERS[:3])

    guest = await visit("finished", "every-type", [], ANSWERS, resumed_later=False)
    told["guest_result_key"] = await finish(guest)
    again = await connect()
    session = await again.open(**guest.identity)
    told["attempts"]["finished"] = {"identity": guest.identity, "session": session}

    free = await visit("", "every-type", [], ANSWERS, resumed_later=False)
    key = await finish(free)
    await api.get("result/attach", **caller, user_id="anna", result_key=key)
    await describe("free", key)

    paid = await visit("", "every-type-paid", [], ANSWERS[:3], resumed_later=False)
    await paid.expect("pause")
    confirmed = {"session": paid.session["session"], "payment_id": "bill 7"}
    await api.get("payment/confirm", **caller, **confirmed)
    await paid.expect("resumed")
    for seq, (question, value) in enumerate(ANSWERS[3:], start=4):
        await paid.answer(seq, question, *value)
        await paid.expect("ack")
    key = await finish(paid)
    await api.get("result/attach", **caller, user_id="boris", result_key=key)
    await describe("paid", key)

    user = (await api.get("user/register", **caller, user_id="vera")).body
    skipped = [["river", []], *ANSWERS[1:]]
    saved = await api.post_json(
        "progress/save",
        **caller,
        user_key=user["user_key"],
        test="every-type-paid",
        progress=skipped,
    )
    await describe("saved", saved.body["result_key"])

    stored = {name: list(database[name].find()) for name in COLLECTIONS}
    form = json_util.JSONOptions(uuid_representation=UuidRepresentation.STANDARD)
    text = json_util.dumps(stored, json_options=form, indent=1, ensure_ascii=False)
    written = json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True)
    await asyncio.to_thread((HERE / "snapshot.json").write_text, text + "\n", "utf-8")
    await asyncio.to_thread((HERE / "expected.json").write_text, written + "\n", "utf-8")

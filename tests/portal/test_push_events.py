"""`POST /api/v1/callback/portal/push/events` stores events and refuses faulty ones."""

import asyncio
import json
import sys
from collections import Counter
from datetime import timedelta

import pytest

from handlers.contract.bodies import unique_members
from handlers.contract.errors import FieldsInvalidError
from handlers.contract.json_reader import parse_object
from handlers.portal.pushes import PUSH
from tests.support.portal_api import OTHER, PERSON
from tests.support.portal_device import notice, push
from tests.support.waiting import until
from widget_gateway.domain.portal.events import Notice, PortalEventType
from widget_gateway.services.portal import pushes

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("people")]

PATH = "portal/push/events"


@pytest.fixture
def people(database, backend):
    """Make people known without hashing their PINs, which is slow."""
    assert backend

    def add(*ids):
        rows = [{"_id": person, "login_key": f"{person}@osnova.example"} for person in ids]
        database["people"].insert_many(rows)

    add(PERSON)
    return add


async def refused(portal, **changes):
    """Push with these changes, which has to be refused; return the faults by field."""
    answer = await portal.call(PATH, notice() | changes, Accept_Language="en")
    assert answer.status == 422, answer.body
    assert answer.body.keys() == {"result", "error"}
    assert answer.body["result"] is False
    return answer.body["error"]


def stored(database):
    """Read the number of events, and the people who have not acknowledged them, in order."""
    rows = database["push_deliveries"].find().sort("_id", 1)
    return database["push_events"].count_documents({}), [row["_id"]["person"] for row in rows]


async def test_an_event_is_stored_for_its_user(portal, database):
    answer = await portal.call(PATH, notice())
    assert (answer.status, answer.body) == (200, {"result": True})
    assert stored(database) == (1, [PERSON])


@pytest.mark.parametrize("kind", ["push", "kip_new", "kip_comment", "kip_update"])
async def test_every_type_of_the_document_is_taken(portal, database, kind):
    await push(portal, type=kind)
    assert database["push_events"].find_one()["type"] == kind


async def test_unknown_users_are_listed_in_their_order_and_the_others_get_it(portal, database):
    body = await push(portal, "KIP 1", "nobody", PERSON, OTHER, "nobody")
    assert body == {"result": True, "unknown_users": ["nobody", OTHER]}
    assert stored(database) == (1, [PERSON])


async def test_an_event_for_nobody_known_is_not_stored(portal, database):
    assert await push(portal, "KIP 1", OTHER) == {"result": True, "unknown_users": [OTHER]}
    assert stored(database) == (0, [])


async def test_who_is_named_twice_gets_it_once(portal, database):
    assert await push(portal, "KIP 1", PERSON, PERSON) == {"result": True}
    assert stored(database) == (1, [PERSON])


async def test_ten_thousand_users_are_stored_in_one_bulk_write(portal, people, database, client):
    users = [f"381004a1-d925-11e8-9126-{number:012}" for number in range(10_000)]
    people(*users[:-1])

    def inserts():
        return client.admin.command("serverStatus")["metrics"]["commands"]["insert"]["total"]

    before = inserts()
    answer = await portal.call(PATH, notice("KIP 1", *users))
    assert inserts() - before == 2  # One inserts the event and one all of its rows.
    assert answer.body == {"result": True, "unknown_users": users[-1:]}
    assert stored(database) == (1, users[:-1])


async def test_a_push_to_a_person_waits_for_one_of_another_party_however_many_wait(
    people, database, backend, monkeypatch
):
    monkeypatch.setattr(pushes, "PATIENCE_S", 60.0)
    people(OTHER)
    service = backend.services.portal.pushes
    crowd = Notice(type=PortalEventType.PUSH, title="crowd", message="to both", data=b"{}")
    single = Notice(type=PortalEventType.PUSH, title="single", message="to one", data=b"{}")
    async with service._turns.turn("before them"):
        crowds = [asyncio.ensure_future(service.push(crowd, [PERSON, OTHER])) for _ in range(10)]
        await until(lambda: len(service._turns._lines.get(None, ())) == 10)
        alone = asyncio.ensure_future(service.push(single, [PERSON]))
        await until(lambda: PERSON in service._turns._lines)
    await asyncio.gather(alone, *crowds)
    titles = [row["title"] for row in database["push_events"].find().sort("_id", 1)]
    assert titles[:2] == ["crowd", "single"]
    assert len(titles) == 11


async def test_pushes_beyond_the_places_of_their_party_are_refused(
    portal, database, backend, monkeypatch
):
    monkeypatch.setattr(backend.services.portal.pushes._turns, "places", 0)
    answer = await portal.call(PATH, notice())
    assert (answer.status, answer.body["result"]) == (503, False)
    assert "Retry-After" in answer.headers
    assert stored(database) == (0, [])


@pytest.mark.parametrize("depth", [99, 330, 480, 900, 960, 990, 100_000])
async def test_data_however_deep_is_stored_or_refused(portal, database, depth):
    nested = '{"a":' * depth + "1" + "}" * depth
    body = json.dumps(notice(data="DATA")).replace('"DATA"', nested)
    answer = await portal.fetch(f"/api/v1/callback/{PATH}", **posted(portal, body))
    assert answer.status in {200, 400, 422}, answer.body
    assert (answer.status == 200) == (stored(database) == (1, [PERSON]))
    assert answer.status == 200 or depth > 99  # The body itself is a level, too.


async def test_nothing_in_data_means_anything_to_the_database(portal, database):
    data = {"$where": "1", "a.b": {"$ne": None}, "": 2**70, "deep": {"_id": 1.0}}
    await push(portal, data=data)
    assert json.loads(database["push_events"].find_one()["data"]) == data


async def test_events_and_their_rows_leave_after_thirty_days(backend, database):
    assert backend
    for name in ("push_events", "push_deliveries"):
        index = database[name].index_information()["expiry"]
        assert index["key"] == [("created_at", 1)]
        assert index["expireAfterSeconds"] == timedelta(days=30).total_seconds()


async def test_all_faulty_fields_are_told_at_once(portal, database):
    faults = await refused(portal, type="fax", title="", message=None, data=[], users=[])
    assert faults.keys() == {"type", "title", "message", "data", "users"}
    assert all(isinstance(message, str) and message for told in faults.values() for message in told)
    assert stored(database) == (0, [])


async def test_faults_are_told_in_russian_unless_english_is_liked_better(portal):
    russian = await portal.call(PATH, {})
    english = await portal.call(PATH, {}, Accept_Language="en")
    assert russian.body["error"]["users"] == ["Поле обязательно."]
    assert english.body["error"]["users"] == ["The field is required."]


@pytest.mark.parametrize("field", ["type", "title", "message", "data", "users"])
async def test_every_field_is_required(portal, field):
    body = notice()
    del body[field]
    answer = await portal.call(PATH, body, Accept_Language="en")
    assert answer.body == {"result": False, "error": {field: ["The field is required."]}}


@pytest.mark.parametrize("kind", ["", "PUSH", "kip", 1, None, ["push"], {"$ne": 1}])
async def test_a_type_outside_the_document_is_refused(portal, kind):
    assert (await refused(portal, type=kind)).keys() == {"type"}


@pytest.mark.parametrize("field", ["title", "message"])
@pytest.mark.parametrize("value", ["", "  ", "x" * 10_000, 1, None, ["x"], {"$gt": ""}])
async def test_a_bad_text_is_refused(portal, field, value):
    assert (await refused(portal, **{field: value})).keys() == {field}


async def test_a_title_of_500_and_a_message_of_4000_characters_are_taken(portal):
    await push(portal, "я" * 500, message="🙂" * 4_000)
    assert (await refused(portal, title="я" * 501)).keys() == {"title"}
    assert (await refused(portal, message="я" * 4_001)).keys() == {"message"}


@pytest.mark.parametrize("data", [[], "x", 1, None, True, "{}"])
async def test_data_that_is_no_object_is_refused(portal, data):
    assert (await refused(portal, data=data)).keys() == {"data"}


async def test_data_is_at_most_32_kib_of_json(portal):
    await push(portal, data={"a": "я" * ((32 * 1024 - 8) // 2)})
    faults = await refused(portal, data={"a": "я" * ((32 * 1024 - 8) // 2) + "x"})
    assert faults == {"data": ["At most 32 KiB as JSON."]}


@pytest.mark.parametrize(
    "users",
    ["", PERSON, 1, None, {}, {"0": PERSON}, [], [1], [None], [[PERSON]], [""], ["x" * 257]],
    ids=str,
)
async def test_bad_users_are_refused(portal, database, users):
    assert (await refused(portal, users=users)).keys() == {"users"}
    assert stored(database) == (0, [])


async def test_a_user_that_is_none_is_named_by_its_place(portal):
    faults = await refused(portal, users=[PERSON, 7, PERSON])
    assert faults == {"users": ["Item 2: It must be a string."]}


async def test_10001_users_are_refused(portal):
    faults = await refused(portal, users=[PERSON] * 10_001)
    assert faults == {"users": ["At most 10000 items."]}


async def test_thousands_of_wrong_users_are_told_in_a_few_sentences(portal):
    assert len((await refused(portal, users=[7] * 10_000))["users"]) <= 3


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", '"x"', "null", b"\xff", '{"type":"\\u0000"}', '{"type":"\\ud800"}', "NaN"],
    ids=str,
)
async def test_a_body_that_is_no_json_object_is_400(portal, body):
    answer = await portal.fetch(f"/api/v1/callback/{PATH}", **posted(portal, body))
    assert answer.status == 400
    assert answer.body["result"] is False


async def test_a_number_too_large_to_be_one_is_refused(portal):
    body = json.dumps(notice(data={"n": 0})).replace('"n": 0', '"n": 1e999')
    answer = await portal.fetch(f"/api/v1/callback/{PATH}", **posted(portal, body))
    assert answer.status == 422
    assert answer.body["error"].keys() == {"data"}


def posted(portal, body, content_type="application/json"):
    headers = {"X-Callback-Key": portal.key, "Content-Type": content_type}
    return {"method": "POST", "body": body, "headers": headers}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
async def test_another_content_type_is_415(portal, kind):
    answer = await portal.fetch(
        f"/api/v1/callback/{PATH}", **posted(portal, json.dumps(notice()), kind)
    )
    assert (answer.status, answer.body["result"]) == (415, False)


@pytest.mark.parametrize("key", ["", "wrong", "cl\u00e9"])
async def test_a_wrong_key_is_401_whatever_else_is_wrong(portal, database, key):
    answer = await portal.call(PATH, {}, X_Callback_Key=key)
    assert (answer.status, answer.body["result"]) == (401, False)
    answer = await portal.call(PATH, notice(), X_Callback_Key=key)
    assert answer.status == 401
    assert stored(database) == (0, [])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_another_method_is_405(portal, method):
    answer = await portal.fetch(
        f"/api/v1/callback/{PATH}",
        method=method,
        body="{}" if method == "PUT" else None,
        headers={"X-Callback-Key": portal.key},
    )
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]


def test_ten_thousand_users_are_looked_at_in_no_time():
    body = json.dumps(notice("KIP 1", *(f"{number:036}" for number in range(10_000)))).encode()
    parsed = unique_members(parse_object(body, exact=True))
    calls = Counter()
    sys.setprofile(lambda _frame, event, _argument: calls.update([event]))
    try:
        PUSH.read(parsed)
    finally:
        sys.setprofile(None)
    # To validate each user by the schema takes several calls of functions for each, and so long
    # that others would notice: all the while nobody else is served.
    assert calls["call"] < 10_000


@pytest.mark.parametrize("item", ["ivanova", "", 1, None, {}])
def test_a_list_far_too_long_is_refused_before_its_items(item):
    body = json.dumps(notice("KIP 1") | {"users": [item] * 100_000, "title": ""}).encode()
    with pytest.raises(FieldsInvalidError) as refused:
        PUSH.parse(body)
    faults = {name: [fault.kind for fault in found] for name, found in refused.value.fields.items()}
    assert faults == {"users": ["too_many"], "title": ["blank", "blank"]}

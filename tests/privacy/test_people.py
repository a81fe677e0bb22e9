"""`people/erase` and `people/export`: what the portal does when a person asks for it."""

import pytest

from tests.support.portal_api import LOGIN, OTHER, PERSON
from tests.support.portal_device import notice
from tests.support.traces import traces_in_database, traces_in_logs
from tests.support.waiting import until

pytestmark = pytest.mark.gen_test

TRACES = [PERSON, LOGIN, "0000-01742", "198.51.100.7"]


@pytest.fixture
def told(portal):
    """Let the portal tell of the usual person, who signs in after a wrong try, and of another."""

    async def tell():
        await portal.login()
        await portal.update_pin()
        await portal.update_pin(id_phperson=OTHER, ad_login="petrov@osnova.example", tab_no="2")
        await portal.login(pin="9999")
        tokens = await portal.signed_in()
        await portal.call("portal/push/events", notice("KIP 1", PERSON))
        await portal.call("portal/push/events", notice("KIP 2", PERSON, OTHER))
        return tokens

    return tell


async def test_nothing_of_the_person_is_left_on_two_nodes(
    portal, elsewhere, told, sign_on, database, logs
):
    tokens = await told()
    device = await sign_on(tokens)
    entries = database["audit"].count_documents({})
    answer = await elsewhere.call("people/erase", {"id_phperson": PERSON})
    assert answer.status == 200, answer.body
    assert answer.body == {
        "result": True,
        "erased": {
            "people": 1,
            "sign_ins": 1,
            "guards": 1,
            "events": 2,
            "deliveries": 2,
            "audit_entries": 4,
        },
    }
    assert traces_in_database(database, TRACES) == {}
    assert traces_in_logs(logs, [PERSON, LOGIN]) == []
    messages, code = await device.read_to_the_end()
    assert code == 4301, messages
    for node in (portal, elsewhere):
        assert (await node.own_sessions(tokens["access_token"])).status == 401
        assert (await node.sessions()).status == 404
        assert (await node.login()).status == 401
    assert database["people"].count_documents({}) == 1
    assert database["push_deliveries"].count_documents({"_id.person": OTHER}) == 1
    # Nothing that was done is lost from the trail; the erasure itself is in it.
    done = database["audit"].find_one({"action": "person_erase"})
    assert done["person"].startswith("erased-")
    assert database["audit"].count_documents({"person": done["person"]}) == 4
    assert database["audit"].count_documents({}) >= entries + 1


async def test_a_repeat_and_an_unknown_person_are_fine(portal, told, database):
    await told()
    await portal.call("people/erase", {"id_phperson": PERSON})
    for person in (PERSON, "nobody"):
        answer = await portal.call("people/erase", {"id_phperson": person})
        assert answer.status == 200
        assert set(answer.body["erased"].values()) == {0}
    assert [set(row) for row in database["erasures"].find()] == [{"_id", "erased_at"}]


async def test_the_portal_may_tell_of_the_person_again(portal, told, database, backend):
    await told()
    await portal.call("people/erase", {"id_phperson": PERSON})
    assert (await portal.update_pin(created_at="2099-01-01 00:00:00")).status == 422
    assert (await portal.update_pin()).status == 200
    assert (await portal.login()).status == 200
    people = list(database["people"].find({"_id": PERSON}))
    assert len(people) == 1
    # A PIN that is older than the erasure is that of a restored backup.
    assert await backend.erasures.apply_again() == 1
    assert traces_in_database(database, [PERSON, LOGIN]) == {}


async def test_bad_input_is_refused_and_changes_nothing(portal, told, database):
    await told()
    for body, status in (
        ({}, 422),
        ({"id_phperson": ""}, 422),
        ({"id_phperson": {"$ne": ""}}, 422),
        ({"id_phperson": 5}, 422),
        ([], 400),
    ):
        for path in ("people/erase", "people/export"):
            assert (await portal.call(path, body)).status == status, (path, body)
    for path in ("people/erase", "people/export"):
        wrong = await portal.call(path, {"id_phperson": PERSON}, X_Callback_Key="wrong")
        assert wrong.status == 401
        assert (await portal.call(path, method="GET")).status == 405
    assert database["people"].count_documents({}) == 2


async def test_an_export_tells_all_that_is_stored(portal, told, database):
    await told()
    answer = await portal.call("people/export", {"id_phperson": PERSON})
    assert answer.status == 200
    export = answer.body
    assert export["person"]["id_phperson"] == PERSON
    assert export["person"]["ad_login"] == LOGIN
    assert len(export["sessions"]) == 1
    data = notice()["data"]
    assert [event["data"] for event in export["events"]] == [data, data]
    actions = [entry["action"] for entry in export["audit"]]
    assert actions == ["person_export", "sign_in", "sign_in", "pin_update"]
    pin_hash = database["people"].find_one({"_id": PERSON})["pin_hash"]
    assert pin_hash not in str(export)
    assert OTHER not in str(export)
    unknown = await portal.call("people/export", {"id_phperson": "nobody"})
    assert (unknown.status, unknown.body["error"]) == (404, "User not found.")


async def test_an_export_tells_of_numbers_of_any_length(portal, told):
    await told()
    ended = await portal.call(f"sessions/{PERSON}?session_id={2**40}", method="DELETE")
    assert ended.status == 404  # and the trail has the number
    export = (await portal.call("people/export", {"id_phperson": PERSON})).body
    assert 2**40 in [entry["session"] for entry in export["audit"]]


async def test_an_erasure_that_broke_off_is_gone_on_with(
    portal, told, backend, database, monkeypatch
):
    await told()

    async def fail(*_arguments):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(backend.erasures._people, "remove_traces", fail)
        assert (await portal.call("people/erase", {"id_phperson": PERSON})).status == 500
    assert traces_in_database(database, [PERSON]) != {}
    assert await backend.erasures.resume_all() == 1
    await until(lambda: traces_in_database(database, [PERSON, LOGIN]) == {})
    assert await backend.erasures.resume_all() == 0

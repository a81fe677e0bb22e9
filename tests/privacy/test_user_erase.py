"""`user/erase`: nothing that is stored or logged tells of the user afterwards, on any node."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from storage.privacy import user_records
from tests.privacy.conftest import SHEET
from tests.support.fixtures import UNKNOWN
from tests.support.traces import traces_in_database, traces_in_logs
from tests.support.waiting import until
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.errors import StorageError
from widget_gateway.domain.partners.users import UserPlace

pytestmark = pytest.mark.gen_test

ALL_TIME = {"from": "2020-01-01", "to": "2099-12-31"}


def agrees(database, slug="school"):
    """Check that ledger, counter and users agree, and that everything names a user who exists."""
    provider = database["providers"].find_one({"_id": slug})
    rows = list(database["accesses"].find({"_id.provider": slug}))
    users = list(database["provider_users"].find({"_id.provider": slug, "_id.sandbox": False}))
    erased = [row for row in rows if row.get("erased")]
    assert provider["access_count"] == len(rows) == len(users) + len(erased)
    ids = {user["_id"]["user_id"] for user in users}
    assert ids == {row["_id"]["user_id"] for row in rows if not row.get("erased")}
    for name in ("results", "attempts", "access_tokens"):
        named = {row["user_id"] for row in database[name].find({"provider": slug})} - {None}
        assert named <= ids, name
    for user in users:
        held = list(database["results"].find({"user_id": user["_id"]["user_id"]}))
        assert len(held) == user["main"] + user["bonus"] - user.get("results_removed", 0)
        assert {row["test"] for row in held} == set(user["passed"])


async def test_nothing_of_the_user_is_left_on_two_nodes(api, there, make_known, database, logs):
    anna = await make_known("anna-1f0c2b7d")
    bob = await make_known("bob-5f0e6a3c")
    assert set(traces_in_database(database, anna.traces)) >= {
        *("provider_users", "accesses", "results", "attempts", "answers", "access_tokens"),
        *("webhook_deliveries", "idempotency"),
    }
    database["webhook_deliveries"].update_one({}, {"$set": {"state": "delivered"}})
    before = await api.get("invoice", **anna.caller, **ALL_TIME)
    for node in (api, there):
        for result in anna.results[:2]:
            report = {"result_key": result, "format": "html"}
            query = "&".join(f"{k}={v}" for k, v in (anna.caller | report).items())
            assert (await node.fetch_raw(f"result/get?{query}")).code == 200

    answer = await there.post_json("user/erase", **anna.caller, user_id=anna.user_id)
    assert answer.body["status"] is True
    counts = answer.body["erased"]
    assert counts["webhooks"] >= 3
    assert counts["kept_answers"] >= 10
    del counts["webhooks"], counts["kept_answers"]
    assert counts == {
        "users": 1,
        "accesses": 1,
        "results": 3,
        "attempts": 2,
        "answers": 3,
        "access_tokens": 3,
    }

    assert traces_in_database(database, [anna.user_id, *anna.traces[2:]]) == {}
    assert await anna.visitor.closed(after_error="session_not_found") == 4004
    await nothing_leads_to(anna, (api, there))
    assert traces_in_logs(logs, anna.traces) == []
    # What Bob has written is the same text, so only now nobody's answer has it.
    assert set(traces_in_database(database, bob.traces)) >= {"results", "answers"}
    await api.post_json("user/erase", **bob.caller, user_id=bob.user_id)
    assert traces_in_database(database, bob.traces) == {}

    after = await there.get("invoice", **anna.caller, **ALL_TIME)
    assert {k: v for k, v in after.body.items() if k != "lines"} == {
        k: v for k, v in before.body.items() if k != "lines"
    }
    for line in (*before.body["lines"], *after.body["lines"]):
        line["user_id"] = line["user_id"][: len("erased-")]
    assert {line["user_id"] for line in after.body["lines"]} == {"erased-"}
    nameless = [line | {"user_id": "erased-"} for line in before.body["lines"]]
    assert after.body["lines"] == nameless
    agrees(database)


async def nothing_leads_to(known, nodes):
    """Try every call by which the partner could read something of the user."""
    for node in nodes:
        for result in known.results:
            for path in ("result/get", "answers/get"):
                answer = await node.get(path, **known.caller, result_key=result)
                assert (answer.status, answer.reason) == (404, "result_not_found")
            attach = await node.get(
                "result/attach", **known.caller, user_id="eve", result_key=result
            )
            assert attach.reason == "result_not_found"
        for session in known.sessions:
            for path in ("session/get", "payment/confirm"):
                answer = await node.get(path, **known.caller, session=session)
                assert (answer.status, answer.reason) == (404, "session_not_found")
        for named in ({"user_id": known.user_id}, {"user_key": known.user_key}):
            for path in ("user/tests", "user/export"):
                answer = await node.get(path, **known.caller, **named)
                assert (answer.status, answer.reason) == (404, "user_not_found")
        users = await node.get("users", **known.caller)
        assert known.user_id not in str(users.body)
        deliveries = await node.get("webhook/deliveries", **known.caller)
        assert known.user_id not in str(deliveries.body)


async def test_no_cache_of_any_node_keeps_a_report(api, backend, school, every_type):
    caller = {"client_key": school.client_key}
    anna = await api.get("user/register", **caller, user_id="anna")
    saved = await api.post_json(
        "progress/save",
        **caller,
        user_key=anna.body["user_key"],
        test=every_type,
        progress=SHEET,
    )
    report = caller | {"result_key": saved.body["result_key"], "format": "svg"}
    query = "&".join(f"{k}={v}" for k, v in report.items())
    assert (await api.fetch_raw(f"result/get?{query}")).code == 200
    reports = backend.services.partner.reports
    assert len(reports._kept) == 1
    await api.get("user/erase", **caller, user_id="anna")
    await until(lambda: not reports._kept)
    assert reports._bytes == 0


async def test_a_former_session_and_access_token_open_nothing(make_known, api, connect):
    anna = await make_known("anna")
    await api.get("user/erase", **anna.caller, user_key=anna.user_key)
    for how in (
        {"session": anna.visitor.session["session"]}
        | {"resume_token": anna.visitor.session["resume_token"]},
        {"test": "every-type", "access_token": anna.tokens[-1]},
    ):
        visitor = await connect()
        await visitor.send("open", provider="school", **how)
        error = await visitor.expect("error")
        assert error["code"] in ("session_not_found", "token_invalid")
        assert error["fatal"]


async def test_answers_that_arrive_during_the_erasure_are_not_left(make_known, there, database):
    anna = await make_known("anna")

    async def keep_answering():
        for seq in range(4, 400):
            await anna.visitor.answer(seq, "alone", "-2")
            await asyncio.sleep(0)

    answering = asyncio.create_task(keep_answering())
    await asyncio.sleep(0)
    answer = await there.get("user/erase", **anna.caller, user_id="anna")
    assert answer.body["erased"]["attempts"] == 2
    messages, code = await anna.visitor.read_to_the_end()
    assert messages[-1]["code"] == "session_not_found"
    assert code == 4004
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)
    await until(lambda: database["answers"].count_documents({}) == 0)


async def test_a_repeat_and_an_unknown_user_are_fine(make_known, api, database):
    anna = await make_known("anna")
    await api.get("user/erase", **anna.caller, user_id="anna")
    rows = list(database["erasures"].find())
    for named in (
        {"user_id": "anna"},
        {"user_key": anna.user_key},
        {"user_id": "anna", "user_key": anna.user_key},
        {"user_id": "nobody"},
        {"user_key": UNKNOWN},
    ):
        answer = await api.get("user/erase", **anna.caller, **named)
        assert answer.status == 200, answer.body
        assert answer.body["status"] is True
        assert set(answer.body["erased"].values()) == {0}
    assert list(database["erasures"].find()) == rows
    assert set(rows[0]) == {"_id", "erased_at"}


async def test_refusals_change_nothing(make_known, api, register, database):
    anna = await make_known("anna")
    await api.get("user/register", **anna.caller, user_id="bob")
    for parameters, status, reason in (
        ({}, 400, "parameter_missing"),
        ({"user_id": "bob", "user_key": anna.user_key}, 400, "parameter_invalid"),
        ({"user_id": "bob", "user_key": UNKNOWN}, 400, "parameter_invalid"),
        ({"user_id": {"$ne": ""}}, 400, "parameter_invalid"),
        ({"user_id": "x" * 257}, 400, "parameter_invalid"),
    ):
        answer = await api.post_json("user/erase", **anna.caller, **parameters)
        assert (answer.status, answer.reason) == (status, reason), parameters
    other = await register("college")
    for key in (other.client_key, other.sandbox_key):
        for named in ({"user_id": "anna"}, {"user_key": anna.user_key}):
            answer = await api.get("user/erase", client_key=key, **named)
            assert set(answer.body["erased"].values()) == {0}
    assert database["provider_users"].count_documents({"_id.provider": "school"}) == 2
    assert database["results"].count_documents({"user_id": "anna"}) == 2


async def test_the_sandbox_is_a_world_of_its_own(make_known, api, school, database):
    anna = await make_known("anna")
    sandbox = {"client_key": school.sandbox_key}
    twin = await api.get("user/register", **sandbox, user_id="anna")
    answer = await api.get("user/erase", **sandbox, user_id="anna")
    assert answer.body["sandbox"] is True
    assert (answer.body["erased"]["users"], answer.body["erased"]["accesses"]) == (1, 0)
    assert twin.body["user_key"] != anna.user_key
    assert (await api.get("user/tests", **anna.caller, user_id="anna")).status == 200
    agrees(database)


async def test_a_result_that_another_user_has_stays_with_that_user(make_known, api, database):
    anna = await make_known("anna")
    finished = anna.results[-1]
    await api.get("result/attach", **anna.caller, user_id="bob", result_key=finished)
    answer = await api.get("user/erase", **anna.caller, user_id="anna")
    assert answer.body["erased"]["results"] == 2
    assert database["results"].find_one({"_id": UUID(finished)})["user_id"] == "bob"
    assert database["attempts"].count_documents({}) == 0
    agrees(database)


async def test_a_user_who_comes_back_costs_an_access_and_is_another_one(make_known, api, database):
    anna = await make_known("anna")
    for _ in range(2):
        await api.get("user/erase", **anna.caller, user_id="anna")
        again = await api.get("user/register", **anna.caller, user_id="anna")
        assert again.body["user_key"] != anna.user_key
    stats = (await api.get("stats", **anna.caller)).body
    assert (stats["access_count"], stats["users"]) == (3, 1)
    agrees(database)
    price = (await api.get("invoice", **anna.caller, **ALL_TIME)).body["total"]
    assert Decimal(price) == 300


async def test_a_kept_erasure_is_replayed_and_names_nobody(make_known, api, database):
    anna = await make_known("anna-77aa")
    headers = {"Content-Type": "application/json", "Idempotency-Key": "erasure"}
    body = json.dumps(anna.caller | {"user_id": anna.user_id})
    first, second = [
        await api.fetch("user/erase", method="POST", headers=headers, body=body) for _ in range(2)
    ]
    assert first.body == second.body
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.body["erased"]["users"] == 1
    other = json.dumps(anna.caller | {"user_id": "bob"})
    refused = await api.fetch("user/erase", method="POST", headers=headers, body=other)
    assert refused.reason == "idempotency_key_reused"
    assert traces_in_database(database, [anna.user_id, anna.user_key]) == {}


async def test_answers_that_a_former_gateway_has_kept_are_forgotten_too(
    make_known, api, once, school, database
):
    anna = await make_known("anna-77aa")
    await once("user/register", client_key=school.sandbox_key, user_id="bob")
    database["idempotency"].update_many({}, {"$unset": {"about": ""}})
    await api.get("user/erase", **anna.caller, user_id=anna.user_id)
    assert [row["_id"]["sandbox"] for row in database["idempotency"].find()] == [True]


async def test_many_results_go_in_batches_and_an_interrupted_erasure_goes_on(
    make_known, api, backend, database, monkeypatch
):
    monkeypatch.setattr(user_records, "BATCH", 2)
    anna = await make_known("anna-93ce")
    named = {"user_key": anna.user_key, "test": "every-type", "progress": SHEET}
    for _ in range(5):
        saved = await api.post_json("progress/save", **anna.caller, **named)
        anna.results.append(saved.body["result_key"])
    records = backend.erasures._records
    whole, tries = records.remove_some, []

    async def break_off(*arguments, **named):
        tries.append(1)
        if len(tries) == 3:
            raise StorageError
        return await whole(*arguments, **named)

    with monkeypatch.context() as broken:
        broken.setattr(records, "remove_some", break_off)
        assert (await api.get("user/erase", **anna.caller, user_id=anna.user_id)).status == 500
    agrees(database)
    left = database["results"].count_documents({"user_id": anna.user_id})
    assert 0 < left < 7
    assert await backend.erasures.resume_all() == 1
    assert await backend.erasures.resume_all() == 0
    assert traces_in_database(database, anna.traces) == {}
    agrees(database)


async def test_a_node_that_starts_goes_on_with_what_another_has_left(make_known, backend, database):
    anna = await make_known("anna-93ce")
    pseudonym = backend.erasures._pseudonyms.of_user(
        UserPlace("school", sandbox=False, user_id=anna.user_id)
    )
    row = {"state": "removing", "user": anna.user_id, "subjects": [], "erased_at": utc_now()}
    world = {"world": {"provider": "school", "sandbox": False}, "asked_at": utc_now()}
    database["erasures"].insert_one({"_id": pseudonym} | row | world)
    resumed = asyncio.create_task(backend.erasures.run())
    await until(lambda: set(database["erasures"].find_one()) == {"_id", "erased_at"})
    resumed.cancel()
    assert traces_in_database(database, anna.traces) == {}
    agrees(database)


async def test_an_erasure_that_is_gone_on_with_later_spares_who_has_come_back(
    make_known, api, backend, database
):
    anna = await make_known("anna")
    store = backend.erasures._erasures
    asked_at = database["provider_users"].find_one()["created_at"]
    place = UserPlace("school", sandbox=False, user_id="anna")
    await api.get("user/erase", **anna.caller, user_id="anna")
    again = await api.get("user/register", **anna.caller, user_id="anna")
    database["provider_users"].update_one(
        {}, {"$set": {"created_at": asked_at + timedelta(minutes=1)}}
    )
    await store.begin_user(backend.erasures._pseudonyms.of_user(place), place, asked_at)
    assert await backend.erasures.resume_all() == 1
    assert await backend.erasures.resume_all() == 0
    known = await api.get("user/register", **anna.caller, user_id="anna")
    assert known.body == again.body
    agrees(database)


async def test_a_restored_backup_is_erased_again(make_known, api, backend, database):
    anna, bob = await make_known("anna-1f0c"), await make_known("bob-5f0e")
    names = [
        name
        for name in database.list_collection_names()
        if name not in ("erasures", "tests", "test_versions")
    ]
    backup = {name: list(database[name].find()) for name in names}
    await api.get("user/erase", **anna.caller, user_id=anna.user_id)
    for name, rows in backup.items():
        database[name].delete_many({})
        if rows:
            database[name].insert_many(rows)
    erased_at = database["erasures"].find_one()["erased_at"]
    assert await backend.erasures.apply_again() == 1
    assert database["erasures"].find_one()["erased_at"] == erased_at
    assert traces_in_database(database, [anna.user_id, *anna.traces[2:]]) == {}
    assert (await api.get("user/tests", **bob.caller, user_id=bob.user_id)).status == 200
    agrees(database)
    await api.get("user/register", **anna.caller, user_id=anna.user_id)
    assert await backend.erasures.apply_again() == 0
    assert (await api.get("user/tests", **anna.caller, user_id=anna.user_id)).status == 200


async def test_erasures_and_all_other_calls_at_once_leave_nothing_between(
    api, there, school, every_type, database, chance
):
    caller = {"client_key": school.client_key}
    guests = [
        (await api.post_json("progress/save", **caller, test=every_type, progress=SHEET)).body
        for _ in range(12)
    ]

    def calls(node):
        for guest in guests:
            yield node.get("result/attach", **caller, user_id="anna", **guest)
        for _ in range(4):
            yield node.get("user/erase", **caller, user_id="anna")
            yield node.get("user/register", **caller, user_id="anna")
            yield node.get("access/token", **caller, user_id="anna", test=every_type)

    for _ in range(2):
        made = [*calls(api), *calls(there)]
        chance.shuffle(made)
        answers = await asyncio.gather(*made)
        assert {answer.status for answer in answers} <= {200, 404}
        agrees(database)
    await there.get("user/erase", **caller, user_id="anna")
    assert traces_in_database(database, ["anna"]) == {}
    agrees(database)
    assert not list(database["erasures"].find({"state": {"$exists": True}}))

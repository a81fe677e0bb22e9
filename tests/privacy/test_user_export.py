"""`user/export`: one JSON document of all that is stored of a user, and of nobody else."""

import asyncio
import json
from uuid import UUID

import pytest

from storage.attempts import results
from tests.privacy.conftest import SECRET, SHEET
from tests.support.fixtures import UNKNOWN
from tests.support.traces import traces_in_database

pytestmark = pytest.mark.gen_test


async def test_an_export_tells_all_that_is_stored(make_known, api, database):
    anna = await make_known("anna-1f0c2b7d")
    await make_known("bob-5f0e6a3c")
    by_id = await api.get("user/export", **anna.caller, user_id=anna.user_id)
    by_key = await api.post_json("user/export", **anna.caller, user_key=anna.user_key)
    export = by_id.body
    assert by_key.body | {"exported_at": ""} == export | {"exported_at": ""}
    assert "sandbox" not in export
    user = export["user"]
    assert (user["user_id"], user["user_key"]) == (anna.user_id, anna.user_key)
    assert (user["main_results"], user["issued_access_tokens"]) == (2, 3)
    assert user["access"]["price"] == "100.00"
    assert user["access"]["currency"] == "RUB"

    assert {result["result_key"] for result in export["results"]} == set(anna.results[:2])
    for result in export["results"]:
        assert result["answers"] == SHEET
        assert result["calculation"]["test"] == "every-type"
        assert result["calculation"]["variables"]["SUM"] is not None
        assert result["attached_at"]
    attempts = {attempt["session"]: attempt for attempt in export["attempts"]}
    assert set(attempts) == set(anna.sessions)
    finished, running = (attempts[session] for session in anna.sessions)
    assert (finished["state"], finished["result_key"]) == ("finished", anna.results[2])
    assert finished["answers"] == SHEET
    assert (running["state"], running["answers"]) == ("running", SHEET[:3])
    told = {delivery["type"] for delivery in export["webhooks"]}
    assert told == {"result.attached", "result.finished"}
    assert [token["spent"] for token in export["access_tokens"]].count(True) == 2
    assert len(export["kept_calls"]) >= 5

    text = json.dumps(export, ensure_ascii=False)
    assert "bob-5f0e6a3c" not in text
    assert all(token not in text for token in anna.tokens)
    # Whatever the database has of her is in the export, or is a secret or a kept answer.
    places = traces_in_database(database, [anna.user_id])
    assert set(places) == {
        *("provider_users", "user_keys", "accesses", "results", "attempts", "access_tokens"),
        *("webhook_deliveries", "idempotency"),
    }
    assert SECRET in text


async def test_an_export_of_many_results_is_read_in_pages(make_known, api, monkeypatch, database):
    monkeypatch.setattr(results, "LISTED_AT_ONCE", 3)
    anna = await make_known("anna")
    named = anna.caller | {"user_key": anna.user_key, "test": "every-type", "progress": SHEET}
    await asyncio.gather(*(api.post_json("progress/save", **named) for _ in range(40)))
    export = (await api.get("user/export", **anna.caller, user_id="anna")).body
    stored = database["results"].find({"user_id": "anna"})
    assert {UUID(row["result_key"]) for row in export["results"]} == {row["_id"] for row in stored}
    assert len(export["results"]) == 42
    assert len(json.dumps(export)) > 2 * 32 * 1024


async def test_no_export_is_kept_for_repeats(make_known, api, database):
    anna = await make_known("anna-77aa")
    database["idempotency"].delete_many({})
    headers = {"Content-Type": "application/json", "Idempotency-Key": "export"}
    body = json.dumps(anna.caller | {"user_id": anna.user_id})
    for _ in range(2):
        answer = await api.fetch("user/export", method="POST", headers=headers, body=body)
        assert answer.body["user"]["user_id"] == anna.user_id
        assert "Idempotent-Replayed" not in answer.headers
    row = database["idempotency"].find_one()
    assert row["answer"] is None
    assert anna.user_id not in str(row)


async def test_who_is_not_known_has_no_export(make_known, api, school, register):
    anna = await make_known("anna")
    await api.get("user/register", **anna.caller, user_id="bob")
    college = await register("college")
    for caller, named, status, reason in (
        (anna.caller, {"user_id": "nobody"}, 404, "user_not_found"),
        (anna.caller, {"user_key": UNKNOWN}, 404, "user_not_found"),
        (anna.caller, {}, 400, "parameter_missing"),
        (anna.caller, {"user_id": "bob", "user_key": anna.user_key}, 400, "parameter_invalid"),
        ({"client_key": school.sandbox_key}, {"user_id": "anna"}, 404, "user_not_found"),
        ({"client_key": college.client_key}, {"user_id": "anna"}, 404, "user_not_found"),
        ({"client_key": college.client_key}, {"user_key": anna.user_key}, 404, "user_not_found"),
        ({}, {"user_key": anna.user_key}, 400, "parameter_missing"),
    ):
        answer = await api.get("user/export", **caller, **named)
        assert (answer.status, answer.reason) == (status, reason), named


async def test_an_export_of_the_sandbox_has_no_access(api, school):
    caller = {"client_key": school.sandbox_key}
    await api.get("user/register", **caller, user_id="anna")
    export = (await api.get("user/export", **caller, user_id="anna")).body
    assert export["sandbox"] is True
    assert export["user"]["access"] is None
    assert export["results"] == export["attempts"] == export["webhooks"] == []

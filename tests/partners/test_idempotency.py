"""`Idempotency-Key`: a repeated call has its effect once in 24 hours, even if a try fails."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.support.fixtures import WORK_VALUES
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import PaymentPolicy, TestPolicy

pytestmark = pytest.mark.gen_test

COLLEGE = ProviderSlug("college")
SAVE = {"test": "work-values", "progress": WORK_VALUES}


@pytest.fixture
def save(api, college):
    async def post(key="one", client_key=college.client_key, path="progress/save", **changes):
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        body = json.dumps({"client_key": client_key} | SAVE | changes)
        return await api.fetch(path, method="POST", headers=headers, body=body)

    return post


async def test_a_repeat_gets_the_first_answer_and_does_nothing(save, database):
    first, second = await save(), await save()
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert database["results"].count_documents({}) == 1


async def test_without_a_key_each_call_is_its_own(api, college, database):
    for _ in range(2):
        await api.post_json("progress/save", client_key=college.client_key, **SAVE)
    assert database["results"].count_documents({}) == 2


async def test_the_key_may_be_sent_in_another_way_the_next_time(save, api, college):
    first = await save()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": "one",
        "Authorization": f"Bearer {college.client_key}",
    }
    answer = await api.fetch(
        "progress/save/", method="POST", headers=headers, body=json.dumps(SAVE)
    )
    assert answer.body == first.body


async def test_another_body_with_the_same_key_is_refused(save, database):
    await save()
    answer = await save(user_id="anna")
    assert (answer.status, answer.reason) == (422, "idempotency_key_reused")
    assert database["results"].count_documents({}) == 1


async def test_another_call_with_the_same_key_is_refused(save):
    await save()
    answer = await save(path="user/register")
    assert (answer.status, answer.reason) == (422, "idempotency_key_reused")


@pytest.fixture
def change(backend):
    """Change what was agreed with the college."""

    async def update(**fields):
        await backend.services.partner.providers.update(COLLEGE, fields)

    return update


async def refused_then_not(call, lift):
    """Make a call before and after its refusal is lifted; return both answers."""
    refused = await call()
    assert refused.status in (403, 404, 422), refused.body
    again = await call()
    assert (again.status, again.reason) == (refused.status, refused.reason)
    await lift()
    done = await call()
    for answer in (again, done):
        assert "Idempotent-Replayed" not in answer.headers
    assert (await call()).headers["Idempotent-Replayed"] == "true"
    return refused, done


async def test_a_refusal_by_the_agreement_is_lifted_by_a_new_one(save, change, database):
    await change(main_tests=("career-interests",))
    refused, done = await refused_then_not(
        save, lambda: change(main_tests=("career-interests", "work-values"))
    )
    assert (refused.reason, done.status) == ("test_not_allowed", 200)
    assert database["results"].count_documents({}) == 1


async def test_a_reached_limit_is_lifted_by_a_higher_one(save, change, database):
    await change(payment_policy=PaymentPolicy.PREPAID, access_limit=0)
    refused, done = await refused_then_not(
        lambda: save(path="user/register", user_id="anna"), lambda: change(access_limit=1)
    )
    assert (refused.reason, done.status) == ("access_limit_reached", 200)
    assert database["accesses"].count_documents({}) == 1


async def test_a_limit_of_results_is_lifted_by_another_policy(save, change, api, college):
    await change(test_policy=TestPolicy.ONE_TEST)
    saved = [await save(f"saved {number}") for number in range(2)]
    keys = [answer.body["result_key"] for answer in saved]
    attach = {"client_key": college.client_key, "user_id": "anna"}
    assert (await api.get("result/attach", **attach, result_key=keys[0])).status == 200
    refused, done = await refused_then_not(
        lambda: save(path="result/attach", user_id="anna", result_key=keys[1]),
        lambda: change(test_policy=TestPolicy.UNLIMITED),
    )
    assert (refused.reason, done.status) == ("result_limit_reached", 200)


async def test_a_test_that_is_published_again_is_found(save, backend):
    catalogue = backend.services.public.catalogue
    await catalogue.withdraw(TestSlug("work-values"))
    refused, done = await refused_then_not(save, lambda: catalogue.publish(TestSlug("work-values")))
    assert (refused.reason, done.status) == ("test_not_found", 200)


async def test_what_the_partner_does_itself_lifts_a_refusal(save, api, college):
    result_key = (await save("saved")).body["result_key"]
    attach = {"client_key": college.client_key, "user_id": "anna", "result_key": result_key}
    refused, done = await refused_then_not(
        lambda: save(path="result/get", result_key=result_key),
        lambda: api.get("result/attach", **attach),
    )
    assert (refused.reason, done.status) == ("result_not_attached", 200)


async def test_a_refusal_that_may_be_lifted_keeps_the_key_to_its_call(save, change):
    await change(main_tests=("career-interests",))
    assert (await save()).reason == "test_not_allowed"
    other = await save(user_id="anna")
    assert (other.status, other.reason) == (422, "idempotency_key_reused")


async def test_after_a_refusal_one_of_parallel_calls_runs(save, change, database):
    await change(main_tests=("career-interests",))
    assert (await save()).reason == "test_not_allowed"
    await change(main_tests=())
    answers = await asyncio.gather(*(save() for _ in range(10)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert database["results"].count_documents({}) == 1


async def test_a_refusal_that_nothing_can_lift_is_repeated(save, api, college):
    result_key = (await save("saved")).body["result_key"]
    attach = {"client_key": college.client_key, "user_id": "anna", "result_key": result_key}
    assert (await api.get("result/attach", **attach)).status == 200
    for reason, parameters in (
        ("result_attached_to_another_user", {"path": "result/attach", "user_id": "bob"}),
        ("parameter_missing", {"path": "result/attach"}),
        ("parameter_invalid", {"path": "result/attach", "user_id": "b" * 257}),
    ):
        parameters |= {"key": reason, "result_key": result_key}
        first, second = await save(**parameters), await save(**parameters)
        assert first.reason == reason
        assert second.body == first.body
        assert second.headers["Idempotent-Replayed"] == "true"


async def test_of_parallel_calls_one_runs(save, database):
    answers = await asyncio.gather(*(save() for _ in range(20)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert {answer.reason for answer in answers if answer.status == 409} <= {
        "idempotency_key_in_use"
    }
    assert len({answer.body["result_key"] for answer in answers if answer.status == 200}) == 1
    assert database["results"].count_documents({}) == 1


async def test_a_call_that_runs_is_not_run_again(save, database):
    await save()
    database["idempotency"].update_one({}, {"$set": {"answer": None}})
    answer = await save()
    assert (answer.status, answer.reason) == (409, "idempotency_key_in_use")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_try_that_died_is_gone_on_with_and_stores_nothing_twice(save, database):
    first = await save()
    row = database["idempotency"].find_one()
    dead = {"answer": None, "claimed_until": row["claimed_until"] - timedelta(minutes=2)}
    database["idempotency"].update_one({}, {"$set": dead})
    second = await save()
    assert second.body == first.body
    assert "Idempotent-Replayed" not in second.headers
    assert database["results"].count_documents({}) == 1
    assert (await save()).headers["Idempotent-Replayed"] == "true"


async def test_after_24_hours_the_key_is_new_even_before_the_row_is_gone(save, database):
    first = await save()
    row = database["idempotency"].find_one()
    assert row["expires_at"] - row["claimed_until"] == timedelta(hours=24) - timedelta(seconds=60)
    past = {"expires_at": row["expires_at"] - timedelta(hours=25)}
    database["idempotency"].update_one({}, {"$set": past})
    assert (await save()).body != first.body


async def test_providers_and_worlds_do_not_share_keys(save, college, register):
    other = await register("school")
    keys = (college.client_key, college.sandbox_key, other.client_key)
    answers = [await save(client_key=key) for key in keys]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len({answer.body["result_key"] for answer in answers}) == 3


async def test_a_fault_of_ours_is_not_kept(save, backend, monkeypatch):
    async def fail(*_args, **_named):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(backend.services.partner.results, "save", fail)
        assert (await save()).status == 500
    assert (await save()).status == 200


@pytest.mark.parametrize("key", ["", "a" * 256, "naïve"])
async def test_a_key_that_is_none_is_refused(save, database, key):
    answer = await save(key=key)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert database["results"].count_documents({}) == 0


async def test_a_key_with_get_is_refused_instead_of_ignored(api, college, database):
    path = f"user/register?client_key={college.client_key}&user_id=anna"
    answer = await api.fetch(path, headers={"Idempotency-Key": "first"})
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert "POST" in answer.body["error"]["message"]
    assert database["idempotency"].count_documents({}) == 0
    assert database["provider_users"].count_documents({}) == 0


async def test_nothing_secret_is_stored(save, college, database):
    await save()
    assert college.client_key not in str(database["idempotency"].find_one())


@pytest.fixture
def users(api, college):
    async def post(key="one", **parameters):
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        body = json.dumps({"client_key": college.client_key, "limit": 1000} | parameters)
        return await api.fetch("users", method="POST", headers=headers, body=body)

    return post


async def register_users(database, count):
    """Users with long ids, about 600 bytes each in the answer of `users`."""
    row = database["provider_users"].find_one()
    copies = [
        row | {"_id": row["_id"] | {"user_id": f"{number:0256}"}, "key": uuid4()}
        for number in range(count)
    ]
    database["provider_users"].insert_many(copies)


async def test_a_long_answer_is_not_stored_and_a_repeat_reads_anew(api, users, college, database):
    await api.get("user/register", client_key=college.client_key, user_id="anna")
    await register_users(database, 300)
    first = await users()
    assert len(json.dumps(first.body)) > 64 * 1024
    row = database["idempotency"].find_one()
    assert row["answer"] is None
    assert len(str(row)) < 2_000
    await api.get("user/register", client_key=college.client_key, user_id="bob")
    second = await users()
    assert "Idempotent-Replayed" not in second.headers
    assert len(second.body["users"]) == len(first.body["users"]) + 1


async def test_the_key_of_a_call_with_a_long_answer_stays_its_own(api, users, college, database):
    await api.get("user/register", client_key=college.client_key, user_id="anna")
    await register_users(database, 300)
    assert (await users()).status == 200
    answer = await users(passed=1)
    assert (answer.status, answer.reason) == (422, "idempotency_key_reused")


async def test_an_answer_up_to_64_kib_is_stored(api, users, college, database):
    await api.get("user/register", client_key=college.client_key, user_id="anna")
    await register_users(database, 50)
    first, second = await users(), await users()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.body == first.body

"""`result/attach` gives a result its user once; a new user costs one access."""

import asyncio
import uuid

import pytest
from tornado.httpclient import AsyncHTTPClient

from tests.support.fixtures import UNKNOWN
from tests.support.ledger import counts
from tests.support.partner_api import PartnerApi
from widget_gateway.domain.partners.providers import PaymentPolicy

pytestmark = pytest.mark.gen_test


@pytest.fixture
def result_key(io_loop, take_test, college):
    """A guest result of the college's."""
    assert college
    return io_loop.run_sync(take_test)


@pytest.fixture
def attach(api, college):
    """Attach a result by the college's key, but for the changes."""

    async def call(result_key, user_id="anna", /, **changes):
        right = {"client_key": college.client_key, "user_id": user_id, "result_key": result_key}
        return await api.get("result/attach", **{k: v for k, v in (right | changes).items() if v})

    return call


async def test_attach_ties_a_result_to_a_new_user_and_counts_one_access(
    attach, result_key, database
):
    answer = await attach(result_key)
    assert (answer.status, answer.body) == (200, {"status": True})
    stored = database.results.find_one({"_id": uuid.UUID(result_key)})
    assert stored["user_id"] == "anna"
    assert counts(database) == (1, 1, 1)


async def test_attach_again_for_the_same_user_succeeds_and_is_free(attach, result_key, database):
    for _ in range(3):
        assert (await attach(result_key)).body == {"status": True}
    assert counts(database) == (1, 1, 1)
    assert database.provider_users.find_one()["main"] == 1


async def test_attach_by_user_key(attach, result_key, take_test, database):
    await attach(result_key)
    key = str(database.provider_users.find_one()["key"])
    assert (await attach(await take_test(), None, user_key=key)).status == 200
    assert counts(database) == (1, 1, 1)


async def test_attach_of_another_users_result_is_refused_and_free(attach, result_key, database):
    await attach(result_key)
    answer = await attach(result_key, "bob")
    assert (answer.status, answer.reason) == (409, "result_attached_to_another_user")
    message = answer.body["error"]["message"]
    assert message == "The result is already attached to another user."
    assert counts(database) == (1, 1, 1)


async def test_attach_of_a_foreign_result_is_refused(api, register, result_key, database):
    school = await register("school")
    answer = await api.get(
        "result/attach", client_key=school.client_key, user_id="anna", result_key=result_key
    )
    assert (answer.status, answer.reason) == (404, "result_not_found")
    assert answer.body["error"]["message"].startswith("Result not found with the provided key.")
    assert counts(database, "school") == (0, 0, 0)


@pytest.mark.parametrize("key", [UNKNOWN, "no-uuid", "{}", "0" * 36])
async def test_attach_of_an_unknown_result_is_refused_and_free(attach, key, database):
    answer = await attach(key)
    assert (answer.status, answer.reason) == (404, "result_not_found")
    assert counts(database) == (0, 0, 0)


@pytest.mark.parametrize("missing", ["user_id", "result_key"])
async def test_a_missing_parameter_is_named(attach, result_key, missing):
    answer = await attach(result_key, **{missing: None})
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert f'"{missing}"' in answer.body["error"]["message"]


async def test_an_unknown_user_key_is_refused(attach, result_key):
    answer = await attach(result_key, None, user_key=str(uuid.uuid4()))
    assert (answer.status, answer.reason) == (404, "user_not_found")


async def test_the_sandbox_is_a_world_apart(api, attach, college, result_key, take_test, database):
    live = await api.get(
        "result/attach", client_key=college.sandbox_key, user_id="anna", result_key=result_key
    )
    assert live.reason == "result_not_found"
    token = await api.get(
        "access/token", client_key=college.sandbox_key, user_id="anna", test="work-values"
    )
    sandbox_key = await take_test(access_token=token.body["access_token"])
    assert (await attach(sandbox_key)).reason == "result_not_found"
    assert (await attach(sandbox_key, client_key=college.sandbox_key)).status == 200
    assert counts(database) == (0, 0, 0)


async def test_of_users_racing_for_one_result_one_wins_and_pays(
    attach, result_key, database, other_node_url, api
):
    nodes = (api.url, other_node_url)

    async def race(number):
        api.url = nodes[number % 2]
        return await attach(result_key, f"user {number}")

    answers = await asyncio.gather(*map(race, range(10)))
    refused = [answer for answer in answers if answer.status != 200]
    assert len(refused) == 9
    assert {answer.reason for answer in refused} == {"result_attached_to_another_user"}
    assert counts(database) == (1, 1, 1)


async def test_one_new_user_attaching_many_results_at_once_is_one_access(
    attach, take_test, database, college
):
    assert college
    keys = await asyncio.gather(*(take_test() for _ in range(10)))
    answers = await asyncio.gather(*(attach(key) for key in keys))
    assert {answer.status for answer in answers} == {200}
    assert counts(database) == (1, 1, 1)
    assert database.provider_users.find_one()["main"] == 10


async def test_a_prepaid_limit_holds_under_200_parallel_attaches_on_two_nodes(
    api, other_node_url, register, take_test, database
):
    limit = 37
    school = await register(
        "school", payment_policy=PaymentPolicy.PREPAID, access_limit=limit - 2, overdraft=2
    )
    keys = []
    for _ in range(10):
        keys += await asyncio.gather(*(take_test("school") for _ in range(20)))

    nodes = (api, PartnerApi(AsyncHTTPClient(force_instance=True), other_node_url))

    async def attach_one(number, key):
        return await nodes[number % 2].get(
            "result/attach",
            client_key=school.client_key,
            user_id=f"user {number}",
            result_key=key,
        )

    answers = await asyncio.gather(*(attach_one(*numbered_key) for numbered_key in enumerate(keys)))
    refused = [answer for answer in answers if answer.status != 200]
    assert len(answers) - len(refused) == limit
    assert {(answer.status, answer.reason) for answer in refused} == {(403, "access_limit_reached")}
    assert counts(database, "school") == (limit, limit, limit)
    assert database.results.count_documents({"user_id": {"$ne": None}}) == limit


async def test_a_known_user_attaches_on_after_the_limit_is_reached(api, register, take_test):
    school = await register("school", payment_policy=PaymentPolicy.PREPAID, access_limit=1)
    for user, status in (("anna", 200), ("bob", 403), ("anna", 200)):
        answer = await api.get(
            "result/attach",
            client_key=school.client_key,
            user_id=user,
            result_key=await take_test("school"),
        )
        assert answer.status == status


async def test_a_limit_of_zero_lets_nobody_in(api, register, take_test, database):
    school = await register("school", payment_policy=PaymentPolicy.PREPAID, access_limit=0)
    answer = await api.get(
        "result/attach",
        client_key=school.client_key,
        user_id="anna",
        result_key=await take_test("school"),
    )
    assert (answer.status, answer.reason) == (403, "access_limit_reached")
    assert counts(database, "school") == (0, 0, 0)

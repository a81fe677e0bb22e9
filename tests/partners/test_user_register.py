"""`user/register` gives a user its lasting key once, at the cost of one access."""

import asyncio
import unicodedata
import uuid

import pytest
from tornado.httpclient import AsyncHTTPClient

from tests.support.ledger import counts
from tests.support.partner_api import PartnerApi
from widget_gateway.domain.partners.providers import PaymentPolicy

pytestmark = pytest.mark.gen_test


@pytest.fixture
def enrol(api, college):
    """Register a user by the college's key, but for the changes."""

    async def call(user_id="anna", **changes):
        right = {"client_key": college.client_key, "user_id": user_id}
        return await api.get("user/register", **{k: v for k, v in (right | changes).items() if v})

    return call


async def test_the_example_of_the_v2_document_works_as_printed(api, college, database):
    answer = await api.fetch(
        f"/partner/api/v2/user/register?client={college.client_key}&user_id=anna%40mail.example"
    )
    assert answer.status == 200
    assert set(answer.body) == {"user_key"}
    stored = database.provider_users.find_one({"_id.user_id": "anna@mail.example"})
    assert uuid.UUID(answer.body["user_key"]) == stored["key"]
    assert counts(database) == (1, 1, 1)


async def test_a_repeat_returns_the_same_key_and_issues_nothing(enrol, database):
    keys = {(await enrol()).body["user_key"] for _ in range(3)}
    assert len(keys) == 1
    assert counts(database) == (1, 1, 1)


async def test_users_have_keys_of_their_own(enrol, database):
    keys = {(await enrol(user)).body["user_key"] for user in ("anna", "Anna", "anna ", "bob")}
    assert len(keys) == 4
    assert counts(database) == (4, 4, 4)


async def test_one_name_at_two_providers_is_two_users(enrol, register, database):
    school = await register("school")
    college_key = (await enrol()).body["user_key"]
    assert (await enrol(client_key=school.client_key)).body["user_key"] != college_key
    assert counts(database) == counts(database, "school") == (1, 1, 1)


async def test_a_user_whom_attach_registered_keeps_that_key(api, college, take_test, enrol):
    await api.get(
        "result/attach",
        client_key=college.client_key,
        user_id="anna",
        result_key=await take_test(),
    )
    listed = await api.get("users", client_key=college.client_key)
    assert (await enrol()).body["user_key"] == listed.body["users"][0]["user_key"]


async def test_100_parallel_registrations_of_one_user_issue_one_access(
    api, other_node_url, college, database
):
    nodes = (api, PartnerApi(AsyncHTTPClient(force_instance=True), other_node_url))
    answers = await asyncio.gather(
        *(
            nodes[number % 2].get("user/register", client=college.client_key, user_id="anna")
            for number in range(100)
        )
    )
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body["user_key"] for answer in answers}) == 1
    assert counts(database) == (1, 1, 1)


async def test_new_users_are_refused_at_the_limit_and_known_ones_are_not(enrol, register, database):
    school = await register("school", payment_policy=PaymentPolicy.PREPAID, access_limit=2)
    told = [
        await enrol(user, client_key=school.client_key) for user in ("anna", "bob", "carl", "anna")
    ]
    assert [answer.status for answer in told] == [200, 200, 403, 200]
    assert told[2].reason == "access_limit_reached"
    assert told[2].body["error"]["message"].startswith("The access limit is reached.")
    assert counts(database, "school") == (2, 2, 2)


async def test_an_overdraft_goes_beyond_the_limit_by_itself(enrol, register, database):
    school = await register(
        "school", payment_policy=PaymentPolicy.PREPAID, access_limit=1, overdraft=1
    )
    told = [await enrol(user, client_key=school.client_key) for user in ("anna", "bob", "carl")]
    assert [answer.status for answer in told] == [200, 200, 403]
    assert counts(database, "school") == (2, 2, 2)


async def test_sandbox_users_are_a_world_apart_marked_and_never_counted(enrol, register, database):
    school = await register("school", payment_policy=PaymentPolicy.PREPAID, access_limit=0)
    sandbox = await enrol(client_key=school.sandbox_key)
    assert (sandbox.status, sandbox.body["sandbox"]) == (200, True)
    assert (await enrol(client_key=school.client_key)).reason == "access_limit_reached"
    assert counts(database, "school") == (0, 0, 0)


async def test_the_same_name_in_the_sandbox_has_another_key(enrol, college):
    live, sandbox = await enrol(), await enrol(client_key=college.sandbox_key)
    assert "sandbox" not in live.body
    assert live.body["user_key"] != sandbox.body["user_key"]


async def test_a_user_id_has_up_to_256_characters(enrol, database):
    assert (await enrol("я" * 256)).status == 200
    answer = await enrol("я" * 257)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert counts(database) == (1, 1, 1)


@pytest.mark.parametrize(
    "other", ["Anna", "anna ", " anna", "аnna", "anna\u200b", "ａｎｎａ"], ids=ascii
)
async def test_what_differs_in_any_character_is_another_user(enrol, database, other):
    assert (await enrol("anna")).body["user_key"] != (await enrol(other)).body["user_key"]
    assert counts(database) == (2, 2, 2)


async def test_one_name_in_two_compositions_is_two_users(enrol, database):
    composed, decomposed = (unicodedata.normalize(form, "Андрей") for form in ("NFC", "NFD"))
    keys = [(await enrol(name)).body["user_key"] for name in (composed, decomposed) * 2]
    assert keys[:2] == keys[2:]
    assert keys[0] != keys[1]
    assert counts(database) == (2, 2, 2)


async def test_a_number_is_the_user_of_its_digits(api, college, enrol, database):
    named = (await enrol("17")).body["user_key"]
    for number, is_the_same in ((17, True), (17.0, True), ("017", False)):
        answer = await api.post_json("user/register", client_key=college.client_key, user_id=number)
        assert (answer.body["user_key"] == named) is is_the_same
    assert counts(database) == (2, 2, 2)


async def test_a_missing_user_id_is_named(enrol, database):
    answer = await enrol(None)
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    assert answer.body["error"]["message"] == 'The required "user_id" parameter is missing.'
    assert counts(database) == (0, 0, 0)


async def test_id_and_key_of_two_users_are_refused(enrol, database):
    key = (await enrol()).body["user_key"]
    answer = await enrol("bob", user_key=key)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert counts(database) == (1, 1, 1)


async def test_the_refusal_of_the_v2_document_reads_as_printed(enrol):
    answer = await enrol(client_key="nobody")
    assert answer.body["error"] == {
        "code": 404,
        "message": "Client not found with the provided token.",
        "reason": "client_not_found",
    }

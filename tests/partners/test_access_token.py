"""`access/token` issues a token for a user and a test; a new user costs an access."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from bson.binary import Binary

from tests.support.fixtures import UNKNOWN
from widget_gateway.domain.partners.providers import PaymentPolicy

pytestmark = pytest.mark.gen_test


@pytest.fixture
def call(api, college):
    """Call `access/token` with right parameters, but for the changes."""

    async def get(**changes):
        right = {"client_key": college.client_key, "user_id": "anna", "test": "work-values"}
        return await api.get("access/token", **{k: v for k, v in (right | changes).items() if v})

    return get


async def test_a_token_lives_for_24_hours(call):
    answer = await call()
    expires_at = datetime.fromisoformat(answer.body["expires_at"])
    lifetime = expires_at - datetime.now(UTC)
    assert timedelta(hours=24) - timedelta(minutes=1) < lifetime <= timedelta(hours=24)
    assert set(answer.body) == {"access_token", "expires_at"}


async def test_a_token_is_a_binary_uuid_that_a_ttl_index_removes(call, database):
    token = uuid.UUID((await call()).body["access_token"])
    raw = database.client[database.name].with_options(
        codec_options=database.codec_options.with_options(uuid_representation=0)
    )
    stored = raw.access_tokens.find_one()
    assert stored is not None
    assert stored["_id"] == Binary(token.bytes, 4)
    indexes = database.access_tokens.index_information()
    assert any(index.get("expireAfterSeconds") == 0 for index in indexes.values())


async def test_each_call_gives_another_token(call):
    assert (await call()).body["access_token"] != (await call()).body["access_token"]


async def test_a_new_user_is_registered_and_counted_once(call, database):
    for _ in range(3):
        await call()
    await call(user_id="bob")
    assert database.provider_users.count_documents({}) == 2
    assert database.accesses.count_documents({}) == 2
    assert database.providers.find_one()["access_count"] == 2


async def test_a_user_may_be_named_by_its_key_or_by_both(call, database):
    await call()
    key = str(database.provider_users.find_one()["key"])
    assert (await call(user_id=None, user_key=key)).status == 200
    assert (await call(user_key=key)).status == 200
    assert database.provider_users.count_documents({}) == 1


async def test_a_key_and_an_id_of_two_users_are_refused(call, database):
    await call()
    key = str(database.provider_users.find_one()["key"])
    answer = await call(user_id="bob", user_key=key)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")
    assert database.provider_users.count_documents({}) == 1


@pytest.mark.parametrize("key", [UNKNOWN, "no-uuid", "{}"])
async def test_an_unknown_user_key_is_refused(call, key):
    answer = await call(user_id=None, user_key=key)
    assert (answer.status, answer.reason) == (404, "user_not_found")
    assert answer.body["error"]["message"].startswith("User not found with the provided key.")


async def test_another_partners_user_is_not_found(api, call, register, database):
    await call()
    key = str(database.provider_users.find_one()["key"])
    school = await register("school")
    answer = await api.get(
        "access/token", client_key=school.client_key, user_key=key, test="work-values"
    )
    assert answer.reason == "user_not_found"


@pytest.mark.parametrize("missing", ["user_id", "test"])
async def test_a_missing_parameter_is_named(call, missing):
    answer = await call(**{missing: None})
    assert (answer.status, answer.reason) == (400, "parameter_missing")
    message = answer.body["error"]["message"]
    assert message == f'The required "{missing}" parameter is missing.'


async def test_an_unknown_test_registers_nobody(call, database):
    answer = await call(test="no-such-test")
    assert (answer.status, answer.reason) == (404, "test_not_found")
    assert answer.body["error"]["message"] == "Test not found."
    assert database.provider_users.count_documents({}) == 0


async def test_a_forbidden_test_registers_nobody(api, register, database):
    school = await register("school", main_tests=("work-values",))
    answer = await api.get(
        "access/token", client_key=school.client_key, user_id="anna", test="career-interests"
    )
    assert (answer.status, answer.reason) == (403, "test_not_allowed")
    message = answer.body["error"]["message"]
    assert message == "The provider has no access to this test."
    assert database.provider_users.count_documents({}) == 0


async def test_no_access_left_means_no_token(api, register, database):
    school = await register(
        "school", payment_policy=PaymentPolicy.PREPAID, access_limit=1, overdraft=1
    )
    answers = [
        await api.get(
            "access/token", client_key=school.client_key, user_id=user, test="work-values"
        )
        for user in ("anna", "bob", "carl", "anna")
    ]
    assert [answer.status for answer in answers] == [200, 200, 403, 200]
    assert answers[2].reason == "access_limit_reached"
    assert answers[2].body["error"]["message"] == "The access limit is reached."
    assert database.access_tokens.count_documents({}) == 3


@pytest.mark.parametrize("paid", ["2", "yes", "true", "-1"])
async def test_paid_is_0_or_1(call, paid):
    answer = await call(paid=paid)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")


@pytest.mark.parametrize(("paid", "stored"), [(1, True), (True, True), (False, False), (0, False)])
async def test_paid_may_be_a_number_or_a_boolean(api, college, database, paid, stored):
    await api.post_json(
        *["access/token"],
        client_key=college.client_key,
        user_id="anna",
        test="work-values",
        paid=paid,
    )
    assert database.access_tokens.find_one()["paid"] is stored


async def test_a_sandbox_token_says_so_and_counts_nothing(call, college, database):
    answer = await call(client_key=college.sandbox_key)
    assert answer.body["sandbox"] is True
    assert database.accesses.count_documents({}) == 0
    assert database.providers.find_one()["access_count"] == 0

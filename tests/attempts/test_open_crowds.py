"""Many `open` at once, some of them refused: each visitor gets the right reply."""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import pytest

from tests.support.fixtures import ORIGIN
from tests.support.waiting import until
from widget_gateway.domain import errors
from widget_gateway.services.attempts.attempts import OpenReply

TEST = "career-interests"

pytestmark = pytest.mark.gen_test


def opens(backend, provider="college", test=TEST, token=None):
    return backend.services.channel.attempts.begin(
        provider=provider,
        test=test,
        locales=["en"],
        access_token=token and UUID(token),
        host_answers=[],
        origin=ORIGIN,
        own_origin="http://127.0.0.1",
        open_id=uuid4(),
    )


async def outcomes(calls):
    """Count the calls by the type of what they returned or raised."""
    ends = await asyncio.gather(*calls, return_exceptions=True)
    return Counter(type(end) for end in ends)


def started(database):
    return sum(row.get("started", 0) for row in database.statistics.find())


@pytest.mark.usefixtures("college")
async def test_ten_thousand_opens_of_unknown_tests_count_nothing_and_hold_up_nobody(
    backend, database
):
    hostile = [opens(backend, test=f"unknown-{number % 100}") for number in range(10_000)]
    ends = await outcomes([*hostile, *(opens(backend) for _ in range(50))])
    assert ends == {errors.TestNotFoundError: 10_000, OpenReply: 50}
    assert started(database) == database.attempts.count_documents({}) == 50


@pytest.fixture
def tokens_of(api, college):
    """Issue access tokens for so many new users."""

    async def issue_all(number):
        parameters = {"client_key": college.client_key, "test": TEST}
        issued = [
            await api.get("access/token", **parameters, user_id=f"user-{user}")
            for user in range(number)
        ]
        return [answer.body["access_token"] for answer in issued]

    return issue_all


async def test_wrong_tokens_amid_right_ones_are_refused_alone(backend, database, tokens_of):
    right = await tokens_of(30)
    wrong = [str(uuid4()) for _ in range(30)]
    mixed = [token for pair in zip(right, wrong, right, strict=True) for token in pair]
    ends = await outcomes(opens(backend, token=token) for token in mixed)
    assert ends == {OpenReply: 30, errors.TokenInvalidError: 60}
    assert started(database) == database.attempts.count_documents({}) == 30


async def test_a_token_opens_one_attempt_though_two_nodes_have_it(
    connect, database, other_node_url, base_url, tokens_of
):
    tokens = await tokens_of(10)
    visitors = [
        (await connect(url), token) for token in tokens for url in (base_url, other_node_url)
    ]
    for visitor, token in visitors:
        await visitor.send("open", provider="college", test=TEST, locale="en", access_token=token)
    answers = [(token, await visitor.receive()) for visitor, token in visitors]
    won = [token for token, answer in answers if answer["type"] == "session"]
    lost = [answer["code"] for _, answer in answers if answer["type"] == "error"]
    assert sorted(won) == sorted(tokens)
    assert lost == ["token_invalid"] * 10
    assert started(database) == database.attempts.count_documents({}) == 10


async def test_a_provider_disabled_amid_a_crowd_opens_nothing_from_then_on(
    backend, database, register
):
    await register("college")
    await register("school")
    crowd = [
        asyncio.ensure_future(opens(backend, provider))
        for _ in range(60)
        for provider in ("college", "school")
    ]
    await until(lambda: any(visitor.done() for visitor in crowd))
    await backend.services.partner.providers.update("college", {"enabled": False})
    assert await outcomes(opens(backend) for _ in range(20)) == {errors.OriginNotAllowedError: 20}
    of_college, of_school = await outcomes(crowd[::2]), await outcomes(crowd[1::2])
    assert of_school == {OpenReply: 60}
    assert set(of_college) <= {OpenReply, errors.OriginNotAllowedError}
    stored = database.attempts.count_documents({"provider": "college"})
    assert stored == of_college[OpenReply]
    assert started(database) == stored + 60

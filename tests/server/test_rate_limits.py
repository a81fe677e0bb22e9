"""How often partners may call, and addresses without a key."""

from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fixtures import UNKNOWN, WORK_VALUES
from tests.support.wire import Wire
from widget_gateway.domain.rate_limits import Quota, RateLimiter

QUOTA = Quota("key", 10, 60.0)


@pytest.fixture
def limiter():
    return RateLimiter(QUOTA)


def test_the_whole_quota_may_be_spent_at_once(limiter):
    allowed = [limiter.spend("anna", 100.0) for _ in range(10)]
    assert [decision.remaining for decision in allowed] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert all(decision.allowed for decision in allowed)
    refused = limiter.spend("anna", 100.0)
    assert (refused.allowed, refused.retry_after_s, refused.full_in_s) == (False, 6, 60)


def test_a_refused_call_costs_nothing(limiter):
    for _ in range(30):
        limiter.spend("anna", 100.0)
    assert limiter.spend("anna", 106.0).allowed


def test_callers_do_not_share(limiter):
    for _ in range(11):
        limiter.spend("anna", 100.0)
    assert limiter.spend("bob", 100.0).remaining == 9


def test_who_has_not_called_for_a_window_is_forgotten(limiter):
    for number in range(1000):
        limiter.spend(str(number), 100.0)
    limiter.spend("anna", 161.0)
    assert len(limiter) == 1


@given(st.lists(st.floats(0, 30), max_size=60))
def test_never_more_than_the_quota_and_what_flows_in(pauses):
    limiter, now, allowed = RateLimiter(QUOTA), 0.0, 0
    for pause in pauses:
        now += pause
        allowed += limiter.spend("anna", now).allowed
    assert allowed <= QUOTA.amount + now * QUOTA.amount / QUOTA.window_s + 1e-6


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(
        settings, key_rate_limit=5, address_rate_limit=3, trusted_proxies=("127.0.0.1",)
    )


@pytest.fixture(autouse=True)
def still_clock(monkeypatch):
    """Let nothing flow back into the buckets, however slowly a test runs."""
    for module in ("handlers.partner.base", "handlers.qua.base"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(monotonic=lambda: 1000.0))


@pytest.mark.gen_test
async def test_answers_tell_what_is_left(api, college):
    first = await api.get("stats", client_key=college.client_key)
    second = await api.get("stats", client_key=college.client_key)
    assert first.headers["RateLimit-Policy"] == '"key";q=5;w=60'
    assert first.headers["RateLimit"] == '"key";r=4;t=12'
    assert second.headers["RateLimit"].startswith('"key";r=3;')


@pytest.mark.gen_test
async def test_too_many_calls_with_a_key_are_refused(api, college, database):
    answers = [
        await api.get("user/register", client_key=college.client_key, user_id=f"user-{number}")
        for number in range(6)
    ]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    last = answers[-1]
    assert last.reason == "rate_limited"
    assert last.headers["Retry-After"] == "12"
    assert last.headers["RateLimit"].startswith('"key";r=0;')
    assert database["provider_users"].count_documents({}) == 5


@pytest.mark.gen_test
async def test_another_provider_and_the_sandbox_have_quotas_of_their_own(api, college, register):
    other = await register("school")
    for _ in range(6):
        await api.get("stats", client_key=college.client_key)
    for key in (college.sandbox_key, other.client_key):
        assert (await api.get("stats", client_key=key)).status == 200


@pytest.mark.gen_test
async def test_refusals_after_the_key_was_known_count_for_the_key(api, college):
    answer = await api.get("session/get", client_key=college.client_key, session=UNKNOWN)
    assert answer.reason == "session_not_found"
    assert answer.headers["RateLimit"].startswith('"key";r=4;')


@pytest.mark.gen_test
async def test_wrong_keys_count_for_the_address_and_not_for_who_has_a_right_one(api, college):
    answers = [await api.get("stats", client_key=f"live_{number}") for number in range(4)]
    assert [answer.status for answer in answers] == [404] * 3 + [429]
    assert answers[0].headers["RateLimit-Policy"] == '"address";q=3;w=60'
    assert (await api.get("stats", client_key=college.client_key)).status == 200


@pytest.mark.gen_test
async def test_calculating_without_a_key_is_limited_by_address(api):
    path = "/partner/api/v1/calculate"
    body = {"test": "work-values", "progress": WORK_VALUES}
    answers = [await api.post_json(path, **body) for _ in range(4)]
    assert [answer.status for answer in answers] == [403] * 3 + [429]


@pytest.mark.gen_test
async def test_the_address_is_what_a_trusted_proxy_tells(api):
    for number in range(4):
        headers = {"X-Forwarded-For": f"203.0.113.66, 198.51.100.{number}"}
        assert (await api.fetch("stats", headers=headers)).status == 400
    for number in range(4):
        headers = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7, 127.0.0.1"}
        answer = await api.fetch("stats", headers=headers)
    assert answer.status == 429


@pytest.mark.gen_test
async def test_over_the_limit_of_an_address_no_body_is_read(api, base_url):
    for _ in range(3):
        assert (await api.post_json("stats")).status == 400
    for path in ("/partner/api/v3/stats", "/partner/api/v1/calculate", "/api/auth"):
        async with Wire(base_url) as wire:
            wire.send(
                f"POST {path} HTTP/1.1\r\nHost: gateway.example\r\nContent-Length: 1000000\r\n"
                "Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n"
            )
            answer = await wire.answer()
            assert (answer.status, answer.headers["Retry-After"]) == (429, "20")


@pytest.mark.gen_test
async def test_over_the_limit_of_a_key_no_body_is_read(api, base_url, college):
    key = college.client_key
    for _ in range(5):
        assert (await api.post_json("stats", client_key=key)).status == 200
    for path, header in (
        (f"stats?client={key}", ""),
        ("stats", f"Authorization: Bearer {key}\r\n"),
    ):
        async with Wire(base_url) as wire:
            wire.send(
                f"POST /partner/api/v3/{path} HTTP/1.1\r\nHost: gateway.example\r\n{header}"
                "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
            )
            answer = await wire.answer()
            assert (answer.status, answer.headers["Retry-After"]) == (429, "12")


@pytest.mark.gen_test
async def test_a_call_with_its_key_before_the_body_is_counted_once(api, college):
    path = f"stats?client_key={college.client_key}"
    answers = [await api.fetch(path, method="POST", body="{}") for _ in range(2)]
    assert [one.headers["RateLimit"][:9] for one in answers] == ['"key";r=4', '"key";r=3']


@pytest.mark.gen_test
async def test_a_key_in_the_body_that_differs_from_the_querys_is_refused(api, college, register):
    school = await register("school")
    path = f"stats?client_key={college.client_key}"
    answer = await api.post_json(path, client_key=school.client_key)
    assert (answer.status, answer.reason) == (400, "parameter_invalid")


def test_a_peek_takes_nothing(limiter):
    for _ in range(20):
        assert limiter.peek("anna", 100.0).allowed
    assert len(limiter) == 0
    for _ in range(10):
        limiter.spend("anna", 100.0)
    assert not limiter.peek("anna", 100.0).allowed
    assert limiter.peek("anna", 106.0).allowed

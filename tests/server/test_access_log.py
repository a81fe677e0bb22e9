"""The log tells who called, and which origins are refused to whom."""

import msgspec
import pytest

pytestmark = pytest.mark.gen_test

ELSEWHERE = "https://elsewhere.example"
VISITOR = "203.0.113.9"


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, trusted_proxies=("127.0.0.1",))


def lines(logs, event):
    return [entry for entry in logs if entry["event"] == event]


async def test_a_request_is_logged_with_its_client(api, logs):
    await api.fetch("/healthz")
    await api.fetch("/healthz", headers={"X-Forwarded-For": f"198.51.100.1, {VISITOR}"})
    assert [line["client"] for line in lines(logs, "request")] == ["127.0.0.1", VISITOR]


async def test_a_websocket_is_logged_with_its_client(connect, college, logs):
    assert college
    visitor = await connect()
    await visitor.open("college", test="work-values")
    (line,) = lines(logs, "request")
    assert (line["path"], line["client"]) == ("/ws/v1/widget", "127.0.0.1")


async def test_a_refused_origin_is_logged_with_its_client(api, college, logs):
    assert college
    headers = {"Origin": ELSEWHERE, "X-Forwarded-For": VISITOR}
    await api.fetch("/tests/api/v1/info/work-values/?provider=college", headers=headers)
    (line,) = lines(logs, "origin_refused")
    assert (line["provider"], line["origin"], line["client"]) == ("college", ELSEWHERE, VISITOR)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_an_origin_that_qua_refuses_is_logged_once(api, logs, method):
    for _ in range(3):
        answer = await api.fetch("/api/questions", method=method, headers={"Origin": ELSEWHERE})
        assert "Access-Control-Allow-Origin" not in answer.headers
    (line,) = lines(logs, "origin_refused")
    assert (line["api"], line["origin"], line["client"]) == ("qua", ELSEWHERE, "127.0.0.1")


async def test_the_gateways_own_pages_are_not_refused(api, base_url, logs):
    await api.fetch("/api/questions", headers={"Origin": base_url})
    assert lines(logs, "origin_refused") == []

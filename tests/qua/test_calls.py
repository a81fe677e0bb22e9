"""Rules of all calls of QUA: envelopes, statuses, methods, CORS, and bad input."""

import json

import msgspec
import pytest
from tornado.httpclient import HTTPRequest

from storage.qua.questions import QuaQuestionStore
from tests.support.qua_api import refusal_of, response_of
from widget_gateway.domain.errors import StorageUnavailableError
from widget_gateway.domain.rate_limits import Quota

pytestmark = pytest.mark.gen_test

ORIGIN = "https://qua.example"
PATHS = {
    "auth": {"POST"},
    "questions": {"GET", "POST"},
    "questions/1": {"GET", "PUT", "DELETE"},
    "questions/1/versions": {"GET"},
    "questions/1/versions/1": {"GET"},
    "questions/1/restore": {"POST"},
    "questions/unanswered": {"GET"},
    "questions/archived": {"GET"},
    "searches/without_hits": {"GET"},
    "searches/without_hits/dismiss": {"POST"},
    "synonyms": {"GET", "POST"},
    "synonyms/1": {"PUT", "DELETE"},
    "synonyms/proposals": {"GET"},
    "synonyms/proposals/dismiss": {"POST"},
    "me": {"GET"},
    "preview": {"POST"},
    "keywords": {"GET"},
    "home": {"GET"},
    "external_resources/1/remove": {"POST"},
    "search": {"GET"},
    "external_resources": {"GET", "POST"},
    "external_resources/1": {"GET"},
    "/away": {"GET"},
}
UNKNOWN = [
    *("", "nothing", "questions/x", "questions/-1", "questions/1/answer", "questions/1.5"),
    *("questions/" + "9" * 16, "search/1", "users", "auth/x", "external_resources/abc"),
]


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(settings, cors_origins=(f"{ORIGIN}/", "http://localhost:3000"))


def methods(answer, header="Allow"):
    return set(answer.headers[header].split(", "))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("slash", ["", "/"], ids=["without slash", "with slash"])
async def test_options_tell_what_a_path_takes(qua, path, slash):
    answer = await qua.call("OPTIONS", path + slash)
    assert response_of(answer) is None
    assert methods(answer) == PATHS[path] | {"OPTIONS"}
    assert not any(name.startswith("Access-Control") for name in answer.headers)


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_of_a_set_origin_may_call(qua, path):
    preflight = await qua.call("OPTIONS", path, Origin=ORIGIN, Access_Control_Request_Method="PUT")
    assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert methods(preflight, "Access-Control-Allow-Methods") >= PATHS[path]
    allowed = preflight.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type"} <= set(allowed.split(", "))
    refused = await qua.call("PATCH", path, Origin=ORIGIN)
    assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in refused.headers["Vary"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://qua.example.evil.example", "null", "", "*"]
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_a_page_of_any_other_origin_may_not(qua, origin, method):
    me = await qua.join()
    answer = await me.call(method, "questions", Origin=origin)
    assert answer.status == 200
    assert not any(name.startswith("Access-Control") for name in answer.headers)
    assert "Origin" in answer.headers["Vary"]


async def test_a_page_sees_the_headers_that_it_needs(qua):
    me = await qua.join()
    answer = await me.call("GET", "questions", Origin="http://localhost:3000")
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "X-Total-Count" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_a_wrong_method_is_refused_with_allow(qua, path, method):
    if method in PATHS[path]:
        return
    answer = await qua.call(method, path)
    assert answer.status == 405
    assert methods(answer) == PATHS[path] | {"OPTIONS"}
    if method != "HEAD":
        assert refusal_of(answer)[0] == 405


@pytest.mark.parametrize("path", UNKNOWN)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_an_unknown_path_is_not_found_in_the_envelope(qua, path, method):
    me = await qua.join()
    assert refusal_of(await me.call(method, path))[0] == 404


async def test_a_path_of_the_portal_keeps_its_shape(qua):
    answer = await qua.call("GET", "/api/v1/nothing")
    assert (answer.status, answer.body["result"]) == (404, False)


@pytest.mark.parametrize(
    "path", ["questions/17", "questions/0", "external_resources/17", "questions/" + "9" * 15]
)
async def test_an_unknown_id_is_not_found(qua, path):
    me = await qua.join()
    assert refusal_of(await me.find(path))[0] == 404
    if path.startswith("questions"):
        assert refusal_of(await me.call("PUT", path, {"title": "x"}))[0] == 404
        assert refusal_of(await me.call("DELETE", path))[0] == 404
    assert refusal_of(await qua.find(path))[0] == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "questions"),
        ("POST", "questions"),
        ("GET", "questions/1"),
        ("PUT", "questions/1"),
        ("DELETE", "questions/1"),
        ("GET", "search?query=x"),
        ("GET", "external_resources"),
        ("POST", "external_resources"),
        ("GET", "external_resources/1"),
    ],
)
async def test_every_call_but_auth_needs_a_token(qua, method, path):
    assert refusal_of(await qua.call(method, path))[0] == 401


@pytest.mark.parametrize(
    "body",
    ["[]", '"title"', "5", "null", "{", "{'title': 'x'}", "[" * 5_000, '{"title": NaN}', "\ud800"],
)
@pytest.mark.parametrize("path", ["questions", "auth", "external_resources"])
async def test_a_body_that_is_no_object_is_refused(qua, path, body):
    me = await qua.join()
    headers = {"Authorization": f"JWT {me.token}", "Content-Type": "application/json"}
    raw = body.encode("utf-8", "surrogatepass")
    answer = await qua.fetch(f"/api/{path}", method="POST", body=raw, headers=headers)
    assert refusal_of(answer)[0] == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "application/jsonp"])
async def test_a_body_of_another_type_is_refused_rather_than_ignored(qua, kind):
    me = await qua.join()
    number = (await me.ask("before"))["id"]
    headers = {"Authorization": f"JWT {me.token}"} | ({"Content-Type": kind} if kind else {})
    request = HTTPRequest(
        f"{qua.url}/api/questions/{number}", method="PUT", headers=headers, body='{"title": "x"}'
    )
    raw = await qua._client.fetch(request, raise_error=False)
    assert (raw.code, json.loads(raw.body)["ok"]) == (400, 0)
    assert (await me.read(f"questions/{number}"))["title"] == "before"


@pytest.mark.parametrize("number", [-1, "x", 1.5, 10**9, 1001, 0, "10; drop", "١"])
async def test_a_limit_out_of_its_range_is_refused(qua, number):
    me = await qua.join()
    for path in ("questions", "external_resources"):
        assert refusal_of(await me.find(path, limit=number))[0] == 400
    assert refusal_of(await me.find("search", query="x", limit=number))[0] == 400


@pytest.mark.parametrize("number", [-1, "x", 10**10, "NaN"])
async def test_an_offset_out_of_its_range_is_refused(qua, number):
    me = await qua.join()
    for path in ("questions", "external_resources"):
        assert refusal_of(await me.find(path, offset=number))[0] == 400
    assert refusal_of(await me.find("search", query="x", offset=number))[0] == 400


async def test_a_parameter_given_twice_is_refused_if_it_differs(qua):
    me = await qua.join()
    assert refusal_of(await me.call("GET", "questions?limit=1&limit=2"))[0] == 400
    assert response_of(await me.call("GET", "questions?limit=1&limit=1&other=1&other=2")) == []
    body = '{"title": "a", "title": "b"}'
    headers = {"Authorization": f"JWT {me.token}", "Content-Type": "application/json"}
    answer = await qua.fetch("/api/questions", method="POST", body=body, headers=headers)
    assert refusal_of(answer)[0] == 400


@pytest.mark.parametrize("query", ["title=%FF", "title=a%00b"])
async def test_what_no_database_takes_is_refused(qua, query):
    me = await qua.join()
    headers = {
        "Authorization": f"JWT {me.token}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = await qua.fetch("/api/questions", method="POST", body=query, headers=headers)
    assert refusal_of(answer)[0] == 400


async def test_a_body_above_one_mebibyte_is_refused_in_the_envelope(qua):
    me = await qua.join()
    answer = await me.call("POST", "questions", {"title": "x" * 2**20})
    assert refusal_of(answer)[0] == 413


def allow_two(limiter):
    limiter.quota = Quota(limiter.quota.name, 2)
    limiter._buckets.clear()


async def test_too_many_calls_are_refused_in_the_envelope(qua, backend):
    me = await qua.join()
    allow_two(backend.services.qua.calls_by_key)
    statuses = [(await me.find("questions")).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = await me.find("questions")
    assert refusal_of(answer)[0] == 429
    assert int(answer.headers["Retry-After"]) >= 1
    allow_two(backend.services.qua.calls_by_address)
    statuses = [(await qua.find("questions")).status for _ in range(3)]
    assert statuses == [401, 401, 429]


async def test_a_database_that_is_down_is_told_in_the_envelope(qua, monkeypatch):
    me = await qua.join()

    async def fail(*_given, **_fields):
        raise StorageUnavailableError

    monkeypatch.setattr(QuaQuestionStore, "list_page", fail)
    answer = await me.find("questions")
    assert refusal_of(answer)[0] == 503
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_fault_of_ours_tells_its_request_id_and_nothing_else(qua, monkeypatch):
    me = await qua.join()

    async def fail(*_given, **_fields):
        raise RuntimeError("innards")

    monkeypatch.setattr(QuaQuestionStore, "list_page", fail)
    answer = await me.call("GET", "questions", X_Request_Id="id-500")
    assert answer.status == 500
    assert answer.body == {
        "ok": 0,
        "error": {
            "error_code": 500,
            "error_msg": "Something went wrong on our side.",
            "request_id": "id-500",
        },
    }
    assert answer.headers["X-Request-Id"] == "id-500"

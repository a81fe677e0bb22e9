"""Rules of all addresses: request ids, methods, sizes, faults, and who may call."""

import re

import pytest
from tornado.web import HTTPError

from handlers.base import AuthKind, BaseHandler
from handlers.routes import UndeclaredAuthenticationError, _checked, all_routes
from tests.support.waiting import until
from widget_gateway.composition.application import make_application

pytestmark = pytest.mark.gen_test

ADDRESSES = [
    "/healthz",
    "/tests/api/v1/info/work-values/",
    "/partner/api/v3/result/get",
    "/static/widget/widget.js",
    "/nowhere",
]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_every_answer_carries_the_callers_request_id(api, address):
    answer = await api.fetch_raw(address, headers={"X-Request-Id": "order-17.b_C"})
    assert answer.headers["X-Request-Id"] == "order-17.b_C"


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("request_id", ["", "x" * 65, "a b", "<script>", "a;b", "../x"])
async def test_an_insane_request_id_is_replaced(api, address, request_id):
    answer = await api.fetch_raw(address, headers={"X-Request-Id": request_id})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])


async def test_request_ids_differ(api):
    ids = {(await api.fetch("/healthz")).headers["X-Request-Id"] for _ in range(5)}
    assert len(ids) == 5


async def test_logs_carry_the_request_id_and_no_query(api, logs):
    await api.fetch("/healthz?client_key=secret", headers={"X-Request-Id": "id-1"})
    # The line is written after the answer.
    await until(lambda: [entry for entry in logs if entry["event"] == "request"])
    (line,) = [entry for entry in logs if entry["event"] == "request"]
    assert (line["request_id"], line["path"], line["status"]) == ("id-1", "/healthz", 200)
    assert "secret" not in str(logs)


@pytest.mark.parametrize(
    ("address", "method", "allowed"),
    [
        ("/healthz", "POST", {"GET", "HEAD"}),
        ("/tests/api/v1/info/work-values/", "DELETE", {"GET", "HEAD"}),
        ("/partner/api/v3/result/get", "PUT", {"GET", "POST"}),
        ("/partner/api/v2/access/token", "DELETE", {"GET", "POST"}),
        ("/ws/v1/widget", "POST", {"GET"}),
        ("/static/widget/widget.js", "DELETE", {"GET", "HEAD"}),
        ("/metrics", "PATCH", {"GET", "HEAD"}),
    ],
)
async def test_a_wrong_method_is_refused_with_allow(api, address, method, allowed):
    answer = await api.fetch(
        address,
        method=method,
        body=None if method == "DELETE" else "",
        allow_nonstandard_methods=True,
    )
    assert (answer.status, answer.reason) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "address",
    [
        "/nowhere",
        "/partner/api/v1/result/get",
        "/partner/api/v4/result/get",
        "/partner/api/v3/result",
        "/partner/api/v3/",
        "/static/widget/no-such.js",
        "/tests/api/v1/info/a%00b/",
    ],
)
async def test_an_unknown_path_is_not_found_in_the_common_shape(api, address):
    answer = await api.fetch(address)
    assert (answer.status, answer.reason) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["", "types", "../../setup.py", "%2e%2e/%2e%2e/setup.py", "..%2f..%2fsetup.py"]
)
async def test_nothing_but_the_widgets_files_is_served(api, path):
    answer = await api.fetch(f"/static/widget/{path}")
    assert (answer.status, answer.reason) in {(403, "forbidden"), (404, "not_found")}


@pytest.mark.parametrize("address", ["/partner/api/v3/access/token", "/healthz", "/nowhere"])
async def test_a_body_above_one_mebibyte_is_refused(api, address):
    answer = await api.fetch(address, method="POST", body=b"x" * (2**20 + 1))
    assert (answer.status, answer.reason) in {(413, "body_too_large"), (404, "not_found")}
    assert answer.status == 413 or address == "/nowhere"


async def test_a_body_of_one_mebibyte_is_read(api, college):
    body = f'{{"client_key": "{college.client_key}", "user_id": "anna", "test": "work-values"}}'
    answer = await api.post_raw("access/token", body.ljust(2**20))
    assert answer.status == 200


class FaultyHandler(BaseHandler):
    """A handler that fails while it knows a secret."""

    auth = AuthKind.PUBLIC

    def get(self):
        key = self.get_argument("client_key")
        raise RuntimeError(f"innards {len(key)}")


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_a_fault_of_ours_tells_its_request_id_and_nothing_else(
    app, backend, api, logs, accept
):
    app.add_handlers(r".*", [("/faulty", FaultyHandler, {"services": backend.services.public})])
    headers = {"X-Request-Id": "id-500", "Accept": accept}
    answer = await api.fetch("/faulty?client_key=secret", headers=headers)
    assert (answer.status, answer.reason) == (500, "internal")
    assert answer.body["error"]["request_id"] == "id-500"
    assert "innards" not in str(answer.body)
    assert "Traceback" not in str(answer.body)
    failed = [entry for entry in logs if entry["event"] == "request_failed"]
    assert len(failed) == 1
    assert failed[0]["request_id"] == "id-500"
    assert "secret" not in str(failed)


async def test_a_status_without_words_of_ours_still_has_the_common_shape(app, backend, api):
    class Teapot(BaseHandler):
        auth = AuthKind.PUBLIC

        def get(self):
            raise HTTPError(418)

    app.add_handlers(r".*", [("/teapot", Teapot, {"services": backend.services.public})])
    answer = await api.fetch("/teapot")
    assert answer.status == 418
    assert answer.reason


async def test_start_up_refuses_a_route_that_does_not_say_who_may_call(backend):
    class Forgetful(BaseHandler):
        pass

    with pytest.raises(UndeclaredAuthenticationError, match="Forgetful at /forgotten"):
        _checked("/forgotten", Forgetful, {})
    assert all(rule.target.auth for rule in all_routes(backend.services))


async def test_the_whole_application_refuses_to_start_with_such_a_route(backend, monkeypatch):
    monkeypatch.setattr("handlers.public.ops.HealthHandler.auth", None)
    with pytest.raises(UndeclaredAuthenticationError, match="HealthHandler"):
        make_application(backend.services)


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
async def test_a_load_balancer_may_ask_by_head(api, address):
    answer = await api.fetch(address, method="HEAD")
    assert (answer.status, answer.body) == (200, None)


async def test_healthz_says_that_the_process_lives(api):
    answer = await api.fetch("/healthz")
    assert (answer.status, answer.body) == (200, {"status": "ok"})


async def test_readyz_says_that_storage_and_indexes_are_there(api):
    answer = await api.fetch("/readyz")
    assert (answer.status, answer.body) == (200, {"status": "ok"})


async def test_readyz_names_a_missing_index(api, database):
    indexes = database.results.index_information()
    database.results.drop_index("user")
    try:
        answer = await api.fetch("/readyz")
    finally:
        database.results.create_index(indexes["user"]["key"], name="user")
    assert answer.status == 503
    assert answer.headers["Retry-After"]
    assert answer.body["faults"] == ["index results.user is missing"]


async def test_metrics_count_requests_sockets_answers_and_accesses(api, college, connect):
    visitor = await connect()
    session = await visitor.open(test="work-values")
    await visitor.answer_all(session["questions"][:3])
    await api.get("access/token", client_key=college.client_key, user_id="anna", test="work-values")
    answer = await api.fetch_raw("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = answer.body.decode()
    for line in (
        'widget_gateway_sockets{channel="widget"} 1.0',
        "widget_gateway_answers_total 3.0",
        "widget_gateway_accesses_issued_total 1.0",
        'widget_gateway_request_seconds_count{method="GET",route="AccessToken",status="200"} 1.0',
    ):
        assert line in text
    assert college.client_key not in text
    await visitor.leave()

    async def has_left():
        text = (await api.fetch_raw("/metrics")).body.decode()
        return 'widget_gateway_sockets{channel="widget"} 0.0' in text

    await until(has_left)


async def test_the_published_schema_of_definitions_is_served(api):
    answer = await api.fetch("/schemas/test-definition.json")
    assert answer.status == 200
    assert answer.body["title"] == "Test definition"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"

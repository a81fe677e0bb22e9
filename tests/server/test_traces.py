"""Traces: a collector can follow a call to the batch that made it durable, and learns no secret."""

import asyncio
import socket
import subprocess
import sys
import time

import msgspec
import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from tests.support.collector import start_collector
from tests.support.fixtures import running_backend
from tests.support.waiting import until
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.traces import Span, traced_batch
from widget_gateway.settings import read_settings
from widget_gateway.tracing import CLOSE_S, OpenTelemetry

pytestmark = pytest.mark.gen_test

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{CALLER}-00"
SAMPLED = 1
"""The flag of a `traceparent` that says that the span is recorded."""

FACTS = {
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "widget_gateway.delivery",
    "widget_gateway.members",
    "widget_gateway.provider",
    "widget_gateway.request_id",
    "widget_gateway.sandbox",
    "widget_gateway.session",
    "widget_gateway.test",
    "widget_gateway.try",
}
"""All that a span may tell."""


@pytest.fixture
def collector(io_loop):
    collector = start_collector()
    yield collector
    collector.server.stop()
    io_loop.run_sync(collector.server.close_all_connections)


@pytest.fixture
def ratio():
    return 1.0


@pytest.fixture
def settings(settings, collector, ratio):
    return msgspec.structs.replace(
        settings,
        traces_endpoint=collector.url,
        traces_ratio=ratio,
        private_networks=("127.0.0.0/8",),
    )


@pytest.fixture
def register_user(api, college):
    """Register a user of the college's, with these headers."""

    async def call(user_id="anna", **headers):
        body = f'{{"client_key": "{college.client_key}", "user_id": "{user_id}"}}'
        headers = {"Content-Type": "application/json"} | headers
        answer = await api.fetch("user/register", method="POST", body=body, headers=headers)
        assert answer.status == 200
        return answer

    return call


@pytest.fixture
def called(io_loop, backend):
    """The headers of the webhooks that the college's server has received."""
    received = []

    class HookHandler(RequestHandler):
        def post(self):
            received.append(self.request.headers)

    sock, port = bind_unused_port()
    server = HTTPServer(Application([("/hook", HookHandler)]))
    server.add_socket(sock)
    set_url = backend.services.partner.webhooks.set_url
    url = f"http://127.0.0.1:{port}/hook"
    io_loop.run_sync(lambda: set_url(ProviderSlug("college"), url))
    yield received
    server.stop()
    io_loop.run_sync(server.close_all_connections)


def batch_of(collector, call, kind):
    """The batch that made a call durable: the one to which a span below the call is linked."""
    (part,) = [span for span in collector.below(call) if span.name == kind]
    (batch,) = [span for span in collector.named(f"{kind} batch") if span.id in part.links]
    assert call.id in batch.links
    assert batch.parent == ""
    return batch


async def test_a_call_is_followed_from_its_caller_to_its_batch(collector, register_user):
    answer = await register_user(traceparent=TRACEPARENT)
    await until(lambda: collector.named("commit batch") and collector.named("UserRegister"))
    (call,) = collector.named("UserRegister")
    assert (call.trace, call.parent) == (TRACE, CALLER)
    assert call.facts == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "widget_gateway.provider": "college",
        "widget_gateway.request_id": answer.headers["X-Request-Id"],
        "widget_gateway.sandbox": False,
    }
    assert batch_of(collector, call, "commit").facts["widget_gateway.members"] == 1


async def test_calls_that_share_a_batch_all_find_it(collector, register_user):
    await asyncio.gather(*(register_user(f"user-{number}") for number in range(10)))
    await until(lambda: len(collector.named("UserRegister")) == 10)
    calls = collector.named("UserRegister")
    assert len({call.trace for call in calls}) == 10
    await until(lambda: sum(len(b.links) for b in collector.named("commit batch")) == 10)
    batches = {batch_of(collector, call, "commit").id for call in calls}
    assert len(batches) < 10
    assert max(len(batch.links) for batch in collector.named("commit batch")) > 1


async def test_an_open_an_answer_and_a_finish_are_followed_to_their_batches(
    collector, college, connect
):
    assert college
    visitor = await connect()
    session = await visitor.open(test="work-values")
    await visitor.answer_all(session["questions"])
    await visitor.send("finish")
    await visitor.expect("finished")
    await until(lambda: collector.named("finish") and len(collector.named("answer")) == 24)
    for kind, name in (("commit", "open"), ("commit", "finish"), ("store", "answer")):
        for span in collector.named(name):
            assert batch_of(collector, span, kind)
            assert span.facts["widget_gateway.session"] == session["session"]
            assert span.facts["widget_gateway.test"] == "work-values"
            assert span.parent == ""


async def test_a_webhook_goes_on_with_the_trace_of_its_call(
    collector, api, college, take_test, called
):
    attached = {
        "client_key": college.client_key,
        "user_id": "anna",
        "result_key": await take_test(),
    }
    headers = {"Content-Type": "application/json", "traceparent": TRACEPARENT}
    await api.fetch(
        "result/attach", method="POST", body=msgspec.json.encode(attached), headers=headers
    )
    await until(lambda: any(TRACE in got.get("traceparent", "") for got in called))
    await until(lambda: any(span.trace == TRACE for span in collector.named("webhook")))
    (webhook,) = [span for span in collector.named("webhook") if span.trace == TRACE]
    (call,) = collector.named("ResultAttach")
    assert (call.trace, webhook.parent) == (TRACE, call.id)
    assert f"00-{TRACE}-{webhook.id}-01" in {got.get("traceparent") for got in called}


async def test_nothing_secret_is_sent(collector, api, college, connect, called, register_user):
    assert called == []
    user_key = (await register_user("anna-petrova")).body["user_key"]
    token = await api.get(
        "access/token", client_key=college.client_key, user_id="anna-petrova", test="work-values"
    )
    visitor = await connect()
    session = await visitor.open(test="work-values", access_token=token.body["access_token"])
    await visitor.answer(1, "1", "an answer that is refused")
    await visitor.expect("error")
    await visitor.answer_all(session["questions"], seq=1)
    await visitor.send("finish")
    result_key = (await visitor.expect("finished"))["result_key"]
    await api.get(
        "result/attach",
        client_key=college.client_key,
        user_id="anna-petrova",
        result_key=result_key,
    )
    await api.get("user/register", client_key="live_unknown", user_id="an-unknown-person")
    await until(lambda: len(collector.named("UserRegister")) == 2)
    await until(lambda: collector.named("ResultAttach") and len(collector.named("answer")) == 25)
    sent = b"".join(collector.bodies)
    for secret in (
        college.client_key,
        college.sandbox_key,
        "anna-petrova",
        "an-unknown-person",
        "live_unknown",
        user_key,
        token.body["access_token"],
        session["resume_token"],
        result_key,
        "an answer that is refused",
        "client_key",
        "user_id",
    ):
        assert secret.encode() not in sent
    assert {fact for span in collector.spans for fact in span.facts} <= FACTS
    assert "answer_invalid" in {span.fault for span in collector.named("answer")}


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "00",
        f"00-{'0' * 32}-{CALLER}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{CALLER}-01",
        f"00-{TRACE.upper()}-{CALLER}-01",
        f"00-{TRACE}-{CALLER}-01-more",
        f"00-{TRACE}-{CALLER}-01,00-{TRACE}-{CALLER}-01",
        f"00-{TRACE[:-1]}٣-{CALLER}-01".encode().decode("latin-1"),
        "00-" * 5_000,
    ],
)
async def test_a_malformed_traceparent_is_ignored(collector, register_user, hostile):
    await register_user(traceparent=hostile)
    await until(lambda: collector.named("UserRegister"))
    (call,) = collector.named("UserRegister")
    assert call.trace != TRACE
    assert call.parent == ""


@pytest.mark.parametrize("ratio", [0.0])
async def test_a_caller_cannot_have_its_calls_recorded(
    collector, register_user, backend, connect, called
):
    sampled = f"00-{TRACE}-{CALLER}-01"
    await register_user(traceparent=sampled)
    span = backend.services.partner.tracer.begin_call("call", {}, sampled)
    assert span.traceparent.startswith(f"00-{TRACE}-")
    assert span.traceparent.endswith("-00")
    visitor = await connect()
    session = await visitor.open(test="career-interests", locale="en")
    await visitor.answer_all(session["questions"])
    await visitor.expect("pause")
    await until(lambda: len(called) > 0)
    flags = {int(got["traceparent"].rpartition("-")[2], 16) for got in called}
    assert {flag & SAMPLED for flag in flags} == {0}
    await backend.services.partner.tracer.close()  # It sends all that waits.
    assert collector.spans == []


async def test_a_hanging_collector_delays_neither_calls_nor_the_end():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tracer = OpenTelemetry(f"http://127.0.0.1:{silent.getsockname()[1]}", 1.0)
        began = time.monotonic()
        for _ in range(4_000):  # twice as many spans as may wait
            with traced_batch(tracer, "store", [tracer.begin("answer", {})]):
                pass
        assert time.monotonic() - began < 20
        connection, _ = await asyncio.to_thread(silent.accept)
        began = time.monotonic()
        await tracer.close()
        assert time.monotonic() - began < CLOSE_S + 1
        connection.close()


async def test_a_missing_collector_delays_neither_calls_nor_the_end():
    sock, port = bind_unused_port()
    sock.close()
    tracer = OpenTelemetry(f"http://127.0.0.1:{port}", 1.0)
    tracer.begin("answer", {}).end()
    began = time.monotonic()
    await tracer.close()
    assert time.monotonic() - began < CLOSE_S + 1


def test_a_gateway_with_a_dead_collector_serves_and_ends(io_loop, settings):
    dead = msgspec.structs.replace(settings, traces_endpoint="http://127.0.0.1:1")
    with running_backend(io_loop, dead) as backend:
        assert io_loop.run_sync(backend.services.public.health.faults) == []
        began = time.monotonic()
    assert time.monotonic() - began < 10


def test_without_the_setting_nothing_of_the_library_is_imported_or_traced(io_loop, settings):
    off = msgspec.structs.replace(settings, traces_endpoint=None)
    with running_backend(io_loop, off) as backend:
        assert backend.services.partner.tracer is None
        assert backend.services.channel.tracer is None
    code = (
        "import sys, widget_gateway.server, widget_gateway.cli.serve\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRACES_ENDPOINT", "collector:4318"),
        ("TRACES_ENDPOINT", "grpc://collector:4317"),
        ("TRACES_ENDPOINT", "http://"),
        ("TRACES_ENDPOINT", "http://name:secret@collector:4318"),
        ("TRACES_ENDPOINT", "http://collector:4318/v1/traces?key=secret"),
        ("TRACES_ENDPOINT", "http://collector:4318/#secret"),
        ("TRACES_ENDPOINT", "http://collector:99999"),
        ("TRACES_ENDPOINT", "http://collector:4318 "),
        ("TRACES_RATIO", "-0.1"),
        ("TRACES_RATIO", "1.1"),
        ("TRACES_RATIO", "nan"),
        ("TRACES_RATIO", "half"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_told(name, value):
    with pytest.raises(Exception, match=f"WIDGET_GATEWAY_{name}") as refused:
        read_settings({f"WIDGET_GATEWAY_{name}": value})
    assert type(refused.value).__name__ == "SettingsError"
    assert "secret" not in str(refused.value)


def test_an_unrecorded_member_makes_no_batch():
    class Unrecorded(Span):
        is_recorded = False
        traceparent = ""

        def note(self, facts):
            raise AssertionError(facts)

        def end(self, fault=None):
            raise AssertionError(fault)

    class NoTracer:
        def begin_batch(self, *_):
            raise AssertionError

    with traced_batch(NoTracer(), "store", [None, Unrecorded()]):
        pass

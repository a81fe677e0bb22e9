"""Bodies are refused by what the headers say, before they are read and held."""

import asyncio
import json

import pytest

from handlers import exchange
from handlers.base import MAX_BODY_BYTES
from tests.support.waiting import until
from tests.support.wire import Wire

pytestmark = pytest.mark.gen_test(timeout=60)

ROUTES = {
    "/partner/api/v3/progress/save": "partner",
    "/partner/api/v1/calculate": "partner",
    "/api/v1/callback/portal/push/events": "portal",
    "/api/v1/auth/login": "portal",
    "/api/auth": "qua",
    "/api/questions": "qua",
}


def head(path, *headers, method="POST"):
    lines = (f"{method} {path} HTTP/1.1", "Host: gateway.example", *headers, "", "")
    return "\r\n".join(lines)


def message(answer, family):
    """The message of a refusal, after a look at its shape."""
    body = json.loads(answer.body)
    assert answer.headers["X-Request-Id"]
    if family == "partner":
        assert body["error"]["code"] == answer.status
        return body["error"]["message"]
    if family == "portal":
        assert body["result"] is False
        return body["error"]
    assert (body["ok"], body["error"]["error_code"]) == (0, answer.status)
    return body["error"]["error_msg"]


@pytest.fixture
def wire(io_loop, http_server, base_url):
    assert http_server
    opened = Wire(base_url)
    io_loop.run_sync(opened.__aenter__)
    yield opened
    io_loop.run_sync(lambda: opened.__aexit__(None, None, None))


LENGTHS = [2**20 + 1, 2**24 - 1, 2**24, 2**40, 10**30, "9" * 5000]


async def test_a_declared_length_is_refused_before_a_byte_is_sent(base_url, http_server):
    assert http_server

    async def refused(path, family, length):
        async with Wire(base_url) as wire:
            wire.send(head(path, f"Content-Length: {length}"))
            answer = await wire.answer()
            assert answer.status == 413
            assert message(answer, family) == "The request is larger than 1 MiB."
            assert answer.headers["Connection"] == "close"
            assert await wire.ended() == b""

    calls = [(path, family, length) for path, family in ROUTES.items() for length in LENGTHS]
    await asyncio.gather(*(refused(*call) for call in calls))


@pytest.mark.parametrize("spelling", ["100-continue", "100-Continue", "100-CONTINUE"])
async def test_only_who_may_send_the_body_is_told_to_go_on(wire, college, spelling):
    body = json.dumps({"client_key": college.client_key, "user_id": "ann"}).encode()
    length = f"Content-Length: {len(body)}"
    wire.send(head("/partner/api/v3/user/register", length, f"Expect: {spelling}", JSON))
    assert (await wire.answer()).status == 100
    wire.send(body)
    assert (await wire.answer()).status == 200
    wire.send(head("/partner/api/v3/stats", f"Content-Length: {2**20 + 1}", f"Expect: {spelling}"))
    refused = await wire.answer()
    assert (refused.status, refused.headers["Connection"]) == (413, "close")
    assert await wire.ended() == b""


JSON = "Content-Type: application/json"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nowhere", "POST", 404),
        ("/api/v1/nowhere", "PUT", 404),
        ("/healthz", "POST", 405),
        ("/static/widget/widget.js", "POST", 405),
        ("/ws/v1/widget", "POST", 405),
        ("/api/questions", "POST", 401),
        ("/api/v1/callback/pin/update", "POST", 401),
        ("/partner/api/v3/stats?client_key=nobody", "POST", 404),
    ],
)
async def test_what_the_headers_tell_is_answered_before_the_body(wire, path, method, status):
    wire.send(head(path, "Content-Length: 1000", "Expect: 100-continue", method=method))
    answer = await wire.answer()
    assert (answer.status, answer.headers["Connection"]) == (status, "close")


async def test_after_a_refusal_the_connection_goes_on_when_the_body_was_sent(wire):
    for _ in range(3):
        wire.send(head("/api/questions", "Content-Length: 1000"))
        assert (await wire.answer()).status == 401
        wire.send(b"x" * 1000)
    wire.send(head("/healthz", method="GET"))
    assert (await wire.answer()).status == 200


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded"])
async def test_the_type_of_a_refused_body_does_not_matter(wire, kind):
    wire.send(head("/api/questions", "Content-Length: 1000", f"Content-Type: {kind}"))
    assert (await wire.answer()).status == 401


async def test_a_body_in_chunks_is_cut_at_one_mebibyte(wire, backend):
    wire.send(head("/api/auth", "Transfer-Encoding: chunked", JSON))
    chunk = b"x" * 2**16
    for _ in range(17):
        wire.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    answer = await wire.answer()
    assert (answer.status, message(answer, "qua")) == (413, "The request is larger than 1 MiB.")
    assert backend.services.public.node.held_body_bytes == 0


async def test_a_body_in_chunks_is_read(wire, college):
    body = json.dumps({"client_key": college.client_key, "user_id": "ann"}).encode()
    wire.send(head("/partner/api/v3/user/register", "Transfer-Encoding: chunked", JSON))
    for byte in body:
        wire.send(b"1\r\n%c\r\n" % byte)
    wire.send(b"0\r\n\r\n")
    assert (await wire.answer()).status == 200


async def test_a_client_that_first_sends_all_gets_the_refusal(wire):
    size = 3 * 2**20
    wire.send(head("/partner/api/v3/stats", f"Content-Length: {size}"))
    wire.send(b"x" * size)
    await wire.writer.drain()
    assert (await wire.answer()).status == 413


async def test_a_client_that_sends_nothing_more_is_left(wire, monkeypatch):
    monkeypatch.setattr(exchange, "LINGER_S", 0.1)
    wire.send(head("/api/questions", "Content-Length: 1000"))
    assert (await wire.answer()).status == 401
    assert await wire.ended() == b""


UNFRAMED = [
    ["Content-Length: -1"],
    ["Content-Length: +1"],
    ["Content-Length: 0x10"],
    ["Content-Length: 1_0"],
    ["Content-Length: "],
    ["Content-Length: 5", "Content-Length: 6"],
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: gzip, chunked"],
    ["Transfer-Encoding: identity"],
    ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
]


@pytest.mark.parametrize(
    ("path", "family"), [("/api/auth", "qua"), ("/api/v1/auth/login", "portal")]
)
async def test_a_request_whose_end_is_unknown_ends_its_connection(
    base_url, http_server, path, family
):
    assert http_server
    for headers in UNFRAMED:
        async with Wire(base_url) as wire:
            wire.send(head(path, *headers) + head("/healthz", method="GET"))
            answer = await wire.answer()
            assert (answer.status, headers) == (400, headers)
            assert message(answer, family) == "The request can't be understood."
            assert answer.headers["Connection"] == "close"
            assert await wire.ended() == b""


async def test_equal_lengths_are_one(wire):
    wire.send(head("/api/auth", "Content-Length: 2", "Content-Length: 2", JSON) + "{}")
    assert (await wire.answer()).status == 400
    wire.send(head("/healthz", method="GET"))
    assert (await wire.answer()).status == 200


async def test_a_get_may_have_a_body(wire, college):
    body = json.dumps({"client_key": college.client_key}).encode()
    wire.send(head("/partner/api/v3/stats", f"Content-Length: {len(body)}", JSON, method="GET"))
    wire.send(body)
    assert (await wire.answer()).status == 200


async def test_a_process_holds_only_so_many_bytes_of_bodies(
    wire, base_url, backend, monkeypatch, college
):
    node = backend.services.public.node
    monkeypatch.setattr(exchange, "MAX_HELD_BYTES", 2 * MAX_BODY_BYTES)
    path = f"/partner/api/v3/stats?client_key={college.client_key}"
    async with Wire(base_url) as slow, Wire(base_url) as slower:
        for held in (slow, slower):
            held.send(head(path, f"Content-Length: {MAX_BODY_BYTES}"))
            held.send(b"x" * (MAX_BODY_BYTES - 1))
        await until(lambda: node.held_body_bytes == 2 * MAX_BODY_BYTES - 2)
        wire.send(head(path, "Content-Length: 1000") + "x" * 1000)
        answer = await wire.answer()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    await until(lambda: node.held_body_bytes == 0)
    async with Wire(base_url) as later:
        later.send(head(path, "Content-Length: 1000") + "x" * 1000)
        assert (await later.answer()).status == 200
    assert node.held_body_bytes == 0

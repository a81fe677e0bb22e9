"""Whatever a client sends: the answer is well formed, in its API's shape, and no fault of ours.

Requests are made at random over all routes. The seed is printed; `SEED=…` makes the same again.
"""

import asyncio
import json
import logging
import os
import random
import re
import resource

import msgspec
import pytest
from tornado.testing import bind_unused_port

from handlers.routes import all_routes
from tests.console.routes import ROUTES as CONSOLE_PAGES
from tests.support.wire import Wire
from widget_gateway.acceptor import Acceptor
from widget_gateway.server import make_server

pytestmark = pytest.mark.gen_test(timeout=300)

REQUESTS = 400
AT_ONCE = 6
UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="


@pytest.fixture
def settings(settings):
    return msgspec.structs.replace(
        settings, address_rate_limit=10_000_000, trusted_proxies=("127.0.0.1",)
    )


@pytest.fixture
def url(io_loop, backend):
    """The gateway with the server and the sockets of `serve`."""
    sock, port = bind_unused_port()
    server = make_server(backend)

    async def accept():
        return Acceptor(server, [sock], resource.getrlimit(resource.RLIMIT_NOFILE)[0])

    acceptor = io_loop.run_sync(accept)
    yield f"http://127.0.0.1:{port}"
    acceptor.stop()
    io_loop.run_sync(server.close_all_connections)


@pytest.fixture
def faults(logs, caplog):
    """What was logged as a fault, by us or by a library."""
    caplog.set_level(logging.ERROR)
    return lambda: (
        [one for one in logs if one.get("log_level") in ("error", "critical")]
        + [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    )


def sample_path(pattern):
    """A path that a route matches."""
    path = pattern.removesuffix("$").replace("[23]", "3").replace("/?", "")
    path = path.replace("(?:/.*)?", "/odd").replace(".*", "odd").replace("\\", "")
    path = re.sub(r"\(([a-z.]+)(?:\|[a-z.|]+)?\)", r"\1", path)
    while "(" in path:
        path = re.sub(r"\((?:\?:)?[^()]*\)", "1", path)
    assert re.fullmatch(pattern, path), pattern
    return path


class Odd:
    """Makes requests that are odd in one way or another."""

    METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW", "get", "CONNECT")
    BODIES = (
        b"",
        b"{}",
        b'{"\\ud800": "\\udfff", "client_key": "\\ud800"}',
        b'{"client_key": ["a"], "client_key": {"$gt": ""}, "test": NaN, "progress": 1e999}',
        b'{"ad_login": "\\ud800", "pin_code": 1e999, "refresh_token": {"a": {"a": 1, "a": 2}}}',
        b'{"a":' * 50_000,
        b'{"a":' * 600 + b"1" + b"}" * 600,
        b'{"a": ' + b"9" * 5_000 + b"}",
        b"[" + b"1.0," * 100_000 + b"1]",
        b"\xff\xfe{}",
        b"a=1&" * 1_001,
        b"client_key=%ff&test=%00&progress=[[[",
        b"--x\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\xff\r\n--x--",
        b"--x\r\n\r\n--x--\r\n",
    )
    TYPES = (
        "application/json",
        "application/json; charset=\xff",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "\xff/\xff",
    )
    QUERIES = (
        "?client_key=%ff",
        "?client_key=a&client_key=b",
        "?user_id[$gt]=&user_key=%00&test=%ed%a0%80",
        "?%ff=%ff&=&&&=",
        "?" + "&".join(f"p{number}=1" for number in range(1_000)),
        "?" + "a=1&" * 1_001,
        "?limit=-1&offset=9999999999999999999999&format=..%2f&from=0000-00-00&to=%d9%a1",
        "?query=" + "%00" * 400 + "&spelling=2&limit=1e3",
        "?\x7f\xff",
        "??#/",
    )
    HEADERS = (
        "X-Request-Id: \xff",
        "Authorization: Bearer \xff\xfe",
        "Authorization: JWT a.b.c",
        "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.",
        "Authorization:",
        "X-Callback-Key: \xff",
        "X-Callback-Key: callback key of the tests",
        "Idempotency-Key: \xff",
        "Accept-Language: \xff;q=\xff, ru;q=nan, *;q=1e999",
        "Accept-Encoding: gzip;q=\xff",
        "Origin: http://[",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Cookie: \xff=\xff; a",
        "If-None-Match: \xff",
        "If-Modified-Since: Thu, 99 Foo 0000",
        "Range: bytes=9-1,\xff",
        "X-Forwarded-For: [::1, 1.2.3.4:99999999, \xff",
        'Forwarded: for="\xff',
        "X-Forwarded-Proto: \xff",
        "X-Forwarded-Host: [",
        "User-Agent: \xff\xfe",
        "Expect: 100-CONTINUE",
        "Expect: \xff",
        "Transfer-Encoding: gzip",
        UPGRADE,
        f"{UPGRADE}\r\nSec-WebSocket-Version: 13\r\n{KEY}\r\nOrigin: http://[",
        f"{UPGRADE}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \xff",
        f'{UPGRADE}\r\nSec-WebSocket-Version: 13\r\n{KEY}\r\nSec-WebSocket-Extensions: \xff;=;"',
        f"{UPGRADE}\r\nSec-WebSocket-Version: 8\r\n{KEY}",
        "X-Long: " + "x" * 63_000,
        "X-Long: " + "x" * 66_000,
        "X-Longer: " + "x" * 140_000,
        "\r\n".join(f"X-{number}: 1" for number in range(3_000)),
        "no colon",
        ": no name",
        "X-Control: \x00\x01",
        " folded",
    )

    def __init__(self, seed, paths) -> None:
        self._random = random.Random(seed)
        self._paths = paths

    def request(self):
        """The method, the path, and the bytes of a request."""
        choose = self._random
        path = choose.choice(self._paths)
        method = choose.choice(self.METHODS) if choose.random() < 0.7 else "POST"
        target = self._target(path) + (choose.choice(self.QUERIES) if choose.random() < 0.4 else "")
        version = choose.choice(("HTTP/1.1",) * 12 + ("HTTP/1.0", "HTTP/2.0", "HTTP/1.1 x", ""))
        lines = [f"{method} {target} {version}", *self._host(), "Connection: close"]
        lines += choose.choices(self.HEADERS, k=choose.choice((0, 1, 1, 2, 3)))
        body = choose.choice(self.BODIES) if method not in ("GET", "HEAD") else b""
        if choose.random() < 0.1:
            body = choose.randbytes(choose.randrange(1, 3_000))
        lines.append(f"Content-Type: {choose.choice(self.TYPES)}")
        if choose.random() < 0.15:
            lines.append("Transfer-Encoding: chunked")
            body = self._chunked(body)
        elif body or choose.random() < 0.3:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return method, path, head + body

    def _host(self):
        odd = ([], ["Host: [::"], ["Host: a, b"], ["Host: \xff"], ["Host: a", "Host: b"], ["Host:"])
        return self._random.choice(odd) if self._random.random() < 0.15 else ["Host: localhost"]

    def _target(self, path):
        odd = (
            path,
            f"http://other.example{path}",
            f"HTTPS://[::1]:1{path}",
            f"{path}/%ff%00",
            f"{path}/\xff\x80",
            f"{path}%ed%a0%80",
            f"{path}//..//;a=b",
            f"{path} {path}",
            f"{path}\x01",
        )
        return self._random.choice(odd) if self._random.random() < 0.4 else path

    def _chunked(self, body):
        ends = (b"0\r\n\r\n",) * 4 + (b"x\r\n", b"0\r\nX: 1\r\n\r\n", b"-1\r\n", b"0" * 100)
        start = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
        return start + self._random.choice(ends)


def check_shape(path, answer):
    """A refusal has the shape of its API, or the common one where its API can't be told."""
    assert answer.headers["Content-Type"].startswith("application/json"), answer
    body = json.loads(answer.body)
    assert "Traceback" not in str(body)
    if path.startswith("/api/v1/") and "result" in body:
        assert body["result"] is False
        assert len(body) > 1
    elif (path.startswith("/api") or path == "/away") and "ok" in body:
        assert (body["ok"], body["error"]["error_code"]) == (0, answer.status)
    else:
        assert body["error"]["code"] == answer.status
        assert body["error"]["message"]
        assert body["error"]["reason"]
        assert not path.startswith("/api") or answer.status in (400, 404, 431)


def check(path, answer):
    assert answer.status < 500 or (answer.status, path) == (503, "/readyz"), answer
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", answer.headers["X-Request-Id"])
    assert "Server" not in answer.headers
    if path.startswith("/widget/") and answer.status == 404:
        assert b"Traceback" not in answer.body  # a page for people, or the common shape
    elif path.startswith(("/console", "/docs")) and answer.headers["Content-Type"].startswith(
        "text/html"
    ):
        assert b"Traceback" not in answer.body
    elif answer.status >= 400 and answer.body:
        check_shape(path, answer)


@pytest.mark.slow
async def test_odd_requests_get_answers(url, backend, faults):
    seed = int(os.environ.get("SEED") or random.randrange(2**32))
    print(f"SEED={seed}")  # noqa: T201 - pytest shows it with a failure
    patterns = [rule.matcher.regex.pattern for rule in all_routes(backend.services)]
    paths = [sample_path(each) for each in patterns if not each.startswith("/console")]
    paths += [row.example for row in CONSOLE_PAGES]
    odd = Odd(seed, [*paths, "/", "/nowhere", "*"])
    # Made beforehand, so that a seed makes the same requests in whatever order they are answered.
    waiting = [odd.request() for _ in range(REQUESTS)]

    async def send():
        while waiting:
            method, path, request = waiting.pop()
            try:
                answer = await final_answer(url, method, request)
                if answer.status != 101:
                    check(path, answer)
                assert not faults()
            except (AssertionError, EOFError, OSError) as error:
                raise AssertionError(f"{request[:1_000]!r}") from error

    await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    assert (await ask(url, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")).status == 200


async def final_answer(url, method, request):
    async with Wire(url) as wire:
        wire.send(request)
        answer = await wire.answer(method)
        while answer.status == 100:
            answer = await wire.answer(method)
        return answer


async def ask(url, request, method="GET"):
    async with Wire(url) as wire:
        wire.send(request)
        return await wire.answer(method)


@pytest.mark.parametrize(
    "head",
    [
        "nonsense",
        "GET",
        "GET / HTTP/2.0",
        "GET /\xff HTTP/1.1\r\nno colon",
        "GET / HTTP/1.1\r\n: x",
        "GET / HTTP/1.1\r\nX: \x00",
        "GET  / HTTP/1.1",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_what_is_no_http_is_answered_in_the_common_shape(url, faults, head):
    async with Wire(url) as wire:
        wire.send(f"{head}\r\n\r\n")
        answer = await wire.answer()
        assert (answer.status, json.loads(answer.body)["error"]["reason"]) == (400, "bad_request")
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])
        assert await wire.ended() == b""
    assert not faults()


@pytest.mark.parametrize("size", [66_000, 140_000])
async def test_headers_above_64_kib_are_refused(url, faults, size):
    long = f"GET /api/questions HTTP/1.1\r\nHost: x\r\nX: {'x' * size}\r\n\r\n"
    answer = await ask(url, long)
    assert answer.status == 431
    check_shape("/api/questions", answer)
    assert not faults()


async def test_headers_of_64_kib_are_read(url):
    answer = await ask(url, f"GET /healthz HTTP/1.1\r\nHost: x\r\nX: {'x' * 65_000}\r\n\r\n")
    assert answer.status == 200


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://x", 200),
        ("HTTP://other.example:80/healthz", 200),
        ("https://x/healthz", 200),
        ("http://x/nowhere", 404),
    ],
)
async def test_the_absolute_form_of_a_url_is_its_path(url, target, status):
    answer = await ask(url, f"GET {target} HTTP/1.1\r\nHost: y\r\n\r\n")
    assert answer.status == status


@pytest.mark.parametrize(
    "path", ["/partner/api/v3/stats", "/api/questions", "/api/v1/auth/sessions"]
)
async def test_head_where_get_is_has_no_body_and_a_request_id(url, path):
    async with Wire(url) as wire:
        for _ in range(2):
            wire.send(f"HEAD {path} HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = await wire.answer("HEAD")
            assert answer.status == 405
            assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/metrics",
        "/openapi.json",
        "/docs/",
        "/qua/",
        "/schemas/test-definition.json",
        "/tests/api/v1/info/work-values/?questions=true",
        "/static/widget/widget.js",
    ],
)
async def test_head_of_a_public_page_is_its_get_without_the_body(url, path):
    async with Wire(url) as wire:
        wire.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
        whole = await wire.answer()
        wire.send(f"HEAD {path} HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await wire.answer("HEAD")
    assert (whole.status, head.status) == (200, 200)
    for name in ("Content-Type", "Content-Security-Policy"):
        assert head.headers.get(name) == whole.headers.get(name)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["Origin: http://["], 400),
        (["Sec-Fetch-Site: cross-site"], 400),
        (["Connection: close"], 400),
        (["Sec-WebSocket-Key: short"], 400),
        (["Sec-WebSocket-Version: 8"], 426),
        (["Upgrade: h2c"], 426),
    ],
)
@pytest.mark.parametrize("channel", ["widget", "portal"])
async def test_a_wrong_handshake_is_refused_in_the_common_shape(
    url, faults, channel, headers, status
):
    usual = {
        "Host": "x",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    odd = dict(header.split(": ", 1) for header in headers)
    lines = "".join(f"{name}: {value}\r\n" for name, value in (usual | odd).items())
    answer = await ask(url, f"GET /ws/v1/{channel} HTTP/1.1\r\n{lines}\r\n")
    assert answer.status == status
    check(f"/ws/v1/{channel}", answer)
    assert not faults()

"""Servers that the gateway calls may be hostile: what they send is bounded and read in small steps.

How long an answer holds the event loop is counted in bytes and not in seconds: between two turns of
the loop, the client may take so many bytes of it at most.
"""

import asyncio
import gzip
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.waiting import until
from widget_gateway.services.outgoing import (
    CallFailedError,
    OutgoingClient,
    connections,
    exchange,
    lookups,
)
from widget_gateway.services.outgoing import client as outgoing_client
from widget_gateway.services.outgoing.client import MAX_PAGE_BYTES

pytestmark = pytest.mark.gen_test

LOOPBACK = (ip_network("127.0.0.0/8"),)
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
CHUNKED = PAGE + b"Transfer-Encoding: chunked\r\n"
END = b"0\r\n\r\n"


class Server:
    """A server on a raw socket, which sends the same bytes to everybody."""

    def __init__(self, answer, *, repeat=b"", tls=None) -> None:
        """It sends `repeat` for as long as anybody reads it, and then closes the connection."""
        self.answer, self.repeat, self.tls = answer, repeat, tls
        self.requests = []
        self.ended = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        scheme = "http" if self.tls is None else "https"
        host = "127.0.0.1" if self.tls is None else "localhost"
        self.url = f"{scheme}://{host}:{self._server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_) -> None:
        self._server.close()
        await self._server.wait_closed()
        # Before Python 3.12, `wait_closed` does not wait for connections.
        await until(lambda: not getattr(self._server, "_active_count", 0))

    async def _serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(2) if head.startswith(b"POST") else b""
            self.requests.append(head + body)
            writer.write(self.answer)
            await writer.drain()
            while self.repeat:
                writer.write(self.repeat)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self.ended += 1


async def post_to(answer: bytes, **how) -> int:
    """Post to a server that sends these bytes; returns the status."""
    async with Server(answer, **how) as server:
        return (await OutgoingClient(LOOPBACK).post(server.url, b"{}", {})).status


async def get_from(answer: bytes, **how) -> bytes:
    """Get a page from a server that sends these bytes; returns its body."""
    async with Server(answer, **how) as server:
        return (await OutgoingClient(LOOPBACK).get_page(server.url)).body


def chunks(*parts: bytes, extension: bytes = b"") -> bytes:
    return b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)


@pytest.fixture
def held(monkeypatch):
    """The most steps of parsing or inflating between two turns of the loop, while calls are made.

    Each step is bounded in bytes. Another task counts the turns; it is what a hostile answer could
    keep waiting.
    """

    class Held:
        steps = most = total = largest = 0

        async def turn(self):
            while True:
                self.steps = 0
                await asyncio.sleep(0)

    held = Held()
    step = exchange.Exchange._step
    feed = exchange.h11.Connection.receive_data

    async def count(self):
        held.total += 1
        held.steps += 1
        held.most = max(held.most, held.steps)
        await step(self)

    def measure(self, data):
        held.largest = max(held.largest, len(data))
        feed(self, data)

    monkeypatch.setattr(exchange.Exchange, "_step", count)
    monkeypatch.setattr(exchange.h11.Connection, "receive_data", measure)
    return held


async def watched(held, call):
    """Run the call while another task wants its turns; return the outcome, or why it failed."""
    turns = asyncio.ensure_future(held.turn())
    try:
        return await call
    except CallFailedError as error:
        return str(error)
    finally:
        turns.cancel()


LETTERS = b"a" * 100_000
HOSTILE_PAGES = {
    "chunks of one byte": (CHUNKED + b"\r\n" + chunks(*[b"a"] * 100_000) + END, LETTERS),
    "no hostility": (CHUNKED + b"\r\n" + chunks(LETTERS) + END, LETTERS),
    "a gzip bomb": (
        PAGE + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b" " * 50 * 2**20),
        "it is larger than 2 MiB",
    ),
    "chunks after the end of gzip": (
        CHUNKED
        + b"Content-Encoding: gzip\r\n\r\n"
        + chunks(gzip.compress(b"text"), *[b"a"] * 100_000),
        b"text",
    ),
    "a long chunk extension": (
        CHUNKED + b"\r\n" + chunks(b"a", extension=b";" + b"x" * 10**6) + END,
        "the connection failed",
    ),
    "many chunk extensions": (
        CHUNKED + b"\r\n" + chunks(*[b"a"] * 10_000, extension=b";" + b"x" * 1_000) + END,
        "the answer is too long",
    ),
    "many trailers": (
        CHUNKED + b"\r\n" + chunks(b"a") + b"0\r\n" + b"X: a\r\n" * 100_000,
        "the answer has too many headers",
    ),
    "a long trailer": (
        CHUNKED + b"\r\n" + chunks(b"a") + b"0\r\nX: " + b"a" * 10**6,
        "the connection failed",
    ),
    "many headers": (
        PAGE + b"X: a\r\n" * 100_000 + b"\r\n",
        "the answer has too many headers",
    ),
    "a header without an end": (PAGE + b"X: " + b"a" * 10**6, "the connection failed"),
    "folded lines": (PAGE + b"X: a\r\n" + b" a\r\n" * 100_000, "the answer has too many headers"),
    "interim answers": (PROCESSING * 200_000, "the connection failed"),
    "no line at all": (b"a" * 10**6, "the connection failed"),
}


@pytest.mark.parametrize("which", HOSTILE_PAGES)
async def test_no_answer_holds_the_loop(held, which):
    answer, outcome = HOSTILE_PAGES[which]
    assert await watched(held, get_from(answer)) == outcome
    assert 0 < held.most <= 2 * exchange.STEPS_OF_A_TURN
    assert 0 < held.largest <= exchange.SLICE_BYTES


@pytest.mark.parametrize(
    ("beginning", "repeat"),
    [
        (b"", PROCESSING),
        (PAGE, b"X: a\r\n"),
        (PAGE + b"X: ", b"a" * 1_000),
        (CHUNKED + b"\r\n" + b"1;", b"x" * 1_000),
        (CHUNKED + b"\r\n", chunks(b"a")),
        (CHUNKED + b"\r\n", chunks(b"a", extension=b";" + b"x" * 1_000)),
        (CHUNKED + b"\r\n0\r\n", b"X: a\r\n"),
        (CHUNKED + b"Content-Encoding: gzip\r\n\r\n" + chunks(gzip.compress(b"")[:10]), b"1\r\n\0"),
    ],
    ids=[
        *("interim answers", "headers", "a header", "a chunk extension", "chunks"),
        *("chunk extensions", "trailers", "broken chunks"),
    ],
)
async def test_what_never_ends_is_given_up_by_its_size(held, beginning, repeat, monkeypatch):
    monkeypatch.setattr(outgoing_client, "MAX_PAGE_BYTES", 100_000)
    reason = await watched(held, get_from(beginning, repeat=repeat * 100))
    assert reason in (
        "the answer has too many headers",
        "the answer is too long",
        "the connection failed",
    )
    assert held.most <= 2 * exchange.STEPS_OF_A_TURN


async def test_a_connection_gives_out_little_at_once(monkeypatch):
    """TLS decrypts in one step all that has come."""
    came = []
    feed = asyncio.StreamReader.feed_data

    def record(reader, data):
        came.append(len(data))
        feed(reader, data)

    monkeypatch.setattr(asyncio.StreamReader, "feed_data", record)
    body = b"a" * MAX_PAGE_BYTES
    assert await get_from(PAGE + b"\r\n" + body) == body
    assert max(came) <= 2 * connections.RECEIVED_BYTES


async def test_interim_answers_are_passed_over():
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
    assert await post_to(PROCESSING + early + ANSWER) == 200
    assert await post_to(PROCESSING * exchange.MAX_INTERIM + ANSWER) == 200


async def test_a_flood_of_interim_answers_is_given_up_before_it_is_parsed(held):
    reason = await watched(held, post_to(PROCESSING * 200_000))
    assert reason == "the connection failed"
    assert held.total <= 3 * exchange.MAX_INTERIM


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"X-%d: %s\r\n" % (number, b"a" * 1_000) for number in range(100)),
        b"X: " + b"a" * 10**6 + b"\r\n",
        b"X" * 10**6,
        b"".join(b"X-%d: a\r\n" % number for number in range(10_000)),
    ],
    ids=["a hundred long headers", "a long value", "a long name", "ten thousand headers"],
)
async def test_an_endless_head_is_given_up(head):
    with pytest.raises(CallFailedError):
        await post_to(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n{}")


async def test_of_an_answer_to_a_post_only_the_head_is_read(held):
    """The body never ends, and the call does not wait for any of it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\nRetry-After: 7\r\n\r\n"
    async with Server(head, repeat=b"a" * 1_000) as server:
        reply = await OutgoingClient(LOOPBACK).post(server.url, b"{}", {})
        assert (reply.status, reply.retry_after) == (200, "7")
        assert held.total <= 4
        await until(lambda: server.ended)


async def test_a_request_says_what_it_is_and_asks_for_one_answer():
    async with Server(ANSWER) as server:
        await OutgoingClient(LOOPBACK).post(server.url + "a?b=c", b"{}", {"X-Own": "1"})
    host = server.url.split("/")[2].encode()
    lines, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == b"{}"
    assert lines.split(b"\r\n") == [
        b"POST /a?b=c HTTP/1.1",
        b"Host: " + host,
        b"Connection: close",
        b"Content-Length: 2",
        b"X-Own: 1",
    ]


@pytest.mark.parametrize("answer", [b"\x00\xff" * 1_000, b"", b"HTTP/1.1 200 OK\r\nA", b"\r\n"])
async def test_what_is_no_whole_answer_is_a_failed_call(answer):
    with pytest.raises(CallFailedError, match="the connection failed"):
        await post_to(answer)
    with pytest.raises(CallFailedError, match="the connection failed"):
        await get_from(answer)


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 10\r\n\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n0\r\n\r\n",
    ],
)
async def test_half_a_page_is_a_failed_call(body):
    with pytest.raises(CallFailedError, match="the connection failed"):
        await get_from(PAGE + body)


async def test_a_page_without_a_length_ends_with_its_connection():
    assert await get_from(PAGE + b"\r\n" + b"text") == b"text"


async def test_inflating_ends_with_the_last_byte_and_loses_none():
    text = bytes(range(256)) * 4_096
    for level in (0, 9):
        packed = gzip.compress(text, level)
        assert await get_from(PAGE + b"Content-Encoding: gzip\r\n\r\n" + packed) == text
        with pytest.raises(CallFailedError, match="middle"):
            await get_from(PAGE + b"Content-Encoding: gzip\r\n\r\n" + packed[:-1])


async def test_the_largest_page_is_read_and_no_larger(held):
    for coding, pack in ((b"identity", bytes), (b"gzip", gzip.compress)):
        head = PAGE + b"Content-Encoding: " + coding + b"\r\n\r\n"
        fits, larger = b"a" * MAX_PAGE_BYTES, b"a" * (MAX_PAGE_BYTES + 1)
        assert await watched(held, get_from(head + pack(fits))) == fits
        assert await watched(held, get_from(head + pack(larger))) == "it is larger than 2 MiB"


async def test_a_long_content_type_is_none_of_a_page():
    kind = b'text/plain; x="' + b";" * 20_000
    with pytest.raises(CallFailedError, match="none of"):
        await get_from(b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\n\r\ntext")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://localhost:9/", "plain http is for private networks only"),
        ("https://localhost:9/", "the address is not public"),
        ("http://8.8.8.8/", "it begins with https://."),
    ],
)
async def test_an_allowed_network_allows_plain_http_to_itself_alone(url, why):
    with pytest.raises(CallFailedError) as failed:
        await OutgoingClient((ip_network("10.0.0.0/8"),)).post(url, b"{}", {})
    assert str(failed.value) == why


async def test_only_the_allowed_addresses_of_a_name_are_called(monkeypatch):
    """One address of the name listens, and only the other one may be called."""

    def both(_host, port, **_):
        return [(2, 1, 6, "", (address, port)) for address in ("127.0.0.1", "127.0.0.2")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    async with Server(ANSWER) as server:
        url = server.url.replace("127.0.0.1", "two.example")
        with pytest.raises(CallFailedError, match="refused"):
            await OutgoingClient((ip_network("127.0.0.2/32"),)).post(url, b"{}", {})
        assert server.requests == []
        assert (await OutgoingClient(LOOPBACK).post(url, b"{}", {})).status == 200


class Authority:
    """A certificate for a host, which signs itself."""

    def __init__(self, folder, host) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        self.file = folder / f"{host}.pem"
        self.file.write_bytes(
            certificate.public_bytes(pem)
            + key.private_bytes(
                pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(self.file)


@pytest.mark.parametrize(
    ("host", "is_trusted", "is_called"),
    [("localhost", True, True), ("localhost", False, False), ("other.example", True, False)],
    ids=["trusted", "of an unknown authority", "of another host"],
)
async def test_a_certificate_has_to_be_trusted_and_the_hosts(
    tmp_path, monkeypatch, host, is_trusted, is_called
):
    authority = Authority(tmp_path, host)
    if is_trusted:
        trusting = ssl.create_default_context(cafile=str(authority.file))
        monkeypatch.setattr(connections, "tls_context", lambda: trusting)
    if is_called:
        assert await post_to(ANSWER, tls=authority.server) == 200
    else:
        with pytest.raises(CallFailedError, match="TLS failed"):
            await post_to(ANSWER, tls=authority.server)


@pytest.fixture
def slow_names(monkeypatch):
    """The name servers of `*.slow.example` don't answer before the test ends."""
    gate = threading.Event()
    asked = []
    real = socket.getaddrinfo

    def look_up(host, *arguments, **fields):
        asked.append(host)
        if host.endswith(".slow.example"):
            gate.wait(60)
            raise socket.gaierror
        return real(host, *arguments, **fields)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield asked
    gate.set()


async def test_slow_name_servers_delay_nobody_else(slow_names, monkeypatch):
    """More names hang than the loop's own threads could look up."""
    monkeypatch.setattr(outgoing_client, "TIMEOUT_S", 0.2)
    client = OutgoingClient(LOOPBACK)
    hanging = [
        client.post(f"https://{number % 40}.slow.example/", b"{}", {}) for number in range(80)
    ]
    outcomes = await asyncio.gather(*hanging, return_exceptions=True)
    assert {str(outcome) for outcome in outcomes} == {"no answer in time"}
    assert sorted(slow_names) == sorted(f"{number}.slow.example" for number in range(40))
    monkeypatch.undo()
    async with Server(ANSWER) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert (await client.post(url, b"{}", {})).status == 200
    assert await asyncio.get_running_loop().run_in_executor(None, lambda: "free") == "free"


async def test_beyond_the_bound_names_wait_for_a_thread_and_addresses_do_not(
    slow_names, monkeypatch
):
    monkeypatch.setattr(lookups, "MAX_LOOKUPS", 2)
    monkeypatch.setattr(outgoing_client, "TIMEOUT_S", 0.2)
    client = OutgoingClient(LOOPBACK)
    for number in range(3):
        with pytest.raises(CallFailedError, match="in time"):
            await client.post(f"https://{number}.slow.example/", b"{}", {})
    assert slow_names == ["0.slow.example", "1.slow.example"]
    async with Server(ANSWER) as server:
        assert (await client.post(server.url, b"{}", {})).status == 200


def test_addresses_of_both_families_are_read_without_a_lookup():
    for text in ("127.0.0.1", "2606:4700::1111"):
        (address,) = connections._of_literal(text, 443)
        assert connections._ip_of(address) == ip_address(text)
    assert connections._of_literal("localhost", 443) == []

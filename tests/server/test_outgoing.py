"""Servers that the gateway calls may be hostile: what they send is bounded and parsed in slices."""

import asyncio
from ipaddress import ip_network

import pytest

from widget_gateway.services import outgoing
from widget_gateway.services.outgoing import CallFailedError, OutgoingClient

pytestmark = pytest.mark.gen_test

LOOPBACK = (ip_network("127.0.0.0/8"),)
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def parsed(monkeypatch):
    """The statuses of all answers that the client's parser has found."""
    statuses = []
    feed_data = outgoing._BoundedResponses.feed_data

    def record(protocol, data, size=0):
        statuses.append(data[0].code)
        feed_data(protocol, data, size)

    monkeypatch.setattr(outgoing._BoundedResponses, "feed_data", record)
    return statuses


async def post_to(answer: bytes, *, calls: int = 1) -> list[int]:
    """Post to a server that sends these bytes for each request; returns the statuses."""

    async def serve(reader, writer):
        for _ in range(calls):
            await reader.readuntil(b"\r\n\r\n{}")
            writer.write(answer)
            try:
                await writer.drain()
            except ConnectionError:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, OutgoingClient(LOOPBACK) as client:
        host, port = server.sockets[0].getsockname()
        return [
            (await client.post(f"http://{host}:{port}/", b"{}", {})).status for _ in range(calls)
        ]


async def test_interim_answers_are_passed_over(parsed):
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
    assert await post_to(PROCESSING + early + ANSWER, calls=2) == [200, 200]
    assert parsed == [102, 103, 200] * 2


async def test_a_flood_of_interim_answers_is_given_up_before_it_is_parsed(parsed):
    with pytest.raises(CallFailedError):
        await post_to(PROCESSING * 200_000)
    a_slice = outgoing._SLICE_BYTES // len(PROCESSING) + 1
    assert len(parsed) <= outgoing.MAX_INTERIM + 2 * a_slice


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


async def test_of_a_long_answer_only_its_beginning_is_read():
    body = b"a" * 10**7
    assert await post_to(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + body) == [200]


async def test_no_http_at_all_is_a_failed_call():
    with pytest.raises(CallFailedError):
        await post_to(b"\x00\xff" * 1_000)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://localhost:9/", "plain http is for private networks only"),
        ("https://localhost:9/", "the address is not public"),
        ("http://8.8.8.8/", "it begins with https://."),
    ],
)
async def test_an_allowed_network_allows_plain_http_to_itself_alone(url, why):
    async with OutgoingClient((ip_network("10.0.0.0/8"),)) as client:
        with pytest.raises(CallFailedError) as failed:
            await client.post(url, b"{}", {})
    assert str(failed.value) == why

"""The limits of the channel in size, rate and time, and the close codes that tell of them."""

import asyncio
import contextlib
import json
import time

import pytest
from websockets.exceptions import ConnectionClosed

from handlers.channel import limits
from tests.support.waiting import LOOK_S, until

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]

NEW = {"test": "career-interests", "locale": "en"}


async def opened(connect, **options):
    visitor = await connect(**options)
    await visitor.open(**NEW)
    return visitor


@pytest.mark.parametrize(
    "frame",
    ["", "{", "null", "[]", '"open"', "17", '{"type":"ping"} x', '{"type": "\\ud800"}', b"{}", b""],
)
async def test_what_is_no_json_object_in_a_text_frame_violates_the_protocol(connect, frame):
    visitor = await opened(connect)
    await visitor.send_raw(frame)
    assert await visitor.closed(after_error="bad_message") == 4000


async def test_deeply_nested_json_is_no_way_to_kill_a_process(connect):
    visitor = await opened(connect)
    await visitor.send_raw('{"type":' + "[" * 30_000 + "]" * 30_000 + "}")
    error = await visitor.expect("error")
    assert error["code"] == "bad_message"
    assert (await (await connect()).open(**NEW))["state"] == "running"


@pytest.mark.parametrize("kind", ["ack", "session", "OPEN", "", "__class__"])
async def test_an_unknown_type_is_refused_and_the_connection_lives(connect, kind):
    visitor = await opened(connect)
    await visitor.send(kind)
    await visitor.refused("unknown_type")
    await visitor.send("ping")
    await visitor.expect("pong")


@pytest.mark.parametrize("frame", ["{}", '{"type":null}', '{"type":["open"]}', '{"type":1}'])
async def test_a_message_without_a_type_is_bad_and_the_connection_lives(connect, frame):
    visitor = await opened(connect)
    await visitor.send_raw(frame)
    await visitor.refused("bad_message")
    await visitor.send("ping")
    await visitor.expect("pong")


async def test_a_ping_is_answered_with_a_pong_even_before_open(connect):
    visitor = await connect()
    await visitor.send("ping")
    assert await visitor.receive() == {"type": "pong"}


async def test_a_ping_that_asks_for_the_time_gets_it(connect):
    visitor = await connect()
    before = time.time_ns() // 10**6
    await visitor.send("ping", clock=True)
    pong = await visitor.receive()
    assert before <= pong.pop("now") <= time.time_ns() // 10**6
    assert pong == {"type": "pong"}
    await visitor.send("ping", clock="yes")
    assert (await visitor.receive())["code"] == "bad_message"


def padded(size, letter="x"):
    """Make a `ping` of so many bytes."""
    frame = json.dumps({"type": "ping", "padding": ""})
    letters, rest = divmod(size - len(frame), len(letter.encode()))
    return frame[:-2] + letter * letters + "x" * rest + frame[-2:]


@pytest.mark.parametrize("letter", ["x", "я", "🙂"])
async def test_a_frame_of_64_kib_is_read(connect, letter):
    visitor = await connect()
    frame = padded(64 * 1024, letter)
    assert len(frame.encode()) == 64 * 1024
    await visitor.send_raw(frame)
    await visitor.expect("pong")


@pytest.mark.parametrize("size", [64 * 1024 + 1, 2**20, 5 * 2**20])
async def test_a_larger_frame_is_seen_to_be_refused_with_1009(connect, size):
    visitor = await opened(connect)
    with contextlib.suppress(ConnectionClosed):  # The close may come before all is sent.
        await visitor.send_raw(padded(size))
    assert await visitor.closed() == 1009


async def test_a_larger_frame_of_cyrillic_letters_is_measured_in_bytes(connect):
    visitor = await opened(connect)
    await visitor.send_raw(json.dumps({"type": "ping", "p": "я" * 33_000}, ensure_ascii=False))
    assert await visitor.closed() == 1009


async def test_who_does_not_open_in_time_is_closed_with_4103(connect, monkeypatch):
    assert limits.OPEN_TIMEOUT_S == 10
    # On a slow machine an `open` in time may take two seconds. The socket that is idle connects
    # last, so that the time of both is over when it is closed.
    monkeypatch.setattr(limits, "OPEN_TIMEOUT_S", 2.0)
    in_time = await opened(connect)
    idle = await connect()
    assert await idle.closed() == 4103
    assert await in_time.is_quiet()


async def test_pings_do_not_replace_the_open(connect, monkeypatch):
    monkeypatch.setattr(limits, "OPEN_TIMEOUT_S", 0.3)
    visitor = await connect()
    reading = asyncio.ensure_future(visitor.read_to_the_end())
    while not reading.done():
        with contextlib.suppress(ConnectionClosed):
            await visitor.send("ping")
        await asyncio.sleep(LOOK_S)
    pongs, code = await reading
    assert {pong["type"] for pong in pongs} == {"pong"}
    assert code == 4103


async def test_too_many_messages_are_answered_with_4101(connect, monkeypatch):
    visitor = await opened(connect)
    monkeypatch.setattr(limits, "MESSAGES_A_WINDOW", 20)
    visitor_2 = await opened(connect)
    for _ in range(40):
        await visitor_2.send("ping")
    for _ in range(19):  # The `open` was the first of the 20 messages.
        await visitor_2.expect("pong")
    assert await visitor_2.closed(after_error="rate_limited") == 4101
    await visitor.send("ping")
    await visitor.expect("pong")


async def test_a_budget_is_given_anew_every_second():
    budget = limits.MessageBudget()
    spent = [budget.spend(100.0) for _ in range(limits.MESSAGES_A_WINDOW + 1)]
    assert spent == [True] * limits.MESSAGES_A_WINDOW + [False]
    assert not budget.spend(100.9)
    assert budget.spend(101.0)


async def test_one_connection_too_many_is_refused_with_4101(connect, backend, monkeypatch):
    visitors = [await opened(connect) for _ in range(2)]
    monkeypatch.setattr(limits, "MAX_CONNECTIONS", 2)
    surplus = await connect()
    assert await surplus.closed(after_error="rate_limited") == 4101
    await visitors[0].leave()
    await until(lambda: len(backend.services.public.node.channels) < 2)
    await opened(connect)


async def test_a_reader_too_slow_is_closed_with_4102(connect, backend):
    # The client's buffers are small, so that unread messages stay in the server.
    visitor = await opened(connect, max_queue=1, write_limit=2**20)
    (channel,) = backend.services.public.node.channels
    for _ in range(200):
        channel.send(json.dumps({"type": "pong", "padding": "x" * 50_000}))
    received, code = await visitor.read_to_the_end()
    assert code == 4102
    assert 0 < len(received) < 200


async def test_a_draining_node_says_bye_and_closes_with_1001(connect, backend):
    visitors = [await opened(connect), await connect()]
    for channel in list(backend.services.public.node.channels):
        channel.drain()
    for visitor in visitors:
        bye = await visitor.expect("bye")
        assert 0 < bye["retry_after_ms"] <= 60_000
        assert await visitor.closed() == 1001


async def test_a_draining_node_takes_nobody_in(connect, backend, api):
    backend.services.public.node.draining = True
    late = await connect()
    await late.expect("bye")
    assert await late.closed() == 1001
    ready = await api.fetch("/readyz")
    assert (ready.status, ready.body["faults"]) == (503, ["draining"])


async def test_a_fault_of_ours_closes_with_1011_and_tells_nothing(connect, backend, monkeypatch):
    visitor = await connect()

    async def fail(**_given):
        raise RuntimeError("the secret innards")

    monkeypatch.setattr(backend.services.channel.attempts, "begin", fail)
    await visitor.send("open", provider="college", **NEW)
    error = await visitor.expect("error")
    assert (error["code"], error["fatal"]) == ("internal", True)
    assert "innards" not in error["message"]
    assert await visitor.closed() == 1011

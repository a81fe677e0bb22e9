"""The limits of the portal channel.

tests/attempts/test_channel_limits.py tests the limits of all channels; these tests show that they
hold for the portal channel, too.
"""

import asyncio
import json

import pytest

from handlers.channel import limits
from tests.support.portal_device import push
from tests.support.waiting import until

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("person")]


@pytest.fixture
def person(io_loop, portal):
    """Make the usual person known by `pin/update`."""
    io_loop.run_sync(portal.update_pin)


@pytest.mark.parametrize("frame", ["", "{", "null", "[]", '"ack"', b"{}", b"\xff"], ids=repr)
async def test_what_is_no_json_object_in_a_text_frame_is_closed_with_4000(sign_on, frame):
    device = await sign_on()
    await device.send_raw(frame)
    assert await device.closed(after_error="bad_message") == 4000


@pytest.mark.parametrize("kind", ["event", "open", "answer", "ACK", ""])
async def test_an_unknown_type_is_refused_and_the_connection_lives(portal, sign_on, kind):
    device = await sign_on()
    await device.send(kind, id=1)
    await device.refused("unknown_type")
    await push(portal, "KIP 1")
    await device.event("KIP 1")


@pytest.mark.parametrize("number", [None, "1", 1.5, [1], {"$gt": 0}, True], ids=repr)
async def test_a_bad_acknowledgement_is_refused_and_acknowledges_nothing(
    portal, sign_on, database, number
):
    device = await sign_on()
    await push(portal, "KIP 1")
    await device.event("KIP 1")
    await device.send("ack", id=number)
    await device.refused("bad_message")
    await device.send("ack")
    await device.refused("bad_message")
    assert database["push_deliveries"].count_documents({}) == 1


async def test_a_frame_above_64_kib_is_closed_with_1009(sign_on):
    device = await sign_on()
    await device.send_raw(json.dumps({"type": "ping", "padding": "x" * 65_536}))
    assert await device.closed() == 1009


async def test_too_many_messages_are_closed_with_4101(sign_on, monkeypatch):
    monkeypatch.setattr(limits, "MESSAGES_A_WINDOW", 5)
    device = await sign_on()
    for _ in range(12):
        await device.send("ping")
    messages, code = await device.read_to_the_end()
    assert messages[-1]["code"] == "rate_limited"
    assert code == 4101


async def test_who_cannot_be_checked_in_time_is_closed_with_4103(sign_on, backend, monkeypatch):
    async def never(_token):
        await asyncio.Event().wait()

    monkeypatch.setattr(limits, "OPEN_TIMEOUT_S", 0.3)
    monkeypatch.setattr(backend.services.portal.sign_ins, "authenticate", never)
    device = await sign_on()
    assert await device.closed() == 4103


async def test_a_quiet_device_stays(portal, sign_on, monkeypatch):
    monkeypatch.setattr(limits, "OPEN_TIMEOUT_S", 2.0)
    device = await sign_on()
    # The wait is the point: it is longer than the time in which a channel has to open.
    assert await device.is_quiet(2.5)
    await push(portal, "KIP 1")
    await device.event("KIP 1")


async def test_a_live_device_that_reads_too_slowly_is_closed_with_4102(portal, sign_on, backend):
    slow = await sign_on(max_queue=1)
    await slow.is_live()
    (channel,) = backend.services.public.node.channels
    sent = 0
    while not channel.is_closing:  # The buffers on the way take some megabytes.
        await push(portal, f"KIP {sent}", data={"padding": "x" * 30_000})
        sent += 1
    messages, code = await slow.read_to_the_end()
    assert code == 4102
    titles = [message["title"] for message in messages]
    assert titles == [f"KIP {number}" for number in range(len(titles))]
    again = await sign_on()
    await again.event("KIP 0")
    again.socket.transport.abort()  # A clean close would read all the rest.


async def test_a_draining_node_says_bye_and_closes_with_1001(sign_on, backend):
    device = await sign_on()
    await device.is_live()
    for channel in list(backend.services.public.node.channels):
        channel.drain()
    assert 0 < (await device.expect("bye"))["retry_after_ms"] <= 60_000
    assert await device.closed() == 1001


async def test_a_draining_node_takes_nobody_in(sign_on, backend):
    backend.services.public.node.draining = True
    device = await sign_on()
    await device.expect("bye")
    assert await device.closed() == 1001


async def test_who_left_is_forgotten(portal, sign_on, backend):
    device = await sign_on()
    await device.is_live()
    feed = backend.services.channel.push_feed
    assert len(feed._places) == 1
    await device.leave()
    await until(lambda: not backend.services.public.node.channels)
    assert (feed._places, feed._of_person, feed._of_sign_in) == ({}, {}, {})
    await push(portal, "KIP 1")
    await (await sign_on()).event("KIP 1")

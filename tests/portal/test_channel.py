"""The portal channel sends events at once and in order, again until acknowledged, on any node."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.portal_api import OTHER, PERSON
from tests.support.portal_device import notice, push
from tests.support.waiting import until
from widget_gateway.domain.errors import StorageUnavailableError
from widget_gateway.services.portal import push_feed

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("people")]

OTHER_LOGIN = "petrov@osnova.example"


@pytest.fixture
def people(io_loop, portal):
    """Make two people known by `pin/update`."""

    async def tell():
        await portal.update_pin()
        await portal.update_pin(id_phperson=OTHER, ad_login=OTHER_LOGIN)

    io_loop.run_sync(tell)


async def live(sign_on, *arguments, **named):
    """Connect a device, and wait until it has caught up."""
    device = await sign_on(*arguments, **named)
    await device.is_live()
    return device


async def waiting(portal, sign_on):
    """Return the titles of the events that a new device is sent; it acknowledges nothing."""
    await push(portal, "the last one")
    device = await sign_on()
    titles = []
    while (title := (await device.event())["title"]) != "the last one":
        titles.append(title)
    return titles


async def settled(database, rows):
    """Wait until so many deliveries are left that are not acknowledged."""
    stored = database["push_deliveries"]
    await until(lambda: stored.count_documents({}) == rows)


async def test_an_event_comes_as_the_contract_shows_it(portal, sign_on):
    device = await live(sign_on)
    before = datetime.now(UTC) - timedelta(seconds=1)
    await push(portal, "KIP 1")
    event = await device.event()
    sent = notice("KIP 1")
    assert event == {
        "type": "event",
        "id": event["id"],
        "event_type": sent["type"],
        "title": sent["title"],
        "message": sent["message"],
        "data": sent["data"],
        "created_at": event["created_at"],
    }
    assert isinstance(event["id"], int)
    assert before <= datetime.fromisoformat(event["created_at"]) <= datetime.now(UTC)


async def test_it_comes_on_every_device_on_every_node(portal, sign_on, other_node_url):
    devices = [await live(sign_on), await live(sign_on), await live(sign_on, url=other_node_url)]
    await push(portal, "KIP 1")
    assert len({(await device.event("KIP 1"))["id"] for device in devices}) == 1


async def test_it_comes_to_nobody_else(portal, sign_on):
    device, other = await live(sign_on), await live(sign_on, await other_person(portal))
    await push(portal, "for the other", OTHER)
    await push(portal, "for both", PERSON, OTHER)
    await device.event("for both")
    await other.event("for the other")
    await other.event("for both")


async def other_person(portal):
    return await portal.signed_in(login=OTHER_LOGIN)


async def test_events_come_in_the_order_of_their_pushes(portal, sign_on, other_node_url):
    devices = [await live(sign_on), await live(sign_on, url=other_node_url)]
    for number in range(20):
        await push(portal, f"KIP {number}")
    for device in devices:
        events = [await device.event(f"KIP {number}") for number in range(20)]
        ids = [event["id"] for event in events]
        assert ids == sorted(set(ids))


async def test_what_nobody_acknowledged_is_replayed_before_anything_new(
    portal, sign_on, monkeypatch
):
    monkeypatch.setattr(push_feed, "PAGE", 3)
    for number in range(9):
        await push(portal, f"KIP {number}")
    device = await sign_on()
    await push(portal, "KIP 9")
    for number in range(10):
        await device.event(f"KIP {number}")
    await push(portal, "KIP 10")
    await device.event("KIP 10")


async def test_what_is_pushed_while_a_device_reads_comes_once_and_last(
    portal, sign_on, backend, monkeypatch
):
    """No event may be lost or overtaken between the catching up and the live events."""
    store = backend.services.channel.push_feed._pushes
    read = store.find_unacknowledged
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def read_slowly(*arguments):
        page = await read(*arguments)
        reading.set()
        await go_on.wait()
        return page

    witness = await sign_on()
    await push(portal, "before")
    await witness.event("before")
    monkeypatch.setattr(store, "find_unacknowledged", read_slowly)
    device = await sign_on()
    await reading.wait()
    for number in range(3):
        await push(portal, f"meanwhile {number}")
    for number in range(3):
        await witness.event(f"meanwhile {number}")
    go_on.set()
    await device.event("before")
    for number in range(3):
        await device.event(f"meanwhile {number}")
    await push(portal, "after")
    await device.event("after")


async def test_what_is_acknowledged_comes_no_more_on_any_device(
    portal, sign_on, database, other_node_url
):
    device = await live(sign_on)
    for number in range(4):
        await push(portal, f"KIP {number}")
    events = [await device.event() for _ in range(4)]
    elsewhere = await sign_on(url=other_node_url)
    for number in range(4):
        await elsewhere.event(f"KIP {number}")
    await device.acknowledge(events[0])
    await elsewhere.acknowledge(events[2])
    await settled(database, 2)
    assert await waiting(portal, sign_on) == ["KIP 1", "KIP 3"]


async def test_acknowledging_again_changes_nothing(portal, sign_on, database):
    device = await live(sign_on)
    await push(portal, "KIP 1")
    await push(portal, "KIP 2")
    event = await device.event("KIP 1")
    await device.event("KIP 2")
    await device.acknowledge(event, event)
    await settled(database, 1)
    await device.acknowledge(event)
    await device.is_live()
    assert await waiting(portal, sign_on) == ["KIP 2"]


@pytest.mark.parametrize("number", [0, -1, 10**6, 2**63 - 1, 2**63, 2**70])
async def test_acknowledging_what_was_never_sent_changes_nothing(portal, sign_on, database, number):
    device = await live(sign_on)
    await push(portal)
    event = await device.event()
    await device.send("ack", id=number)
    await device.is_live()
    assert database["push_deliveries"].count_documents({}) == 1
    await device.acknowledge(event)
    await settled(database, 0)


async def test_nobody_acknowledges_for_another_person(portal, sign_on, database):
    device, other = await live(sign_on), await live(sign_on, await other_person(portal))
    await push(portal, "KIP 1", PERSON, OTHER)
    await push(portal, "KIP 2", PERSON)
    first, second = await device.event("KIP 1"), await device.event("KIP 2")
    await other.event("KIP 1")
    await other.acknowledge(first, second)
    await settled(database, 2)
    assert await waiting(portal, sign_on) == ["KIP 1", "KIP 2"]


async def test_hundreds_of_acknowledgements_at_once_are_all_kept(portal, sign_on, database):
    device = await live(sign_on)
    await asyncio.gather(*(push(portal, f"KIP {number}") for number in range(150)))
    events = [await device.event() for _ in range(150)]
    await device.acknowledge(*events)
    await settled(database, 0)


async def test_an_acknowledgement_that_cannot_be_stored_closes_with_4100(
    portal, sign_on, backend, database, monkeypatch
):
    device = await live(sign_on)
    await push(portal, "KIP 1")
    event = await device.event("KIP 1")

    async def fail(_acknowledged):
        raise StorageUnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(backend.services.portal.pushes._pushes, "acknowledge", fail)
        await device.acknowledge(event)
        assert await device.closed(after_error="storage_unavailable") == 4100
    again = await sign_on()
    await again.acknowledge(await again.event("KIP 1"))
    await settled(database, 0)


async def test_a_replay_that_cannot_be_read_closes_with_4100(sign_on, backend, monkeypatch):
    async def fail(*_given):
        raise StorageUnavailableError

    monkeypatch.setattr(backend.services.channel.push_feed._pushes, "find_unacknowledged", fail)
    device = await sign_on()
    assert await device.closed(after_error="storage_unavailable") == 4100


async def test_after_a_gap_in_the_stream_what_was_missed_is_read(
    portal, sign_on, backend, monkeypatch
):
    device = await live(sign_on)
    feed = backend.services.channel.push_feed
    missed = asyncio.Event()

    async def miss(_push):
        missed.set()

    with monkeypatch.context() as patch:
        patch.setattr(feed, "_deliver", miss)
        await push(portal, "missed")
        await missed.wait()
    feed._fall_behind()
    await device.event("missed")
    await push(portal, "heard")
    await device.event("heard")


async def test_an_event_whose_time_is_over_is_left_out(portal, sign_on, database):
    await push(portal, "old")
    await push(portal, "KIP 1")
    database["push_events"].delete_one({"title": "old"})  # The TTL index does so.
    assert await waiting(portal, sign_on) == ["KIP 1"]


async def test_a_slow_reader_is_waited_for_in_a_replay(portal, sign_on):
    large = {"padding": "x" * 30_000}
    for number in range(30):
        await push(portal, f"KIP {number}", data=large)
    device = await sign_on(max_queue=1)
    # The device does not read for a while, so that the buffers on the way fill up.
    await asyncio.sleep(0.3)
    for number in range(30):
        await device.event(f"KIP {number}")


async def test_10000_users_are_pushed_to_at_once(portal, sign_on, database, other_node_url):
    users = [f"381004a1-d925-11e8-9126-{number:012}" for number in range(9_998)]
    database["people"].insert_many({"_id": user, "login_key": user} for user in users)
    device = await live(sign_on)
    other = await live(sign_on, await other_person(portal), url=other_node_url)
    await push(portal, "for all", PERSON, *users, OTHER)
    await device.event("for all")
    await other.event("for all")
    assert database["push_deliveries"].count_documents({}) == 10_000

"""The portal channel over real processes: order, crashes, and several nodes."""

import asyncio
from contextlib import AsyncExitStack
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.support.portal_api import PIN, UPDATE
from tests.support.portal_device import PortalDevice, notice
from tests.support.processes import Gateway
from tests.support.waiting import until

pytestmark = pytest.mark.crash
"""These tests kill processes and use much of the machine."""

KEY = "callback key"
PUSHES = 60
KILLS = 4


@pytest.fixture(scope="module")
def nodes(tmp_path_factory, client, mongodb_uri):
    """Two nodes over an empty database, so that the first event is the database's first, too."""
    client.drop_database("portal")
    started = [
        Gateway(
            tmp_path_factory.mktemp(name),
            MONGODB_URI=mongodb_uri,
            DATABASE="portal",
            JWT_SECRET="JWT secret of the tests, 32 bytes",
            PIN_PEPPER="PIN pepper of the tests, 32 bytes",
            CALLBACK_KEY=KEY,
        )
        for name in ("one", "two")
    ]
    for node in started:
        node.start()
    yield started
    for node in started:
        node.stop()


@pytest.fixture
def single(tmp_path):
    """A node over a database of its own."""
    process = Gateway(tmp_path / "data", CALLBACK_KEY=KEY)
    process.start()
    yield process
    process.stop()


class Portal:
    """The portal's server and the devices of two people, which may call any node."""

    def __init__(self, session: aiohttp.ClientSession, stack: AsyncExitStack) -> None:
        self._session = session
        self._stack = stack
        self.person, self.other = str(uuid4()), str(uuid4())

    async def call(self, node: Gateway, method: str, path: str, payload: Any = None) -> Any:
        """Make a call; return the body of an answer that is no refusal.

        A dead process may still lock a row. Then the answer is 503, which the portal treats as a
        lost answer.
        """
        url, headers = f"{node.url}/api/v1/{path}", {"X-Callback-Key": KEY}
        async with self._session.request(method, url, json=payload, headers=headers) as answer:
            body = await answer.json()
            if answer.status == 503:
                raise aiohttp.ClientConnectionError(body)
            assert answer.status == 200, body
            return body

    async def tell_of_people(self, node: Gateway) -> None:
        for person in (self.person, self.other):
            known = UPDATE | {"id_phperson": person, "ad_login": f"{person}@osnova.example"}
            await self.call(node, "POST", "callback/pin/update", known)

    async def sign_in(self, node: Gateway, person: str | None = None) -> Any:
        body = {"ad_login": f"{person or self.person}@osnova.example", "pin_code": PIN}
        return (await self.call(node, "POST", "auth/login", body))["data"]

    async def push(self, node: Gateway, title: str, *users: str) -> None:
        event = notice(title, *(users or [self.person]))
        answer = await self.call(node, "POST", "callback/portal/push/events", event)
        assert answer == {"result": True}

    async def device(self, node: Gateway, tokens: Any) -> PortalDevice:
        device = await PortalDevice.sign_on(node.url, tokens["access_token"])
        self._stack.push_async_callback(device.leave)
        await device.is_live()
        return device


def tell(story, *nodes):
    """Run a story with a portal and these nodes."""

    async def connected():
        async with aiohttp.ClientSession() as session, AsyncExitStack() as stack:
            portal = Portal(session, stack)
            await portal.tell_of_people(nodes[0])
            await story(portal, *nodes)

    asyncio.run(connected())


def test_parallel_pushes_of_two_processes_come_in_one_order_to_all(nodes):
    async def story(portal, first_node, second_node):
        mine, others = (
            await portal.sign_in(first_node),
            await portal.sign_in(second_node, portal.other),
        )
        devices = [
            await portal.device(node, tokens)
            for tokens in (mine, others)
            for node in (first_node, second_node)
        ]
        titles = {
            f"{node.port}-{number}": node
            for number in range(PUSHES // 2)
            for node in (first_node, second_node)
        }

        async def push(title, node):
            while True:
                try:
                    await portal.push(node, title, portal.person, portal.other)
                except (
                    aiohttp.ClientError
                ):  # The node was too busy; the event may be stored or not.
                    await asyncio.sleep(0.05)
                else:
                    return

        async def read(device):
            events = []
            while titles.keys() - {event["title"] for event in events}:
                events.append(await device.event())
            return events

        calls = [push(title, node) for title, node in titles.items()]
        received = (await asyncio.gather(*map(read, devices), *calls))[: len(devices)]
        length = min(map(len, received))
        for events in received:
            ids = [event["id"] for event in events]
            assert ids == sorted(set(ids))
            assert [event["title"] for event in events[:length]] == [
                event["title"] for event in received[0][:length]
            ]

    tell(story, *nodes)


def test_an_acknowledgement_on_one_node_counts_on_the_other(nodes):
    async def story(portal, first_node, second_node):
        tokens = await portal.sign_in(first_node)
        device = await portal.device(first_node, tokens)
        for number in range(4):
            await portal.push(second_node, f"KIP {number}")
        events = [await device.event(f"KIP {number}") for number in range(4)]
        await device.acknowledge(events[0], events[2])
        await device.is_live()
        while True:  # The push is repeated until it is stored.
            elsewhere = await PortalDevice.sign_on(second_node.url, tokens["access_token"])
            first = await elsewhere.event()
            second = await elsewhere.event()
            await elsewhere.leave()
            if (first["title"], second["title"]) == ("KIP 1", "KIP 3"):
                return

    tell(story, *nodes)


def test_a_session_deleted_on_one_node_closes_its_channel_on_the_other(nodes):
    async def story(portal, first_node, second_node):
        tokens, kept = await portal.sign_in(first_node), await portal.sign_in(first_node)
        device, other = (
            await portal.device(first_node, tokens),
            await portal.device(first_node, kept),
        )
        await portal.call(
            second_node,
            "DELETE",
            f"callback/sessions/{portal.person}?session_id={tokens['session_id']}",
        )
        assert await device.closed(after_error="token_invalid") == 4301
        await portal.push(second_node, "still here")
        await other.event("still here")

    tell(story, *nodes)


def test_a_terminated_node_says_bye_and_the_other_goes_on(nodes):
    async def story(portal, first_node, second_node):
        tokens = await portal.sign_in(first_node)
        device = await portal.device(first_node, tokens)
        assert await asyncio.to_thread(first_node.terminate) == 0
        await device.expect("bye")
        assert await device.closed() == 1001
        await portal.push(second_node, "meanwhile")
        elsewhere = await PortalDevice.sign_on(second_node.url, tokens["access_token"])
        await elsewhere.event("meanwhile")
        await elsewhere.leave()
        await asyncio.to_thread(first_node.start)

    tell(story, *nodes)


def test_after_a_kill_what_is_not_acknowledged_comes_again_in_order(single):
    async def story(portal, node):
        tokens = await portal.sign_in(node)
        device = await portal.device(node, tokens)
        for number in range(5):
            await portal.push(node, f"KIP {number}")
        events = [await device.event(f"KIP {number}") for number in range(5)]
        await device.acknowledge(events[1])
        await device.acknowledge(events[3])
        await stored(node, tokens)
        await asyncio.to_thread(node.kill)
        with pytest.raises(ConnectionClosed):
            await device.receive()
        await asyncio.to_thread(node.start)
        again = await PortalDevice.sign_on(node.url, tokens["access_token"])
        for number in (0, 2, 4):
            await again.event(f"KIP {number}")
        await portal.push(node, "after")
        await again.event("after")
        await again.leave()

    async def stored(node, tokens):
        """Wait until both acknowledgements are stored."""
        while True:
            probe = await PortalDevice.sign_on(node.url, tokens["access_token"])
            titles = [(await probe.event())["title"] for _ in range(3)]
            await probe.leave()
            if titles == ["KIP 0", "KIP 2", "KIP 4"]:
                return

    tell(story, single)


class Journey:
    """The portal pushes and a device acknowledges while the gateway is killed and started."""

    def __init__(self, portal: Portal, node: Gateway, tokens: Any) -> None:
        self._portal = portal
        self._node = node
        self._token = tokens["access_token"]
        self.accepted: list[str] = []
        self.seen: dict[str, int] = {}
        self.is_over = False
        self._has_pushed = False

    @property
    def _is_done(self) -> bool:
        return self._has_pushed and set(self.accepted) <= set(self.seen)

    async def push(self) -> None:
        for number in count():
            if self.is_over:
                break
            try:
                await self._portal.push(self._node, f"KIP {number}")
            except aiohttp.ClientError:  # The event may be stored or not.
                await asyncio.sleep(0.05)
            else:
                self.accepted.append(f"KIP {number}")
        self._has_pushed = True

    async def read(self) -> None:
        while not self._is_done:
            try:
                device = await PortalDevice.sign_on(self._node.url, self._token)
                await self._read_on(device)
            except (OSError, InvalidHandshake, ConnectionClosed):
                await asyncio.sleep(0.05)
            else:
                await device.leave()

    async def _read_on(self, device: PortalDevice) -> None:
        last = 0
        while not self._is_done:
            event = await device.event()
            assert event["id"] > last  # Each comes in order and once a connection.
            last = event["id"]
            self.seen.setdefault(event["title"], last)
            await device.acknowledge(event)


def test_through_kills_no_event_that_was_accepted_is_lost(single):
    async def story(portal, node):
        journey = Journey(portal, node, await portal.sign_in(node))

        async def kill():
            for _ in range(KILLS):
                enough = len(journey.accepted) + 10
                await until(lambda enough=enough: len(journey.accepted) >= enough)
                await asyncio.to_thread(node.kill)
                await asyncio.to_thread(node.start)
            journey.is_over = True

        async with asyncio.TaskGroup() as tasks:
            for work in (journey.push, journey.read, kill):
                tasks.create_task(work())
        order = [journey.seen[title] for title in journey.accepted]
        assert len(order) >= 10 * KILLS
        assert order == sorted(set(order))

    tell(story, single)

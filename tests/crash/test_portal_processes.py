"""Guesses at a PIN, and ends of sign-ins, over two real gateway processes."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from tests.support.portal_api import LOGIN, PERSON, PIN, UPDATE
from tests.support.processes import Gateway

pytestmark = pytest.mark.crash
"""These tests use much of the machine: they make a hundred calls at once."""

KEY = "callback key"
AT_ONCE = 100


@pytest.fixture(scope="module")
def database(client):
    client.drop_database("portals")
    return client["portals"]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory, mongodb_uri, database):
    """Two nodes over one database, which trust a proxy on this machine."""
    started = [
        Gateway(
            tmp_path_factory.mktemp("node"),
            MONGODB_URI=mongodb_uri,
            DATABASE=database.name,
            JWT_SECRET="JWT secret of the tests, 32 bytes",
            PIN_PEPPER="PIN pepper of the tests, 32 bytes",
            CALLBACK_KEY=KEY,
            TRUSTED_PROXIES="127.0.0.1",
        )
        for _ in range(2)
    ]
    for node in started:
        node.start()
    yield started
    for node in started:
        node.stop()


class Callers:
    """The portal and many devices, each at an address of its own."""

    def __init__(self, nodes, session) -> None:
        self._nodes = nodes
        self._session = session

    async def send(self, node, method, path, body=None, **headers):
        async with self._session.request(
            method, f"{self._nodes[node].url}/api/v1/{path}", json=body, headers=headers
        ) as answer:
            return answer.status, await answer.json()

    async def update(self, **changes):
        headers = {"X-Callback-Key": KEY}
        told = await self.send(0, "POST", "callback/pin/update", UPDATE | changes, **headers)
        assert told == (200, {"result": True})

    async def delete(self, node, query):
        headers = {"X-Callback-Key": KEY}
        return await self.send(node, "DELETE", f"callback/sessions/{PERSON}?{query}", **headers)

    async def login(self, node, pin, address):
        headers = {"X-Forwarded-For": address}
        body = {"ad_login": LOGIN, "pin_code": pin}
        return await self.send(node, "POST", "auth/login", body, **headers)

    async def own_sessions(self, node, token):
        headers = {"Authorization": f"Bearer {token}"}
        return await self.send(node, "GET", "auth/sessions", **headers)

    async def refresh(self, node, token):
        return await self.send(node, "POST", "auth/refresh", {"refresh_token": token})


@pytest.fixture
def run(nodes):
    """Run a story of callers; fail with the fault of the story."""

    def tell(story):
        async def connected():
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=connector) as session:
                return await story(Callers(nodes, session))

        return asyncio.run(connected())

    return tell


def test_of_a_hundred_guesses_five_are_checked_and_ten_in_all_burn_the_pin(run, database):
    def outcomes():
        rows = database["audit"].find({"action": "sign_in"})
        counted = Counter(row["outcome"] for row in rows)
        database["audit"].delete_many({})
        return counted

    async def story(callers):
        async def guess_all(first, number=AT_ONCE):
            """Try many wrong PINs at once."""
            calls = (
                callers.login(n % 2, f"{first + n}", f"198.51.100.{n + 1}") for n in range(number)
            )
            told = await asyncio.gather(*calls)
            assert {status for status, _ in told} == {401}
            assert len({str(body) for _, body in told}) == 1
            return outcomes()

        await callers.update(pin_code=PIN)
        first = await guess_all(1000)
        right_but_locked = await callers.login(0, PIN, "203.0.113.1")
        unlock()
        second = await guess_all(2000)
        unlock()
        third = await guess_all(3000, 4)
        right_but_burned = [await callers.login(n, PIN, "203.0.113.1") for n in range(2)]
        await callers.update(pin_code="7777", created_at="2026-05-05 00:00:00")
        new = [await callers.login(n, "7777", "203.0.113.1") for n in range(2)]
        return first, second, third, right_but_locked, right_but_burned, new

    def unlock():
        past = datetime.now(UTC) - timedelta(seconds=1)
        database["login_guards"].update_many({}, {"$set": {"locked_until": past}})

    first, second, third, locked, burned, new = run(story)
    assert first == {"wrong_pin": 5, "locked": 95}
    assert second - Counter(locked=1) == {"wrong_pin": 5, "burned": 95}
    assert third == {"burned": 4}
    assert [locked[0], *(status for status, _ in burned)] == [401] * 3
    assert [status for status, _ in new] == [200, 200]


def test_of_a_hundred_tries_from_one_address_twenty_are_counted(run):
    async def story(callers):
        await callers.update(pin_code="1234", created_at="2026-05-06 00:00:00")
        calls = []
        for n in range(AT_ONCE):
            body = {"ad_login": f"person{n}@osnova.example", "pin_code": "9999"}
            headers = {"X-Forwarded-For": "192.0.2.7"}
            calls.append(callers.send(n % 2, "POST", "auth/login", body, **headers))
        return await asyncio.gather(*calls)

    told = Counter(status for status, _ in run(story))
    assert told == {401: 20, 429: 80}


def test_a_session_that_one_process_ended_is_dead_there_at_once_and_soon_in_the_other(run):
    async def story(callers):
        await callers.update(pin_code="4321", created_at="2026-05-07 00:00:00")
        for ended_by in (0, 1):
            _, signed_in = await callers.login(0, "4321", "203.0.113.2")
            tokens = signed_in["data"]
            for node in (0, 1):
                assert (await callers.own_sessions(node, tokens["access_token"]))[0] == 200
            await callers.delete(ended_by, f"session_id={tokens['session_id']}")
            assert (await callers.own_sessions(ended_by, tokens["access_token"]))[0] == 401
            while (await callers.own_sessions(1 - ended_by, tokens["access_token"]))[0] == 200:
                pass
            assert (await callers.refresh(1 - ended_by, tokens["refresh_token"]))[0] == 401

    run(story)


def test_one_refresh_token_at_two_processes_at_once_has_one_successor(run):
    async def story(callers):
        await callers.update(pin_code="5678", created_at="2026-05-08 00:00:00")
        _, signed_in = await callers.login(0, "5678", "203.0.113.3")
        token = signed_in["data"]["refresh_token"]
        for _ in range(10):
            told = await asyncio.gather(*(callers.refresh(n % 2, token) for n in range(4)))
            assert {status for status, _ in told} == {200}
            (token,) = {body["data"]["refresh_token"] for _, body in told}

    run(story)

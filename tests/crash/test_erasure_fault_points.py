"""The process dies between two steps of an erasure: another node goes on with it to its end.

tests/crash/test_fault_points.py tests the same for other calls. After the kill the user is there
with all results that the places say, or gone; after a repeat on another node nothing is left.
"""

import asyncio
import itertools
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from tests.crash.fault_points import PATIENCE, Victim, kill_everywhere
from tests.support.channel_client import ChannelClient
from tests.support.fixtures import WORK_VALUES
from tests.support.traces import traces_in_database

pytestmark = pytest.mark.crash

HEADERS = {"X-Callback-Key": "callback key"}


async def call(session: aiohttp.ClientSession, url: str, body: Any, **headers: str) -> Any:
    """Make a call, which has to succeed; it is repeated while a dead process holds locks."""
    for _ in range(PATIENCE):
        async with session.post(url, json=body, headers=HEADERS | headers) as answer:
            if answer.status != 503:
                assert answer.status == 200, await answer.text()
                return await answer.json()
        await asyncio.sleep(0.1)
    raise TimeoutError(url)


@pytest.fixture(scope="module")
def key(node):
    """The key of a provider."""
    created = node.command(
        *("provider", "create", "--slug", "erasing", "--name", "E", "--policy", "postpaid"),
        *("--test-policy", "unlimited", "--allow-no-origin"),
    )
    node.command("provider", "webhook", "erasing", "--url", "https://hooks.invalid/")
    return created["client_key"]


def test_a_user_is_erased_wherever_the_process_dies(node, key, fork, chance, stored):
    numbers = itertools.count()

    async def kill_at_each_point() -> int:
        async with aiohttp.ClientSession() as session:

            async def story(victim: Victim) -> None:
                user = {"client_key": key, "user_id": f"user-{next(numbers)}-of-the-story"}
                traces = await prepare(session, f"{node.url}/partner/api/v3", node.url, user)
                await victim.do(call(session, f"{victim.url}/partner/api/v3/user/erase", user))
                agrees(stored)
                await call(session, f"{node.url}/partner/api/v3/user/erase", user)
                agrees(stored)
                assert traces_in_database(stored, traces) == {}

            return await kill_everywhere(fork, chance, story)

    assert asyncio.run(kill_at_each_point()) >= 3


async def prepare(session: aiohttp.ClientSession, api: str, url: str, user: Any) -> Any:
    """Give the user a result, an attempt that is open, a webhook and a kept answer."""
    once = {"Idempotency-Key": user["user_id"].replace("user", "key")}
    known = await call(session, f"{api}/user/register", user, **once)
    saving = {"test": "work-values", "progress": WORK_VALUES, "user_key": known["user_key"]}
    saved = await call(session, f"{api}/progress/save", user | saving)
    token = await call(session, f"{api}/access/token", user | {"test": "work-values"})
    visitor = await ChannelClient.connect(url, origin=None)
    opened = await visitor.open("erasing", test="work-values", **_only(token, "access_token"))
    await visitor.answer(1, "1", "3")
    await visitor.expect("ack")
    await visitor.leave()
    keys = (known["user_key"], saved["result_key"], token["access_token"], opened["session"])
    return [user["user_id"], *map(UUID, keys)]


def _only(body: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: body[name]}


def agrees(stored) -> None:
    """Check that the ledger, the counter, the users and the places of results agree.

    All are read as of one moment, since other stories of the same provider go on meanwhile.
    """
    with stored.client.start_session(snapshot=True) as now:

        def rows(name: str, **wanted: Any) -> list[dict[str, Any]]:
            return list(stored[name].find(wanted, session=now))

        (provider,) = rows("providers", _id="erasing")
        users = rows("provider_users", **{"_id.provider": "erasing"})
        ledger = rows("accesses", **{"_id.provider": "erasing"})
        named = {
            name: [row["user_id"] for row in rows(name, provider="erasing") if row["user_id"]]
            for name in ("results", "attempts", "access_tokens")
        }
    erased = sum("erased" in row for row in ledger)
    assert provider["access_count"] == len(ledger) == len(users) + erased
    for user in users:
        held = named["results"].count(user["_id"]["user_id"])
        assert held == user["main"] - user.get("results_removed", 0)
    known = {user["_id"]["user_id"] for user in users}
    assert {user_id for ids in named.values() for user_id in ids} <= known


def test_a_person_is_erased_wherever_the_process_dies(node, fork, chance, stored):
    numbers = itertools.count()

    async def kill_at_each_point() -> int:
        async with aiohttp.ClientSession() as session:

            async def story(victim: Victim) -> None:
                number = next(numbers)
                person, login = f"person-{number}-of-the-story", f"login{number}@story.example"
                await prepare_person(session, f"{node.url}/api/v1", number, person, login)
                erase = {"id_phperson": person}
                path = "/api/v1/callback/people/erase"
                await victim.do(call(session, victim.url + path, erase))
                await call(session, node.url + path, erase)
                assert traces_in_database(stored, [person, login]) == {}
                assert stored["sign_ins"].count_documents({"person": person}) == 0

            return await kill_everywhere(fork, chance, story)

    assert asyncio.run(kill_at_each_point()) >= 3


async def prepare_person(
    session: aiohttp.ClientSession, api: str, number: int, person: str, login: str
) -> None:
    """Let the portal tell of a person, who signs in, and push an event that waits."""
    body = {"id_phperson": person, "tab_no": "1", "ad_login": login, "pin_code": "0042"}
    told = body | {"created_at": "2026-05-04 12:30:00"}
    await call(session, f"{api}/callback/pin/update", told)
    address = {"X-Forwarded-For": f"192.0.3.{number % 250}"}
    sign_in = {"ad_login": login, "pin_code": "0042"}
    await call(session, f"{api}/auth/login", sign_in, **address)
    event = {"type": "push", "title": "T", "message": "M", "data": {}, "users": [person]}
    await call(session, f"{api}/callback/portal/push/events", event)

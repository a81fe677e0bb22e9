"""Sessions of the console as the services keep them: tokens, what ends them, what they carry."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from storage.client import connect, open_database
from storage.console.accounts import AccountStore
from storage.console.sessions import SessionStore
from tests.support.console import PASSWORD
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.console.accounts import SESSION_IDLE, SESSION_LIFETIME
from widget_gateway.domain.console.roles import Role
from widget_gateway.domain.console.trail import Actor
from widget_gateway.services.console.sessions import ConsoleSessions

pytestmark = pytest.mark.gen_test

NEW_PASSWORD = "seven purple elephants dance"
ACTOR = Actor(
    account=None, login="", role="", address="192.0.2.7", user_agent="Tests", request_id=""
)
A_SECOND = timedelta(seconds=1)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(io_loop, mongodb_uri, database, clock, backend):
    """A node's sessions by a clock of the test, over the same database."""
    assert backend
    client = connect(mongodb_uri)
    opened = open_database(client, database.name)
    yield ConsoleSessions(SessionStore(opened), AccountStore(client, opened), clock)
    io_loop.run_sync(client.close)


async def begin(sessions, console, role="support", *, is_complete=True):
    account, _ = await console.make_account(role)
    return account, await sessions.begin(account, ACTOR, is_complete=is_complete)


async def test_only_the_hash_of_a_token_is_stored(sessions, console, database):
    _, token = await begin(sessions, console)
    (row,) = database["console_sessions"].find()
    assert row["_id"] == hashlib.sha256(token.encode()).digest()
    assert token not in str(row)
    assert len({token, *[(await begin(sessions, console))[1] for _ in range(3)]}) == 4
    for wrong in ("", "x", token[:-1], f"{token}x", str(row["session"]), row["_id"].hex()):
        assert await sessions.find(wrong) is None


async def test_a_session_lasts_thirty_minutes_from_its_last_request(sessions, console, clock):
    _, token = await begin(sessions, console)
    for pause in (SESSION_IDLE - A_SECOND, SESSION_IDLE - timedelta(minutes=1) - A_SECOND):
        clock.now += pause
        assert await sessions.find(token), "the pause was shorter"
    clock.now += SESSION_IDLE
    assert await sessions.find(token) is None


async def test_a_session_never_lasts_longer_than_thirty_minutes_without_a_request(
    sessions, console, clock
):
    _, token = await begin(sessions, console)
    clock.now += timedelta(seconds=59)
    assert await sessions.find(token), "a request that is too near to be written"
    clock.now += SESSION_IDLE
    assert await sessions.find(token) is None


async def test_requests_are_noted_at_most_once_a_minute(sessions, console, clock, database):
    _, token = await begin(sessions, console)
    began = clock.now
    seen = set()
    for _ in range(12):
        clock.now += timedelta(seconds=10)
        assert await sessions.find(token)
        seen.add(database["console_sessions"].find_one({})["seen_at"])
    assert len(seen) == 3, "the beginning and two minutes"
    assert clock.now - began == timedelta(minutes=2)


async def test_a_session_that_is_always_used_ends_after_twelve_hours(sessions, console, clock):
    _, token = await begin(sessions, console)
    end = clock.now + SESSION_LIFETIME
    while clock.now + timedelta(minutes=20) < end:
        clock.now += timedelta(minutes=20)
        assert await sessions.find(token)
    clock.now = end
    assert await sessions.find(token) is None


async def test_completing_gives_a_new_token_once(sessions, console):
    account, token = await begin(sessions, console, is_complete=False)
    session, _ = await sessions.find(token)
    assert not session.is_complete
    results = await asyncio.gather(*(sessions.complete(token) for _ in range(4)))
    (new,) = filter(None, results)
    assert new != token
    assert await sessions.find(token) is None
    found, owner = await sessions.find(new)
    assert (found, owner.id) == (replace(session, is_complete=True), account.id)
    assert await sessions.complete(token) is None


async def test_what_a_session_carries_is_taken_once_and_by_nobody_else(sessions, console):
    _, token = await begin(sessions, console)
    _, other = await begin(sessions, console)
    await sessions.keep(token, "challenge", b"first")
    await sessions.keep(token, "challenge", b"second")
    assert await sessions.take(other, "challenge") is None
    taken = await asyncio.gather(*(sessions.take(token, "challenge") for _ in range(4)))
    assert sorted(taken, key=str) == [None, None, None, b"second"]
    await sessions.keep("no token", "challenge", b"third")
    assert await sessions.take("no token", "challenge") is None


@pytest.mark.parametrize(
    "deed", ["password", "disable", "role", "provider", "factors", "invitation"]
)
async def test_what_changes_the_power_of_an_account_ends_its_sessions(
    sessions, console, backend, make_two_providers, deed
):
    assert make_two_providers
    accounts = backend.console.accounts
    account, _ = await console.make_account("partner", "college")
    token = await sessions.begin(account, ACTOR, is_complete=True)
    assert await sessions.find(token)
    same = {"name": "New", "locale": "ru", "role": account.role, "provider": account.provider}
    await accounts.update(account, **same)
    assert await sessions.find(token), "a name has no power"
    match deed:
        case "password":
            await accounts.set_password(account, NEW_PASSWORD)
        case "disable":
            await accounts.disable(account.id)
        case "role":
            await accounts.update(account, **same | {"role": Role.SUPPORT, "provider": None})
        case "provider":
            await accounts.update(account, **same | {"provider": "school"})
        case "factors":
            await backend.console.second_factors.remove_all(account.id)
        case "invitation":
            link = await accounts.invite(account.id)
            await accounts.accept_invitation(link, NEW_PASSWORD)
    assert await sessions.find(token) is None


async def test_a_disabled_account_has_no_session_again_when_it_is_enabled(
    sessions, console, backend
):
    account, token = await begin(sessions, console)
    await backend.console.accounts.disable(account.id)
    await backend.console.accounts.enable(account.id)
    assert await sessions.find(token) is None


async def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(
    console, backend, sessions
):
    account, _ = await console.make_account("support")
    hashes, verify = backend.console.sign_in._hashes, backend.console.sign_in._hashes.verify

    async def slowly(*arguments):
        is_right = await verify(*arguments)
        hashes.verify = verify
        await backend.console.accounts.set_password(account, NEW_PASSWORD)
        return is_right

    hashes.verify = slowly
    begun = await backend.console.sign_in.begin(account.login, PASSWORD, ACTOR)
    assert await sessions.find(begun.token) is None
    begun = await backend.console.sign_in.begin(account.login, NEW_PASSWORD, ACTOR)
    assert await sessions.find(begun.token)


async def test_sessions_are_listed_newest_first_and_ended(sessions, console, clock):
    account, first = await begin(sessions, console)
    _, foreign = await begin(sessions, console)
    clock.now += A_SECOND
    second = await sessions.begin(account, ACTOR, is_complete=True)
    clock.now += A_SECOND
    third = await sessions.begin(account, ACTOR, is_complete=False)
    listed = await sessions.list_of(account.id)
    assert [session.is_complete for session in listed] == [False, True, True]
    assert {session.address for session in listed} == {"192.0.2.7"}
    strange, _ = await sessions.find(foreign)
    assert not await sessions.end_of(account.id, strange.id)
    own, _ = await sessions.find(second)
    assert await sessions.end_others(own) == 2
    alive = [await sessions.find(token) for token in (first, second, third, foreign)]
    assert [found is not None for found in alive] == [False, True, False, True]
    await sessions.end(second)
    assert await sessions.list_of(account.id) == []

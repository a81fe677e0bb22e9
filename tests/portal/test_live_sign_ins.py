"""The cache of live sign-ins notices every end of a sign-in on any node."""

import asyncio
import time

import pytest

from storage import changes as storage_changes
from storage.portal.sign_ins import SignInChanges
from tests.support.portal_api import PERSON, pass_time
from tests.support.waiting import until
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.errors import StorageUnavailableError
from widget_gateway.domain.portal.sign_ins import SignedIn
from widget_gateway.services.portal import live_sign_ins

pytestmark = pytest.mark.gen_test


@pytest.fixture(autouse=True)
def person(io_loop, portal):
    io_loop.run_sync(portal.update_pin)


async def until_trusted(backend):
    await until(lambda: backend.live_sign_ins._changes.is_trusted)


async def status(node, tokens):
    return (await node.own_sessions(tokens["access_token"])).status


async def lose_storage(*_given):
    raise StorageUnavailableError


def counted(monkeypatch, backend):
    """Record the sign-ins that the database was asked for."""
    asked = []
    find = backend.live_sign_ins._sign_ins.find

    async def find_and_count(session, now):
        asked.append(session)
        return await find(session, now)

    monkeypatch.setattr(backend.live_sign_ins._sign_ins, "find", find_and_count)
    return asked


def deaf(monkeypatch, backend):
    """Let the stream tell of an unknown sign-in only, so that it does not end the tested ones."""
    monkeypatch.setattr(backend.live_sign_ins._changes, "read", lambda _row: 0)


async def test_a_session_that_is_known_to_live_is_not_looked_up_again(portal, backend, monkeypatch):
    tokens, other = await portal.signed_in(), await portal.signed_in()
    await until_trusted(backend)
    asked = counted(monkeypatch, backend)
    for _ in range(5):
        assert await status(portal, tokens) == 200
        assert await status(portal, other) == 200
    assert asked == [tokens["session_id"], other["session_id"]]


ENDS = {
    "the portal, by number": lambda node, tokens: node.delete(f"session_id={tokens['session_id']}"),
    "the portal, all": lambda node, _tokens: node.delete("all=1"),
    "its owner": lambda node, tokens: node.logout(tokens["access_token"]),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_a_session_is_dead_at_once_where_it_is_ended(portal, backend, monkeypatch, end):
    tokens = await portal.signed_in()
    await until_trusted(backend)
    assert await status(portal, tokens) == 200
    deaf(monkeypatch, backend)
    assert (await end(portal, tokens)).body == {"result": True}
    assert await status(portal, tokens) == 401


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_a_session_that_is_ended_elsewhere_dies_here(
    portal, elsewhere, backend, monkeypatch, end
):
    tokens = await portal.signed_in()
    await until_trusted(backend)
    assert await status(portal, tokens) == 200
    told = []
    backend.live_sign_ins.on_end(told.append)
    asked = counted(monkeypatch, backend)
    assert (await end(elsewhere, tokens)).body == {"result": True}
    await until(lambda: told)
    assert told == [tokens["session_id"]]
    assert asked == []  # The change stream told of the end.
    assert await status(portal, tokens) == 401


async def test_a_reused_refresh_token_ends_the_session_here_and_elsewhere(
    portal, elsewhere, backend, database
):
    tokens = await portal.signed_in()
    await until_trusted(backend)
    assert await status(portal, tokens) == 200
    second = (await elsewhere.refresh(tokens["refresh_token"])).body["data"]
    await elsewhere.refresh(second["refresh_token"])
    pass_time(database, seconds=11)
    ended = []
    backend.live_sign_ins.on_end(ended.append)
    assert (await elsewhere.refresh(tokens["refresh_token"])).status == 401
    assert await status(elsewhere, tokens) == 401
    await until(lambda: ended)
    assert await status(portal, tokens) == 401


async def test_a_session_whose_row_left_by_ttl_is_dead(portal, backend, database):
    tokens = await portal.signed_in()
    await until_trusted(backend)
    assert await status(portal, tokens) == 200
    ended = []
    backend.live_sign_ins.on_end(ended.append)
    database["sign_ins"].delete_one({"_id": tokens["session_id"]})  # The TTL index does so.
    await until(lambda: ended)
    assert await status(portal, tokens) == 401


async def test_who_is_open_here_is_told_at_once_of_an_end_here(portal, backend, monkeypatch):
    tokens = await portal.signed_in()
    deaf(monkeypatch, backend)
    told = []
    backend.live_sign_ins.on_end(told.append)
    await portal.delete("all=1")
    assert tokens["session_id"] in told


async def test_a_refresh_ends_nothing(portal, elsewhere, backend):
    tokens, last = await portal.signed_in(), await portal.signed_in()
    told = []
    backend.live_sign_ins.on_end(told.append)
    assert (await elsewhere.refresh(tokens["refresh_token"])).status == 200
    await elsewhere.delete(f"session_id={last['session_id']}")
    await until(lambda: told)
    assert told == [last["session_id"]]
    assert await status(portal, tokens) == 200


async def test_without_a_healthy_stream_each_check_asks_the_database(
    portal, backend, database, monkeypatch
):
    tokens = await portal.signed_in()
    await until_trusted(backend)
    assert await status(portal, tokens) == 200
    monkeypatch.setattr(storage_changes, "TRUSTED_S", -1.0)  # It counts as silent for too long.
    asked = counted(monkeypatch, backend)
    for _ in range(3):
        assert await status(portal, tokens) == 200
    assert len(asked) == 3
    database["sign_ins"].delete_many({})
    assert await status(portal, tokens) == 401


class LostOnce(SignInChanges):
    """A stream that breaks when told to; it misses what happens until it is back."""

    def __init__(self) -> None:
        super().__init__({self.collection: None})
        self.lost = asyncio.Event()
        self.is_back = False

    async def follow(self):
        self._heard_at = time.monotonic()
        yield None
        if self.lost.is_set():
            self.is_back = True
            await asyncio.Event().wait()
        await self.lost.wait()
        raise StorageUnavailableError


async def test_what_ended_while_the_stream_was_lost_is_found_when_it_is_back(
    portal, backend, database
):
    tokens, held, other = [await portal.signed_in() for _ in range(3)]
    changes = LostOnce()
    live = live_sign_ins.LiveSignIns(backend.live_sign_ins._sign_ins, changes, utc_now)
    told = []
    live.on_end(told.append, lambda: [held["session_id"], other["session_id"]])
    for device in (tokens, other):
        await live.check(SignedIn(PERSON, device["session_id"]))
    following = asyncio.ensure_future(live.run())
    ended = [tokens["session_id"], held["session_id"]]
    database["sign_ins"].delete_many({"_id": {"$in": ended}})
    changes.lost.set()
    await until(lambda: len(told) == len(ended))
    await until(lambda: changes.is_back)
    following.cancel()
    assert sorted(told) == ended
    assert live._kept.keys() == [other["session_id"]]


async def test_when_storage_is_down_nobody_is_let_in_or_told_that_the_session_ended(
    portal, backend, monkeypatch
):
    tokens = await portal.signed_in()
    monkeypatch.setattr(backend.live_sign_ins._sign_ins, "find", lose_storage)
    answer = await portal.own_sessions(tokens["access_token"])
    assert (answer.status, answer.body["result"]) == (503, False)
    assert "Retry-After" in answer.headers


async def test_what_ended_while_it_was_read_is_not_kept(portal, backend, monkeypatch):
    tokens = await portal.signed_in()
    await until_trusted(backend)
    find = backend.live_sign_ins._sign_ins.find

    async def find_slowly(session, now):
        found = await find(session, now)
        backend.live_sign_ins.end(session)  # The end arrives first.
        return found

    monkeypatch.setattr(backend.live_sign_ins._sign_ins, "find", find_slowly)
    await status(portal, tokens)
    kept = backend.live_sign_ins._kept.keys()  # It is a list, the oldest first.
    assert tokens["session_id"] not in kept


async def test_those_asked_for_the_longest_ago_are_forgotten_first(portal, backend, monkeypatch):
    monkeypatch.setattr(backend.live_sign_ins._kept, "_max_kept", 2)
    sessions = [await portal.signed_in() for _ in range(3)]
    await until_trusted(backend)
    for number in (0, 1, 0, 2):
        assert await status(portal, sessions[number]) == 200
    kept = [tokens["session_id"] for tokens in (sessions[0], sessions[2])]
    assert backend.live_sign_ins._kept.keys() == kept

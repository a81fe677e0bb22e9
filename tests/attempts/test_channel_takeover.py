"""An attempt belongs to its newest connection, on whichever node that is (rule 3)."""

import asyncio
import uuid

import pytest
from websockets.exceptions import ConnectionClosed

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]

NEW = {"test": "career-interests", "locale": "en"}


@pytest.fixture
def owner(io_loop, connect):
    """A visitor with a new attempt."""

    async def open_new():
        visitor = await connect()
        await visitor.open(**NEW)
        return visitor

    return io_loop.run_sync(open_new)


@pytest.fixture
def deaf_node(backend, monkeypatch):
    """Let the first node hear of no change, so that its old sockets stay open as zombies."""
    monkeypatch.setattr(backend.services.channel.feed, "_tell", lambda _change: None)


async def test_the_older_connection_is_closed_with_4009(connect, owner):
    newer = await connect()
    await newer.open(**owner.identity)
    assert await owner.closed() == 4009
    await newer.answer(1, "1", "1")
    await newer.expect("ack")


async def test_the_older_connection_is_closed_on_another_node_too(connect, owner, other_node_url):
    newer = await connect(other_node_url)
    await newer.open(**owner.identity)
    assert await owner.closed() == 4009


async def test_the_newest_of_many_wins(connect, owner, other_node_url):
    connections = [owner]
    for url in (other_node_url, None, other_node_url, None):
        newer = await connect(*([url] if url else []))
        await newer.open(**owner.identity)
        connections.append(newer)
    for older in connections[:-1]:
        assert await older.closed() == 4009
    await connections[-1].answer(1, "1", "1")
    await connections[-1].expect("ack")


async def test_connections_that_open_at_once_leave_exactly_one(connect, owner, other_node_url):
    rivals = [await connect(*([other_node_url] if n % 2 else [])) for n in range(8)]

    async def ends(rival):
        await rival.send("open", provider="college", **owner.identity)
        try:
            async with asyncio.timeout(3):
                while True:
                    await rival.receive()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None
        except TimeoutError:
            return "open"

    outcomes = await asyncio.gather(*map(ends, rivals))
    assert sorted(map(str, outcomes)) == ["4009"] * 7 + ["open"]


async def test_what_was_acknowledged_before_is_told_to_the_newer_connection(
    connect, owner, other_node_url
):
    await owner.answer_all(owner.session["questions"][:5])
    newer = await connect(other_node_url)
    session = await newer.open(**owner.identity)
    assert (session["seq"], session["next"]) == (5, "6")


async def test_other_sessions_are_left_alone(connect, owner):
    other = await connect()
    await other.open(**NEW)
    newer = await connect()
    await newer.open(**owner.identity)
    await other.answer(1, "1", "1")
    await other.expect("ack")


@pytest.mark.usefixtures("deaf_node")
async def test_a_zombie_of_an_older_generation_never_overrides(connect, other_node_url, database):
    zombie = await connect()
    session = await zombie.open(**NEW)
    newer = await connect(other_node_url)
    await newer.open(**zombie.identity)
    await newer.answer(1, "1", "1")
    await newer.expect("ack")
    for seq in (1, 2, 9):
        await zombie.answer(seq, "1", "5")  # Its node knows of no newer one and acknowledges.
        await zombie.expect("ack")
    attempt = database.attempts.find_one({"_id": uuid.UUID(session["session"])})
    assert attempt is not None
    assert attempt["generation"] == 2
    third = await connect(other_node_url)
    assert (await third.open(**zombie.identity))["answers"] == [["1", ["1"]]]


@pytest.mark.usefixtures("deaf_node")
async def test_a_zombie_can_not_finish(connect, other_node_url, database):
    zombie = await connect()
    await zombie.open(test="work-values", answers=[[str(n), ["3"]] for n in range(1, 25)])
    newer = await connect(other_node_url)
    await newer.open(**zombie.identity)
    await zombie.send("finish")
    assert await zombie.closed() == 4009
    assert database.results.count_documents({}) == 0


async def test_a_lost_change_stream_is_resumed(connect, owner, other_node_url, database):
    database.client.admin.command("killAllSessions", [])
    newer = await connect(other_node_url)
    await newer.open(**owner.identity)
    assert await owner.closed() == 4009


async def test_a_node_that_missed_changes_re_reads_what_it_holds_open(
    connect, owner, other_node_url, backend
):
    feed = backend.services.channel.feed
    with pytest.MonkeyPatch.context() as deaf:
        deaf.setattr(feed, "_tell", lambda _change: None)
        newer = await connect(other_node_url)
        await newer.open(**owner.identity)
        assert await owner.is_quiet(0.5)
    await feed._reconcile(list(feed._listeners))
    assert await owner.closed() == 4009

"""Calls by plain HTTP to two gateway processes, of which one is killed or drained."""

import asyncio
from contextlib import suppress

import pytest
from tornado.httpclient import AsyncHTTPClient

from tests.support.processes import Gateway
from tests.support.widget_calls import CallingWidget, answers_to

pytestmark = pytest.mark.gen_test

NEW = {"test": "career-interests", "locale": "en"}


@pytest.fixture
def nodes(tmp_path, mongodb_uri, database):
    """Two nodes over one database, with a provider and the tests."""
    started = [
        Gateway(
            tmp_path / str(number),
            MONGODB_URI=mongodb_uri,
            DATABASE=database.name,
            JWT_SECRET="JWT secret of the tests, 32 bytes",
            PIN_PEPPER="PIN pepper of the tests, 32 bytes",
        )
        for number in range(2)
    ]
    started[0].command("test", "import", "widget_gateway/bundled")
    started[0].command(
        *("provider", "create", "--slug", "college", "--name", "College", "--allow-no-origin")
    )
    for node in started:
        node.start()
    yield started
    for node in started:
        node.stop()


@pytest.fixture
def widget(io_loop, nodes):
    assert io_loop
    client = AsyncHTTPClient(force_instance=True)
    yield CallingWidget(client, nodes[0].url, None)
    client.close()


async def test_a_node_that_is_killed_between_two_calls_is_not_missed(widget, nodes):
    session = await widget.open(**NEW)
    messages = answers_to(session["questions"])
    assert (await widget.send(*messages[:30])).acks == list(range(1, 31))
    nodes[0].kill()
    told = await widget.send(*messages[30:], url=nodes[1].url)
    assert [message["type"] for message in told.messages] == ["ack"] * 40 + ["pause"]
    assert [question for question, _ in told.messages[-1]["answers"]] == [
        str(number) for number in range(1, 71)
    ]


async def test_a_node_that_is_killed_amid_a_call_costs_a_repeat(widget, nodes, database):
    session = await widget.open(**NEW)
    messages = answers_to(session["questions"][:60])
    call = asyncio.ensure_future(widget.send(*messages))
    await asyncio.sleep(0)
    nodes[0].kill()
    with suppress(OSError, AssertionError):
        await call
    told = await widget.send(*messages, url=nodes[1].url)
    assert told.acks == list(range(1, 61))
    assert database.answers.count_documents({}) == 60


async def test_a_node_that_drains_ends_its_polls_in_order(widget, nodes):
    session = await widget.open(**NEW)
    poll = asyncio.ensure_future(widget.poll())
    with pytest.raises(TimeoutError):  # the poll is held
        await asyncio.wait_for(asyncio.shield(poll), 1)
    assert await asyncio.to_thread(nodes[0].terminate) == 0
    told = await poll
    assert (told.only("bye")["retry_after_ms"], told.close) == (5_000, 1001)
    messages = answers_to(session["questions"][:3])
    assert (await widget.send(*messages, url=nodes[1].url)).acks == [1, 2, 3]

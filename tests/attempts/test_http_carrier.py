"""The conversation of a widget by plain HTTP calls, in networks that let no WebSocket through."""

import asyncio
import uuid

import pytest
from tornado.simple_httpclient import HTTPTimeoutError

from tests.support.fixtures import ORIGIN, WORK_VALUES
from tests.support.waiting import until
from tests.support.widget_calls import CallingWidget, answer, answers_to

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]

NEW = {"test": "career-interests", "locale": "en"}
FREE = [[str(number), ["1"]] for number in range(1, 71)]


@pytest.fixture
def widget(http_client, base_url):
    return CallingWidget(http_client, base_url, ORIGIN)


@pytest.fixture
def another(http_client, base_url):
    """Another device of the same visitor."""
    return CallingWidget(http_client, base_url, ORIGIN)


@pytest.fixture
def polls_of(backend):
    """The number of polls that this node holds, as its metrics say."""
    return backend.services.channel.metrics.polls._value.get


async def pause(widget):
    """Open an attempt and answer all questions before its pause."""
    session = await widget.open(**NEW)
    told = await widget.send(*answers_to(session["questions"]))
    assert [message["type"] for message in told.messages] == ["ack"] * 70 + ["pause"]
    return told.messages[-1]


async def test_a_whole_test_is_taken(widget, api, college, database):
    session = await widget.open(**NEW)
    assert (session["state"], session["generation"], session["next"]) == ("running", 1, "1")
    assert len(session["questions"]) == 70
    assert (await widget.send(answer(1, "1", "1"))).acks == [1]
    told = await widget.send(*answers_to(session["questions"][1:], seq=1))
    assert [message.get("seq") for message in told.messages] == [*range(2, 71), None]
    assert told.messages[-1] == {
        "type": "pause",
        "after": 70,
        "answers": FREE,
        "session": session["session"],
    }
    await api.get("payment/confirm", client_key=college.client_key, session=session["session"])
    resumed = (await widget.poll()).only("resumed")
    assert (resumed["next"], len(resumed["questions"])) == ("71", 50)
    rest = answers_to(resumed["questions"], seq=70)
    told = await widget.send(*rest, {"type": "finish"})
    assert [message["type"] for message in told.messages] == ["ack"] * 50 + ["finished"]
    assert (await widget.send({"type": "finish"})).messages == told.messages[-1:]
    assert database.results.count_documents({}) == 1


async def test_an_answer_is_durable_when_it_is_acknowledged(widget, connect):
    await widget.open(**NEW)
    told = await widget.send(*(answer(n, str(n), "1") for n in range(1, 31)))
    assert told.acks == list(range(1, 31))
    session = await (await connect()).open(**widget.identity)
    assert session["answers"] == FREE[:30]


async def test_the_answers_of_a_call_are_written_in_one_batch(widget, backend):
    await widget.open(**NEW)
    batches = backend.services.channel.metrics.journal_batch._sum
    before = batches.get()
    count = backend.services.channel.metrics.journal_batch.collect
    calls_before = _batches(count())
    await widget.send(*(answer(n, str(n), "1") for n in range(1, 70)))
    assert (batches.get() - before, _batches(count()) - calls_before) == (69, 1)


def _batches(families):
    return next(s.value for f in families for s in f.samples if s.name.endswith("_count"))


async def test_a_lost_answer_is_repeated_and_acknowledged_again(widget, database):
    await widget.open(**NEW)
    for value in ("1", "5"):
        assert (await widget.send(answer(1, "1", value))).acks == [1]
    assert database.answers.count_documents({}) == 1
    assert (await widget.open(**widget.identity))["answers"] == [["1", ["1"]]]


async def test_a_lost_pause_is_told_again_with_the_repeated_answer(widget):
    told = await pause(widget)
    again = await widget.send(answer(70, "70", "1"))
    assert again.messages == [{"type": "ack", "seq": 70}, told]


async def test_answers_of_an_earlier_generation_keep_their_place(widget, another):
    await widget.open(**NEW)
    another.session = widget.session
    await another.open(**widget.identity)
    await another.send(answer(1, "1", "5"))
    told = await another.send(answer(1, "1", "1", generation=1), answer(2, "2", "2", generation=1))
    assert told.messages == [
        {"type": "ack", "seq": 1, "generation": 1},
        {"type": "ack", "seq": 2, "generation": 1},
    ]
    session = await another.open(**widget.identity)
    assert session["answers"] == [["1", ["5"]], ["2", ["2"]]]


async def test_any_node_takes_the_next_call(widget, base_url, other_node_url):
    session = await widget.open(**NEW)
    for number, question in enumerate(answers_to(session["questions"][:20])):
        url = other_node_url if number % 2 else base_url
        assert (await widget.send(question, url=url)).acks == [number + 1]
    assert (await widget.open(**widget.identity))["answers"] == FREE[:20]


async def test_calls_at_once_store_each_answer_once(widget, base_url, other_node_url, database):
    session = await widget.open(**NEW)
    messages = answers_to(session["questions"][:60])
    told = await asyncio.gather(
        *(
            widget.send(*messages[: 10 * count], url=url)
            for count in range(1, 7)
            for url in (base_url, other_node_url)
        )
    )
    assert all(answer.acks == list(range(1, len(answer.acks) + 1)) for answer in told)
    assert database.answers.count_documents({}) == 60


async def test_a_pause_that_calls_at_once_reach_together_is_told(widget, other_node_url):
    session = await widget.open(**NEW)
    messages = answers_to(session["questions"])
    await widget.send(*messages[:68])
    first, second = await asyncio.gather(
        widget.send(messages[68]), widget.send(messages[69], url=other_node_url)
    )
    told = [*first.messages, *second.messages]
    if not any(message["type"] == "pause" for message in told):
        told += (await widget.poll()).messages
    assert next(message["answers"] for message in told if message["type"] == "pause") == FREE


@pytest.mark.parametrize("is_early", [False, True])
async def test_a_payment_on_another_node_ends_a_poll(
    widget, api, college, other_node_url, polls_of, is_early
):
    told = await pause(widget)
    api.url = other_node_url
    call = {"client_key": college.client_key, "session": told["session"]}
    if is_early:
        await api.get("payment/confirm", **call)
        resumed = await widget.poll()
    else:
        poll = asyncio.ensure_future(widget.poll())
        await until(lambda: polls_of() == 1)
        await api.get("payment/confirm", **call)
        resumed = await asyncio.wait_for(poll, 1)
    assert resumed.only("resumed")["next"] == "71"
    assert resumed.close is None
    assert polls_of() == 0


async def test_resumed_is_told_again_where_the_answer_was_lost(widget, api, college):
    told = await pause(widget)
    lost = widget.connection
    await api.get("payment/confirm", client_key=college.client_key, session=told["session"])
    first = await widget.poll()
    widget.connection = lost
    again = await widget.poll()
    assert again.messages == first.messages
    widget.connection = lost
    told = await widget.send({"type": "ping"})
    assert [message["type"] for message in told.messages] == ["pong", "resumed"]


async def test_resumed_is_told_once_to_who_heard_it(widget, api, college, polls_of):
    told = await pause(widget)
    await api.get("payment/confirm", client_key=college.client_key, session=told["session"])
    lost = widget.connection
    (await widget.poll()).only("resumed")
    assert (await widget.send({"type": "ping"})).only("pong")
    poll = asyncio.ensure_future(widget.poll())
    await until(lambda: polls_of() == 1)
    assert not poll.done()
    widget.connection = lost
    assert (await widget.send(answer(71, "71", "1"))).acks == [71]
    await widget.open(**widget.identity)
    assert (await poll).close == 4009


async def test_a_poll_without_news_is_answered_after_its_time(widget, monkeypatch):
    monkeypatch.setattr("handlers.channel.limits.POLL_S", 0.3)
    await widget.open(**NEW)
    for _ in range(2):
        told = await widget.poll()
        assert (told.messages, told.close) == ([], None)
    assert (await widget.send(answer(1, "1", "1"))).acks == [1]


async def test_a_second_poll_ends_the_first_without_an_end(widget, backend):
    await widget.open(**NEW)
    first = asyncio.ensure_future(widget.poll())
    await until(lambda: backend.services.channel.feed._listeners)
    second = asyncio.ensure_future(widget.poll())
    told = await first
    assert (told.messages, told.close) == ([], None)
    assert not second.done()
    await widget.open(**widget.identity)
    assert (await second).close == 4009
    assert not backend.services.channel.feed._listeners


async def test_a_client_that_leaves_ends_its_poll(widget, polls_of, backend):
    await widget.open(**NEW)
    body = {"connection": widget.connection}
    with pytest.raises(HTTPTimeoutError):
        await widget.post("/poll", body, request_timeout=0.5)
    await until(lambda: polls_of() == 0)
    assert not backend.services.channel.node.channels


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_an_open_by_http_ends_a_socket(widget, connect, other_node_url, elsewhere):
    socket = await connect()
    await socket.open(**NEW)
    widget.session = socket.session
    widget.url = other_node_url if elsewhere else widget.url
    assert (await widget.open(**socket.identity))["generation"] == 2
    assert await socket.closed() == 4009
    assert (await widget.send(answer(1, "1", "1"))).acks == [1]


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_socket_ends_the_connection_by_http(
    widget, connect, base_url, other_node_url, elsewhere, polls_of, database
):
    await widget.open(**NEW)
    poll = asyncio.ensure_future(widget.poll())
    await until(lambda: polls_of() == 1)
    socket = await connect(other_node_url if elsewhere else base_url)
    await socket.open(**widget.identity)
    ended = await poll
    assert (ended.messages, ended.close) == ([], 4009)
    for call in (widget.poll, lambda: widget.send(answer(1, "1", "1"))):
        ended = await call()
        assert (ended.messages, ended.close) == ([], 4009)
    assert database.answers.count_documents({}) == 0
    await socket.answer(1, "1", "1")
    await socket.expect("ack")


async def test_openings_at_once_leave_exactly_one(widget, base_url, other_node_url, http_client):
    await widget.open(**NEW)
    rivals = [CallingWidget(http_client, base_url, ORIGIN) for _ in range(6)]
    for number, rival in enumerate(rivals):
        rival.url = other_node_url if number % 2 else base_url
    await asyncio.gather(*(rival.open(**widget.identity) for rival in rivals))
    told = await asyncio.gather(*(rival.send(answer(1, "1", "1")) for rival in rivals))
    assert sorted(str(answer.close) for answer in told) == ["4009"] * 5 + ["None"]


async def test_an_open_is_repeated_with_its_open_id(widget, database):
    fields = NEW | {"open_id": str(uuid.uuid4())}
    first = await widget.open(**fields)
    again = await widget.open(**fields)
    assert (again["session"], again["generation"]) == (first["session"], 2)
    assert again["resume_token"] != first["resume_token"]
    assert database.attempts.count_documents({}) == 1


async def test_a_one_time_token_is_spent_once(widget, another, api, college):
    reply = await api.get(
        "access/token",
        client_key=college.client_key,
        user_id="student-17",
        test="career-interests",
        paid="1",
    )
    token = reply.body["access_token"]
    session = await widget.open(**NEW, access_token=token, answers=FREE)
    assert (session["next"], len(session["questions"])) == ("71", 120)
    opening = {"type": "open", "provider": "college", **NEW, "access_token": token}
    told = await another.send(opening)
    assert (told.only("error")["code"], told.close, told.connection) == (
        "token_invalid",
        4301,
        None,
    )


async def test_a_test_is_finished_with_the_hosts_answers(widget):
    await widget.open(test="work-values", answers=WORK_VALUES)
    assert (await widget.send({"type": "finish"})).only("finished")["result_key"]


async def test_bye_while_the_node_drains(widget, backend, polls_of, base_url, other_node_url):
    await widget.open(**NEW)
    poll = asyncio.ensure_future(widget.poll())
    await until(lambda: polls_of() == 1)
    node = backend.services.channel.node
    node.draining = True
    for channel in list(node.channels):
        channel.drain()
    told = await poll
    assert (told.only("bye")["retry_after_ms"], told.close) == (5_000, 1001)
    told = await widget.send(answer(1, "1", "1"))
    assert (told.only("bye")["type"], told.close) == ("bye", 1001)
    assert (await widget.send(answer(1, "1", "1"), url=other_node_url)).acks == [1]
    widget.connection, widget.url = None, base_url
    told = await widget.send({"type": "open", "provider": "college", **NEW})
    assert (told.only("bye")["type"], told.close, told.connection) == ("bye", 1001, None)

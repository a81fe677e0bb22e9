"""What calls by plain HTTP are refused with: as on a WebSocket, or before that as HTTP."""

import asyncio
import json
from datetime import timedelta

import pytest

from storage.attempts import journal
from tests.support.fixtures import ORIGIN, UNKNOWN
from tests.support.waiting import until
from tests.support.widget_calls import CallingWidget, answer, answers_to
from widget_gateway.domain.rate_limits import Quota
from widget_gateway.services.attempts import connections

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]

NEW = {"test": "career-interests", "locale": "en"}
OPEN = {"type": "open", "provider": "college", **NEW}


@pytest.fixture
def widget(http_client, base_url):
    return CallingWidget(http_client, base_url, ORIGIN)


def refusal(response):
    """The status and the reason of a refusal in the partner API's shape."""
    error = json.loads(response.body)["error"]
    assert error["code"] == response.code
    assert error["message"]
    return response.code, error["reason"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"messages": {}}',
        b'{"messages": [1]}',
        b'{"messages": [["open"]]}',
        b'{"messages": [], "connection": 7}',
        b'{"messages": ' + b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_such_object_gets_400(widget, body):
    assert refusal(await widget.post("", body)) == (400, "parameter_invalid")


@pytest.mark.parametrize("body", [b"", b"7", b"{}", b'{"connection": null}', b'{"messages": []}'])
async def test_a_poll_without_a_connection_gets_400(widget, body):
    assert refusal(await widget.post("/poll", body)) == (400, "parameter_invalid")


@pytest.mark.parametrize("path", ["", "/poll"])
@pytest.mark.parametrize(
    "media_type", [None, "application/x-www-form-urlencoded", "text/html", "application/jsonp"]
)
async def test_another_media_type_gets_415(widget, path, media_type):
    response = await widget.post(path, {"messages": [OPEN]}, media_type=media_type)
    assert refusal(response)[0] == 415
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "Text/Plain; charset=utf-8", "application/json", "APPLICATION/JSON"],
)
async def test_json_and_plain_text_are_read(widget, media_type):
    response = await widget.post("", {"messages": [OPEN]}, media_type=media_type)
    assert json.loads(response.body)["messages"][0]["type"] == "session"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_other_methods_get_405(widget, method):
    response = await widget.post("", {}, method=method, allow_nonstandard_methods=True)
    assert refusal(response)[0] == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("origin", [ORIGIN, "https://elsewhere.example", "null"])
async def test_answers_and_refusals_name_exactly_the_origin(widget, origin):
    widget.origin = origin
    for body in ({"messages": [OPEN]}, {"messages": 7}):
        response = await widget.post("", body)
        assert response.headers["Access-Control-Allow-Origin"] == origin
        assert "Origin" in response.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize(
    "origin", [None, "*", "https://a.example, https://b.example", "about:blank"]
)
async def test_without_a_well_formed_origin_no_page_may_read(widget, origin):
    widget.origin = origin
    response = await widget.post("", {"messages": [OPEN]})
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["", "/poll"])
async def test_a_preflight_is_answered(widget, path):
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    response = await widget.post(
        path, b"", method="OPTIONS", headers=asked, allow_nonstandard_methods=True
    )
    assert (response.code, response.body) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert response.headers["Access-Control-Allow-Methods"] == "POST"
    assert "content-type" in response.headers["Access-Control-Allow-Headers"].lower()


@pytest.mark.parametrize(
    ("fields", "code", "close"),
    [
        ({"provider": "nobody", **NEW}, "provider_not_found", 4004),
        ({"provider": "college", "test": "no-such-test"}, "test_not_found", 4004),
        ({"provider": "college", **NEW, "access_token": UNKNOWN}, "token_invalid", 4301),
        (
            {"provider": "college", "session": UNKNOWN, "resume_token": "x"},
            "session_not_found",
            4004,
        ),
    ],
)
async def test_an_open_is_refused_as_on_a_socket(widget, database, fields, code, close):
    told = await widget.send({"type": "open", **fields})
    error = told.only("error")
    assert (error["code"], error["fatal"], told.close) == (code, True, close)
    assert told.connection is None
    assert database.attempts.count_documents({}) == 0


@pytest.mark.parametrize("path", ["", "/poll"])
async def test_the_origin_is_checked_at_each_call(widget, path, database):
    session = await widget.open(**NEW)
    widget.origin = "https://elsewhere.example"
    told = await (widget.poll() if path else widget.send(answer(1, "1", "1")))
    assert (told.only("error")["code"], told.close) == ("origin_not_allowed", 4003)
    assert database.answers.count_documents({}) == 0
    widget.connection = None
    told = await widget.send({"type": "open", "provider": "college", **widget.identity})
    assert (told.only("error")["code"], told.close) == ("origin_not_allowed", 4003)
    assert session["session"] not in str(told.messages)


async def test_the_gateways_own_page_may_call(widget, base_url):
    widget.origin = base_url
    assert (await widget.open(**NEW))["state"] == "running"


async def test_a_client_without_an_origin_needs_the_providers_leave(widget, register):
    await register("strict", allow_no_origin=False)
    widget.origin = None
    assert (await widget.open(**NEW))["state"] == "running"
    widget.connection = None
    told = await widget.send(OPEN | {"provider": "strict"})
    assert (told.only("error")["code"], told.close) == ("origin_not_allowed", 4003)


@pytest.mark.parametrize(
    ("messages", "codes"),
    [
        ([answer(1, "1", "1")], ["not_open"]),
        ([{"type": "finish"}], ["not_open"]),
        ([{"type": "dance"}], ["unknown_type"]),
        ([{}], ["bad_message"]),
        ([{"type": "open", "provider": "college"}], ["bad_message"]),
    ],
)
async def test_refusals_that_end_nothing(widget, messages, codes):
    told = await widget.send(*messages)
    assert [message["code"] for message in told.messages] == codes
    assert not any(message["fatal"] for message in told.messages)
    assert (told.connection, told.close) == (None, None)


async def test_refused_answers_have_their_seq_and_the_others_their_acks(widget):
    await widget.open(**NEW)
    told = await widget.send(
        answer(1, "1", "1"),
        answer(2, "nowhere", "1"),
        answer(3, "71", "1"),
        answer(4, "2", "9"),
        answer(5, "2", "2"),
        OPEN,
        {"type": "finish"},
    )
    assert told.close is None
    refused = [m for m in told.messages if m["type"] == "error"]
    assert [(m["code"], m.get("seq")) for m in refused] == [
        ("question_unknown", 2),
        ("question_locked", 3),
        ("answer_invalid", 4),
        ("bad_message", None),
        ("answers_incomplete", None),
    ]
    assert [m["seq"] for m in told.messages if m["type"] == "ack"] == [1, 5]


@pytest.mark.parametrize("forge", [lambda token: token[:-4] + "AAAA", lambda _: "x", lambda _: ""])
async def test_a_forged_connection_is_refused(widget, forge):
    await widget.open(**NEW)
    widget.connection = forge(widget.connection)
    for call in (widget.poll, lambda: widget.send(answer(1, "1", "1"))):
        told = await call()
        assert (told.only("error")["code"], told.close) == ("token_invalid", 4301)


async def test_a_connection_ends_after_a_day_and_the_client_opens_again(widget, monkeypatch):
    monkeypatch.setattr(connections, "LIFETIME", timedelta(seconds=-1))
    await widget.open(**NEW)
    told = await widget.send(answer(1, "1", "1"))
    error = told.only("error")
    assert (error["code"], error["fatal"], told.close) == ("not_open", True, 4103)


async def test_a_connection_of_a_removed_attempt_is_gone(widget, database):
    await widget.open(**NEW)
    database.attempts.delete_many({})
    told = await widget.send(answer(1, "1", "1"))
    assert (told.only("error")["code"], told.close) == ("session_not_found", 4004)


async def test_an_attempt_that_is_removed_ends_its_poll(widget, database, backend):
    await widget.open(**NEW)
    poll = asyncio.ensure_future(widget.poll())
    await until(lambda: backend.services.channel.feed._listeners)
    database.attempts.delete_many({})
    told = await poll
    assert (told.only("error")["code"], told.close) == ("session_not_found", 4004)


async def test_a_disabled_provider_is_refused(widget, backend):
    await widget.open(**NEW)
    await backend.services.partner.providers.update("college", {"enabled": False})
    told = await widget.send(answer(1, "1", "1"))
    assert (told.only("error")["code"], told.close) == ("origin_not_allowed", 4003)


async def test_a_message_above_64_kib_ends_with_1009(widget, database):
    await widget.open(**NEW)
    told = await widget.send(answer(1, "1", "x" * 65_536), answer(2, "2", "1"))
    assert (told.messages, told.close) == ([], 1009)
    assert database.answers.count_documents({}) == 0


async def test_a_body_above_its_limit_gets_413(widget):
    response = await widget.post("", b" " * (2**20 + 2**16 + 1))
    assert refusal(response) == (413, "body_too_large")
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN


async def test_too_many_messages_end_with_4101(widget, backend, monkeypatch):
    quota = Quota("messages", 50, window_s=3_600)
    monkeypatch.setattr(backend.services.channel.call_messages, "quota", quota)
    session = await widget.open(**NEW)
    assert len((await widget.send(*answers_to(session["questions"][:40]))).acks) == 40
    told = await widget.send(*answers_to(session["questions"][:20]))
    assert (told.only("error")["code"], told.close) == ("rate_limited", 4101)


async def test_an_address_can_not_hold_all_polls(widget, backend, monkeypatch):
    polls = backend.services.channel.polls
    monkeypatch.setattr(polls, "places", 4)
    widgets = [CallingWidget(widget.client, widget.url, ORIGIN) for _ in range(3)]
    for visitor in widgets:
        await visitor.open(**NEW)
    held = [asyncio.ensure_future(visitor.poll()) for visitor in widgets[:2]]
    await until(lambda: len(backend.services.channel.feed._listeners) == 2)
    told = await widgets[2].poll()
    assert (told.only("error")["code"], told.close) == ("rate_limited", 4101)
    with polls.place("192.0.2.1"):  # another address finds a place
        pass
    for visitor in widgets[:2]:
        await visitor.open(**visitor.identity)
    assert [(await poll).close for poll in held] == [4009, 4009]


async def test_unavailable_storage_ends_with_4100_and_nothing_is_stored_behind(
    widget, backend, database, monkeypatch
):
    await widget.open(**NEW)

    async def fail(_command):
        raise journal.PyMongoError

    monkeypatch.setattr(journal, "VISITOR_WAIT_S", 0.2)
    answers = backend.journal
    with monkeypatch.context() as broken:
        broken.setattr(answers, "_database", type("Down", (), {"command": staticmethod(fail)}))
        told = await widget.send(answer(1, "1", "1"), answer(2, "2", "1"), {"type": "finish"})
    error = told.only("error")
    assert (error["code"], error["seq"], told.close) == ("storage_unavailable", 1, 4100)
    assert database.answers.count_documents({}) == 0
    await widget.open(**widget.identity)
    assert (await widget.send(answer(1, "1", "1", generation=1))).messages[0]["type"] == "ack"

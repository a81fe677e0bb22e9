"""`open`: who may begin an attempt, from which origins, and what the reply contains."""

import uuid

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.channel_client import SUBPROTOCOL
from tests.support.fixtures import ORIGIN

pytestmark = [pytest.mark.gen_test, pytest.mark.usefixtures("college")]

NEW = {"test": "career-interests", "locale": "en"}


async def test_a_new_session_shows_the_questions_before_the_pause(connect):
    visitor = await connect()
    session = await visitor.open(**NEW)
    assert uuid.UUID(session["session"])
    assert session["state"] == "running"
    assert [question["id"] for question in session["questions"]] == [str(n) for n in range(1, 71)]
    assert (session["answers"], session["seq"], session["next"]) == ([], 0, "1")
    assert "result_key" not in session
    test = session["test"]
    assert (test["slug"], test["length"], test["pause_after"]) == ("career-interests", 120, 70)
    assert test["title"]
    assert test["instruction"]


async def test_a_resume_token_has_at_least_128_random_bits_and_is_stored_as_a_hash(
    connect, database
):
    tokens = []
    for _ in range(2):
        visitor = await connect()
        tokens.append((await visitor.open(**NEW))["resume_token"])
    assert tokens[0] != tokens[1]
    assert all(len(token) >= 22 for token in tokens)  # 22 characters of base64 are 128 bits.
    stored = str(list(database.attempts.find()))
    assert not any(token in stored for token in tokens)


async def test_a_question_carries_what_the_page_shows_and_no_more(connect):
    visitor = await connect()
    question = (await visitor.open(**NEW))["questions"][0]
    assert set(question) <= {
        *("id", "number", "type", "text", "html", "image", "group", "timer", "count"),
        *("back", "forward", "options", "fields"),
    }
    assert (question["id"], question["number"], question["type"]) == ("1", 1, "option")
    assert question["text"] == "Photograph a city at dusk"
    assert [option["value"] for option in question["options"]] == ["1", "2", "3", "4", "5"]
    assert all(set(option) <= {"value", "text", "image"} for option in question["options"])


@pytest.mark.parametrize(
    ("locale", "text"),
    [("en", "Photograph a city at dusk"), ("ru", "Сфотографировать город в сумерках")],
)
async def test_texts_come_in_the_locale_of_the_session(connect, locale, text):
    visitor = await connect()
    session = await visitor.open(test="career-interests", locale=locale)
    assert session["questions"][0]["text"] == text


@pytest.mark.parametrize("locale", ["tlh", "xx-notalang", "de,tlh", "ru-KZ,en", ""])
async def test_an_unknown_locale_gets_the_first_one_of_the_test(connect, locale):
    visitor = await connect()
    session = await visitor.open(test="career-interests", locale=locale)
    assert session["questions"][0]["text"] == "Сфотографировать город в сумерках"


@pytest.mark.parametrize("locale", ["de-AT,en-GB,ru", "EN"])
async def test_the_first_of_several_locales_that_the_test_has_counts(connect, locale):
    visitor = await connect()
    session = await visitor.open(test="career-interests", locale=locale)
    assert session["test"]["locale"] == "en"


@pytest.mark.parametrize("locale", ["ru_RU", "en-", "ru,,en", "r" * 100, ",".join(["ru"] * 11)])
async def test_what_is_no_locale_opens_nothing(connect, database, locale):
    visitor = await connect()
    await visitor.send("open", provider="college", test="work-values", locale=locale)
    error = await visitor.refused("bad_message")
    assert error["message"].startswith("The locale is wrong: it ")
    assert database.attempts.count_documents({}) == 0


async def test_unknown_fields_are_ignored(connect):
    visitor = await connect()
    assert (await visitor.open(**NEW, colour="red", nested={"$gt": 1}))["seq"] == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"provider": "nobody", **NEW}, "provider_not_found"),
        ({"provider": "college", "test": "no-such-test"}, "test_not_found"),
        ({"provider": "college", "test": "a\0b"}, "test_not_found"),
    ],
)
async def test_an_unknown_provider_or_test_ends_the_connection_with_4004(connect, fields, code):
    visitor = await connect()
    await visitor.send("open", **fields)
    assert await visitor.closed(after_error=code) == 4004


async def test_a_test_that_the_partner_may_not_use_is_not_found(connect, register):
    await register("school", main_tests=("work-values",))
    visitor = await connect()
    await visitor.send("open", provider="school", **NEW)
    assert await visitor.closed(after_error="test_not_found") == 4004


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://partner.example", f"{ORIGIN}:8443", f"{ORIGIN}.evil", "null"],
)
async def test_a_page_of_a_foreign_origin_is_refused_with_4003(connect, origin, database):
    visitor = await connect(origin=origin)
    await visitor.send("open", provider="college", **NEW)
    assert await visitor.closed(after_error="origin_not_allowed") == 4003
    assert database.attempts.count_documents({}) == 0


async def test_a_foreign_page_can_not_resume_a_session_either(connect):
    visitor = await connect()
    await visitor.open(**NEW)
    thief = await connect(origin="https://evil.example")
    await thief.send("open", provider="college", **visitor.identity)
    assert await thief.closed(after_error="origin_not_allowed") == 4003
    await visitor.send("ping")
    await visitor.expect("pong")


async def test_the_origin_of_another_partner_is_foreign(connect, register):
    await register("school", origins=("https://school.example",))
    visitor = await connect(origin="https://school.example")
    await visitor.send("open", provider="college", **NEW)
    assert await visitor.closed(after_error="origin_not_allowed") == 4003


async def test_the_gateways_own_page_is_always_allowed(connect, base_url, register):
    await register("school", origins=(), allow_no_origin=False)
    visitor = await connect(origin=base_url)
    assert (await visitor.open("school", **NEW))["state"] == "running"


async def test_a_client_without_origin_is_served_where_the_partner_says_so(connect, register):
    assert (await (await connect(origin=None)).open(**NEW))["state"] == "running"
    await register("school", allow_no_origin=False)
    stranger = await connect(origin=None)
    await stranger.send("open", provider="school", **NEW)
    assert await stranger.closed(after_error="origin_not_allowed") == 4003


async def test_a_disabled_partner_is_not_allowed(connect, register):
    await register("school", enabled=False)
    visitor = await connect()
    await visitor.send("open", provider="school", **NEW)
    assert await visitor.closed(after_error="origin_not_allowed") == 4003


async def test_a_second_open_is_refused_and_harms_nothing(connect):
    visitor = await connect()
    first = await visitor.open(**NEW)
    await visitor.send("open", provider="college", **NEW)
    await visitor.refused("bad_message")
    await visitor.answer(1, "1", "3")
    assert await visitor.receive() == {"type": "ack", "seq": 1}
    assert visitor.session["session"] == first["session"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"session": str(uuid.uuid4())},
        {"resume_token": "token"},
        {"test": 7},
        {"test": ["career-interests"]},
        {"test": {"$ne": ""}},
        {"provider": {"$gt": ""}, "test": "career-interests"},
        {"provider": None, "test": "career-interests"},
        {"test": "career-interests", "answers": {"1": ["3"]}},
        {"test": "career-interests", "answers": [["1"]]},
    ],
)
async def test_an_open_with_impossible_fields_is_a_bad_message(connect, fields):
    visitor = await connect()
    await visitor.send("open", **({"provider": "college"} | fields))
    await visitor.refused("bad_message")
    assert (await visitor.open(**NEW))["state"] == "running"


async def test_our_subprotocol_is_chosen_among_others(connect):
    visitor = await connect(subprotocols=("chat.v9", SUBPROTOCOL))
    assert visitor.socket.subprotocol == SUBPROTOCOL


async def test_a_client_that_offers_no_subprotocol_is_served(connect):
    visitor = await connect(subprotocols=())
    assert visitor.socket.subprotocol is None
    assert (await visitor.open(**NEW))["state"] == "running"


async def test_a_client_that_offers_only_other_subprotocols_is_refused(connect):
    with pytest.raises(InvalidStatus) as refusal:
        await connect(subprotocols=("widget-gateway.v2", "chat.v9"))
    assert refusal.value.response.status_code == 400


async def test_the_channels_address_answers_plain_http_with_426(api):
    answer = await api.fetch("/ws/v1/widget")
    assert answer.status == 426
    assert answer.headers["Upgrade"] == "websocket"

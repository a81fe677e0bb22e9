"""What the rules allow fits: the limits of texts, messages and lists agree, in bytes."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.fixtures import ORIGIN
from tests.support.widget_calls import CallingWidget, answer, as_in_browsers
from widget_gateway.services.catalogue.definitions import DefinitionError, read_definition

pytestmark = pytest.mark.gen_test

LONG = ["🚀" * 2_000, "ы" * 2_000, '"' * 2_000, "\n" * 2_000]
"""Texts of the most characters: they take 8,000 bytes, or 4,000, as JSON in UTF-8."""


def definition(*, questions, fields, pause_after=None):
    """A test of text questions."""
    document = {
        "slug": "essays",
        "title": {"en": "Essays"},
        "locales": ["en"],
        "questions": [
            {"id": f"q{n}", "type": "text", "text": {"en": "Write."}, "fields": [{}] * fields}
            for n in range(1, questions + 1)
        ],
    }
    if pause_after is not None:
        document |= {"access": "paid", "pause_after": pause_after}
    return read_definition(json.dumps(document).encode(), "essays.yaml")


@pytest.fixture
def have(backend, college):
    """Import a test of text questions."""
    assert college

    async def add(**fields):
        await backend.services.public.catalogue.add(Path("essays.yaml"), definition(**fields))

    return add


def text_of(message):
    return as_in_browsers(message).decode()


@pytest.fixture(params=["socket", "http"])
def say(request, connect, http_client, base_url):
    """Open the test and return a call that sends a message and returns what comes back."""

    async def by_socket(**fields):
        visitor = await connect(max_size=None)
        await visitor.send_raw(text_of({"type": "open", "provider": "college", **fields}))
        session = await visitor.expect("session")

        async def send(message, replies=1):
            await visitor.send_raw(text_of(message))
            return [await visitor.receive() for _ in range(replies)]

        return session, send

    async def by_http(**fields):
        widget = CallingWidget(http_client, base_url, ORIGIN)
        session = await widget.open(**fields)

        async def send(message, replies=1):
            messages = (await widget.send(message)).messages
            assert len(messages) == replies
            return messages

        return session, send

    return by_socket if request.param == "socket" else by_http


@pytest.mark.parametrize("text", LONG, ids=["rockets", "cyrillic", "quotes", "lines"])
async def test_an_answer_may_be_as_large_as_its_fields_allow(have, say, text):
    await have(questions=2, fields=20)
    _, send = await say(test="essays")
    assert await send(answer(1, "q1", *[text] * 20)) == [{"type": "ack", "seq": 1}]


async def test_an_answer_of_escapes_is_read_too(have, connect):
    await have(questions=1, fields=12)
    visitor = await connect()
    await visitor.open(test="essays")
    await visitor.answer(1, "q1", *["🚀" * 2_000] * 12)  # json.dumps writes 12 bytes for each
    await visitor.expect("ack")


async def test_an_answer_to_a_question_with_one_field_has_its_own_limit(have, connect):
    await have(questions=1, fields=1)
    visitor = await connect()
    await visitor.open(test="essays")
    await visitor.answer(1, "q1", "x" * 100_000)
    assert await visitor.closed() == 1009


async def test_control_characters_count_as_the_bytes_that_json_needs(have, connect):
    await have(questions=1, fields=1)
    visitor = await connect()
    await visitor.open(test="essays")
    await visitor.answer(1, "q1", "\x01" * 1_333)
    await visitor.expect("ack")
    await visitor.answer(2, "q1", "\x01" * 1_334)
    assert (await visitor.refused("answer_invalid"))["seq"] == 2


async def test_a_host_brings_back_the_largest_list_that_a_pause_hands_it(have, say):
    await have(questions=16, fields=8, pause_after=15)
    _, send = await say(test="essays")
    for number in range(1, 15):
        await send(answer(number, f"q{number}", *["🚀" * 2_000] * 8))
    pause = (await send(answer(15, "q15", *["🚀" * 2_000] * 8), replies=2))[1]
    assert pause["type"] == "pause"
    assert len(as_in_browsers(pause["answers"])) > 950_000
    session, _ = await say(test="essays", answers=pause["answers"])
    assert (session["state"], session["answers"]) == ("awaiting_payment", pause["answers"])


async def test_a_reader_is_not_too_slow_for_messages_that_are_large_by_right(have, connect):
    await have(questions=16, fields=8, pause_after=15)
    answers = [[f"q{number}", ["🚀" * 2_000] * 8] for number in range(1, 16)]
    visitor = await connect(max_size=None)
    await visitor.send_raw(
        text_of({"type": "open", "provider": "college", "test": "essays", "answers": answers})
    )
    await asyncio.sleep(0.3)  # session and pause wait in the buffers meanwhile
    assert (await visitor.expect("session"))["answers"] == answers
    assert (await visitor.expect("pause"))["answers"] == answers


async def test_an_open_above_1_mib_is_too_large(have, connect):
    await have(questions=16, fields=8, pause_after=15)
    visitor = await connect()
    opening = {"type": "open", "provider": "college", "test": "essays"}
    await visitor.send_raw(text_of(opening | {"answers": [["q1", ["x" * 2**20]]]}))
    assert await visitor.closed() == 1009


async def test_an_open_is_no_larger_without_answers(have, connect):
    await have(questions=1, fields=1)
    visitor = await connect()
    opening = {"type": "open", "provider": "college", "test": "essays", "note": "x" * 70_000}
    await visitor.send_raw(text_of(opening))
    assert await visitor.closed() == 1009


async def test_an_open_has_at_most_10_000_answers(have, connect, database):
    await have(questions=1, fields=1)
    visitor = await connect()
    await visitor.send("open", provider="college", test="essays", answers=[["q1", []]] * 10_001)
    await visitor.refused("bad_message")
    assert database.attempts.count_documents({}) == 0


def test_a_definition_whose_list_could_not_be_brought_back_is_refused():
    assert definition(questions=16, fields=8).test.slug == "essays"
    with pytest.raises(DefinitionError) as refused:
        definition(questions=17, fields=8)
    assert "the answers to all of them may take 1089572 bytes" in str(refused.value)
    assert "at most 1032192" in str(refused.value)

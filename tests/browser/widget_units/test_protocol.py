"""protocol.js: the messages and the close codes."""

import pytest

from tests.browser.widget_units.conftest import Run

pytestmark = pytest.mark.browser


def test_a_new_attempt_names_provider_test_and_locale(run: Run) -> None:
    message = run("""
        const { openMessage } = await at('protocol');
        const place = { provider: 'college', test: 'career', locale: 'ru', gateway: 'x' };
        const opening = { accessToken: 'a', answers: [['1', ['b']]], openId: 'o' };
        return JSON.parse(JSON.stringify(openMessage(place, opening)));
    """)
    assert message == {
        "type": "open",
        "provider": "college",
        "test": "career",
        "locale": "ru",
        "access_token": "a",
        "answers": [["1", ["b"]]],
        "open_id": "o",
    }


def test_an_attempt_is_resumed_by_its_token(run: Run) -> None:
    message = run("""
        const { openMessage } = await at('protocol');
        const place = { provider: 'college', test: 'career', locale: 'ru', gateway: 'x' };
        return openMessage(place, { session: 's', resumeToken: 'r', accessToken: 'a' });
    """)
    assert message == {
        "type": "open",
        "provider": "college",
        "session": "s",
        "resume_token": "r",
    }


def test_an_answer_is_sent_under_its_place(run: Run) -> None:
    places = run("""
        const { answerMessage } = await at('protocol');
        const entry = { generation: 3, seq: 2, question: '1', value: ['a'] };
        const before = { ...entry, generation: undefined };
        return [entry, before].map((each) => JSON.parse(JSON.stringify(answerMessage(each))));
    """)
    message = {"type": "answer", "seq": 2, "question": "1", "value": ["a"]}
    assert places == [{**message, "generation": 3}, message]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (1000, "stop"),
        (1001, "retry"),
        (1006, "retry"),
        (1009, "stop"),
        (1011, "retry"),
        (1012, "retry"),
        (4000, "stop"),
        (4003, "stop"),
        (4004, "stop"),
        (4009, "taken"),
        (4099, "stop"),
        (4100, "retry"),
        (4199, "retry"),
        (4250, "retry"),
        (4301, "renew"),
        (4399, "renew"),
        (4400, "retry"),
    ],
)
def test_a_close_is_judged_by_its_range(run: Run, code: int, verdict: str) -> None:
    assert run(f"return (await at('protocol')).verdictOnClose({code}, false)") == verdict


def test_only_a_bye_makes_1001_a_drain(run: Run) -> None:
    assert run("return (await at('protocol')).verdictOnClose(1001, true)") == "drain"
    assert run("return (await at('protocol')).verdictOnClose(4009, true)") == "taken"


def test_what_is_not_a_message_is_passed_over(run: Run) -> None:
    frames = ["", "{", "null", "[]", '{"type": 7}', '"ack"']
    assert run(f"return {frames}.map((await at('protocol')).parseMessage)") == [None] * 6


def test_the_channel_is_beside_a_gateway_under_a_path(run: Run) -> None:
    url = run("return (await at('protocol')).channelUrl('https://example.org/tests/')")
    assert url == "wss://example.org/tests/ws/v1/widget"

"""player.js: questions that are shown before the gateway has opened the attempt."""

import pytest
from playwright.sync_api import Page

from tests.browser.widget_units.conftest import Run

pytestmark = pytest.mark.browser

# A player that knows the test of a new attempt, and what its host heard.
FORESEE = """
const known = (version = 1) => ({ slug: 't', locale: 'en', length: 3, version });
const questions = ['1', '2', '3'].map((id) => question(id));
const start = async (opening = {}, test = known(), list = questions) => {
  const seat = await sit({});
  seat.player.foresee('en', { test, questions: list });
  seat.player.open(opening, true);
  return seat;
};
const screen = ({ player }) => [player.state.phase, player.state.current];
const told = ({ events }) => events.map(([name]) => name);
"""


def test_a_new_attempt_begins_at_once_and_its_answers_are_sent_when_it_is_open(run: Run) -> None:
    shown, told, before, after = run(f"""{FORESEE}
        const seat = await start();
        const shown = screen(seat);
        seat.answer('a', 'b');
        seat.socket.accept();
        const before = seat.socket.sent;
        seat.hear('session', session({{ generation: 1, resume_token: 'r', test: known() }}));
        return [[shown, screen(seat)], told(seat), before, seat.socket.answers];
    """)
    assert shown == [["question", "1"], ["question", "3"]]
    assert told == ["answer", "answer", "connection", "ready", "start"]
    assert before == ["open"]
    assert after == [[1, 1, "1", "a"], [1, 2, "2", "b"]]


def test_such_answers_survive_a_reload_and_a_lost_answer_to_the_open(run: Run, page: Page) -> None:
    first = run(f"""{FORESEE}
        const seat = await start();
        seat.socket.accept();
        seat.answer('a');
        return seat.socket.messages[0].open_id;
    """)
    page.reload()
    again, shown, sent = run(f"""{FORESEE}
        const seat = await start();
        const shown = screen(seat);
        seat.answer('b');
        seat.socket.accept();
        const again = seat.socket.messages[0].open_id;
        seat.hear('session', session({{ generation: 2, resume_token: 'r', test: known() }}));
        return [again, shown, seat.socket.answers];
    """)
    assert again == first
    assert shown == ["question", "2"]
    assert sent == [[2, 1, "1", "a"], [2, 2, "2", "b"]]


def test_answers_to_another_version_of_the_test_are_neither_sent_nor_shown(run: Run) -> None:
    sent, shown, answered, told = run(f"""{FORESEE}
        const seat = await start();
        seat.answer('a');
        seat.player.keepDraft('2', ['b']);
        seat.socket.accept();
        seat.hear('session', session({{ generation: 1, resume_token: 'r', test: known(2) }}));
        return [seat.socket.answers, screen(seat), seat.player.answers.length, told(seat)];
    """)
    assert sent == []
    assert shown == ["question", "1"]
    assert answered == 0
    assert told == ["answer", "connection", "ready", "start"]  # It was given before.


@pytest.mark.parametrize(
    "start",
    [
        "start({ accessToken: 'once' })",
        "start({ answers: [['1', ['a']]] })",
        "start({}, known(), [question('1', { timer: 30 })])",
    ],
)
def test_tokens_answers_of_the_host_and_timers_wait_for_the_gateway(run: Run, start: str) -> None:
    assert run(f"{FORESEE} return screen(await {start});") == ["loading", None]


def test_a_refused_opening_is_told_although_a_question_was_shown(run: Run) -> None:
    shown, code = run(f"""{FORESEE}
        const seat = await start();
        seat.answer('a');
        seat.socket.accept();
        seat.hear('error', {{ code: 'origin_not_allowed', message: '', fatal: true }});
        seat.socket.end(4003);
        return [screen(seat)[0], seat.player.state.trouble.code];
    """)
    assert shown == "trouble"
    assert code == "origin_not_allowed"


def test_what_is_typed_before_the_attempt_is_open_stays(run: Run) -> None:
    assert run(f"""{FORESEE}
        const seat = await start();
        seat.player.keepDraft('1', ['x']);
        seat.socket.accept();
        seat.hear('session', session({{ generation: 1, resume_token: 'r', test: known() }}));
        return seat.player.draft('1');
    """) == ["x"]


LEAVE = """
const seat = await sit();
seat.join({ generation: 1, test: { slug: 't', length: 3, version: 1 } });
seat.answer('a');
seat.hear('ack', { seq: 1 });
seat.answer('b');
"""

COME_BACK = f"{FORESEE} const seat = await sit({{ session: 's', resumeToken: 'r' }});"


def test_a_reloaded_page_goes_on_at_once_and_numbers_its_answers_when_it_is_open(
    run: Run, page: Page
) -> None:
    run(LEAVE)
    page.reload()
    shown, sent, next_shown = run(f"""{COME_BACK}
        const shown = screen(seat);
        seat.answer('c');
        seat.join({{ generation: 2, seq: 1, answers: [['1', ['a']]], test: known() }});
        return [shown, seat.socket.answers, screen(seat)];
    """)
    assert shown == ["question", "3"]
    assert sent == [[1, 2, "2", "b"], [2, 1, "3", "c"]]
    assert next_shown == ["waiting", None]


def test_a_reload_before_the_first_answer_of_the_gateway_loses_nothing(
    run: Run, page: Page
) -> None:
    run(LEAVE)
    page.reload()
    run(f"{COME_BACK} seat.answer('c');")
    page.reload()
    assert run(f"""{COME_BACK}
        seat.join({{ generation: 3, seq: 1, answers: [['1', ['a']]], test: known() }});
        return [seat.socket.answers, seat.player.answers.length];
    """) == [[[1, 2, "2", "b"], [3, 1, "3", "c"]], 3]


def test_a_question_that_another_device_has_answered_since_gives_way(run: Run, page: Page) -> None:
    run(LEAVE.rpartition("seat.answer")[0])
    page.reload()
    shown, then = run(f"""{COME_BACK}
        const shown = screen(seat);
        const answers = [['1', ['a']], ['2', ['c']]];
        seat.join({{ generation: 3, seq: 2, answers, next: '3', test: known() }});
        return [shown, screen(seat)];
    """)
    assert shown == ["question", "2"]
    assert then == ["question", "3"]


def test_a_visitor_who_went_back_meanwhile_stays_there(run: Run, page: Page) -> None:
    run(LEAVE)
    page.reload()
    assert run(f"""{COME_BACK}
        seat.player.back();
        seat.join({{ generation: 2, seq: 1, answers: [['1', ['a']]], test: known() }});
        return screen(seat);
    """) == ["question", "2"]


def test_an_attempt_that_is_gone_leaves_no_question_behind(run: Run, page: Page) -> None:
    run(LEAVE)
    page.reload()
    shown, told = run(f"""{COME_BACK}
        seat.socket.accept();
        seat.hear('error', {{ code: 'session_not_found', message: '', fatal: true }});
        seat.socket.end(4004);
        return [screen(seat), told(seat)];
    """)
    assert shown == ["loading", None]
    assert "forgotten" in told


def test_another_attempt_of_the_tab_is_not_mistaken_for_this(run: Run, page: Page) -> None:
    run(LEAVE)
    page.reload()
    assert run(f"""{FORESEE}
        return screen(await sit({{ session: 'other', resumeToken: 'r' }}));
    """) == ["loading", None]


def test_a_full_storage_gives_the_questions_up_for_the_answers(run: Run, page: Page) -> None:
    run("""
        const set = Storage.prototype.setItem;
        Storage.prototype.setItem = function (key, value) {
          const others = Object.entries(this).filter(([each]) => each !== key).join();
          if (others.length + value.length > 600) throw new DOMException('full');
          set.call(this, key, value);
        };
        const seat = await sit();
        seat.join({ generation: 1, questions: ['1', '2', '3'].map((id) => question(id)) });
        seat.answer('a'.repeat(300));
    """)
    page.reload()
    assert run(f"""{COME_BACK}
        const shown = screen(seat);
        seat.join({{ generation: 2 }});
        return [shown[0], seat.socket.answers.length];
    """) == ["loading", 1]

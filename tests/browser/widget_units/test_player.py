"""player.js: the messages that are sent over one socket after the other."""

import pytest
from playwright.sync_api import Page

from tests.browser.widget_units.conftest import Run, RunFor

pytestmark = pytest.mark.browser

FIRST_RETRY_MS = 600
"""How long to wait for the first retry, in milliseconds; it comes within 500."""


def test_an_answer_belongs_to_the_generation_in_which_it_was_given(run: Run) -> None:
    assert run("""
        const seat = await sit();
        seat.join({ generation: 4 });
        seat.answer('a', 'b');
        return seat.socket.answers;
    """) == [[4, 1, "1", "a"], [4, 2, "2", "b"]]


def test_what_two_generations_left_unsaved_is_sent_again_in_order_under_its_places(
    run: Run, page: Page, run_for: RunFor
) -> None:
    run("""
        globalThis.seat = await sit();
        seat.join({ generation: 1 });
        seat.answer('a');
        seat.socket.end(1006);
        seat.answer('b');
    """)
    run_for(FIRST_RETRY_MS)
    page.evaluate("seat.sockets[1].accept()")
    run("""
        seat.hear('session', session({ generation: 2, seq: 1, answers: [['1', ['a']]] }));
        seat.answer('c');
        seat.socket.end(1006);
    """)
    run_for(2 * FIRST_RETRY_MS)
    assert run("""
        seat.join({ generation: 3, seq: 900 });
        return seat.sockets.map(({ answers }) => answers);
    """) == [
        [[1, 1, "1", "a"]],
        [[1, 1, "1", "a"], [1, 2, "2", "b"], [2, 1, "3", "c"]],
        [[1, 1, "1", "a"], [1, 2, "2", "b"], [2, 1, "3", "c"]],
    ]


def test_nothing_is_finished_before_all_generations_are_acknowledged(
    run: Run, run_for: RunFor
) -> None:
    run("""
        globalThis.seat = await sit();
        seat.join({ generation: 1 });
        seat.answer('a', 'b');
        seat.socket.end(1006);
    """)
    run_for(FIRST_RETRY_MS)
    assert run("""
        seat.join({ generation: 2 });
        seat.answer('c');
        const finishes = () => seat.socket.sent.filter((type) => type === 'finish').length;
        const seen = [finishes()];
        seat.hear('ack', { seq: 1 });
        seen.push(finishes());
        seat.hear('ack', { seq: 1, generation: 1 });
        seen.push(finishes());
        seat.hear('ack', { seq: 2, generation: 1 });
        seen.push(finishes());
        return [seen, seat.named('saved').map(({ pending }) => pending)];
    """) == [[0, 0, 0, 1], [2, 1, 0]]


def test_another_devices_later_answer_is_shown_once_this_ones_are_stored(
    run: Run, run_for: RunFor
) -> None:
    """Both devices corrected question 1, this one earlier, so that the other's answer stands."""
    run("""
        globalThis.seat = await sit();
        seat.join({ generation: 1 });
        seat.answer('a');
        seat.hear('ack', { seq: 1 });
        seat.socket.end(1006);
        seat.player.back();
        seat.answer('offline');
    """)
    run_for(FIRST_RETRY_MS)
    shown, asked, settled = run("""
        const stored = [['1', ['elsewhere']], ['2', ['b']]];
        const shown = () => [...seat.player.state.answers];
        seat.join({ generation: 3, seq: 2, answers: stored, next: '3' });
        const seen = [shown()];
        seat.hear('ack', { seq: 2, generation: 1 });
        seen.push(seat.sockets.length);
        seat.join({ generation: 4, seq: 2, answers: stored, next: '3' });
        seat.hear('ack', { seq: 2, generation: 1 });
        return [...seen, [shown(), seat.sockets.length, seat.player.state.online]];
    """)
    assert shown == [["1", ["offline"]], ["2", ["b"]]]
    assert asked == 3  # It opened anew to hear what is stored.
    assert settled == [[["1", ["elsewhere"]], ["2", ["b"]]], 3, True]


def test_nobody_is_asked_again_when_the_session_agrees_or_knew_nothing(
    run: Run, run_for: RunFor
) -> None:
    run("""
        globalThis.seat = await sit();
        seat.join({ generation: 1 });
        seat.answer('a', 'b');
        seat.socket.end(1006);
    """)
    run_for(FIRST_RETRY_MS)
    assert run("""
        seat.join({ generation: 2, seq: 1, answers: [['1', ['a']]], next: '2' });
        seat.hear('ack', { seq: 2, generation: 1 });
        return [seat.sockets.length, seat.player.state.pending];
    """) == [2, 0]


def test_a_refused_answer_is_dropped_and_asked_for_again(run: Run) -> None:
    assert run("""
        const seat = await sit();
        seat.join({ generation: 2 });
        seat.answer('a', 'b');
        seat.hear('error', { code: 'answer_invalid', message: '', seq: 1 });
        const { state } = seat.player;
        return [seat.sockets.length, state.pending, [...state.refused], state.answers.has('1')];
    """) == [1, 1, ["1"], False]


def test_a_refusal_of_an_earlier_generations_answer_concerns_that_answer(
    run: Run, run_for: RunFor
) -> None:
    run("""
        globalThis.seat = await sit();
        seat.join({ generation: 1 });
        seat.answer('a');
        seat.socket.end(1006);
    """)
    run_for(FIRST_RETRY_MS)
    assert run("""
        seat.join({ generation: 2 });
        seat.answer('b');
        seat.hear('error', { code: 'answer_invalid', message: '', seq: 1, generation: 1 });
        const { state } = seat.player;
        seat.socket.end(1006);
        return [[...state.refused], state.pending, state.answers.get('2')];
    """) == [["1"], 1, ["b"]]


def test_a_refusal_says_nothing_of_a_question_answered_anew_since(run: Run) -> None:
    assert run("""
        const seat = await sit();
        seat.join({ generation: 1 });
        seat.answer('a');
        seat.player.back();
        seat.answer('b');
        seat.hear('error', { code: 'answer_invalid', message: '', seq: 1 });
        const { refused, answers, pending } = seat.player.state;
        return [refused.size, answers.get('1'), pending];
    """) == [0, ["b"], 1]


@pytest.mark.parametrize("code", ["storage_unavailable", "rate_limited", "internal"])
def test_what_could_not_be_stored_just_now_keeps_its_place(
    run: Run, run_for: RunFor, code: str
) -> None:
    run(f"""
        globalThis.seat = await sit();
        seat.join({{ generation: 1 }});
        seat.answer('a', 'b');
        seat.hear('error', {{ code: '{code}', message: '', seq: 1 }});
    """)
    run_for(FIRST_RETRY_MS)
    assert run("""
        seat.join({ generation: 2 });
        return [seat.sockets[1].answers, seat.player.state.refused.size];
    """) == [[[1, 1, "1", "a"], [1, 2, "2", "b"]], 0]


def test_a_finish_that_could_not_be_stored_just_now_is_sent_again(
    run: Run, run_for: RunFor
) -> None:
    run("""
        globalThis.seat = await sit();
        seat.join({ generation: 1 });
        seat.answer('a', 'b', 'c');
        seat.hear('ack', { seq: 3 });
        seat.hear('error', { code: 'storage_unavailable', message: '' });
    """)
    run_for(FIRST_RETRY_MS)
    assert run("""
        const { phase } = seat.player.state;
        const answers = [['1', ['a']], ['2', ['b']], ['3', ['c']]];
        seat.join({ generation: 2, answers, next: null });
        return [phase, ...seat.sockets.map(({ sent }) => sent.at(-1))];
    """) == ["waiting", "finish", "finish"]


def test_a_pause_that_could_not_be_stored_just_now_is_waited_for(run: Run, run_for: RunFor) -> None:
    run("""
        globalThis.seat = await sit();
        globalThis.before = { questions: [question('1')] };
        seat.join({ generation: 1, ...before });
        seat.answer('a');
        seat.hear('ack', { seq: 1 });
        seat.hear('error', { code: 'storage_unavailable', message: '' });
    """)
    run_for(FIRST_RETRY_MS)
    assert run("""
        const { phase } = seat.player.state;
        const answers = [['1', ['a']]];
        seat.join({ generation: 2, ...before, answers, next: null, state: 'awaiting_payment' });
        seat.hear('pause', { after: 1, answers, session: 's' });
        return [phase, seat.player.state.phase];
    """) == ["waiting", "pause"]


def test_what_the_tab_of_the_version_before_left_goes_on(run: Run) -> None:
    assert run("""
        sessionStorage.setItem('test-widget https://gateway/ p t', JSON.stringify({
          session: 's', resumeToken: 'r', outbox: { acked: 1, seq: 2, entries: [
            { seq: 1, question: '1', value: ['a'] }, { seq: 2, question: '2', value: ['b'] },
          ] },
        }));
        const seat = await sit({ session: 's', resumeToken: 'r' });
        seat.join({ generation: 7, seq: 1, answers: [['1', ['a']]], next: '2' });
        seat.answer('c');
        return seat.socket.answers;
    """) == [[7, 1, "2", "b"], [7, 2, "3", "c"]]


def test_a_gateway_of_the_version_before_stores_all_in_a_rolling_upgrade(
    run: Run, run_for: RunFor
) -> None:
    """The older gateway acknowledges answers at or below its `seq` without storing them."""
    run("""
        globalThis.seat = await sit();
        seat.join({ generation: 2, seq: 30 });
        seat.answer('a');
        seat.socket.end(1006);
    """)
    run_for(FIRST_RETRY_MS)
    assert run("""
        seat.join({ seq: 31 });
        seat.answer('b');
        seat.hear('ack', { seq: 33 });
        return [seat.socket.answers, seat.player.state.pending];
    """) == [[[None, 32, "1", "a"], [None, 33, "2", "b"]], 0]


def opened_with(run: Run) -> str:
    """Return the `open_id` of the last socket's `open`."""
    open_id = run("""
        seat.socket.accept();
        return seat.socket.messages[0].open_id;
    """)
    assert isinstance(open_id, str)
    return open_id


def test_an_open_whose_answer_was_lost_is_repeated_with_its_open_id(
    run: Run, page: Page, run_for: RunFor
) -> None:
    run("globalThis.seat = await sit({ accessToken: 'once' });")
    first = opened_with(run)
    page.evaluate("seat.socket.end(1006)")
    run_for(FIRST_RETRY_MS)
    assert opened_with(run) == first
    page.reload()
    run("globalThis.seat = await sit({ accessToken: 'once' });")
    assert opened_with(run) == first
    assert run("""
        seat.hear('session', session({ generation: 2, resume_token: 'fresh' }));
        const record = sessionStorage.getItem('test-widget https://gateway/ p t');
        const { outbox, answers, ...known } = JSON.parse(record);
        return [known, seat.named('start')];
    """) == [
        {"session": "s", "resumeToken": "fresh"},
        [{"session": "s", "resumeToken": "fresh"}],
    ]


@pytest.mark.usefixtures("run_for")
def test_another_opening_has_an_open_id_of_its_own(run: Run, page: Page) -> None:
    run("globalThis.seat = await sit({ accessToken: 'one' });")
    seen = [opened_with(run)]
    page.evaluate("seat.socket.end(4301)")
    page.evaluate("seat.player.renew('another')")
    seen.append(opened_with(run))
    run("seat.hear('session', session({ generation: 1, resume_token: 'r' }));")
    page.evaluate("seat.player.open({ accessToken: 'another' })")  # A new attempt begins.
    seen.append(opened_with(run))
    assert len(set(seen)) == 3


def test_an_attempt_that_is_resumed_has_no_open_id(run: Run) -> None:
    assert run("""
        const seat = await sit({ session: 's', resumeToken: 'r' });
        seat.socket.accept();
        return seat.socket.messages;
    """) == [{"type": "open", "provider": "p", "session": "s", "resume_token": "r"}]

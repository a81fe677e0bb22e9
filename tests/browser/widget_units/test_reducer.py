"""reducer.js: the state of the widget."""

import pytest

from tests.browser.widget_units.conftest import Run

pytestmark = pytest.mark.browser


def test_a_session_shows_the_question_that_is_next(run: Run) -> None:
    state = run("""
        const { phase, current } = joined(await at('reducer'), { next: '2' });
        return { phase, current };
    """)
    assert state == {"phase": "question", "current": "2"}


def test_unsaved_answers_count_as_given(run: Run) -> None:
    state = run("""
        const unsaved = [{ seq: 1, question: '1', value: ['a'] }];
        const { current, answers } = joined(await at('reducer'), {}, unsaved);
        return { current, answers: [...answers] };
    """)
    assert state == {"current": "2", "answers": [["1", ["a"]]]}


def test_what_is_unsaved_is_shown_in_its_order_over_what_the_session_tells(run: Run) -> None:
    assert run("""
        const unsaved = [['1', 'b'], ['2', 'c'], ['1', 'd']].map(([question, value], index) =>
          ({ generation: 1, seq: index + 1, question, value: [value] }));
        const answers = [['1', ['a']], ['3', ['e']]];
        return [...joined(await at('reducer'), { answers }, unsaved).answers];
    """) == [["1", ["d"]], ["3", ["e"]], ["2", ["c"]]]


def test_a_new_attempt_begins_with_the_instruction_and_an_old_one_does_not(run: Run) -> None:
    phases = run("""
        const module = await at('reducer');
        const test = { slug: 't', length: 3, instruction: 'Read' };
        const fresh = joined(module, { test });
        const old = joined(module, { test, answers: [['1', ['a']]], next: '2' });
        return [fresh.phase, play(module, fresh, { type: 'begin' }).phase, old.phase];
    """)
    assert phases == ["instruction", "question", "question"]


def test_an_instruction_read_before_the_session_came_is_not_shown_again(run: Run) -> None:
    phases = run("""
        const module = await at('reducer');
        const test = { slug: 't', length: 3, instruction: 'Read' };
        const info = { type: 'info', info: test };
        const begun = play(
          module, module.initialState(), info, { type: 'starting' }, { type: 'begin' },
        );
        const message = session({ test });
        return [
          begun.phase, play(module, begun, { type: 'session', message, unsaved: [] }).phase,
        ];
    """)
    assert phases == ["loading", "question"]


def test_an_answer_shows_the_next_question_at_once(run: Run) -> None:
    state = run("""
        const module = await at('reducer');
        const state = play(module, joined(module), answer('a'));
        return [state.current, state.answers.get('1')];
    """)
    assert state == ["2", ["a"]]


def test_going_back_shows_the_answer_given_and_keeps_it(run: Run) -> None:
    state = run("""
        const module = await at('reducer');
        const state = play(module, joined(module), answer('a'), { type: 'back' });
        return [state.current, state.answers.get('1'), module.canGoBack(state)];
    """)
    assert state == ["1", ["a"], False]


@pytest.mark.parametrize(("first", "second"), [("{}", "{ back: false }"), ("{ timer: 30 }", "{}")])
def test_there_is_no_way_back(run: Run, first: str, second: str) -> None:
    assert run(f"""
        const module = await at('reducer');
        const questions = [question('1', {first}), question('2', {second})];
        const state = play(module, joined(module, {{ questions }}), answer('a'));
        return [module.canGoBack(state), play(module, state, {{ type: 'back' }}).current];
    """) == [False, "2"]


def test_after_the_last_answer_the_gateways_word_is_awaited(run: Run) -> None:
    state = run("""
        const module = await at('reducer');
        const state = play(module, joined(module), answer('a'), answer(), answer('c'));
        return [state.phase, state.current, module.isComplete(state)];
    """)
    assert state == ["waiting", None, True]


def test_questions_behind_the_pause_keep_a_test_incomplete(run: Run) -> None:
    state = run("""
        const module = await at('reducer');
        const questions = [question('1')];
        const state = play(module, joined(module, { questions }), answer('a'));
        return [state.phase, module.isComplete(state), module.total(state)];
    """)
    assert state == ["waiting", False, 3]


def test_who_went_back_walks_forth_again(run: Run) -> None:
    assert (
        run("""
        const module = await at('reducer');
        const back = { type: 'back' };
        const state = play(module, joined(module), answer('a'), answer('b'), back, back);
        return play(module, state, answer('c')).current;
    """)
        == "2"
    )


def test_a_reconnect_leaves_the_visitor_where_he_is(run: Run) -> None:
    assert (
        run("""
        const module = await at('reducer');
        const here = play(module, joined(module), answer('a'), answer('b'), { type: 'back' });
        const message = session({ answers: [['1', ['a']], ['2', ['b']]], seq: 2, next: '3' });
        return play(module, here, { type: 'session', message, unsaved: [] }).current;
    """)
        == "2"
    )


def test_a_refused_answer_is_asked_for_again_at_the_end(run: Run) -> None:
    seen = run("""
        const module = await at('reducer');
        const refused = { type: 'refused', question: '1' };
        let state = play(module, joined(module), answer('a'), refused);
        const seen = [state.current];
        state = play(module, state, answer('b'), answer('c'));
        seen.push(state.current, state.refused.has('1'));
        state = play(module, state, answer('d'));
        return [...seen, state.phase, state.refused.has('1')];
    """)
    assert seen == ["2", "1", True, "waiting", False]


def test_a_reconnect_does_not_make_a_refused_answer_good(run: Run) -> None:
    """The `session` message has the old value, which the visitor wanted to replace."""
    assert run("""
        const module = await at('reducer');
        const here = play(module, joined(module), answer('a'), { type: 'refused', question: '1' });
        const session_ = (more) => ({
          type: 'session', message: session({ answers: [['1', ['z']]], ...more }), unsaved: [],
        });
        const [again, other] = [{}, { session: 'other' }].map((more) =>
          play(module, here, session_(more)).answers.has('1'));
        return [again, other];
    """) == [False, True]


def test_payment_opens_the_rest_behind_the_pause(run: Run) -> None:
    seen = run("""
        const module = await at('reducer');
        const questions = [question('1')];
        let state = play(module, joined(module, { questions }), answer('a'));
        state = play(module, state, { type: 'pause', after: 1, yielded: false });
        const paused = [state.phase, state.pauseAfter];
        const rest = [question('2'), question('3')];
        state = play(module, state, { type: 'resumed', questions: rest, next: '2' });
        return [...paused, state.phase, state.current, state.questions.length];
    """)
    assert seen == ["pause", 1, "question", "2", 3]


def test_a_push_that_was_missed_is_learnt_from_the_next_session(run: Run) -> None:
    assert (
        run("""
        const module = await at('reducer');
        let state = play(module, joined(module, { questions: [question('1')] }), answer('a'));
        state = play(module, state, { type: 'pause', after: 1, yielded: false });
        const message = session({ answers: [['1', ['a']]], seq: 1, next: '2' });
        return play(module, state, { type: 'session', message, unsaved: [] }).current;
    """)
        == "2"
    )


def test_transitions_never_change_the_state_they_begin_from(run: Run) -> None:
    assert run("""
        const module = await at('reducer');
        const before = Object.freeze(joined(module));
        const refused = { type: 'refused', question: '1' };
        play(module, before, answer('a'));
        play(module, before, refused);
        return [before.current, before.answers.size, before.refused.size];
    """) == ["1", 0, 0]

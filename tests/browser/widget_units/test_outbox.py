"""outbox.js: the answers that are not acknowledged."""

import pytest

from tests.browser.widget_units.conftest import Run

pytestmark = pytest.mark.browser


def test_numbers_rise_also_when_an_answer_is_replaced(run: Run) -> None:
    assert run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.enter({ generation: 1, seq: 0 });
        outbox.add('1', ['a']);
        outbox.add('2', []);
        outbox.add('1', ['b']);
        return outbox.unsaved.map(placed);
    """) == [[1, 1, "1", "a"], [1, 2, "2", ""], [1, 3, "1", "b"]]


def test_each_generation_counts_from_one_and_changes_no_earlier_place(run: Run) -> None:
    resent, then = run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.enter({ generation: 1, seq: 0 });
        for (const id of '12') outbox.add(id, ['a']);
        const resent = outbox.enter({ generation: 4, seq: 9 }).map(placed);
        outbox.add('3', ['b']);
        return [resent, outbox.enter({ generation: 6, seq: 9 }).map(placed)];
    """)
    assert resent == [[1, 1, "1", "a"], [1, 2, "2", "a"]]
    assert then == [*resent, [4, 1, "3", "b"]]


def test_no_session_takes_away_what_no_ack_covered(run: Run) -> None:
    assert run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.enter({ generation: 1, seq: 0 });
        for (const id of '123') outbox.add(id, ['a']);
        outbox.ack(1);
        return outbox.enter({ generation: 2, seq: 1000 }).map(placed);
    """) == [[1, 2, "2", "a"], [1, 3, "3", "a"]]


def test_an_ack_covers_all_before_it_and_an_old_one_changes_nothing(run: Run) -> None:
    assert run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.enter({ generation: 1, seq: 0 });
        for (const id of '123') outbox.add(id, ['a']);
        outbox.ack(2);
        outbox.ack(1);
        return outbox.unsaved.map(({ seq }) => seq);
    """) == [3]


def test_an_ack_covers_its_own_generation_only(run: Run) -> None:
    older, newer = run("""
        const { Outbox } = await at('outbox');
        const fill = () => {
          const outbox = new Outbox();
          for (const generation of [1, 2]) {
            outbox.enter({ generation, seq: 0 });
            for (const id of '12') outbox.add(id, ['a']);
          }
          return outbox;
        };
        const [older, newer] = [fill(), fill()];
        older.ack(2, 1);
        newer.ack(1);
        return [older, newer].map(({ unsaved }) => unsaved.map(placed));
    """)
    assert older == [[2, 1, "1", "a"], [2, 2, "2", "a"]]
    assert newer == [[1, 1, "1", "a"], [1, 2, "2", "a"], [2, 2, "2", "a"]]


def test_a_refused_place_is_never_used_again(run: Run) -> None:
    refused, unsaved = run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.enter({ generation: 1, seq: 0 });
        outbox.add('1', ['a']);
        const refused = outbox.refuse(1);
        outbox.add('1', ['b']);
        return [refused.value, outbox.unsaved.map(placed)];
    """)
    assert refused == ["a"]
    assert unsaved == [[1, 2, "1", "b"]]


@pytest.mark.parametrize(
    ("seq", "generation", "concerned", "left"),
    [
        (1, 1, None, [[1, 2, "2", "b"], [2, 1, "1", "c"], [2, 2, "3", "d"]]),
        (2, 1, ["b"], [[1, 1, "1", "a"], [2, 1, "1", "c"], [2, 2, "3", "d"]]),
        (1, 2, ["c"], [[1, 1, "1", "a"], [1, 2, "2", "b"], [2, 2, "3", "d"]]),
        (2, None, ["d"], [[1, 1, "1", "a"], [1, 2, "2", "b"], [2, 1, "1", "c"]]),
    ],
)
def test_a_refusal_of_an_answer_replaced_since_concerns_nobody(
    run: Run, seq: int, generation: int | None, concerned: list[str] | None, left: list[object]
) -> None:
    named = "" if generation is None else f", {generation}"
    refused = run(f"""
        const outbox = new (await at('outbox')).Outbox();
        outbox.enter({{ generation: 1, seq: 0 }});
        outbox.add('1', ['a']);
        outbox.add('2', ['b']);
        outbox.enter({{ generation: 2, seq: 0 }});
        outbox.add('1', ['c']);
        outbox.add('3', ['d']);
        const refused = outbox.refuse({seq}{named});
        return [refused?.value ?? null, outbox.unsaved.map(placed)];
    """)
    assert refused == [concerned, left]


def test_a_refusal_of_what_is_not_there_changes_nothing(run: Run) -> None:
    assert run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.enter({ generation: 2, seq: 0 });
        outbox.add('1', ['a']);
        return [outbox.refuse(7) ?? null, outbox.refuse(1, 1) ?? null, outbox.unsaved.map(placed)];
    """) == [None, None, [[2, 1, "1", "a"]]]


LEGACY = """
{ acked: 1, seq: 3, entries: [
  { seq: 1, question: '1', value: ['a'] },
  { seq: 2, question: '2', value: ['b'] },
  { seq: 3, question: '1', value: ['c'] },
] }
"""


def test_what_the_version_before_left_unsaved_gets_the_first_places_of_a_new_generation(
    run: Run,
) -> None:
    resent, then = run(f"""
        const outbox = new (await at('outbox')).Outbox({LEGACY});
        const resent = outbox.enter({{ generation: 5, seq: 3 }}).map(placed);
        outbox.add('3', ['d']);
        return [resent, outbox.enter({{ generation: 6, seq: 3 }}).map(placed)];
    """)
    assert resent == [[5, 1, "2", "b"], [5, 2, "1", "c"]]
    assert then == [*resent, [5, 3, "3", "d"]]


def test_a_gateway_without_generations_gets_numbers_above_those_that_it_knows(run: Run) -> None:
    before, acked, after = run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.enter({ generation: 3, seq: 0 });
        outbox.add('1', ['a']);
        outbox.add('2', ['b']);
        outbox.enter({ seq: 40 });
        outbox.add('3', ['c']);
        const before = outbox.unsaved.map(placed);
        outbox.ack(41);
        const acked = outbox.enter({ seq: 41 }).map(placed);
        return [before, acked, outbox.enter({ generation: 6, seq: 43 }).map(placed)];
    """)
    assert before == [[None, 41, "1", "a"], [None, 42, "2", "b"], [None, 43, "3", "c"]]
    assert acked == [[None, 42, "2", "b"], [None, 43, "3", "c"]]
    assert after == [[6, 1, "2", "b"], [6, 2, "3", "c"]]


def test_a_gateway_restored_from_a_backup_is_told_everything_as_new(run: Run) -> None:
    """The restored gateway counts generations anew, and no two answers may get the same place."""
    assert run("""
        const outbox = new (await at('outbox')).Outbox();
        outbox.enter({ generation: 5, seq: 0 });
        outbox.add('1', ['a']);
        outbox.add('2', ['b']);
        outbox.ack(1);
        outbox.enter({ generation: 5, seq: 0 });
        outbox.add('3', ['c']);
        return outbox.unsaved.map(placed);
    """) == [[5, 1, "2", "b"], [5, 2, "3", "c"]]

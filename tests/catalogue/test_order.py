"""Random order: a pure function of the definition and of the attempt's seed."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies

from widget_gateway.domain.attempts.attempts import next_question
from widget_gateway.domain.catalogue.answers import answered_mask, in_question_order
from widget_gateway.domain.catalogue.definitions import definition_faults
from widget_gateway.domain.catalogue.order import arranged_options, arranged_questions
from widget_gateway.domain.catalogue.questions import Field, Option, Order, Question, QuestionType
from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.domain.catalogue.tests import AccessMode, Block, TestDefinition

pytestmark = pytest.mark.fast

TEXT = {"ru": "текст", "en": "text"}
SEEDS = strategies.text("0123456789abcdef", min_size=16, max_size=16)


def question(number, **more):
    options = tuple(Option(value=value, text=TEXT) for value in "12345")
    fields = {"type": QuestionType.OPTION, "options": options} | more
    return Question(id=f"q{number}", text=TEXT, **fields)


def a_test(length=9, *, pause=None, order=Order.RANDOM, blocks=()):
    return TestDefinition(
        slug="t",
        title=TEXT,
        questions=tuple(question(number) for number in range(1, length + 1)),
        access=AccessMode.PAID if pause else AccessMode.FREE,
        pause_after=pause,
        order=order,
        blocks=blocks,
    )


def block(first, last, order=Order.GIVEN):
    return Block(questions=tuple(f"q{n}" for n in range(first, last + 1)), order=order)


def ids(test, seed):
    return [asked.id for asked in arranged_questions(test, seed)]


def test_the_order_of_a_seed_is_the_same_in_every_process_and_version():
    """These orders are stored attempts' orders: a change would move visitors' questions."""
    assert ids(a_test(6), "00000000000000aa") == ["q6", "q4", "q3", "q2", "q1", "q5"]
    shuffled = arranged_options(question(1, order=Order.RANDOM), "00000000000000aa")
    assert [option.value for option in shuffled] == ["1", "5", "2", "4", "3"]


@given(SEEDS)
def test_every_question_is_asked_once_and_the_pause_stays(seed):
    arranged = ids(a_test(9, pause=4), seed)
    assert sorted(arranged[:4]) == ["q1", "q2", "q3", "q4"]
    assert sorted(arranged[4:]) == ["q5", "q6", "q7", "q8", "q9"]


def test_different_seeds_give_different_orders():
    orders = {tuple(ids(a_test(4), f"{number:016x}")) for number in range(500)}
    assert len(orders) == 24


def test_each_place_is_as_likely_as_another():
    firsts = [ids(a_test(4), f"{number:016x}")[0] for number in range(2000)]
    assert all(400 < firsts.count(id_) < 600 for id_ in ("q1", "q2", "q3", "q4"))


@given(SEEDS)
def test_a_block_stays_together_in_its_order(seed):
    arranged = ids(a_test(9, blocks=(block(2, 4), block(5, 7))), seed)
    for run in (["q2", "q3", "q4"], ["q5", "q6", "q7"]):
        first = arranged.index(run[0])
        assert arranged[first : first + 3] == run


def test_blocks_move_as_wholes():
    test = a_test(5, blocks=(block(1, 3),))
    assert {tuple(ids(test, f"{n:016x}")) for n in range(300)} == {
        ("q1", "q2", "q3", "q4", "q5"),
        ("q1", "q2", "q3", "q5", "q4"),
        ("q4", "q1", "q2", "q3", "q5"),
        ("q5", "q1", "q2", "q3", "q4"),
        ("q4", "q5", "q1", "q2", "q3"),
        ("q5", "q4", "q1", "q2", "q3"),
    }


@given(SEEDS)
def test_a_random_block_in_a_given_order_moves_nothing_else(seed):
    test = a_test(7, order=Order.GIVEN, blocks=(block(3, 5, Order.RANDOM),))
    arranged = ids(test, seed)
    assert arranged[:2] + arranged[5:] == ["q1", "q2", "q6", "q7"]
    assert sorted(arranged[2:5]) == ["q3", "q4", "q5"]


@pytest.mark.parametrize("seed", [None, "00000000000000aa"])
def test_a_test_without_random_order_keeps_the_given_order(seed):
    test = a_test(5, order=Order.GIVEN, blocks=(block(2, 4),))
    assert arranged_questions(test, seed) is test.questions
    assert arranged_options(test.questions[0], seed) is test.questions[0].options
    assert not test.has_random_order


def test_an_attempt_without_a_seed_keeps_the_given_order():
    test = a_test(9)
    assert arranged_questions(test, None) is test.questions
    assert arranged_options(question(1, order=Order.RANDOM), None) == question(1).options


def test_questions_are_shuffled_apart_from_each_other():
    seed = "00000000000000aa"
    shuffled = (arranged_options(question(n, order=Order.RANDOM), seed) for n in range(20))
    orders = {tuple(option.value for option in options) for options in shuffled}
    assert len(orders) > 10


@given(SEEDS, strategies.sets(strategies.integers(1, 9)))
def test_the_next_question_is_the_first_unanswered_one_of_the_attempts_order(seed, given_numbers):
    test = a_test(9, pause=4)
    sheet = {f"q{number}": ("1",) for number in given_numbers}
    unanswered = [id_ for id_ in ids(test, seed) if id_ not in sheet]
    following = next_question(test, answered_mask(test, sheet), seed)
    assert following == (unanswered[0] if unanswered else None)
    listed = [id_ for id_, _ in in_question_order(test, sheet, seed)]
    assert listed == [id_ for id_ in ids(test, seed) if id_ in sheet]


@given(SEEDS, strategies.lists(strategies.sampled_from("12345"), min_size=9, max_size=9))
def test_scoring_does_not_depend_on_the_order(seed, values):
    test = a_test(9)
    sheet = {f"q{number}": (value,) for number, value in enumerate(values, start=1)}
    arranged = dict(in_question_order(test, sheet, seed))
    assert score_answers(test, arranged) == score_answers(test, sheet)
    shuffled = replace(test, questions=arranged_questions(test, seed))
    assert score_answers(shuffled, sheet) == score_answers(test, sheet)


def block_faults(test):
    return [(path, why) for path, why in definition_faults(test) if path[0] == "blocks"]


def test_good_blocks_have_no_fault():
    assert not block_faults(a_test(9, pause=4, blocks=(block(1, 2), block(3, 4), block(5, 9))))


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ((block(8, 10),), '"q10" is no question of this test'),
        ((block(1, 2), block(2, 3)), '"q2" is in another block already'),
        ((Block(questions=("q1", "q3")),), "follow each other in the test, in this order"),
        ((Block(questions=("q2", "q1")),), "follow each other in the test, in this order"),
        ((block(4, 5),), "does not cross the pause after 4 questions"),
    ],
    ids=["unknown", "in two blocks", "a gap", "backwards", "across the pause"],
)
def test_a_block_is_a_run_of_questions_on_one_side_of_the_pause(blocks, why):
    faults = block_faults(a_test(9, pause=4, blocks=blocks))
    assert [path for path, _ in faults] == [("blocks", len(blocks) - 1, "questions")]
    assert why in faults[0][1]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (QuestionType.GRADIENT, "the steps of a gradient keep their order"),
        (QuestionType.TEXT, "the fields of a text question keep their order"),
    ],
)
def test_steps_and_fields_are_not_shuffled(kind, why):
    options = () if kind is QuestionType.TEXT else question(1).options
    fields = (Field(),) if kind is QuestionType.TEXT else ()
    asked = question(1, type=kind, options=options, fields=fields, order=Order.RANDOM)
    test = TestDefinition(slug="t", title=TEXT, questions=(asked,))
    assert (("questions", 0, "order"), why) in list(definition_faults(test))

"""Scoring as docs/protocol/definitions.md tells: automatic variables and keyed scales."""

import pytest

from widget_gateway.domain.catalogue.numbers import numeric, percent, round_half_away
from widget_gateway.domain.catalogue.questions import Field, Option, Question, QuestionType
from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.domain.catalogue.tests import TestDefinition

pytestmark = pytest.mark.fast

TEXT = {"en": "text"}


def question(number, *values, kind=QuestionType.OPTION, right=(), **more):
    options = tuple(Option(value=value, text=TEXT, correct=value in right) for value in values)
    return Question(id=str(number), type=kind, text=TEXT, options=options, **more)


def a_test(*questions, scales=()):
    return TestDefinition(slug="t", title=TEXT, questions=questions, scales=scales)


def text_question(number, *right, **more):
    fields = tuple(Field(correct={"en": word} if word else None) for word in right)
    return Question(id=str(number), type=QuestionType.TEXT, text=TEXT, fields=fields, **more)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("3", 3),
        ("-1", -1),
        ("q", 0),
        ("", 0),
        ("3b", 3),
        ("-2x", -2),
        ("b3", 0),
        ("007", 7),
        ("-", 0),
    ],
)
def test_a_value_counts_as_its_leading_integer(value, number):
    assert numeric(value) == number


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (5, 2, 3), (1, 3, 0), (-2, 3, -1), (1, 0, 0)],
)
def test_rounding_is_half_away_from_zero(numerator, denominator, rounded):
    assert round_half_away(numerator, denominator) == rounded


def test_sum_adds_numeric_values_and_scale_is_its_share_of_the_largest():
    test = a_test(question(1, "0", "1", "2"), question(2, "-1", "5", "q"), question(3, "q", "w"))
    variables = score_answers(test, {"1": ("2",), "2": ("-1",), "3": ("q",)}).variables
    assert variables["SUM"] == 1
    assert variables["SCALE"] == percent(1, 2 + 5 + 0) == 14


def test_a_sum_below_zero_gives_a_scale_below_zero():
    test = a_test(question(1, "-3", "8"))
    variables = score_answers(test, {"1": ("-3",)}).variables
    assert (variables["SUM"], variables["SCALE"]) == (-3, -38)  # -37.5 is rounded away from zero.


def test_a_question_of_negative_values_only_adds_nothing_to_the_largest():
    test = a_test(question(1, "-3", "-1"), question(2, "0", "4"))
    variables = score_answers(test, {"1": ("-3",), "2": ("4",)}).variables
    assert (variables["SUM"], variables["SCALE"]) == (1, 25)


def test_where_nothing_can_be_scored_the_scale_is_0():
    variables = score_answers(a_test(question(1, "a", "b")), {"1": ("a",)}).variables
    assert (variables["SUM"], variables["SCALE"]) == (0, 0)
    assert variables["VALUES"]["a"] == {"sum": 1, "percentage": 0, "percentage_value": 100}


def test_a_right_option_counts_1_whatever_its_value():
    test = a_test(question(1, "7", "9", right=("7",)), question(2, "7", "9", right=("9",)))
    variables = score_answers(test, {"1": ("7",), "2": ("7",)}).variables
    assert (variables["SUM"], variables["SCALE"]) == (1, 50)


def test_of_several_right_options_one_is_right_and_each_adds_to_the_largest():
    test = a_test(question(1, "a", "b", "c", right=("a", "b")))
    for value, total in (("a", 1), ("b", 1), ("c", 0)):
        variables = score_answers(test, {"1": (value,)}).variables
        assert (variables["SUM"], variables["SCALE"]) == (total, 50 * total)


@pytest.mark.parametrize(
    ("answer", "total"),
    [(("a", "b"), 1), (("b", "c"), 1), (("a",), 0), (("a", "d"), 0), (("a", "b", "c"), 0), ((), 0)],
)
def test_a_checkbox_needs_count_values_all_right(answer, total):
    test = a_test(question(1, *"abcd", kind=QuestionType.CHECKBOX, count=2, right=("a", "b", "c")))
    assert score_answers(test, {"1": answer}).variables["SUM"] == total


@pytest.mark.parametrize(
    ("answer", "total"), [(("Oslo", "1814"), 1), (("Oslo", "1815"), 0), (("", ""), 0), ((), 0)]
)
def test_a_text_question_needs_all_its_fields_right_and_has_no_largest(answer, total):
    test = a_test(text_question(1, "Oslo", "1814"))
    variables = score_answers(test, {"1": answer}).variables
    assert (variables["SUM"], variables["SCALE"]) == (total, 0)


def test_a_text_answer_counts_under_its_own_value():
    test = a_test(text_question(1, "Oslo"), question(2, "1", "2"))
    variables = score_answers(test, {"1": ("Bergen",), "2": ("2",)}).variables
    assert variables["VALUES"]["Bergen"]["sum"] == 1
    assert variables["REPEATS"]["Bergen"] == {
        "sum": 1,
        "percentage": 50,
        "percentage_value": 100,
    }


def test_values_and_repeats_count_how_often_a_value_was_chosen():
    test = a_test(question(1, "1", "2"), question(2, "1", "3"), question(3, "2", "3"))
    variables = score_answers(test, {"1": ("1",), "2": ("1",), "3": ("3",)}).variables
    largest = 2 + 3 + 3
    assert variables["VALUES"] == {
        "1": {"sum": 2, "percentage": percent(2, largest), "percentage_value": 100},
        "2": {"sum": 0, "percentage": 0, "percentage_value": 0},
        "3": {"sum": 1, "percentage": percent(1, largest), "percentage_value": 50},
    }
    assert [counted["percentage"] for counted in variables["REPEATS"].values()] == [67, 0, 33]


def test_an_answer_with_several_values_counts_each():
    test = a_test(question(1, "1", "2", "3", kind=QuestionType.CHECKBOX))
    values = score_answers(test, {"1": ("1", "3")}).variables["VALUES"]
    assert [values[value]["sum"] for value in "123"] == [1, 0, 1]


def test_groups_have_a_sum_and_a_scale_of_their_own():
    test = a_test(
        question(1, "1", "4", group="x"), question(2, "2", "4", group="x"), question(3, "5", "6")
    )
    variables = score_answers(test, {"1": ("1",), "2": ("2",), "3": ("6",)}).variables
    assert variables["GROUPS"] == {"x": {"SUM": 3, "SCALE": 38}}
    assert variables["SUM"] == 9


def test_values_that_are_no_negative_numbers_are_counted_together():
    test = a_test(*(question(n, "-1", "0", "2", "q") for n in range(1, 5)))
    answers = {str(n): (value,) for n, value in enumerate(("-1", "0", "2", "q"), start=1)}
    assert score_answers(test, answers).variables["NON_NEGATIVE_ANSWER_VALUES_SUM"] == 3


def test_skipped_questions_count_nothing_but_stay_possible():
    test = a_test(question(1, "1", "2"), question(2, "1", "2"))
    variables = score_answers(test, {"1": (), "2": ("2",)}).variables
    assert (variables["SUM"], variables["SCALE"]) == (2, 50)
    assert variables["VALUES"]["2"]["percentage_value"] == 50

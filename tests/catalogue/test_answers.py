"""The answers that each type of question takes, and lists of answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_gateway.domain.catalogue.answers import (
    MAX_TEXT_LENGTH,
    answered_mask,
    check_sheet,
    check_value,
    first_unanswered,
    in_question_order,
)
from widget_gateway.domain.catalogue.questions import Field, Option, Question, QuestionType
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import (
    AnswerInvalidError,
    QuestionLockedError,
    QuestionUnknownError,
)

pytestmark = pytest.mark.fast

TEXT = {"en": "text"}


def question(kind, count=None, number=1):
    options = () if kind is QuestionType.TEXT else tuple(Option(value=letter) for letter in "abcde")
    fields = (Field(), Field(input="number")) if kind is QuestionType.TEXT else ()
    return Question(
        id=str(number), type=kind, text=TEXT, count=count, options=options, fields=fields
    )


TEST = TestDefinition(
    slug="t",
    title=TEXT,
    questions=tuple(question(QuestionType.OPTION, number=number) for number in range(1, 6)),
)


@pytest.mark.parametrize(
    ("kind", "count", "value"),
    [
        (QuestionType.OPTION, None, ["a"]),
        (QuestionType.GRADIENT, None, ["e"]),
        (QuestionType.CHECKBOX, None, ["a"]),
        (QuestionType.CHECKBOX, 2, ["d", "b"]),
        (QuestionType.RATING, None, ["e", "d", "c", "b", "a"]),
        (QuestionType.TEXT, None, ["Осло", "1814"]),
        (QuestionType.TEXT, None, ["", ""]),
        (QuestionType.TEXT, None, ["x" * MAX_TEXT_LENGTH, "🙂"]),
    ],
)
def test_an_answer_of_its_type_is_taken_as_it_is(kind, count, value):
    assert check_value(question(kind, count), value) == tuple(value)


@pytest.mark.parametrize("kind", list(QuestionType))
def test_every_question_may_be_skipped(kind):
    assert check_value(question(kind, 2), []) == ()


@pytest.mark.parametrize(
    ("kind", "count", "value"),
    [
        (QuestionType.OPTION, None, ["f"]),
        (QuestionType.OPTION, None, ["a", "b"]),
        (QuestionType.OPTION, None, [""]),
        (QuestionType.GRADIENT, None, ["a", "a"]),
        (QuestionType.CHECKBOX, 2, ["a"]),
        (QuestionType.CHECKBOX, 2, ["a", "b", "c"]),
        (QuestionType.CHECKBOX, 2, ["a", "a"]),
        (QuestionType.CHECKBOX, None, ["a", "x"]),
        (QuestionType.RATING, None, ["a", "b", "c", "d"]),
        (QuestionType.RATING, None, ["a", "b", "c", "d", "d"]),
        (QuestionType.RATING, None, ["a", "b", "c", "d", "e", "a"]),
        (QuestionType.TEXT, None, ["one"]),
        (QuestionType.TEXT, None, ["one", "two", "three"]),
        (QuestionType.TEXT, None, ["x" * (MAX_TEXT_LENGTH + 1), ""]),
        (QuestionType.TEXT, None, ["a\0", ""]),
    ],
)
def test_an_answer_that_the_type_does_not_have_is_refused_by_name(kind, count, value):
    with pytest.raises(AnswerInvalidError, match='Question "1" takes'):
        check_value(question(kind, count), value)


def test_a_sheet_keeps_the_last_value_of_a_question():
    given_answers = [("2", ["a"]), ("1", ["b"]), ("2", ["c"])]
    assert check_sheet(TEST, given_answers, unlocked=5) == {"2": ("c",), "1": ("b",)}


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([("6", ["a"])], QuestionUnknownError),
        ([("1", ["a"]), ("4", ["a"])], QuestionLockedError),
        ([("1", ["a"]), ("2", ["x"])], AnswerInvalidError),
        ([("4", [])], QuestionLockedError),
    ],
)
def test_a_sheet_with_one_faulty_answer_is_refused(answers, error):
    with pytest.raises(error):
        check_sheet(TEST, answers, unlocked=3)


def test_answers_are_listed_in_the_order_of_the_test():
    sheet = {"5": ("a",), "1": (), "3": ("b",)}
    assert in_question_order(TEST, sheet) == [("1", ()), ("3", ("b",)), ("5", ("a",))]


@given(st.sets(st.integers(0, 300)))
def test_the_first_unanswered_question_is_the_lowest_hole(answered):
    mask = sum(1 << position for position in answered)
    expected = next(position for position in range(302) if position not in answered)
    assert first_unanswered(mask) == expected


@given(st.sets(st.sampled_from("12345")))
def test_a_mask_has_a_bit_for_each_answered_question(answered):
    mask = answered_mask(TEST, dict.fromkeys(answered, ()))
    assert {str(position + 1) for position in range(5) if mask >> position & 1} == answered

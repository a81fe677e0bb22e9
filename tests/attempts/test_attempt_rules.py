"""The gate of a paid test: which questions are unlocked, and when a payment is due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_gateway.domain.attempts.attempts import next_question, payment_is_due, unlocked_length
from widget_gateway.domain.catalogue.questions import Option, Question, QuestionType, localized
from widget_gateway.domain.catalogue.tests import AccessMode, TestDefinition

pytestmark = pytest.mark.fast

TEXT = {"en": "text"}


def a_test(length, access=AccessMode.PAID, pause_after=None):
    questions = tuple(
        Question(id=f"q{n}", type=QuestionType.OPTION, text=TEXT, options=(Option(value="a"),))
        for n in range(1, length + 1)
    )
    return TestDefinition(
        slug="t", title=TEXT, questions=questions, access=access, pause_after=pause_after
    )


def answered(*positions):
    return sum(1 << position for position in positions)


@pytest.mark.parametrize(
    ("length", "access", "pause_after", "free"),
    [
        (120, AccessMode.PAID, None, 70),
        (120, AccessMode.PAID, 10, 10),
        (50, AccessMode.PAID, None, 50),
        (120, AccessMode.FREE, None, 120),
        (120, AccessMode.CALCULATION, 10, 120),
    ],
)
def test_a_paid_test_is_free_up_to_its_pause(length, access, pause_after, free):
    test = a_test(length, access, pause_after)
    assert test.free_length == free
    assert unlocked_length(test, paid=False) == free
    assert unlocked_length(test, paid=True) == length


def test_payment_is_due_when_every_free_question_has_its_answer():
    test = a_test(5, pause_after=3)
    assert not payment_is_due(test, paid=False, answered=0)
    assert not payment_is_due(test, paid=False, answered=answered(0, 1))
    assert payment_is_due(test, paid=False, answered=answered(0, 1, 2))


def test_a_hole_before_the_pause_holds_it_back():
    test = a_test(5, pause_after=3)
    assert not payment_is_due(test, paid=False, answered=answered(0, 2))


def test_payment_is_never_due_once_it_is_confirmed_or_where_nothing_follows():
    everything = answered(*range(5))
    assert not payment_is_due(a_test(5, pause_after=3), paid=True, answered=everything)
    assert not payment_is_due(a_test(5), paid=False, answered=everything)
    assert not payment_is_due(a_test(5, AccessMode.FREE), paid=False, answered=everything)


@pytest.mark.parametrize(
    ("positions", "following"),
    [((), "q1"), ((0,), "q2"), ((1,), "q1"), ((0, 1, 2), "q4"), (range(5), None)],
)
def test_the_next_question_is_the_first_hole_locked_or_not(positions, following):
    assert next_question(a_test(5, pause_after=3), answered(*positions)) == following


@given(st.sets(st.integers(0, 9)), st.integers(1, 9), st.booleans())
def test_while_payment_is_due_the_next_question_is_a_locked_one(positions, pause_after, paid):
    test = a_test(10, pause_after=pause_after)
    if payment_is_due(test, paid=paid, answered=answered(*positions)):
        following = next_question(test, answered(*positions))
        assert following is None or test.positions[following] >= unlocked_length(test, paid=paid)


@pytest.mark.parametrize(
    ("text", "locale", "shown"),
    [
        ({"ru": "да", "en": "yes"}, "en", "yes"),
        ({"ru": "да"}, "en", "да"),
        ({}, "en", None),
        (None, "en", None),
    ],
)
def test_a_text_without_the_locale_is_shown_in_one_that_it_has(text, locale, shown):
    assert localized(text, locale) == shown

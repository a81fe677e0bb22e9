"""Keyed scales: scores within their bounds, whatever was answered and in whatever order."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_scoring import TEXT, a_test, question, text_question
from widget_gateway.domain.answers import check_value
from widget_gateway.domain.errors import AnswerInvalidError
from widget_gateway.domain.questions import QuestionType
from widget_gateway.domain.scales import Level, Scale
from widget_gateway.domain.scoring import automatic_variables, score_scales

LEVELS = (Level(up_to=33, name={"en": "low"}), Level(up_to=100, name={"en": "high"}))


def test_a_scale_adds_plus_items_and_reverses_minus_items():
    likert = [question(n, "1", "2", "3", "4", "5") for n in (1, 2, 3)]
    scale = Scale(id="s", title=TEXT, plus=("1", "2"), minus=("3",), levels=LEVELS)
    (score,) = score_scales(
        a_test(*likert, scales=(scale,)), {"1": ("5",), "2": ("4",), "3": ("2",)}
    )
    assert (score.min, score.score, score.max) == (3, 5 + 4 + 4, 15)
    assert score.percentage == 83
    assert score.level is LEVELS[1]


def test_weights_multiply_a_score_and_its_bounds():
    scale = Scale(id="s", title=TEXT, plus=("1", "2"), weights={"2": 2.5})
    (score,) = score_scales(
        a_test(question(1, "1", "5"), question(2, "1", "5"), scales=(scale,)),
        {"1": ("1",), "2": ("5",)},
    )
    assert (score.min, score.score, score.max) == (3.5, 13.5, 17.5)


@pytest.mark.parametrize(("value", "level"), [("0", "low"), ("33", "low"), ("34", "high")])
def test_a_level_reaches_up_to_and_including_its_bound(value, level):
    scale = Scale(id="s", title=TEXT, plus=("1",), levels=LEVELS)
    test = a_test(question(1, "0", "33", "34", "100"), scales=(scale,))
    (score,) = score_scales(test, {"1": (value,)})
    assert score.level is not None
    assert score.level.name == {"en": level}


def test_a_skipped_item_counts_as_its_lowest_score_either_way():
    for keyed in ({"plus": ("1",)}, {"minus": ("1",)}):
        test = a_test(question(1, "1", "5"), scales=(Scale(id="s", title=TEXT, **keyed),))
        (score,) = score_scales(test, {"1": ()})
        assert (score.min, score.score, score.percentage) == (1, 1, 0)


VALUES = ("-2", "-1", "0", "1", "2", "q")
numbers = st.integers(1, 12)


@given(
    answers=st.dictionaries(numbers.map(str), st.sampled_from([(one,) for one in VALUES] + [()])),
    plus=st.sets(numbers),
    minus=st.sets(numbers),
    weights=st.dictionaries(numbers.map(str), st.integers(0, 9)),
    order=st.randoms(use_true_random=False),
)
def test_scores_stay_in_their_bounds_and_do_not_depend_on_the_order_of_answers(
    answers, plus, minus, weights, order
):
    scale = Scale(
        id="s",
        title=TEXT,
        plus=tuple(map(str, sorted(plus))),
        minus=tuple(map(str, sorted(minus - plus))),
        weights=weights,
    )
    test = a_test(*(question(n, *VALUES) for n in range(1, 13)), scales=(scale,))
    (score,) = score_scales(test, answers)
    assert score.min <= score.score <= score.max
    assert 0 <= score.percentage <= 100
    shuffled = list(answers.items())
    order.shuffle(shuffled)
    assert score_scales(test, dict(shuffled)) == [score]
    assert automatic_variables(test, dict(shuffled)) == automatic_variables(test, answers)


@given(answers=st.dictionaries(numbers.map(str), st.sampled_from([(one,) for one in VALUES])))
def test_the_shares_of_what_was_chosen_add_up(answers):
    test = a_test(*(question(n, *VALUES) for n in range(1, 13)))
    variables = automatic_variables(test, answers)
    assert sum(one["sum"] for one in variables["VALUES"].values()) == len(answers)
    assert -100 <= variables["SCALE"] <= 100
    assert set(variables["VALUES"]) == set(variables["REPEATS"]) == set(VALUES)


@given(values=st.lists(st.text(max_size=8), max_size=4))
def test_every_answer_that_is_accepted_can_be_scored(values):
    for one in (
        question(1, *VALUES),
        question(1, *VALUES, kind=QuestionType.CHECKBOX, count=2),
        question(1, *VALUES, kind=QuestionType.RATING),
        text_question(1, "a", ""),
    ):
        with contextlib.suppress(AnswerInvalidError):
            answer = check_value(one, values)
            assert isinstance(automatic_variables(a_test(one), {"1": answer})["SUM"], int)

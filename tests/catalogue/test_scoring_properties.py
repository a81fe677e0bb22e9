"""Properties of all scores, for any types of questions and any answers."""

import contextlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.test_scoring import TEXT, a_test, question, text_question
from widget_gateway.domain.catalogue.answers import check_value
from widget_gateway.domain.catalogue.questions import QuestionType
from widget_gateway.domain.catalogue.scales import Scale
from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.domain.errors import AnswerInvalidError

pytestmark = pytest.mark.fast

VALUES = ("-2", "-1", "0", "1", "2", "q")
STEPS = ("-2", "-1", "0", "1", "2")
WORDS = ("Oslo", "-1", "2", "")


@st.composite
def a_question(draw, number):
    """A question of any type, with or without right answers."""
    kind = draw(st.sampled_from(QuestionType))
    group = draw(st.sampled_from([None, "g", "h.1"]))
    if kind is QuestionType.TEXT:
        right = draw(st.lists(st.sampled_from(["Oslo", None]), min_size=1, max_size=3))
        return text_question(number, *right, group=group)
    values = STEPS if kind is QuestionType.GRADIENT else VALUES
    right = draw(st.sets(st.sampled_from(values)) | st.just(set()))
    count = draw(st.none() | st.integers(1, 6)) if kind is QuestionType.CHECKBOX else None
    return question(number, *values, kind=kind, right=right, count=count, group=group)


@st.composite
def an_answer(draw, asked):
    """Any answer that the question takes, an empty one included."""
    if draw(st.booleans()) and draw(st.booleans()):
        return ()
    if asked.type is QuestionType.TEXT:
        words = st.sampled_from(WORDS)
        return tuple(draw(words) for _ in asked.fields)
    if asked.type is QuestionType.RATING:
        return tuple(draw(st.permutations(asked.values)))
    if asked.type is QuestionType.CHECKBOX:
        size = {"min_size": asked.count or 1, "max_size": asked.count or len(asked.values)}
        return tuple(draw(st.lists(st.sampled_from(asked.values), unique=True, **size)))
    return (draw(st.sampled_from(asked.values)),)


@st.composite
def an_answered_test(draw):
    """A test of up to six questions and two scales, and an answer sheet with gaps."""
    questions = [draw(a_question(n)) for n in range(1, draw(st.integers(1, 6)) + 1)]
    keyed = [
        question.id
        for question in questions
        if question.type is not QuestionType.TEXT or question.has_right_answers
    ]
    plus = draw(st.sets(st.sampled_from(keyed))) if keyed else set()
    weights = st.dictionaries(st.sampled_from(keyed), st.floats(0, 1000)) if keyed else st.just({})
    scales = (
        Scale(id="whole", title=TEXT),
        Scale(
            id="part",
            title=TEXT,
            part_of="whole",
            plus=tuple(sorted(plus)),
            minus=tuple(key for key in keyed if key not in plus),
            weights=draw(weights),
        ),
    )
    sheet = {
        question.id: check_value(question, draw(an_answer(question)))
        for question in questions
        if draw(st.booleans())
    }
    return a_test(*questions, scales=scales), sheet


@given(answered=an_answered_test())
def test_scores_stay_in_their_bounds(answered):
    test, sheet = answered
    whole, part = score_answers(test, sheet).scales
    assert part.min <= part.score <= part.max
    assert 0 <= part.percentage <= 100
    assert (whole.score, whole.min, whole.max) == (part.score, part.min, part.max)


@given(answered=an_answered_test(), order=st.randoms(use_true_random=False))
def test_nothing_depends_on_the_order_in_which_answers_came(answered, order):
    test, sheet = answered
    shuffled = list(sheet.items())
    order.shuffle(shuffled)
    assert score_answers(test, dict(shuffled)).scales == score_answers(test, sheet).scales
    assert score_answers(test, dict(shuffled)).variables == score_answers(test, sheet).variables


@given(answered=an_answered_test())
def test_a_question_that_was_skipped_counts_like_one_that_never_came(answered):
    test, sheet = answered
    skipped = {question.id: sheet.get(question.id, ()) for question in test.questions}
    assert score_answers(test, skipped).scales == score_answers(test, sheet).scales
    assert score_answers(test, skipped).variables == score_answers(test, sheet).variables


@given(answered=an_answered_test())
def test_every_value_that_was_chosen_is_counted_once(answered):
    test, sheet = answered
    chosen = Counter(value for answer in sheet.values() for value in answer)
    variables = score_answers(test, sheet).variables
    for family in ("VALUES", "REPEATS"):
        assert {
            v: counted["sum"] for v, counted in variables[family].items() if counted["sum"]
        } == chosen
        assert all(counted["percentage_value"] <= 100 for counted in variables[family].values())
        assert set(variables[family]) >= set(test.offers)


@given(answered=an_answered_test())
def test_the_groups_add_up_to_the_questions_that_have_one(answered):
    test, sheet = answered
    variables = score_answers(test, sheet).variables
    grouped = {question.id for members in test.questions_by_group.values() for question in members}
    without = {key: value for key, value in sheet.items() if key in grouped}
    total = sum(group["SUM"] for group in variables["GROUPS"].values())
    assert total == score_answers(test, without).variables["SUM"]
    assert variables["SUM"] == sum(
        score_answers(test, {key: value}).variables["SUM"] for key, value in sheet.items()
    )


@given(answered=an_answered_test(), values=st.lists(st.text(max_size=8), max_size=4))
def test_whatever_is_accepted_can_be_scored(answered, values):
    test, _ = answered
    for asked in test.questions:
        with contextlib.suppress(AnswerInvalidError):
            sheet = {asked.id: check_value(asked, values)}
            assert isinstance(score_answers(test, sheet).variables["SUM"], int)
            assert all(0 <= score.percentage <= 100 for score in score_answers(test, sheet).scales)

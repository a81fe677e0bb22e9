"""The bundled tests are as docs/catalogue.md describes them."""

from collections import Counter

import pytest

from widget_gateway.domain.catalogue.questions import QuestionType
from widget_gateway.domain.catalogue.scoring import score_answers


@pytest.fixture(scope="module")
def tests(bundled):
    return {definition.test.slug: definition.test for _, definition in bundled}


def test_there_are_three(tests):
    assert set(tests) == {"career-interests", "career-interests-trial", "work-values"}


@pytest.mark.parametrize(
    ("slug", "length", "scales", "each", "paid", "free", "minutes"),
    [
        ("career-interests", 120, 6, 20, True, 70, 20),
        ("career-interests-trial", 84, 6, 14, True, 70, 14),
        ("work-values", 24, 6, 4, False, 24, 6),
    ],
)
def test_lengths_scales_and_access(tests, slug, length, scales, each, paid, free, minutes):
    test = tests[slug]
    assert (len(test.questions), test.paid, test.free_length) == (length, paid, free)
    assert test.duration == minutes
    assert [len(scale.plus + scale.minus) for scale in test.scales] == [each] * scales


@pytest.mark.parametrize("slug", ["career-interests", "career-interests-trial"])
def test_every_question_of_an_interest_test_counts_on_one_scale(tests, slug):
    test = tests[slug]
    keyed = Counter(question for scale in test.scales for question in (*scale.plus, *scale.minus))
    assert keyed == Counter(question.id for question in test.questions)


def test_each_value_stands_on_both_sides_alike(tests):
    assert {(len(scale.plus), len(scale.minus)) for scale in tests["work-values"].scales} == {
        (2, 2)
    }


@pytest.mark.parametrize("slug", ["career-interests", "career-interests-trial", "work-values"])
def test_always_the_same_side_or_step_favours_no_scale(tests, slug):
    test = tests[slug]
    for step in range(5):
        answers = {question.id: (question.values[step],) for question in test.questions}
        assert len({score.percentage for score in score_answers(test, answers).scales}) == 1


@pytest.mark.parametrize("slug", ["career-interests", "career-interests-trial", "work-values"])
def test_ids_are_the_numbers_of_the_questions(tests, slug):
    questions = tests[slug].questions
    assert [question.id for question in questions] == [str(n) for n in range(1, len(questions) + 1)]


@pytest.mark.parametrize("slug", ["career-interests", "career-interests-trial", "work-values"])
def test_every_text_is_in_both_languages_and_no_question_comes_twice(tests, slug):
    for locale in ("ru", "en"):
        wordings = [
            (question.text[locale], *(o.text[locale] for o in question.options if o.text))
            for question in tests[slug].questions
        ]
        assert len(set(wordings)) == len(wordings)


def test_no_activity_of_one_interest_test_returns_in_the_other(tests):
    for locale in ("ru", "en"):
        first, second = (
            {question.text[locale].casefold() for question in tests[slug].questions}
            for slug in ("career-interests", "career-interests-trial")
        )
        assert not first & second


@pytest.mark.parametrize("slug", ["career-interests", "career-interests-trial", "work-values"])
def test_levels_are_thirds_that_cover_the_whole_range(tests, slug):
    for scale in tests[slug].scales:
        assert [level.up_to for level in scale.levels] == [33, 66, 100]
        assert all(level.text and level.color for level in scale.levels)


def test_values_are_asked_in_five_steps_and_interests_by_five_options(tests):
    types = {slug: {question.type for question in test.questions} for slug, test in tests.items()}
    assert types["work-values"] == {QuestionType.GRADIENT}
    assert types["career-interests"] == types["career-interests-trial"] == {QuestionType.OPTION}

"""Sub-scales and norms: a facet counts in its scale, and a score is compared with people's."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.test_scoring import TEXT, a_test, question
from widget_gateway.domain.catalogue.scales import Norm, Scale
from widget_gateway.domain.catalogue.scoring import score_answers

pytestmark = pytest.mark.fast

LIKERT = tuple(question(n, "1", "2", "3", "4", "5") for n in (1, 2, 3, 4))


def scored(answers, *scales):
    return score_answers(a_test(*LIKERT, scales=scales), answers).scales


def answered(*values):
    return {str(n): (value,) for n, value in enumerate(values, start=1)}


def test_a_scale_without_questions_counts_those_of_its_sub_scales():
    whole, first, second, other = scored(
        answered("5", "2", "4", "3"),
        Scale(id="whole", title=TEXT),
        Scale(id="first", title=TEXT, part_of="whole", plus=("1",), minus=("2",)),
        Scale(id="second", title=TEXT, part_of="whole", plus=("3",), weights={"3": 0.25}),
        Scale(id="other", title=TEXT, plus=("4",)),
    )
    assert (first.score, second.score, other.score) == (5 + 4, 1, 3)
    assert (whole.min, whole.score, whole.max) == (2.25, 10, 11.25)


def test_a_scale_with_questions_of_its_own_counts_only_these():
    whole, _ = scored(
        answered("5", "2", "4", "3"),
        Scale(id="whole", title=TEXT, plus=("4",)),
        Scale(id="part", title=TEXT, part_of="whole", plus=("1",)),
    )
    assert whole.score == 3


def test_weights_add_up_without_the_faults_of_binary_fractions():
    weights = {"1": 0.1, "2": 0.1, "3": 0.1, "4": 0.7}
    (score,) = scored(
        answered("1", "1", "1", "1"),
        Scale(id="s", title=TEXT, plus=("1", "2", "3", "4"), weights=weights),
    )
    assert (score.min, score.score, score.max) == (1, 1, 5)


def norm_scores(score, mean, deviation):
    """Return the norm scores of a score from 4 to 20."""
    values = [1, 1, 1, 1]
    for index in range(score - 4):
        values[index % 4] += 1
    scale = Scale(
        id="s",
        title=TEXT,
        plus=("1", "2", "3", "4"),
        norms=(Norm(mean=mean, deviation=deviation),),
    )
    (result,) = scored(answered(*map(str, values)), scale)
    assert result.score == score
    return result.norms[0].t_score, result.norms[0].percentile


@pytest.mark.parametrize(
    ("score", "mean", "deviation", "t_score", "percentile"),
    [
        (12, 12, 3, 50, 50),
        (15, 12, 3, 60, 84),
        (9, 12, 3, 40, 16),
        (18, 12, 3, 70, 98),
        (13, 12, 4, 53, 60),  # The T score is 52.5 before it is rounded.
        (11, 12, 4, 48, 40),  # The T score is 47.5 before it is rounded.
        (20, 10, 1, 150, 99),
        (4, 15, 1, -60, 1),
    ],
)
def test_a_t_score_is_50_at_the_mean_and_10_each_deviation(
    score, mean, deviation, t_score, percentile
):
    assert norm_scores(score, mean, deviation) == (t_score, percentile)


def test_each_group_of_people_has_a_norm_of_its_own():
    norms = (Norm(mean=4, deviation=1), Norm(group="adults", title=TEXT, mean=5, deviation=1))
    scale = Scale(id="s", title=TEXT, plus=("1",), norms=norms)
    (score,) = scored(answered("5"), scale)
    assert [(norm.norm.group, norm.t_score) for norm in score.norms] == [(None, 60), ("adults", 50)]


@given(
    scores=st.lists(st.integers(4, 20), min_size=2, max_size=2),
    mean=st.floats(-1e6, 1e6),
    deviation=st.floats(1e-6, 1e6),
)
def test_whoever_scores_more_stands_no_lower(scores, mean, deviation):
    low, high = (norm_scores(score, mean, deviation) for score in sorted(scores))
    assert low[0] <= high[0]
    assert 1 <= low[1] <= high[1] <= 99


@given(
    values=st.lists(st.integers(1, 5), min_size=4, max_size=4),
    weights=st.lists(st.decimals(0, 1000, places=3), min_size=4, max_size=4),
    order=st.permutations("1234"),
)
def test_a_weighted_score_is_exact_in_whatever_order(values, weights, order):
    given_weights = {str(n): float(weight) for n, weight in enumerate(weights, start=1)}
    scale = Scale(id="s", title=TEXT, plus=tuple(order), weights=given_weights)
    (score,) = scored(answered(*map(str, values)), scale)
    exact = sum(value * Fraction(weight) for value, weight in zip(values, weights, strict=True))
    assert score.score == float(exact)
    assert score.min <= score.score <= score.max

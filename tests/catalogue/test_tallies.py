"""Statistics of a test's results, compared with numpy and with published tables."""

import numpy as np
import pytest

from tests.catalogue.test_scoring import TEXT, a_test, question, text_question
from widget_gateway.domain.catalogue.comparison import Comparison
from widget_gateway.domain.catalogue.estimates import (
    chi_square_quantile,
    estimate_alpha,
    estimate_correlation,
    estimate_deviation,
    estimate_mean,
    f_quantile,
)
from widget_gateway.domain.catalogue.norms import ScoreTally, differing_scales, distribution_of
from widget_gateway.domain.catalogue.questions import Option, Question, QuestionType
from widget_gateway.domain.catalogue.scales import Level, Norm, NormPercentile, Scale
from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.domain.catalogue.tallies import TestTally

pytestmark = pytest.mark.fast

LIKERT = tuple(question(n, "1", "2", "3", "4", "5") for n in range(1, 7))
SCALES = (
    Scale(
        id="all",
        title=TEXT,
        plus=("1", "2", "3"),
        minus=("4", "5", "6"),
        weights={"2": 0.5, "5": 1.25},
        levels=(Level(up_to=50, name=TEXT), Level(up_to=100, name=TEXT)),
    ),
)
TEST = a_test(*LIKERT, scales=SCALES)


@pytest.fixture
def answers(chance):
    """The values of 500 people, who have a trait, to six questions; the last three are reversed."""
    rows = []
    for _ in range(500):
        trait = chance.gauss(3, 0.8)
        values = [min(max(round(chance.gauss(trait, 1)), 1), 5) for _ in range(6)]
        rows.append(values[:3] + [6 - value for value in values[3:]])
    return np.array(rows)


def sheets_of(rows):
    return [{str(n): [str(value)] for n, value in enumerate(row, start=1)} for row in rows]


def keyed(rows):
    """What each answer adds to the scale, computed without the gateway."""
    columns = np.asarray(rows, dtype=float).copy()
    columns[:, 3:] = 6 - columns[:, 3:]
    return columns * np.array([1, 0.5, 1, 1, 1.25, 1])


def tallied(test, sheets):
    tally = TestTally(test)
    tally.add(sheets)
    return tally


def test_a_scale_is_described_as_numpy_describes_it(answers):
    items = keyed(answers)
    totals = items.sum(axis=1)
    (scale,) = [scale.statistics() for scale in tallied(TEST, sheets_of(answers)).scales]
    assert scale.n == 500
    assert scale.mean.value == pytest.approx(totals.mean())
    assert scale.deviation.value == pytest.approx(totals.std(ddof=1))
    alpha = 6 / 5 * (1 - items.var(axis=0, ddof=1).sum() / totals.var(ddof=1))
    assert scale.alpha.value == pytest.approx(alpha)
    for index, item in enumerate(scale.items):
        expected = np.corrcoef(items[:, index], totals - items[:, index])[0, 1]
        assert item.correlation.value == pytest.approx(expected)


def test_the_intervals_of_alpha_and_of_correlations_cover_the_truth_in_19_of_20_samples():
    # A fixed seed, since one of twenty intervals may miss.
    random = np.random.default_rng(7)
    covered = {"alpha": 0, "correlation": 0}
    for _ in range(400):
        trait = random.normal(size=(60, 1))
        items = trait + random.normal(size=(60, 4))  # Each two items correlate by 0.5.
        totals = items.sum(axis=1)
        variances = items.var(axis=0, ddof=1)
        alpha = estimate_alpha(variances.sum(), totals.var(ddof=1), 4, 60)
        covered["alpha"] += alpha.low <= 0.8 <= alpha.high
        covariance = np.cov(items[:, 0], items[:, 1])[0, 1]
        r = estimate_correlation(covariance, variances[0], variances[1], 60)
        covered["correlation"] += r.low <= 0.5 <= r.high
    assert all(0.92 < count / 400 < 0.98 for count in covered.values()), covered


@pytest.mark.parametrize(
    ("p", "first", "second", "value"),
    [  # Printed tables of the F distribution; with 1 and n, the squares of Student's t.
        (0.95, 1, 29, 2.04523**2),
        (0.975, 10, 20, 2.7737),
        (0.95, 5, 10, 3.3258),
        (0.025, 20, 10, 1 / 2.7737),
        (0.975, 30, 60, 1.8152),
        (0.5, 29, 29, 1.0),
    ],
)
def test_quantiles_of_f_are_those_of_the_tables(p, first, second, value):
    assert f_quantile(p, first, second) == pytest.approx(value, rel=1e-4)


def test_the_approximation_for_many_people_joins_the_exact_quantile():
    assert f_quantile(0.975, 20_001, 90_000) == pytest.approx(
        f_quantile(0.975, 19_999, 90_000), rel=1e-4
    )


@pytest.mark.parametrize(("p", "value"), [(0.975, 45.722), (0.025, 16.047)])
def test_quantiles_of_chi_square_are_those_of_the_tables(p, value):
    assert chi_square_quantile(p, 29) == pytest.approx(value, rel=1e-3)


def test_intervals_of_mean_and_deviation_are_those_of_the_textbook():
    mean = estimate_mean(100, 15, 30)
    assert (mean.low, mean.high) == pytest.approx((94.399, 105.601), abs=1e-3)
    deviation = estimate_deviation(15, 30)
    assert (deviation.low, deviation.high) == pytest.approx((11.946, 20.165), abs=0.01)


def test_what_is_not_defined_is_none():
    assert estimate_alpha(1.0, 2.0, 1, 50) is None
    assert estimate_alpha(0.0, 0.0, 4, 50) is None
    assert estimate_correlation(0.0, 0.0, 1.0, 50) is None
    same = [{str(n): ["3"] for n in range(1, 7)}] * 40
    (scale,) = [scale.statistics() for scale in tallied(TEST, same).scales]
    assert scale.alpha is None
    assert [item.correlation for item in scale.items] == [None] * 6


def test_tallies_add_up_to_that_of_all_sheets(answers):
    sheets = sheets_of(answers)
    parts = tallied(TEST, sheets[:123])
    parts.merge(tallied(TEST, sheets[123:]))
    whole = tallied(TEST, sheets)
    assert parts.scales[0].statistics() == whole.scales[0].statistics()
    assert parts.question_tallies() == whole.question_tallies()


def test_a_scale_scores_as_reports_do(answers, chance):
    sheets = sheets_of(answers[:40])
    for sheet in sheets:
        sheet[chance.choice("123456")] = []  # A question that was skipped.
    scores = [
        score_answers(TEST, {q: tuple(v) for q, v in sheet.items()}).scales[0].score
        for sheet in sheets
    ]
    tally = tallied(TEST, sheets).scales[0]
    assert tally.mean == pytest.approx(np.mean(scores))
    assert tally.deviation == pytest.approx(np.std(scores, ddof=1))


def test_each_option_is_counted_and_what_was_written_is_not():
    test = a_test(
        question(1, "a", "b", "c"),
        question(2, "a", "b", "c", kind=QuestionType.CHECKBOX),
        question(3, "a", "b", kind=QuestionType.RATING),
        text_question(4, "Paris"),
        text_question(5, None),
    )
    sheets = [
        {"1": ["a"], "2": ["a", "c"], "3": ["b", "a"], "4": ["Paris"], "5": ["secret"]},
        {"1": ["c"], "2": ["c"], "3": ["b", "a"], "4": ["London"], "5": []},
        {"1": [], "2": [], "3": [], "4": [], "5": []},
    ]
    tallies = tallied(test, sheets).question_tallies()
    assert [dict(tally.chosen) for tally in tallies] == [
        {"a": 1, "c": 1},
        {"a": 1, "c": 2},
        {"b": 2},
        {"right": 1, "wrong": 1},
        {},
    ]
    assert [(tally.answered, tally.skipped) for tally in tallies] == [(2, 1)] * 4 + [(1, 2)]


def test_options_with_one_value_are_counted_by_their_ids():
    options = tuple(
        Option(id=name, value=value, text=TEXT)
        for name, value in (("a", "0"), ("b", "0"), ("c", "1"))
    )
    item = Question(id="1", type=QuestionType.OPTION, text=TEXT, options=options)
    test = a_test(item, scales=(Scale(id="s", title=TEXT, plus=("1",)),))
    tally = tallied(test, [{"1": ["a"]}, {"1": ["b"]}, {"1": ["b"]}, {"1": ["c"]}])
    assert dict(tally.question_tallies()[0].chosen) == {"a": 1, "b": 2, "c": 1}
    assert tally.scales[0].mean == 0.25


def test_norms_are_those_of_numpy_and_percentiles_count_half_of_the_equal(answers):
    tally = ScoreTally(TEST)
    tally.add(sheets_of(answers))
    unit = TEST.scale_keys[0].unit
    norm = distribution_of(tally.scores[0], unit)
    totals = keyed(answers).sum(axis=1)
    assert (norm.n, norm.mean) == (500, pytest.approx(totals.mean()))
    assert norm.deviation == pytest.approx(totals.std(ddof=1))
    as_norm = Norm(mean=norm.mean, deviation=norm.deviation, percentiles=norm.percentiles)
    for score in np.unique(totals):
        rank = 100 * (np.mean(totals < score) + np.mean(totals == score) / 2)
        assert abs(as_norm.percentile_by_table(score) - min(max(rank, 1), 99)) <= 0.5 + 1e-9
    assert as_norm.percentile_by_table(totals.min() - 1) == 1


def test_scores_that_are_all_the_same_make_no_norm():
    assert distribution_of({7: 50}, 1) is None


def test_a_table_of_percentiles_goes_before_the_normal_distribution():
    table = (NormPercentile(at=2, percentile=10), NormPercentile(at=4, percentile=90))
    scale = Scale(
        id="s", title=TEXT, plus=("1",), norms=(Norm(mean=3, deviation=1, percentiles=table),)
    )
    found = [
        score_answers(a_test(LIKERT[0], scales=(scale,)), {"1": (value,)}).scales[0].norms[0]
        for value in "12345"
    ]
    assert [norm.percentile for norm in found] == [1, 10, 10, 90, 90]
    assert [norm.t_score for norm in found] == [30, 40, 50, 60, 70]


def test_scales_that_count_differently_are_told():
    other = Scale(id="all", title=TEXT, plus=("1", "2"))
    assert differing_scales(TEST, a_test(*LIKERT, scales=(other,))) == ["all"]
    assert differing_scales(TEST, a_test(*LIKERT, scales=SCALES)) == []


def test_a_comparison_shows_who_changes_level_and_what_loses_reliability(answers):
    shorter = Scale(
        id="all",
        title=TEXT,
        plus=("1", "2"),
        levels=(Level(up_to=30, name=TEXT), Level(up_to=100, name=TEXT)),
    )
    comparison = Comparison(TEST, a_test(*LIKERT, scales=(shorter,)))
    sheets = sheets_of(answers)
    comparison.add(sheets[:100])
    comparison.add(sheets[100:])
    (scale,) = comparison.scales()
    totals, short = keyed(answers).sum(axis=1), answers[:, :2].sum(axis=1)
    # The old scale goes from 5.75 to 28.75, the new one from 2 to 10.
    was_high = np.floor(100 * (totals - 5.75) / 23 + 0.5) > 50
    is_high = np.floor(100 * (short - 2) / 8 + 0.5) > 30
    expected = {
        (int(a), int(b)): int(np.sum((was_high == a) & (is_high == b)))
        for a in (False, True)
        for b in (False, True)
    }
    assert scale.levels == {pair: count for pair, count in expected.items() if count}
    assert scale.moved == expected[0, 1] + expected[1, 0] > 0
    two = answers[:, :2]
    alpha = 2 * (1 - two.var(axis=0, ddof=1).sum() / short.var(ddof=1))
    assert scale.new_alpha.value == pytest.approx(alpha)
    assert scale.new_alpha.value < scale.old_alpha.value


def test_what_the_new_definition_can_not_score_is_counted_and_told():
    new = a_test(
        question(1, "1", "2"),
        question(9, "1", "2"),
        scales=(
            Scale(id="all", title=TEXT, plus=("1", "9")),
            Scale(id="other", title=TEXT, plus=("1",)),
        ),
    )
    comparison = Comparison(TEST, new)
    comparison.add([{"1": ["1"]}, {"1": ["5"]}, {"1": ["5"]}])
    assert (comparison.results, comparison.scored) == (3, 1)
    assert dict(comparison.unscorable) == {"question 1 no longer takes the answer": 2}
    assert comparison.vanished == ["2", "3", "4", "5", "6"]
    assert comparison.appeared == ["9"]
    assert [(change.question, change.fields) for change in comparison.changed] == [
        ("1", ("options",))
    ]
    assert [scale.why_not for scale in comparison.scales()] == [
        "it counts new questions: 9",
        "the scale is new",
    ]

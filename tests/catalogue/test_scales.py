"""Keyed scales: plus and minus questions, weights and levels."""

import pytest

from tests.catalogue.test_scoring import TEXT, a_test, question
from widget_gateway.domain.catalogue.scales import Level, Scale
from widget_gateway.domain.catalogue.scoring import score_answers

pytestmark = pytest.mark.fast

LEVELS = (Level(up_to=33, name={"en": "low"}), Level(up_to=100, name={"en": "high"}))


def test_a_scale_adds_plus_items_and_reverses_minus_items():
    likert = [question(n, "1", "2", "3", "4", "5") for n in (1, 2, 3)]
    scale = Scale(id="s", title=TEXT, plus=("1", "2"), minus=("3",), levels=LEVELS)
    (score,) = score_answers(
        a_test(*likert, scales=(scale,)), {"1": ("5",), "2": ("4",), "3": ("2",)}
    ).scales
    assert (score.min, score.score, score.max) == (3, 5 + 4 + 4, 15)
    assert score.percentage == 83
    assert score.level is LEVELS[1]


def test_weights_multiply_a_score_and_its_bounds():
    scale = Scale(id="s", title=TEXT, plus=("1", "2"), weights={"2": 2.5})
    (score,) = score_answers(
        a_test(question(1, "1", "5"), question(2, "1", "5"), scales=(scale,)),
        {"1": ("1",), "2": ("5",)},
    ).scales
    assert (score.min, score.score, score.max) == (3.5, 13.5, 17.5)


@pytest.mark.parametrize(("value", "level"), [("0", "low"), ("33", "low"), ("34", "high")])
def test_a_level_reaches_up_to_and_including_its_bound(value, level):
    scale = Scale(id="s", title=TEXT, plus=("1",), levels=LEVELS)
    test = a_test(question(1, "0", "33", "34", "100"), scales=(scale,))
    (score,) = score_answers(test, {"1": (value,)}).scales
    assert score.level is not None
    assert score.level.name == {"en": level}


def test_a_skipped_item_counts_as_its_lowest_score_either_way():
    for keyed in ({"plus": ("1",)}, {"minus": ("1",)}):
        test = a_test(question(1, "1", "5"), scales=(Scale(id="s", title=TEXT, **keyed),))
        (score,) = score_answers(test, {"1": ()}).scales
        assert (score.min, score.score, score.percentage) == (1, 1, 0)

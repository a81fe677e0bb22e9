"""The fit of profiles: the best of weighted means, in whatever order, and never lower for more."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_gateway.domain.catalogue.profiles import Profile, fitting

pytestmark = pytest.mark.fast

NAMES = "abcde"
WEIGHTS = st.integers(1, 1000) | st.decimals("0.1", 1000, places=1).map(float)
COMBINATIONS = st.lists(
    st.dictionaries(st.sampled_from(NAMES), WEIGHTS, min_size=1), min_size=1, max_size=5
)
PERCENTAGES = st.fixed_dictionaries(dict.fromkeys(NAMES, st.integers(0, 100)))


def profile(name, *combinations):
    return Profile(id=name, name={"en": name}, combinations=combinations)


def fit_of(combinations, percentages):
    (found,) = fitting([profile("p", *combinations)], percentages)
    return found.fit


def test_the_fit_is_the_weighted_mean_of_the_best_combination():
    art = profile("art", {"a": 3, "b": 1}, {"c": 1})
    (found,) = fitting([art], {"a": 80, "b": 40, "c": 60})
    assert (found.fit, found.combination) == (70, 0)
    (found,) = fitting([art], {"a": 80, "b": 40, "c": 71})
    assert (found.fit, found.combination) == (71, 1)


def test_the_best_profiles_come_first_and_equal_ones_stay_in_their_order():
    profiles = [
        profile("first", {"a": 1}),
        profile("best", {"b": 1}),
        profile("second", {"a": 0.1, "c": 0.2}),
    ]
    fits = fitting(profiles, {"a": 50, "b": 90, "c": 50})
    assert [(found.profile.id, found.fit) for found in fits] == [
        ("best", 90),
        ("first", 50),
        ("second", 50),
    ]


def test_a_profile_below_the_threshold_is_not_listed_and_at_it_is():
    profiles = [profile("at", {"a": 1}), profile("below", {"b": 2, "a": 1})]
    fits = fitting(profiles, {"a": 50, "b": 49}, threshold=50)
    assert [found.profile.id for found in fits] == ["at"]


def test_a_sub_scale_counts_in_place_of_its_scale():
    assert fit_of([{"a": 1, "b": 1}], {"a": 100, "b": 0, "c": 100}) == 50


@given(combinations=COMBINATIONS, percentages=PERCENTAGES)
def test_the_fit_is_the_exact_one_rounded_once(combinations, percentages):
    exact = max(
        sum(Fraction(str(weight)) * percentages[name] for name, weight in each.items())
        / sum(Fraction(str(weight)) for weight in each.values())
        for each in combinations
    )
    assert fit_of(combinations, percentages) == float(exact)
    assert 0 <= exact <= 100


@given(combinations=COMBINATIONS, percentages=PERCENTAGES, data=st.data())
def test_the_order_of_combinations_and_of_their_members_is_of_no_matter(
    combinations, percentages, data
):
    shuffled = [
        dict(data.draw(st.permutations(list(each.items()))))
        for each in data.draw(st.permutations(combinations))
    ]
    assert fit_of(shuffled, percentages) == fit_of(combinations, percentages)


@given(
    combinations=COMBINATIONS,
    percentages=PERCENTAGES,
    name=st.sampled_from(NAMES),
    more=st.integers(0, 100),
)
def test_a_higher_percentage_never_lowers_a_fit(combinations, percentages, name, more):
    raised = percentages | {name: min(100, percentages[name] + more)}
    assert fit_of(combinations, raised) >= fit_of(combinations, percentages)

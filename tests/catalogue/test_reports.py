"""Reports: the texts, bars and scenarios that follow from the answers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.test_definitions_report import WHOLE
from tests.catalogue.test_scoring import TEXT, a_test, question, text_question
from widget_gateway.domain.catalogue.profiles import Profile
from widget_gateway.domain.catalogue.report_shapes import distinct_labels
from widget_gateway.domain.catalogue.report_texts import (
    Bar,
    BarLevel,
    Condition,
    ReportTexts,
    Scenario,
    ShownProfiles,
)
from widget_gateway.domain.catalogue.reports import make_report
from widget_gateway.domain.catalogue.scales import Level, Norm, Scale, Section, SectionLevel
from widget_gateway.domain.catalogue.tests import Group, TestDefinition
from widget_gateway.domain.catalogue.unshown_texts import unshown_texts
from widget_gateway.services.catalogue.definitions import read_definition

pytestmark = pytest.mark.fast

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def report_on(test, answers, locale="en"):
    return make_report(test, answers, locale, NOW, sandbox=False)


def with_scenarios(*scenarios, **fields):
    questions = (question(1, "0", "1", "2", "3", "4"), question(2, "-9", "0", "9", group="g.1"))
    report = ReportTexts(scenarios=scenarios, **fields)
    return TestDefinition(slug="t", title=TEXT, questions=questions, report=report)


def when(*conditions, **fields):
    return Scenario(
        conditions=tuple(Condition(variable=v, operator=o, value=n) for v, o, n in conditions),
        **fields,
    )


@pytest.mark.parametrize(
    ("operator", "shown"),
    [(">", "34"), (">=", "234"), ("<", "01"), ("<=", "012"), ("=", "2")],
    ids=["greater", "greater or equal", "less", "less or equal", "equal"],
)
def test_a_scenario_is_shown_where_its_condition_holds(operator, shown):
    test = with_scenarios(when(("SUM", operator, 2)))
    held = [value for value in "01234" if report_on(test, {"1": (value,)}).scenarios]
    assert "".join(held) == shown


def test_all_conditions_of_a_scenario_have_to_hold_and_none_always_do():
    both = when(("SUM", ">", 0), ("GROUPS.g.1.SUM", ">=", 9), name={"en": "both"})
    test = with_scenarios(both, when(name={"en": "always"}))
    for answers, names in (
        ({"1": ("1",)}, ["always"]),
        ({"2": ("9",)}, ["both", "always"]),
        ({"1": ("4",), "2": ("-9",)}, ["always"]),
    ):
        assert [scenario.name for scenario in report_on(test, answers).scenarios] == names


def test_the_texts_come_in_the_language_and_with_the_values_they_name():
    test = read_definition(WHOLE.encode(), "t.yaml").test
    answers = {question.id: (question.values[-1],) for question in test.questions}
    report = report_on(test, answers, "ru")
    assert report.intro == "<b>Итог</b>: {{ SCALE }}"
    assert report.variables == {"SCALE": 100}
    english = report_on(test, answers)
    assert set(english.variables) >= {"SCALE"}


def test_a_text_that_nobody_wrote_counts_0():
    test = a_test(text_question(1, "Oslo"))
    report = ReportTexts(intro={"en": "{{ VALUES.Bergen.sum }} {{ VALUES.Oslo.sum }}"})
    test = TestDefinition(slug="t", title=TEXT, questions=test.questions, report=report)
    assert report_on(test, {"1": ("Oslo",)}).variables == {
        "VALUES.Bergen.sum": 0,
        "VALUES.Oslo.sum": 1,
    }


def test_sub_scales_stand_below_their_scale_with_their_norms():
    scales = (
        Scale(id="part", title={"en": "Part"}, part_of="whole", plus=("1",)),
        Scale(id="whole", title={"en": "Whole"}, norms=(Norm(mean=1, deviation=1),)),
    )
    (bar,) = report_on(a_test(question(1, "0", "4"), scales=scales), {"1": ("4",)}).bars
    assert (bar.label, bar.percentage, bar.score, bar.low, bar.high) == ("Whole", 100, 4, 0, 4)
    assert [part.label for part in bar.parts] == ["Part"]
    assert (bar.norms[0].title, bar.norms[0].t_score) == (None, 80)


def test_a_bar_of_a_scenario_says_what_the_author_chose():
    levels = (BarLevel(up_to=40, color="#aa0000"), BarLevel(up_to=100, color="#00aa00"))
    bar = Bar(percentage="SCALE", shown="SUM", maximum=13, label={"en": "Score"}, levels=levels)
    test = with_scenarios(when(bar=bar))
    (scenario,) = report_on(test, {"1": ("4",)}).scenarios
    assert (scenario.bar.label, scenario.bar.score, scenario.bar.high) == ("Score", 4, 13)
    assert (scenario.bar.percentage, scenario.bar.color) == (31, "#aa0000")
    (scenario,) = report_on(test, {"1": ("4",), "2": ("9",)}).scenarios
    assert (scenario.bar.percentage, scenario.bar.color) == (100, "#00aa00")


def test_a_bar_has_no_length_below_nothing():
    test = with_scenarios(when(bar=Bar(percentage="SCALE")))
    (scenario,) = report_on(test, {"2": ("-9",)}).scenarios
    assert scenario.bar.percentage == 0


def test_a_test_without_scales_shows_the_groups_that_have_a_title_or_its_whole_sum():
    grouped = replace(
        a_test(question(1, "0", "4", group="x"), question(2, "0", "1", "2", group="y")),
        groups={"y": Group(title={"en": "Memory"})},
    )
    bars = report_on(grouped, {"1": ("4",), "2": ("1",)}).bars
    assert [(bar.label, bar.percentage, bar.score, bar.high) for bar in bars] == [
        ("Memory", 50, 1, 2)
    ]
    untitled = replace(grouped, groups={})
    for test in (untitled, a_test(question(1, "0", "4"), question(2, "0", "2"))):
        (bar,) = report_on(test, {"1": ("4",), "2": ("0",)}).bars
        assert bar.is_whole
        assert (bar.label, bar.percentage, bar.score, bar.high) == (None, 67, 4, 6)


def scaled(*scores, **fields):
    """Return a test of scales that score as told, from 0 to 4 points, and the answers."""
    questions = [question(number, "0", "1", "2", "3", "4") for number in range(len(scores))]
    scales = [
        Scale(id=f"s{number}", title={"en": f"Scale {number}"}, plus=(str(number),), **fields)
        for number in range(len(scores))
    ]
    answers = {str(number): (str(score),) for number, score in enumerate(scores)}
    return a_test(*questions, scales=tuple(scales)), answers


def labels(bars):
    return [bar.label for bar in bars]


def test_a_report_begins_with_the_highest_scales_and_then_ranks_all():
    test, answers = scaled(1, 4, 2, 4, 3)
    report = report_on(test, answers)
    assert labels(report.headline) == ["Scale 1", "Scale 3", "Scale 4"]
    assert labels(report.bars) == ["Scale 1", "Scale 3", "Scale 4", "Scale 2", "Scale 0"]
    assert report.is_ranked
    assert labels(report.radar) == [f"Scale {number}" for number in range(5)]
    none = replace(test, report=ReportTexts(headline=0))
    assert report_on(none, answers).headline == ()


def test_scales_with_different_bounds_or_with_parts_are_not_ranked():
    test, answers = scaled(1, 4)
    wider = replace(test.scales[1], weights={"1": 2})
    part = Scale(id="part", title=TEXT, part_of="s0", plus=("0",))
    for scales in ((test.scales[0], wider), (*test.scales, part)):
        report = report_on(replace(test, scales=scales), answers)
        assert labels(report.bars) == ["Scale 0", "Scale 1"]
        assert labels(report.headline) == ["Scale 1", "Scale 0"]
        assert not report.is_ranked


LEVELS = tuple(Level(up_to=up_to, name=TEXT) for up_to in (25, 50, 100))


@pytest.mark.parametrize(
    ("judged", "colors"), [(False, [None] * 3), (True, ["danger", "warning", "success"])]
)
def test_only_a_judged_scale_gets_a_traffic_light(judged, colors):
    test, answers = scaled(1, 2, 3, levels=LEVELS, judged=judged)
    assert [bar.color for bar in report_on(test, answers).radar] == colors


def test_the_authors_colour_wins_over_the_traffic_light():
    levels = (*LEVELS[:2], replace(LEVELS[2], color="#123456"))
    test, answers = scaled(1, 4, levels=levels, judged=True)
    assert [bar.color for bar in report_on(test, answers).headline] == ["#123456", "danger"]


def test_the_highest_scales_show_their_sections_by_level():
    sections = (
        Section(
            label={"en": "Help"},
            text={"en": "Always"},
            levels=(SectionLevel(up_to=50, text={"en": "low"}),),
        ),
        Section(label={"en": "Low"}, levels=(SectionLevel(up_to=50, text={"en": "Only low"}),)),
    )
    test, answers = scaled(1, 4, 2, sections=sections)
    test = replace(test, report=ReportTexts(sections_for=2))
    high, low = report_on(test, answers).sections
    assert (high.bar.label, low.bar.label) == ("Scale 1", "Scale 2")
    assert [(passage.label, passage.html) for passage in high.passages] == [("Help", "Always")]
    assert [passage.html for passage in low.passages] == ["Always\nlow", "Only low"]


def test_bars_never_share_a_label():
    label = {"en": "Result"}
    bar = Bar(percentage="SCALE", label=label)
    test = with_scenarios(
        when(name={"en": "Memory"}, bar=bar),
        when(name={"en": "Logic"}, bar=bar),
        when(bar=bar),
        when(bar=bar),
        when(bar=Bar(percentage="GROUPS.g.1.SCALE")),
    )
    test = replace(test, groups={"g.1": Group(title={"en": "Speed"})})
    bars = [scenario.bar for scenario in report_on(test, {}).scenarios]
    assert [(bar.label, bar.number) for bar in bars] == [
        ("Memory", None),
        ("Logic", None),
        ("Result", 1),
        ("Result", 2),
        ("Speed", None),
    ]


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=3), max_size=8))
def test_labels_are_distinct_whatever_the_candidates(candidates):
    chosen = distinct_labels(candidates)
    assert len(set(chosen)) == len(candidates)
    for names, (label, _) in zip(candidates, chosen, strict=True):
        assert label in (names or [None])


def test_a_number_has_its_maximum_unless_it_is_beyond_it():
    shown = {
        "SUM": 13, "GROUPS.g.1.SUM": 9, "VALUES.4.sum": 1, "VALUES.4.percentage": 100
    }  # fmt: skip
    for variable, high in shown.items():
        test = with_scenarios(when(bar=Bar(percentage="SCALE", shown=variable)))
        (scenario,) = report_on(test, {"1": ("4",)}).scenarios
        assert scenario.bar.high == high
    test = with_scenarios(when(bar=Bar(percentage="SCALE", shown="SUM", maximum=2)))
    (scenario,) = report_on(test, {"1": ("4",)}).scenarios
    assert (scenario.bar.score, scenario.bar.high) == (4, None)


def test_texts_stand_where_they_are_placed_and_else_at_the_end():
    texts = {"a": {"en": "Advice {{ SUM }}"}, "b": {"en": "Other"}}
    test = with_scenarios(when(text={"en": "<p>{{ TEXTS.a }}</p>{{ TEXTS.no }}"}), texts=texts)
    report = report_on(test, {"1": ("4",)})
    assert report.scenarios[0].html == "<p>Advice {{ SUM }}</p>{{ TEXTS.no }}"
    assert report.texts == ("Other",)
    assert report.variables == {"SUM": 4}


def test_profiles_that_fit_are_named_with_the_scales_that_made_it():
    test, answers = scaled(1, 4, 2)
    test = replace(
        test,
        profiles=(
            Profile(id="a", name={"en": "A"}, combinations=({"s0": 1}, {"s0": 1, "s2": 1})),
            Profile(
                id="b", name={"en": "B"}, combinations=({"s1": 3, "s2": 1},), values=("pay", "x")
            ),
            Profile(id="c", name={"en": "C"}, combinations=({"s0": 1},)),
        ),
        report=ReportTexts(
            profiles=ShownProfiles(shown=1, threshold=30), texts={"pay": {"en": "Good pay"}}
        ),
    )
    report = report_on(test, answers)
    (profile,) = report.profiles
    assert (profile.name, profile.fit, report.profile_count) == ("B", 88, 2)
    assert [(bar.label, bar.percentage) for bar in profile.made_of] == [
        ("Scale 1", 100),
        ("Scale 2", 50),
    ]
    assert profile.values == ("Good pay",)
    assert report.texts == ()


def test_a_group_without_a_title_counts_in_a_profile_and_is_not_named():
    test = with_scenarios(when(text=TEXT))
    profile = Profile(id="a", name=TEXT, combinations=({"g.1": 1},))
    (shown,) = report_on(replace(test, profiles=(profile,)), {"2": ("9",)}).profiles
    assert (shown.fit, shown.made_of) == (100, ())


def test_a_norm_is_never_called_by_its_group():
    norms = (Norm(group="adults", mean=1, deviation=1), Norm(mean=1, deviation=1))
    test, answers = scaled(1, norms=norms)
    (bar,) = report_on(test, answers).bars
    assert [norm.title for norm in bar.norms] == [None]


def test_an_author_learns_which_texts_are_never_shown():
    assert list(unshown_texts(read_definition(WHOLE.encode(), "t.yaml").test)) == []
    test, _ = scaled(1, norms=(Norm(group="adults", mean=1, deviation=1),))
    questions = (replace(question(0, "0", "1", group="x"), right=TEXT),)
    test = replace(
        test,
        questions=questions,
        groups={"x": Group(title=TEXT)},
        report=ReportTexts(profiles=ShownProfiles(title=TEXT)),
    )
    told = " ".join(unshown_texts(test))
    for part in (
        "right and wrong answers' texts (questions: 1)",
        "groups.x",
        'norm "adults"',
        "report.profiles.title",
    ):
        assert part in told


@given(count=st.integers(0, 20))
def test_a_radar_shows_3_to_12_scales(count):
    scales = tuple(Scale(id=f"s{n}", title=TEXT, plus=("1",)) for n in range(count))
    report = report_on(a_test(question(1, "0", "4"), scales=scales), {"1": ("4",)})
    assert len(report.radar) == (count if 3 <= count <= 12 else 0)


def test_a_scale_without_a_title_is_counted_and_not_shown():
    level = Level(up_to=100, name=TEXT, text=TEXT)
    scales = (
        Scale(id="art", title=TEXT),
        Scale(id="art-viz", plus=("1",), part_of="art", levels=(level,)),
        Scale(id="craft", plus=("1",)),
    )
    profile = Profile(id="a", name=TEXT, combinations=({"craft": 1},))
    test = replace(a_test(question(1, "0", "4"), scales=scales), profiles=(profile,))
    report = report_on(test, {"1": ("4",)})
    (bar,) = report.bars
    assert (bar.percentage, bar.parts) == (100, ())
    assert [(shown.fit, shown.made_of) for shown in report.profiles] == [(100, ())]
    assert "the texts of the scale art-viz: it has no title" in list(unshown_texts(test))

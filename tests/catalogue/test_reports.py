"""Reports: the texts, bars and scenarios that follow from the answers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.test_definitions_report import WHOLE
from tests.catalogue.test_scoring import TEXT, a_test, question, text_question
from widget_gateway.domain.catalogue.report_texts import (
    Bar,
    BarLevel,
    Condition,
    ReportTexts,
    Scenario,
)
from widget_gateway.domain.catalogue.reports import make_report
from widget_gateway.domain.catalogue.scales import Norm, Scale
from widget_gateway.domain.catalogue.tests import TestDefinition
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
    held = [value for value in "01234" if report_on(test, {"1": (value,)}).sections]
    assert "".join(held) == shown


def test_all_conditions_of_a_scenario_have_to_hold_and_none_always_do():
    both = when(("SUM", ">", 0), ("GROUPS.g.1.SUM", ">=", 9), name={"en": "both"})
    test = with_scenarios(both, when(name={"en": "always"}))
    for answers, names in (
        ({"1": ("1",)}, ["always"]),
        ({"2": ("9",)}, ["both", "always"]),
        ({"1": ("4",), "2": ("-9",)}, ["always"]),
    ):
        assert [section.name for section in report_on(test, answers).sections] == names


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
    (section,) = report_on(test, {"1": ("4",)}).sections
    assert (section.bar.label, section.bar.score, section.bar.high) == ("Score", 4, 13)
    assert (section.bar.percentage, section.bar.color) == (31, "#aa0000")
    (section,) = report_on(test, {"1": ("4",), "2": ("9",)}).sections
    assert (section.bar.percentage, section.bar.color) == (100, "#00aa00")


def test_a_bar_has_no_length_below_nothing():
    test = with_scenarios(when(bar=Bar(percentage="SCALE")))
    (section,) = report_on(test, {"2": ("-9",)}).sections
    assert section.bar.percentage == 0


def test_a_test_without_scales_and_scenarios_shows_its_groups_or_its_whole_sum():
    grouped = a_test(question(1, "0", "4", group="x"), question(2, "0", "2", group="y"))
    bars = report_on(grouped, {"1": ("4",), "2": ("0",)}).bars
    assert [(bar.label, bar.percentage, bar.score) for bar in bars] == [("x", 100, 4), ("y", 0, 0)]
    (bar,) = report_on(a_test(question(1, "0", "4")), {"1": ("4",)}).bars
    assert (bar.label, bar.percentage, bar.score) == (None, 100, 4)


@given(count=st.integers(0, 20))
def test_a_radar_shows_3_to_12_scales(count):
    scales = tuple(Scale(id=f"s{n}", title=TEXT, plus=("1",)) for n in range(count))
    report = report_on(a_test(question(1, "0", "4"), scales=scales), {"1": ("4",)})
    assert len(report.radar) == (count if 3 <= count <= 12 else 0)

"""Sub-scales, norms and texts of the report in definitions: what is read and refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.test_definitions import VALID
from widget_gateway.domain.catalogue.report_texts import Condition, Operator
from widget_gateway.domain.catalogue.scales import Norm
from widget_gateway.domain.catalogue.variables import PLACEHOLDER, has_variable
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import read_definition

pytestmark = pytest.mark.fast

WHOLE = (
    VALID.replace("    type: option\n", "    type: option\n    group: g.1\n", 1)
    + """\
  - id: facet
    title: {ru: Часть, en: Part}
    part_of: s
    plus: ["1"]
    norms:
      - {mean: 1.5, deviation: 0.5}
      - {group: adults, title: {ru: Взрослые, en: Adults}, mean: 2, deviation: 1}
report:
  intro: {ru: "<b>Итог</b>: {{ SCALE }}", en: "<b>Result</b>: {{SCALE}}<script>x</script>"}
  outro: {ru: Всё, en: The end}
  texts:
    advice.first: {ru: Совет, en: Advice}
  scenarios:
    - conditions:
        - {variable: SCALE, operator: ">=", value: 50}
        - {variable: GROUPS.g.1.SUM, operator: "<", value: 2}
      name: {ru: Много, en: Much}
      text: {ru: Много, en: "Much: {{ VALUES.1.percentage_value }}"}
      bar:
        percentage: SCALE
        shown: SUM
        maximum: 4
        label: {ru: Балл, en: Score}
        levels: [{up_to: 50, color: "#aa0000"}, {up_to: 100, color: "#00aa00"}]
"""
)


def read(source):
    return read_definition(source.encode(), "t.yaml").test


def notes(source):
    return read_definition(source.encode(), "t.yaml").notes


def test_sub_scales_and_norms_are_read():
    facet = read(WHOLE).scales[1]
    assert facet.part_of == "s"
    assert facet.norms[0] == Norm(mean=1.5, deviation=0.5)
    assert (facet.norms[1].group, facet.norms[1].title["en"]) == ("adults", "Adults")


def test_the_texts_of_the_report_are_read_and_sanitised():
    report = read(WHOLE).report
    assert report.intro["en"] == "<b>Result</b>: {{SCALE}}"
    assert (report.outro["en"], report.texts["advice.first"]["ru"]) == ("The end", "Совет")
    (scenario,) = report.scenarios
    assert scenario.conditions[0] == Condition(
        variable="SCALE", operator=Operator.GREATER_OR_EQUAL, value=50
    )
    assert (scenario.bar.shown, scenario.bar.maximum, scenario.bar.levels[1].up_to) == (
        "SUM",
        4,
        100,
    )


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ("part_of: s", "part_of: x", "scales[1].part_of", '"x" is no scale'),
        ("part_of: s", "part_of: facet", "scales[1].part_of", '"facet" is no scale'),
        ("group: adults, ", "", "scales[1].norms", "each group of people has one norm"),
        ("deviation: 0.5", "deviation: 0", "scales[1].norms[0].deviation", "must be at least"),
        ("variable: SCALE", "variable: SCALES", "report.scenarios[0].conditions[0].variable",
         '"SCALES" is no variable'),
        ("GROUPS.g.1.SUM", "GROUPS.g.SUM", "report.scenarios[0].conditions[1].variable",
         "is no variable"),
        ('">="', '"=>"', "report.scenarios[0].conditions[0].operator", "must be one of: >, >="),
        ("value: 50", "value: half", "report.scenarios[0].conditions[0].value", "must be a number"),
        ("shown: SUM", "shown: TOTAL", "report.scenarios[0].bar.shown", "is no variable"),
        ("{{SCALE}}", "{{ __class__ }}", "report.intro.en", "is no variable"),
        ("VALUES.1.", "VALUES.9.", "report.scenarios[0].text.en", "is no variable"),
        ("en: Part}", 'en: "Part {{ NO }}"}', "scales[1].title.en", '"NO" is no variable'),
        ("up_to: 50", "up_to: 100", "report.scenarios[0].bar.levels", "rise from one to the next"),
        ("#aa0000", "red", "report.scenarios[0].bar.levels[0].color", "a colour such as"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_line_and_field(old, new, field, why):
    assert WHOLE.count(old) == 1
    with pytest.raises(DefinitionError) as refusal:
        read(WHOLE.replace(old, new))
    told = [problem for problem in refusal.value.problems if problem.split(": ", 2)[1] == field]
    assert any(why in problem for problem in told), refusal.value.problems


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("ru: Взрослые, ", "scales[1].norms[1].title"),
        ("ru: Совет, ", "report.texts.advice.first"),
        ("ru: Балл, ", "report.scenarios[0].bar.label"),
    ],
)
def test_a_text_without_a_language_is_told(words, field):
    assert WHOLE.count(words) == 1
    told = f"{field}: the text is missing in: ru; the one in en stands in"
    assert [note.endswith(told) for note in notes(WHOLE.replace(words, ""))].count(True) == 1


@pytest.mark.parametrize("text", ["{{", "{{ ", "{{ x", "x "], ids=["{{", "{{ ", "{{ x", "x"])
def test_braces_and_spaces_without_an_end_are_looked_through_in_no_time(text):
    for written in (text * (20_000 // len(text)), "{{" + text * 6_000):
        assert PLACEHOLDER.findall(written) == []


@pytest.mark.parametrize("written", ["{{SCALE}}", "{{ SCALE }}", "{{\n  SCALE\t}}"])
def test_a_variable_in_a_text_may_stand_between_spaces(written):
    assert PLACEHOLDER.findall(f"a {written} b {{{{}}}}") == ["SCALE", ""]


READ = read(WHOLE)


@given(st.text())
def test_no_name_whatever_breaks_the_look_up_of_a_variable(name):
    assert has_variable(READ, name) == (name in {"SUM", "SCALE", "NON_NEGATIVE_ANSWER_VALUES_SUM"})

"""Profiles, sections, groups and colours in definitions: what is read and what is refused."""

import pytest

from tests.catalogue.test_definitions_report import WHOLE
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import read_definition

pytestmark = pytest.mark.fast

RICH = (
    WHOLE.replace("report:\n", "report:\n  headline: 2\n  sections_for: 5\n", 1)
    + """\
  profiles: {title: {ru: Профессии, en: Occupations}, shown: 7, threshold: 40}
groups:
  g.1: {title: {ru: Память, en: Memory}, description: {ru: О памяти, en: On memory}}
profiles:
  - id: smith
    name: {ru: Кузнец, en: Smith}
    text: {ru: Куёт, en: "<b>Forges</b><script>x</script>"}
    image: https://example.org/smith.png
    link: https://example.org/smith
    values: [advice.first, metal]
    kinds:
      - name: {ru: Ювелир, en: Goldsmith}
        text: {ru: Золото, en: "Gold<img src=x onerror=x>"}
        image: {src: gold.png, alt: {ru: Кольцо, en: A ring}}
        link: http://example.org/gold
    combinations:
      - {s: 50, g.1: 2.5}
      - {facet: 1}
  - name: {ru: Повар, en: Cook}
    combinations: [{g.1: 1}]
"""
).replace(
    '    plus: ["1"]\n    norms:',
    """\
    plus: ["1"]
    judged: true
    sections:
      - label: {ru: Что это, en: What it is}
        text: {ru: Это, en: "<i>This</i><script>x</script>"}
      - label: {ru: Где помогает, en: Where it helps}
        levels:
          - {up_to: 50, text: {ru: Дома, en: At home}}
          - {up_to: 100, text: {ru: Везде, en: "Everywhere {{ SCALE }}<script>x</script>"}}
    norms:""",
    1,
)


def read(source):
    return read_definition(source.encode(), "t.yaml").test


def test_a_profile_is_read_with_its_kinds_and_its_html_is_sanitised():
    smith, cook = read(RICH).profiles
    assert (smith.id, smith.text["en"], smith.link) == (
        "smith",
        "<b>Forges</b>",
        "https://example.org/smith",
    )
    assert (smith.image.src, smith.kinds[0].image.alt["en"]) == (
        "https://example.org/smith.png",
        "A ring",
    )
    assert "onerror" not in smith.kinds[0].text["en"]
    assert smith.combinations == ({"s": 50, "g.1": 2.5}, {"facet": 1})
    assert cook.id == "2"


def test_the_report_says_how_many_scales_and_profiles_it_shows():
    report = read(RICH).report
    assert (report.headline, report.sections_for) == (2, 5)
    assert (report.profiles.shown, report.profiles.threshold) == (7, 40)
    unset = read(WHOLE).report
    assert (unset.headline, unset.sections_for, unset.profiles.shown) == (3, 3, 15)


def test_sections_and_groups_are_read():
    test = read(RICH)
    assert test.scales[1].judged
    first, second = test.scales[1].sections
    assert (first.label["en"], first.text["en"]) == ("What it is", "<i>This</i>")
    assert second.levels[1].text["en"] == "Everywhere {{ SCALE }}"
    assert test.groups["g.1"].title["en"] == "Memory"
    assert [question.id for question in test.questions_by_group["g.1"]] == ["1"]


def test_an_intro_may_place_a_text_of_the_report():
    source = RICH.replace("<b>Result</b>: {{SCALE}}", "{{ TEXTS.advice.first }}")
    assert read(source).report.intro["en"].startswith("{{ TEXTS.advice.first }}")


@pytest.mark.parametrize("color", ["primary", "success", "warning", "danger", "#A0b1c2"])
def test_a_level_may_have_a_colour_by_name(color):
    source = RICH.replace("#aa0000", color)
    assert read(source).report.scenarios[0].bar.levels[0].color == color


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ("facet: 1}", "nobody: 1}", "profiles[0].combinations[1]",
         '"nobody" is neither a scale nor a group of this test'),
        ("{facet: 1}", "{}", "profiles[0].combinations[1]", "must not be empty"),
        ("facet: 1}", "facet: 0}", "profiles[0].combinations[1].facet", "must be more than 0"),
        ("facet: 1}", "facet: -1}", "profiles[0].combinations[1].facet", "must be more than 0"),
        ("combinations: [{g.1: 1}]", "combinations: []", "profiles[1].combinations",
         "needs at least 1"),
        ("id: smith", 'id: "2"', "profiles[1].id", 'the id "2" is used twice'),
        ("link: https://example.org/smith", "link: javascript:alert(1)", "profiles[0].link",
         "begins with https:// or http://"),
        ("link: http://example.org/gold", 'link: "https://a b"', "profiles[0].kinds[0].link",
         "begins with https:// or http://"),
        ("g.1: {title", "g.2: {title", "groups.g.2", "no question of this test is in the group"),
        ("title: {ru: Память, en: Memory}, ", "", "groups.g.1", "title is required"),
        ('        text: {ru: Это, en: "<i>This</i><script>x</script>"}\n', "",
         "scales[1].sections[0]", "needs a text, or levels with texts"),
        ("{up_to: 50, text: {ru: Дома", "{up_to: 100, text: {ru: Дома",
         "scales[1].sections[1].levels", "rise from one to the next"),
        ("Everywhere {{ SCALE }}", "Everywhere {{ TEXTS.advice.first }}",
         "scales[1].sections[1].levels[1].text.en", "is no variable"),
        ("<b>Result</b>: {{SCALE}}", "{{ TEXTS.advice }}", "report.intro.en", "is no variable"),
        ("en: Advice}", 'en: "{{ TEXTS.advice.first }}"}', "report.texts.advice.first.en",
         "is no variable"),
        ("en: Memory}", 'en: "{{ NO }}"}', "groups.g.1.title.en", "is no variable"),
        ("threshold: 40", "threshold: 101", "report.profiles.threshold", "must be at most 100"),
        ("#aa0000", "red", "report.scenarios[0].bar.levels[0].color", "or primary, success"),
        ("judged: true", "judged: yes please", "scales[1].judged", "true or false"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_field(old, new, field, why):
    assert RICH.count(old) == 1
    with pytest.raises(DefinitionError) as refusal:
        read(RICH.replace(old, new))
    told = [problem for problem in refusal.value.problems if problem.split(": ", 2)[1] == field]
    assert any(why in problem for problem in told), refusal.value.problems

"""Reading definitions: faults with file, line and field, hostile files, and sanitised HTML."""

import json

import pytest

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import MAX_BYTES, read_definition

pytestmark = pytest.mark.fast

VALID = """\
slug: sample
title: {ru: Проба, en: Sample}
access: paid
pause_after: 1
questions:
  - id: "1"
    type: option
    text: {ru: Раз, en: One}
    options:
      - {value: "1", text: {ru: за, en: for}}
      - {value: "2", text: {ru: против, en: against}}
  - id: "2"
    type: option
    text: {ru: Два, en: Two}
    options:
      - {value: "1", text: {ru: за, en: for}}
      - {value: "2", text: {ru: против, en: against}}
scales:
  - id: s
    title: {ru: Шкала, en: Scale}
    plus: ["1"]
    minus: ["2"]
"""


def read(source, changes=None):
    return read_definition(
        source if isinstance(source, bytes) else source.encode(), "t.yaml", changes
    )


def problems(source):
    with pytest.raises(DefinitionError) as refusal:
        read(source)
    return refusal.value.problems


def test_a_definition_is_read():
    test = read(VALID).test
    assert (test.slug, test.version, test.locales) == ("sample", 1, ("ru", "en"))
    assert [question.id for question in test.questions] == ["1", "2"]
    assert (test.paid, test.free_length) == (True, 1)
    assert test.scales[0].minus == ("2",)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("slug: sample", "slug: sam ple", "t.yaml:1: slug: 1 to 100 Latin letters"),
        ("slug: sample", 'slug: "sample\\n"', "t.yaml:1: slug: 1 to 100 Latin letters"),
        ("slug: sample", "slug: 7", "t.yaml:1: slug: must be a text"),
        ("slug: sample\n", "", "t.yaml:1: the definition: slug is required"),
        ("access: paid", "access: dear", "t.yaml:3: access: must be one of: paid, free"),
        ("access: paid", "acess: paid", "t.yaml:1: the definition: unknown field acess; allowed:"),
        ("pause_after: 1", "pause_after: 0", "t.yaml:4: pause_after: must be at least 1"),
        ("pause_after: 1", "pause_after: one", "t.yaml:4: pause_after: must be a whole number"),
        ("pause_after: 1", "pause_after: 2", "t.yaml:4: pause_after: less than 2"),
        ('id: "2"', 'id: "1"', 't.yaml:12: questions[1].id: the id "1" is used twice'),
        ('id: "1"', "id: 1", 't.yaml:6: questions[0].id: must be a text: write "1", as 1 without'),
        ("type: option", "type: choice", "t.yaml:7: questions[0].type: must be one of: option"),
        ("text: {ru: Раз, en: One}", "text: One", "t.yaml:8: questions[0].text: must be a mapping"),
        ("en: One", "En: One", 't.yaml:8: questions[0].text: the language "En" is written "en"'),
        ("en: One", 'en: ""', "t.yaml:8: questions[0].text.en: must not be empty"),
        ('value: "2"', 'value: "1"', "two options have the same value"),
        ('plus: ["1"]', 'plus: ["9"]', 't.yaml:21: scales[0].plus: "9" is no question'),
        ('plus: ["1"]', 'plus: ["2"]', "t.yaml:19: scales[0]: a question is keyed twice"),
        ('plus: ["1"]', "plus: [1]", "t.yaml:21: scales[0].plus[0]: must be a text"),
        ('plus: ["1"]', "weights: {1: 2}", "t.yaml:21: the name of a field must be a text"),
        ('plus: ["1"]', 'weights: {"1": .nan}', "t.yaml:21: must be a number"),
        ('plus: ["1"]', 'weights: {"1": -1}', "must be at least 0"),
        (
            "slug: sample",
            "slug: sample\nslug: other",
            "t.yaml:2: slug: is given twice, the first time on line 1; keep one",
        ),
        ("en: One", 'en: "a\\0b"', "t.yaml:8: has a character that is not text"),
        ("en: One", 'en: "\\ud800"', "t.yaml:8: not YAML: found invalid Unicode character escape"),
    ],
)
def test_a_fault_is_told_with_file_line_and_field(old, new, problem):
    assert old in VALID
    told = problems(VALID.replace(old, new, 1))
    assert any(line.startswith(problem) or problem in line for line in told), told


def test_all_faults_are_told_together():
    faulty = VALID.replace("paid", "dear", 1).replace('id: "1"', "id: 1", 1)
    assert [problem.split(":")[1] for problem in problems(faulty)] == ["3", "6"]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "text",
        "[]",
        "slug: {",
        "a: b: c",
        VALID + "---\n" + VALID,
        b"\xff\xfe\x00",
        b"\x00",
        "a: " + "[" * 5000,
        "slug: 2024-99-99",
        "a: &a [*a]",
        "a: &a {<<: *a}",
        "? [1]\n: x",
    ],
)
def test_what_is_no_definition_at_all_is_refused_in_one_line(source):
    assert all(problem.startswith("t.yaml:") for problem in problems(source))


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system",
        "!!python/object/new:type [x]",
        "!own {a: 1}",
    ],
)
def test_hostile_tags_are_refused(tag):
    (problem,) = problems(f"{VALID}description: {tag}\n")
    assert problem.startswith("t.yaml:23: not YAML: could not determine a constructor")


def test_a_bomb_of_aliases_is_refused_before_it_unfolds():
    layers = ["a: &a [x, x, x, x, x, x, x, x, x]"] + [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    (problem,) = problems("\n".join(layers))
    assert problem.startswith("t.yaml:1: the file unfolds into more than")


def test_a_file_beyond_the_bound_is_refused_unread():
    (problem,) = problems(b"#" * (MAX_BYTES + 1))
    assert problem == "t.yaml:1: the file is larger than 2 MiB"


def test_an_alias_is_a_good_way_not_to_repeat_options():
    document = VALID.replace("    options:\n", "    options: &o\n", 1)
    last = document.rindex("    options:\n")
    shared = document[:last] + "    options: *o\n" + document[document.index("scales:") :]
    assert read(shared).test.questions[1].values == ("1", "2")


def test_json_is_read_too():
    document = json.dumps(read(VALID).document)
    assert read(document).digest == read(VALID).digest


def test_html_is_sanitised_when_it_is_read():
    html = (
        '<p onclick="x()">Read <b>this</b></p><script>alert(1)</script>'
        '<a href="javascript:alert(1)">a</a><img src=x onerror=alert(1)>'
    )
    source = VALID.replace(
        "    type: option\n",
        f"    type: option\n    html: {{ru: {json.dumps(html)}, en: {json.dumps(html)}}}\n",
        1,
    )
    clean = read(source).test.questions[0].html["en"]
    assert "<b>this</b>" in clean
    for evil in ("script", "onclick", "onerror", "javascript", "alert"):
        assert evil not in clean


def test_comments_and_layout_do_not_change_the_content():
    same = "# a comment\n" + VALID.replace("{ru: Проба, en: Sample}", "\n  en: Sample\n  ru: Проба")
    assert read(same).digest == read(VALID).digest
    assert read(VALID.replace("Sample", "Other")).digest != read(VALID).digest


@pytest.mark.parametrize(
    ("changes", "free_length"),
    [
        ({"access": "free"}, 2),
        ({"access": "paid", "pause_after": 1}, 1),
        ({"access": "paid"}, 1),
        (None, 1),
    ],
)
def test_paid_and_free_replace_what_the_file_says(changes, free_length):
    assert read(VALID, changes).test.free_length == free_length


def test_a_pause_beyond_the_test_is_refused_also_as_a_change():
    with pytest.raises(DefinitionError, match="pause_after: less than 2"):
        read(VALID, {"access": "paid", "pause_after": 5})


def test_a_pause_is_refused_where_nothing_is_to_be_paid():
    with pytest.raises(DefinitionError, match="pause_after: only a paid test has a pause"):
        read(VALID, {"access": "free", "pause_after": 1})

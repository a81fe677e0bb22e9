"""Mistakes of authors: each is told with what to write instead."""

import pytest

from tests.catalogue.test_definitions import VALID, problems, read
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.predecessor.reading import read_predecessor

pytestmark = pytest.mark.fast

TEXT = "text: {ru: Раз, en: One}"
BLOCK = "text:\n      ru: Раз\n      en: "


def faults(new, old=TEXT):
    assert old in VALID
    return problems(VALID.replace(old, new, 1))


def notes(new, old=TEXT):
    return read(VALID.replace(old, new, 1)).notes


@pytest.mark.parametrize(
    "text",
    ["? what", "Goal: find it", "%d", "@home", "*x*", "& more", "!no way", "| x", "> 18", "- x"],
)
def test_a_text_that_yaml_does_not_take_is_shown_in_quotes(text):
    (fault,) = faults(BLOCK + text)
    assert fault.startswith("t.yaml:10: not YAML: ")
    assert fault.endswith(f'; put the text in quotes: en: "{text}"')


@pytest.mark.parametrize(
    ("text", "as_what"),
    [
        *(("No", "false"), ("Yes", "true"), ("on", "true"), ("off", "false"), ("true", "true")),
        *(("7", "a number"), ("1.5", "a number"), ("2024-01-01", "a date")),
    ],
)
def test_a_word_that_yaml_takes_for_something_else_is_shown_in_quotes(text, as_what):
    (fault,) = faults(BLOCK + text)
    told = f'must be a text: write "{text}", as {text} without quotes is {as_what}'
    assert fault == f"t.yaml:10: questions[0].text.en: {told}"


def test_a_question_mark_at_the_end_is_a_text_in_braces_too():
    read_ = read(VALID.replace(TEXT, "text: {ru: Почему?, en: Why?}", 1))
    assert read_.test.questions[0].text == {"ru": "Почему?", "en": "Why?"}


def test_a_comment_after_a_text_is_told():
    (note,) = notes(BLOCK + "Why? # really")
    assert note.startswith("t.yaml:10: questions[0].text.en: what follows # is a comment; put")
    assert notes(BLOCK + '"Why? # really"') == ()
    assert notes("type: option # one of them", "type: option") == ()


def test_a_text_that_begins_with_a_number_sign_is_no_text():
    (fault,) = faults(BLOCK + "#1 in the world")
    assert "there is none" in fault
    assert fault.endswith("what follows # is a comment, so put a text with # in quotes")


def test_a_text_without_languages_is_told_how_to_name_them():
    (fault,) = faults("text: Why? # really")
    assert "one for each language: {ru: …, en: …}" in fault
    assert "put a text with # in quotes" in fault


@pytest.mark.parametrize(
    ("new", "line", "told"),
    [
        ("text:\n\tru: x", 9, "indent with spaces; YAML takes no tabs"),
        ("text: {ru: a, en: a: b}", 8, "close { with }, put commas between fields"),
        ("text: {ru: a, en: b", 9, "close { with }"),
        ("text:\n      ru: a\n     en: b", 10, "indent a field like those beside it"),
        (
            "text:\n      ru: a\n      en: 'it's'",
            10,
            "nothing may follow the closing quotation mark",
        ),
        ('text:\n      ru: a\n      en: "a\\d"', 10, "a backslash in"),
        (
            "text:\n      ru: a\n      ru: b\n      en: c",
            10,
            "ru: is given twice, the first time on line 9",
        ),
        (
            "text: {ru: a, en: b, no: c}",
            8,
            'the name of a field must be a text: put "no" in quotes',
        ),
        ("text: {ru: Раз, en: Oh, of course}", 8, "put a text with a comma in quotes"),
    ],
)
def test_other_slips_are_told_with_their_lines(new, line, told):
    assert any(fault.startswith(f"t.yaml:{line}: ") and told in fault for fault in faults(new))


def test_a_quotation_mark_that_is_not_closed_is_told_where_it_opens():
    (fault,) = problems('slug: sample\ntitle: "Sample\nquestions: []\n')
    assert fault.startswith("t.yaml:2: not YAML: ")
    assert fault.endswith("a quotation mark is not closed")


def test_levels_that_end_too_early_are_refused():
    levels = "levels: [{up_to: 50, name: {ru: а, en: a}}, {up_to: 90, name: {ru: б, en: b}}]"
    (fault,) = faults(f'plus: ["1"]\n    {levels}', 'plus: ["1"]')
    assert fault == (
        "t.yaml:22: scales[0].levels[1].up_to: the last level ends at 100; above 90 a result would "
        "have none"
    )


@pytest.mark.parametrize(
    ("html", "lost"),
    [
        ("<p>a</p><script>b()</script>", "<script>"),
        ("<form>a</form>", "<form>"),
        ("<p onclick=b()>a</p>", "the attribute onclick of <p>"),
        ("<a href=javascript:b()>a</a>", "an address of <a> that begins with javascript:"),
    ],
)
def test_markup_that_is_dropped_is_told(html, lost):
    (note,) = notes(f'{TEXT}\n    html: {{ru: "<b>а</b>", en: "{html}"}}')
    assert note.startswith(f"t.yaml:9: questions[0].html.en: {lost} was dropped: ")


def test_markup_in_a_report_is_told_too():
    report = 'report:\n  texts:\n    advice: {ru: "<style>а</style>б", en: b}\n'
    (note,) = read(f"{VALID}{report}").notes
    assert note.startswith("t.yaml:25: report.texts.advice.ru: <style> was dropped")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('<quiz a="<"/>', "write &lt; for < in the value of an attribute"),
        ("<quiz>a & b</quiz>", "write &amp; for an ampersand"),
        ("<quiz>a&nbsp;b</quiz>", "write &#160;"),
        ("<quiz><b>a</quiz>", "close each element where it was opened"),
        ("<quiz>1 < 2</quiz>", "write &lt; for < in a text"),
        ("<quiz>", "an element is not closed, or the file is cut off"),
        ("", "the file has no element"),
        ("<quiz>é</quiz>".encode("latin-1"), "save the file as UTF-8"),
    ],
)
def test_what_is_no_xml_is_told_with_what_to_write(tmp_path, source, told):
    path = tmp_path / "a.xml"
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    with pytest.raises(DefinitionError) as refusal:
        read_predecessor(path)
    (fault,) = refusal.value.problems
    assert "a.xml:1: not XML: " in fault
    assert told in fault

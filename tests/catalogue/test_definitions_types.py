"""The five types of questions in definitions: what is read, and what is refused at which line."""

from pathlib import Path

import pytest

from handlers.questions import QuestionEncoder
from widget_gateway.domain.catalogue.questions import Field, QuestionType
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import read_definition

pytestmark = pytest.mark.fast

EVERY_TYPE = (Path(__file__).parent / "definitions" / "every-type.yaml").read_text("utf-8")


def read(source):
    return read_definition(source.encode(), "t.yaml").test


def notes(source):
    return read_definition(source.encode(), "t.yaml").notes


def test_all_five_types_are_read_with_all_their_fields():
    option, checkbox, text, rating, gradient = read(EVERY_TYPE).questions
    assert [question.type for question in (option, checkbox, text, rating, gradient)] == list(
        QuestionType
    )
    assert (option.timer, option.group, option.back, option.forward) == (20, "facts", False, True)
    assert (option.image.src, option.image.width) == ("/static/river.png", 640)
    assert option.image.alt["en"] == "A map of two rivers"
    assert option.right_names == {"b"}
    assert (checkbox.count, checkbox.right_names) == (2, {"a", "c"})
    assert text.fields[1] == Field(input="number", correct={"ru": "1961", "en": "1961"})
    assert text.fields[0].placeholder == {"ru": "Фамилия", "en": "Surname"}
    assert rating.values == ("pay", "people", "calm")
    assert [bool(choice.text) for choice in gradient.options] == [True, False, False, False, True]


def line_of(text):
    return EVERY_TYPE[: EVERY_TYPE.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ("timer: 20", "timer: 0", "questions[0].timer", "must be at least 1"),
        ("timer: 20", "timer: 1.5", "questions[0].timer", "must be a whole number"),
        ("back: false", "back: 0", "questions[0].back", "must be true or false"),
        ("timer: 20", "count: 1", "questions[0].count", "only a checkbox question has a count"),
        ("count: 2", "count: 4", "questions[1].count", "at most 3, the number of options"),
        ("count: 2", "count: 0", "questions[1].count", "must be at least 1"),
        ("input: number", "input: date", "questions[2].fields[1].input", "must be one of: text, n"),
        ("type: rating", "type: text", "questions[3]", "fields is required"),
        ("type: text", "type: option", "questions[2]", "options is required"),
        ("{value: calm, text: {ru: Тишина, en: Calm}}", "{value: calm}", "questions[3].options[2]",
         "needs a text or an image"),
    ],
)  # fmt: skip
def test_a_fault_of_a_type_is_told_with_line_and_field(old, new, field, why):
    assert EVERY_TYPE.count(old) == 1
    with pytest.raises(DefinitionError) as refusal:
        read(EVERY_TYPE.replace(old, new))
    told = [problem for problem in refusal.value.problems if problem.split(": ", 2)[1] == field]
    assert any(why in problem for problem in told), refusal.value.problems
    if not why.endswith("is required"):  # That one has the line of the question.
        assert int(told[0].split(":")[1]) == line_of(old)


def test_a_text_question_has_no_options_and_no_other_has_fields():
    options = "options: [{value: x, text: {ru: х, en: x}}, {value: y, text: {ru: у, en: y}}]"
    mixed = EVERY_TYPE.replace("    fields:", f"    {options}\n    fields:")
    mixed = mixed.replace("    type: rating\n", "    type: rating\n    fields: [{}]\n")
    with pytest.raises(DefinitionError) as refusal:
        read(mixed)
    assert [problem.split(": ", 1)[1] for problem in refusal.value.problems] == [
        "questions[2].options: a text question has fields and no options",
        "questions[3].fields: only a text question has fields",
    ]


def test_a_gradient_without_a_statement_at_an_end_is_refused():
    with pytest.raises(DefinitionError, match="carry the statements"):
        read(EVERY_TYPE.replace('{value: "2", text: {ru: Вместе, en: Together}}', '{value: "2"}'))


def test_a_gradient_of_four_steps_is_refused():
    with pytest.raises(DefinitionError, match="needs at least 5 entries"):
        read(EVERY_TYPE.replace('      - {value: "0"}\n', ""))


FEEDBACK = EVERY_TYPE.replace(
    "    timer: 20\n",
    """\
    show_answer: true
    right: {ru: "<b>Да</b>", en: "<b>Yes</b><script>x</script>"}
    wrong: {ru: Нет, en: Not quite}
""",
)


def test_what_is_said_of_an_answer_is_read_sanitised_and_kept_from_browsers():
    test = read(FEEDBACK)
    question = test.questions[0]
    assert (question.show_answer, question.right["en"], question.wrong["ru"]) == (
        True,
        "<b>Yes</b>",
        "Нет",
    )
    (sent, *_) = QuestionEncoder().encode(test, "en")
    for secret in (b"Yes", b"Not quite", b"show_answer", b"correct"):
        assert secret not in bytes(sent)


def test_what_is_said_of_an_answer_in_fewer_languages_is_told():
    told = notes(FEEDBACK.replace("{ru: Нет, en: Not quite}", "{ru: Нет}"))
    (note,) = (each for each in told if "missing" in each)
    assert note.endswith("questions[0].wrong: the text is missing in: en; the one in ru stands in")


def test_a_placeholder_in_fewer_languages_is_told():
    (note,) = notes(EVERY_TYPE.replace("placeholder: {ru: Фамилия, ", "placeholder: {"))
    assert "questions[2].fields[0].placeholder: the text is missing in: ru; the one in en" in note

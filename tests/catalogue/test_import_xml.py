"""The predecessor's quizzes: every feature of the format, read from files that we wrote."""

import json
from pathlib import Path

import pytest

from handlers.questions import QuestionEncoder
from widget_gateway.domain.catalogue.answers import check_value
from widget_gateway.domain.catalogue.questions import Field, Image, QuestionType
from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.services.catalogue.definitions import read_definition
from widget_gateway.services.catalogue.predecessor.reading import (
    NO_TITLE,
    read_predecessor,
    slug_of,
)

pytestmark = pytest.mark.fast

PREDECESSOR = Path(__file__).parent / "predecessor"


def read(name, **options):
    return read_predecessor(PREDECESSOR / name, **options)


def questions(name):
    return {question.id: question for question in read(name).test.questions}


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("101.xml", "101"),
        ("WorkStyle/quiz.xml", "WorkStyle"),
        ("IQ-2/quiz.xml", "IQ-2"),
        ("archive/2014/Motives/quiz.xml", "Motives"),
    ],
)
def test_the_slug_is_the_files_name_or_that_of_its_folder_as_they_are(path, slug):
    assert slug_of(PREDECESSOR / path) == slug
    assert read(path).test.slug == slug


def test_a_quiz_in_the_present_directory_has_that_ones_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert slug_of(Path("quiz.xml")) == tmp_path.name


def test_russian_own_content_makes_a_russian_test():
    definition = read("101.xml")
    test = definition.test
    assert (test.locales, test.instruction) == (
        ("ru",),
        {"ru": "Отметьте ответ, который подходит вам больше."},
    )
    assert [question.text for question in test.questions] == [
        {"ru": "Я легко знакомлюсь с людьми"},
        {"ru": "Мне нравится выступать перед залом"},
    ]
    assert [(o.value, o.text["ru"]) for o in test.questions[0].options] == [
        ("2", "Да"),
        ("1", "Иногда"),
        ("0", "Нет"),
    ]
    assert {(question.type, question.back, question.forward) for question in test.questions} == {
        (QuestionType.OPTION, True, False)
    }
    assert definition.notes == (NO_TITLE,)


def test_every_method_is_read_however_it_is_spelled():
    test = read("102.xml").test
    assert [question.type.value for question in test.questions] == [
        *("option", "checkbox", "text", "rating", "gradient", "option")
    ]
    assert (test.locales, test.title["en"]) == (("ru", "en"), "Every method")
    assert test.questions[1].count == 2
    assert [question.id for question in test.questions_by_group["mixed"]] == ["a", "b"]
    assert test.questions[3].values == ("1", "2", "3")


@pytest.mark.parametrize(("name", "question"), [("102.xml", "e"), ("WorkStyle/quiz.xml", "1")])
def test_the_inner_options_of_a_gradient_are_empty_however_that_is_written(name, question):
    gradient = questions(name)[question]
    assert [bool(option.text) for option in gradient.options] == [True, False, False, False, True]


def test_right_answers_timers_and_ways_back_and_forward_are_read():
    first, second, third = questions("103.xml").values()
    assert (first.timer, first.back, first.forward, first.show_answer) == (30, False, True, True)
    assert (second.timer, second.back, second.forward, second.show_answer) == (
        45,
        True,
        False,
        True,
    )
    assert (third.timer, third.back, third.forward, third.show_answer) == (None, True, False, False)
    assert first.right_names == {"a"}
    assert (second.right_names, second.count) == ({"a", "b"}, 2)
    assert first.html["en"] == "<p>A hint: it has <b>no</b> air.</p>"
    assert first.right == {
        "ru": "<p>Верно: <i>Меркурий</i>.</p>",
        "en": "<p>Right: <i>Mercury</i>.</p>",
    }
    assert first.wrong["ru"] == "Нет, это Меркурий."


def test_what_is_right_and_what_is_said_of_it_never_reaches_a_browser():
    test = read("103.xml").test
    sent = b"".join(map(bytes, QuestionEncoder().encode(test, "en")))
    assert b"Mercury" in sent
    for secret in (b"Right:", b"No, it is", b"correct", b"right", b"wrong", b"show"):
        assert secret not in sent


def test_a_quiz_is_scored_as_a_native_test_is():
    variables = score_answers(
        read("103.xml").test, {"1": ("a",), "2": ("a", "b"), "3": ("a",)}
    ).variables
    assert (variables["SUM"], variables["GROUPS"]["sky"]["SUM"]) == (2, 2)
    assert variables["GROUPS"]["earth"] == {"SUM": 0, "SCALE": 0}
    assert variables["VALUES"]["a"]["sum"] == 3


def test_fields_are_read_with_all_their_attributes():
    definition = read("104.xml")
    author, product, day = definition.test.questions
    assert author.fields == (
        Field(
            placeholder={"ru": "Фамилия", "en": "Surname"},
            correct={"ru": "Толстой", "en": "Tolstoy"},
        ),
        Field(
            input="number",
            placeholder={"ru": "Век", "en": "Century"},
            correct={"ru": "19", "en": "19"},
        ),
    )
    assert product.fields[0].placeholder == {"ru": "?", "en": "?"}
    assert (product.fields[0].input, product.count) == ("number", None)
    assert day.fields == (Field(placeholder={"ru": "Одно предложение", "en": "Одно предложение"}),)
    assert definition.notes == ("104.xml:18: a text had no English; the Russian one stands in",)


def test_names_of_pictures_are_kept_and_it_is_told_that_they_are_relative():
    definition = read("105.xml")
    first, second, third = definition.test.questions
    assert first.image == Image(src="figures/row 1.png")
    assert [option.image.src for option in first.options] == [
        *("figures/circle.png", "/static/figures/square.png", "https://pictures.example/star.png")
    ]
    assert (second.image.src, [option.image.src for option in second.options]) == (
        "maze-large.png",
        ["left.png", "right.png"],
    )
    assert second.options[0].text == {"ru": "Налево", "en": "Left"}
    assert '<img src="maze.png" alt="maze">' in second.html["en"]
    assert (third.text["en"], third.options[0].text["ru"]) == ("Question 3", "1")
    assert any('pictures have relative names ("figures/r' in note for note in definition.notes)


def test_an_address_goes_before_relative_names_of_pictures_and_no_others():
    definition = read("105.xml", images="https://files.example/{slug}/")
    first, second, _ = definition.test.questions
    assert first.image.src == "https://files.example/105/figures/row 1.png"
    assert [option.image.src for option in first.options[1:]] == [
        *("/static/figures/square.png", "https://pictures.example/star.png")
    ]
    assert '<img src="https://files.example/105/maze.png" alt="maze">' in second.html["en"]
    assert not any("pictures" in note for note in definition.notes)


def test_an_old_encoding_is_read():
    assert questions("106.xml")["1"].text == {"ru": "Файл в старой кодировке"}


def test_a_quiz_in_english_alone_is_an_english_test():
    test = read("107.xml").test
    assert (test.locales, test.title) == (("en",), {"en": "Weekend plans"})


def test_markup_is_the_same_in_cdata_escaped_and_as_elements():
    read_questions = questions("108.xml")
    assert read_questions["cdata"].html == {"ru": "<p>H<sub>2</sub>O&nbsp;— это…</p>"}
    assert read_questions["escaped"].html == {"ru": "<p>H<sub>2</sub>O</p>"}
    assert [option.text["ru"] for option in read_questions["escaped"].options] == [
        "5 < 6 & 7",
        "5 > 6",
    ]
    elements = read_questions["elements"]
    assert (elements.text, elements.html) == (
        {"ru": "Формула\nH2O"},
        {"ru": "Формула <p>H<sub>2</sub>O</p>"},
    )
    assert elements.options[0].text == {"ru": "вода"}


def test_what_could_not_be_carried_over_is_told_with_its_line():
    definition = read("109.xml")
    for told in (
        "2: could not be carried over: the attribute version of <quiz>",
        "3: could not be carried over: <theme> in <quiz>",
        "4: could not be carried over: <b> in <instruction>, whose text is plain",
        "4, 11, 16, 17, 19 and 1 more: a text had no English; the Russian one stands in",
        "5: could not be carried over: the attribute random of <items>",
        '6: could not be carried over: count="2" of an item that is not of method CHECKBOX',
        "7: could not be carried over: <de> beside <ru> and <en>",
        "8: could not be carried over: <hint> in <item>",
        "10: could not be carried over: the attribute score of <option>",
        "13: could not be carried over: a field of an item that is not of method TEXT",
        "17: could not be carried over: <font> in a text",
        "18: could not be carried over: an option of a TEXT item, which has fields",
        '19: could not be carried over: type="email" of a field, which is a text field now',
    ):
        assert f"109.xml:{told}" in definition.notes
    assert definition.test.instruction["en"] == "Читайте внимательно."


def test_html_in_a_quiz_is_sanitised():
    html = questions("109.xml")["2"].html["ru"]
    assert "Красным" in html
    for evil in ("script", "onclick", "javascript", "alert", "font"):
        assert evil not in html


def test_quiz_and_config_may_lie_in_one_file():
    test = read("110.xml").test
    assert test.title == {"ru": "Спокойствие"}
    assert test.report.intro == {"ru": "Ваш результат: {{ GROUPS.calm.SCALE }} %"}


def test_the_document_of_a_quiz_is_a_native_definition_too():
    definition = read("103.xml")
    written = json.dumps(definition.document).encode()
    assert read_definition(written, "103.json").digest == definition.digest


def test_the_answers_of_an_imported_test_are_checked_by_its_types():
    five = read("102.xml").test.questions
    assert check_value(five[1], ["mon", "fri"]) == ("mon", "fri")
    assert check_value(five[3], ["3", "1", "2"]) == ("3", "1", "2")
    assert check_value(five[4], ["-1"]) == ("-1",)

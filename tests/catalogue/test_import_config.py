"""The predecessor's `config.xml`: texts by dotted names, scenarios, bars and their levels."""

from pathlib import Path

import pytest

from widget_gateway.domain.catalogue.report_texts import Bar, BarLevel, Operator
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.predecessor.reading import NO_TITLE, read_predecessor

pytestmark = pytest.mark.fast

PREDECESSOR = Path(__file__).parent / "predecessor"

QUIZ = """\
<quiz><items><item id="1" group="g"><name>{name}</name><options>
<option value="1">a</option><option value="2">b</option>
</options></item></items></quiz>"""


@pytest.fixture
def config(tmp_path):
    """Read a small quiz that has this `config.xml` beside it."""

    def read(content, name="Вопрос"):
        (tmp_path / "quiz.xml").write_text(QUIZ.format(name=name), encoding="utf-8")
        (tmp_path / "config.xml").write_text(f"<config>\n{content}\n</config>", encoding="utf-8")
        return read_predecessor(tmp_path / "quiz.xml")

    return read


def scenario(condition="", scale="", name="<name>n</name>"):
    return (
        f"<scenarios><scenario><conditions>{condition}</conditions>{name}{scale}"
        "</scenario></scenarios>"
    )


def test_texts_are_read_and_those_further_in_get_dotted_names():
    test = read_predecessor(PREDECESSOR / "IQ-2" / "quiz.xml").test
    assert test.title == {"ru": "Слова и числа", "en": "Words & numbers"}
    assert test.report.intro["en"] == "<h2>Result</h2><p>{{ SUM }} of 2 are right.</p>"
    assert test.report.outro == {"ru": "Спасибо!", "en": "Thank you!"}
    assert {name: text["en"] for name, text in test.report.texts.items()} == {
        "advice.words": "Read more.",
        "advice.numbers.low": "Count aloud.",
        "advice.numbers.high": "You are good at numbers.",
    }


def test_scenarios_are_read_with_conditions_name_text_and_bar():
    definition = read_predecessor(PREDECESSOR / "IQ-2" / "quiz.xml")
    excellent, again, half = definition.test.report.scenarios
    assert [(c.variable, c.operator, c.value) for c in excellent.conditions] == [
        ("SCALE", Operator.GREATER, 50),
        ("SUM", Operator.GREATER_OR_EQUAL, 2),
        ("GROUPS.words.SCALE", Operator.EQUAL, 100),
    ]
    assert (excellent.name["ru"], excellent.text["en"]) == (
        "Отлично",
        "<p>All is <b>right</b>.</p>",
    )
    assert excellent.bar == Bar(
        percentage="SCALE",
        shown="SUM",
        maximum=2,
        label={"ru": "Верных ответов", "en": "Right answers"},
        levels=(
            BarLevel(up_to=33, color="#ff0000"),
            BarLevel(up_to=66.5, color="#ffcc00"),
            BarLevel(up_to=100, color="#2a7f62"),
        ),
    )
    assert [(c.operator, c.value) for c in again.conditions] == [
        (Operator.LESS, 50.5),
        (Operator.LESS_OR_EQUAL, 1),
    ]
    assert [c.operator.value for c in half.conditions] == [">", ">=", "<", "<=", "="]
    assert definition.notes == ()


def test_what_names_no_variable_or_says_nothing_is_left_out_and_told():
    definition = read_predecessor(PREDECESSOR / "Interests" / "quiz.xml")
    report = definition.test.report
    assert report.intro == {"ru": "Техника: {{ VALUES.tech.percentage }} %, ."}
    tech, art = report.scenarios
    assert tech.bar == Bar(
        percentage="VALUES.tech.percentage",
        label={"ru": "Интерес"},
        levels=(
            BarLevel(up_to=50, color="#ff0000"),
            BarLevel(up_to=70, color="#808080"),
            BarLevel(up_to=100, color="#00ff00"),
        ),
    )
    assert (art.conditions[0].operator, art.bar) == (
        Operator.GREATER_OR_EQUAL,
        Bar(percentage="VALUES.art.percentage"),
    )
    lost, missing = "could not be carried over: ", "is no variable of this test"
    assert definition.notes == (
        f"config.xml:3: {lost}<colors> in <config>",
        f"config.xml:5: {lost}{{{{ USER_NAME }}}}, which is no variable of this test",
        f'config.xml:12: {lost}showVar="VALUES.wood.sum", which is no variable of this test',
        f'config.xml:12: {lost}showMaxVal="MAX", which is no number',
        f'config.xml:17: {lost}the colour "unheard-of" of a level, which is grey now',
        f'config.xml:18: {lost}a level up to "soon" percent',
        f'config.xml:23: {lost}a scenario, in whose condition "VALUES.music.percentage" {missing}',
        f'config.xml:27: {lost}a scenario, in whose condition "примерно" is no operator',
        f'config.xml:31: {lost}a scenario, in whose condition "много" is no number',
        NO_TITLE,
    )


@pytest.mark.parametrize(
    ("written", "operator"),
    [
        ("больше", ">"),
        ("больше_или_равно", ">="),
        ("меньше", "<"),
        ("меньше_или_равно", "<="),
        ("равно", "="),
        ("&gt;", ">"),
        ("&gt;=", ">="),
        ("&lt;", "<"),
        ("&lt;=", "<="),
        ("=", "="),
        ("Больше или равно", ">="),
        ("≥", ">="),
        ("≤", "<="),
        ("==", "="),
    ],
)
def test_operators_are_words_or_signs(config, written, operator):
    read = config(scenario(f'<condition var="SUM" operator="{written}" value="1"/>'))
    (condition,) = read.test.report.scenarios[0].conditions
    assert (condition.operator.value, condition.value) == (operator, 1)


@pytest.mark.parametrize(
    ("written", "value"), [("50", 50), ("-1", -1), ("2.5", 2.5), ("2,5", 2.5), (" 7 % ", 7)]
)
def test_numbers_are_read_as_they_are_written_in_both_languages(config, written, value):
    read = config(scenario(f'<condition var="SUM" operator="=" value="{written}"/>'))
    assert read.test.report.scenarios[0].conditions[0].value == value


def test_a_scenario_without_conditions_always_holds(config):
    assert config(scenario()).test.report.scenarios[0].conditions == ()


def test_a_scenario_that_shows_nothing_is_told(config):
    read = config(scenario('<condition var="SUM" operator="=" value="1"/>', name=""))
    assert read.test.report.scenarios == ()
    shows_nothing = "config.xml:2: could not be carried over: a scenario that shows nothing"
    assert read.notes == (shows_nothing, NO_TITLE)


def test_a_bar_without_its_percentage_is_told_and_its_scenario_stays(config):
    read = config(scenario(scale='<scale percentVar="GROUPS.x.SCALE"/>'))
    assert read.test.report.scenarios[0].bar is None
    assert "a scale, whose percentVar" in read.notes[0]


def test_names_for_texts_that_come_twice_are_told(config):
    read = config("<texts><a>раз</a><a>два</a></texts>")
    assert read.test.report.texts == {"a": {"ru": "раз"}}
    assert 'a second text of the name "a"' in read.notes[0]


def test_a_title_of_the_config_beside_the_quizs_own_stays_a_text(config, tmp_path):
    config("<texts><title><ru>Иной</ru></title></texts>")
    quiz = (tmp_path / "quiz.xml").read_text("utf-8").replace("<quiz>", "<quiz title='Мой'>")
    (tmp_path / "quiz.xml").write_text(quiz, encoding="utf-8")
    test = read_predecessor(tmp_path / "quiz.xml").test
    assert (test.title, test.report.texts) == ({"ru": "Мой"}, {"title": {"ru": "Иной"}})


def test_html_of_its_own_makes_no_dotted_names(config):
    read = config("<texts><intro><p>Итог: <b>{{ SUM }}</b></p></intro></texts>")
    assert read.test.report.intro == {"ru": "<p>Итог: <b>{{ SUM }}</b></p>"}


def test_english_in_the_config_gives_the_quiz_an_english_face_and_tells(config):
    read = config("<texts><intro><en>Result</en></intro></texts>")
    assert read.test.locales == ("ru", "en")
    assert read.test.questions[0].text == {"ru": "Вопрос", "en": "Вопрос"}
    assert any("no English; the Russian one stands in" in note for note in read.notes)
    assert "config.xml:2: a text had no Russian; the English one stands in" in read.notes


def test_faults_of_a_config_name_its_file_and_line(config):
    with pytest.raises(DefinitionError) as refusal:
        config("<texts>\n<intro>\n</config>")
    assert "config.xml:4: not XML" in refusal.value.problems[0]
    with pytest.raises(DefinitionError) as refusal:
        config(f"<texts>\n<intro><ru>{'я' * 20_001}</ru></intro></texts>")
    assert (
        "config.xml:3: texts > intro > ru: takes at most 20000 characters"
        in refusal.value.problems[0]
    )


def test_a_file_of_that_name_that_is_no_config_is_refused(config, tmp_path):
    config("")
    (tmp_path / "config.xml").write_text("<quiz/>", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"config\.xml:1: quiz: is no config"):
        read_predecessor(tmp_path / "quiz.xml")


def test_a_config_alone_is_no_test(config, tmp_path):
    config("")
    with pytest.raises(DefinitionError, match=r"is read with the quiz\.xml beside it"):
        read_predecessor(tmp_path / "config.xml")

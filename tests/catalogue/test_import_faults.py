"""Faults that make a quiz meaningless are refused with file, line and element."""

from pathlib import Path

import pytest

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.predecessor.reading import read_predecessor

pytestmark = pytest.mark.fast

OPTIONS = '<options><option value="1">a</option><option value="2">b</option></options>'
NO_VALUE = OPTIONS.replace(' value="2"', "")


@pytest.fixture
def quiz(tmp_path):
    """Read a quiz of these items."""

    def read_items(items, name="quiz"):
        path = tmp_path / f"{name}.xml"
        path.write_text(f"<quiz>\n<items>\n{items}\n</items>\n</quiz>", encoding="utf-8")
        return read_predecessor(path)

    return read_items


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(DefinitionError, match=r"none\.xml: can't be read"):
        read_predecessor(Path("none.xml"))


def test_a_file_whose_name_is_no_slug_is_refused(quiz):
    with pytest.raises(DefinitionError) as refusal:
        quiz(f'<item id="1"><name>a</name>{OPTIONS}</item>', name="мой тест")
    (problem,) = refusal.value.problems
    assert "мой тест.xml:1: the name of the file: 1 to 100 Latin letters" in problem


@pytest.mark.parametrize(
    ("item", "line", "field", "why"),
    [
        (f"<item>{OPTIONS}</item>", 3, "item number 1", "id is required"),
        (f'<item id="">{OPTIONS}</item>', 3, "item number 1", "id is required"),
        (f'<item id="a"/>\n<item id="a">{OPTIONS}</item>', 3, 'item "a"', "options is required"),
        (f'<item id="a" method="MATRIX">{OPTIONS}</item>', 3, 'item "a" > method',
         "must be one of: option, checkbox"),
        (f'<item id="a" timer="soon">{OPTIONS}</item>', 3, 'item "a" > timer',
         "must be a whole number"),
        (f'<item id="a" enabledBack="maybe">{OPTIONS}</item>', 3, 'item "a" > enabledBack',
         "must be true or false"),
        (f'<item id="a" method="checkbox" count="3">{OPTIONS}</item>', 3, 'item "a" > count',
         "at most 2, the number of options"),
        (f'<item id="a" method="checkbox" count="{"9" * 5000}">{OPTIONS}</item>', 3,
         'item "a" > count', "must be a whole number"),
        (f'<item id="a" method="gradient">{OPTIONS}</item>', 3, 'item "a" > options',
         "needs at least 5 entries"),
        (f'<item id="a">\n{NO_VALUE}</item>', 4, 'item "a" > option',
         "value is required"),
        (f'<item id="a">{OPTIONS}</item>\n<item id="a">{OPTIONS}</item>', 4, 'item "a" > id',
         'the id "a" is used twice'),
        ('<item id="a" method="text"/>', 3, 'item "a"', "fields is required"),
        (f'<item id="a"><name>{"x" * 20_001}</name>{OPTIONS}</item>', 3,
         'item "a" > text > en', "takes at most 20000 characters"),
        ("", 1, "items", "a quiz has at least one item"),
    ],
    ids=[
        *("no id", "empty id", "no options", "method", "timer", "flag", "count", "huge count"),
        *("gradient", "no value", "id twice", "no fields", "long text", "no items"),
    ],
)  # fmt: skip
def test_what_makes_a_quiz_meaningless_is_a_fault_with_line_and_field(quiz, item, line, field, why):
    with pytest.raises(DefinitionError) as refusal:
        quiz(item)
    told = [problem.split(".xml:", 1)[1] for problem in refusal.value.problems]
    assert any(problem.startswith(f"{line}: {field}: {why}") for problem in told), told


def test_all_faults_of_a_quiz_are_told_together(quiz):
    with pytest.raises(DefinitionError) as refusal:
        quiz(f'<item id="a" timer="x">{OPTIONS}</item>\n<item id="b" count="y">{OPTIONS}</item>')
    assert [problem.split(".xml:")[1][:2] for problem in refusal.value.problems] == ["3:", "4:"]


@pytest.mark.parametrize("root", ["<urlset/>", "<quizzes><item/></quizzes>", "<config/>"])
def test_another_file_is_no_quiz(tmp_path, root):
    (tmp_path / "a.xml").write_text(root, encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"a\.xml:1: \w+: is no quiz"):
        read_predecessor(tmp_path / "a.xml")

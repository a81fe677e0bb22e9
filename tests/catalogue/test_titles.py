"""The table of titles: its columns, how they are separated, and its faults."""

import pytest

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.titles import read_titles

pytestmark = pytest.mark.fast


@pytest.fixture
def table(tmp_path):
    """Read a table of this content."""

    def read(content):
        path = tmp_path / "titles.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_titles(path)

    return read


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_titles_are_read_by_slug_and_language(table, comma):
    rows = [["ru", "slug", "kk"], ["Тревога", "101", ""], ["", "102", ""], ["Да, нет", "IQ-2", "к"]]
    content = "\n".join(
        comma.join(f'"{cell}"' if comma in cell else cell for cell in row) for row in rows
    )
    assert table(content) == {"101": {"ru": "Тревога"}, "IQ-2": {"ru": "Да, нет", "kk": "к"}}


def test_a_table_as_spreadsheets_save_it_is_read(table):
    saved = "\ufeffslug;ru\r\n101;«Тревога»\r\n;\r\n\r\n".encode()
    assert table(saved) == {"101": {"ru": "«Тревога»"}}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", '1: the first line names the columns: "slug" and languages'),
        ("ru,en\na,b", '1: the first line names the columns: "slug" and languages'),
        ("slug,Название\na,b", '1: the column "Название" is no language'),
        ("slug,ru,ru\na,b,c", '1: the column "ru" is there twice'),
        ("slug,ru\n101,Да, нет", "2: has 3 cells, and the header has 2; put a text with ','"),
        ("slug,ru\n101,a\n101,b", "3: slug: 101 has a title already"),
        ('slug,ru\n101,"a', "1: is no table: unexpected end of data"),
        ("slug,ru\n101,é".encode("latin-1"), "1: is not UTF-8; save the table as UTF-8"),
    ],
)
def test_faults_of_a_table_are_told_with_their_lines(table, content, fault):
    with pytest.raises(DefinitionError) as refusal:
        table(content)
    assert any(
        problem.split("titles.csv:")[1].startswith(fault) for problem in refusal.value.problems
    )

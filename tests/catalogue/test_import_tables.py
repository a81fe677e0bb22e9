"""Tables of items: the forms of public item sets, quizzes, and workbooks of Excel."""

import pytest
from openpyxl import Workbook

from tests.support.foreign import (
    form_of,
    imported,
    imported_text,
    options_of,
    refusal_of,
    scores,
)

pytestmark = pytest.mark.fast


def columns_of(definition):
    return next(note for note in definition.notes if note.startswith("columns: "))


def keys_of(definition):
    return {scale.id: (scale.plus, scale.minus) for scale in definition.test.scales}


def test_an_item_assignment_table_keys_an_item_in_several_scales():
    table = imported("item-assignment.csv")
    assert form_of(table) == "table (CSV, commas)"
    assert table.test.title == {"en": "Seven Seas"}
    assert [q.text["en"] for q in table.test.questions] == [
        "Plan the route before leaving.",
        "Leave the maps at home.",
        "Talk to the harbour master.",
        "Sing, loudly, at the helm.",
    ]
    assert keys_of(table) == {"Order": (("1",), ("2",)), "Company": (("3", "4"), ("1",))}
    assert columns_of(table) == (
        'columns: "instrument" → instrument, "key" → key, "text" → text, "label" → scale'
    )
    assert 'columns that are not used: "alpha"' in table.notes
    # 5 and a reversed 2 of Order; 4, 4 and a reversed 5 of Company.
    sheet = {"1": ["5"], "2": ["2"], "3": ["4"], "4": ["4"]}
    assert scores(table, **sheet) == {"Order": (9, 2, 10), "Company": (9, 3, 15)}


def test_a_keyed_table_with_semicolons_in_utf_16_has_two_languages_and_weights():
    table = imported("keyed-semicolons.csv")
    assert form_of(table) == "table (CSV, semicolons)"
    assert table.test.locales == ("ru", "en")
    assert table.test.by_id["2"].text == {
        "ru": "Инструменты меня пугают.",
        "en": "Tools frighten me.",
    }
    assert keys_of(table) == {"Hands": (("1",), ("2",)), "Art": (("3",), ())}
    assert table.test.by_id["1"].options[0].text == {
        "ru": "Совсем не согласен",
        "en": "Strongly disagree",
    }
    assert scores(table, **{"1": ["4"], "2": ["1"], "3": ["3"]}) == {
        "Hands": (6.5, 1.5, 7.5),
        "Art": (3, 1, 5),
    }
    assert "keyed-semicolons.csv:2: 3 items have no options; five steps of agreement stand in" in (
        table.notes
    )


def test_a_russian_table_in_windows_1251_takes_its_options_from_a_second_table():
    table = imported("opros.csv")
    assert form_of(table) == "table (CSV, tabs)"
    assert "the file is read as Windows-1251" in table.notes
    assert options_of(table, "п1") == [("0", "0", False), ("1", "1", False), ("2", "2", False)]
    assert table.test.by_id["п1"].options[2].text == {"ru": "всегда"}
    assert table.test.by_id["п4"].fields[0].input == "number"
    assert keys_of(table) == {"Утро": (("п1",), ("п2",)), "Вечер": (("п3",), ())}
    assert scores(table, п1=["2"], п2=["0"], п3=["1"], п4=["7"]) == {
        "Утро": (4, 0, 4),
        "Вечер": (1, 0, 2),
    }


def test_a_quiz_with_options_in_columns_has_right_answers_and_timers():
    table = imported("quiz.csv")
    assert options_of(table, "1") == [("1", "1", True), ("2", "2", False), ("3", "3", False)]
    assert [option[2] for option in options_of(table, "2")] == [True, False, True]
    assert table.test.by_id["2"].timer == 30
    assert table.test.by_id["2"].image.src == "https://pictures.example/float.png"
    assert scores(table, **{"1": ["1"], "2": ["2"]}) == {"total": (1, 0, 2)}


def test_a_workbook_takes_its_options_from_another_sheet(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.title = "Harbour"
    sheet.append(["Items of a made-up test", None])
    for row in (
        ["#", "Facet", "Sign", "Domain", "Item", "Choices"],
        [1, "Calm", "+N1", "Weather", "I wait for the tide.", "often"],
        [2, "Calm", "-N1", "Weather", "I curse the fog.", "often"],
        [3, "Wind", "+N2", "Weather", "I set more sail.", "often"],
    ):
        sheet.append(row)
    choices = book.create_sheet("choices")
    for row in (["list_name", "name", "label"], ["often", 1, "never"], ["often", 2.0, "always"]):
        choices.append(row)
    path = tmp_path / "harbour.xlsx"
    book.save(path)
    table = imported_text("harbour.xlsx", path.read_bytes())
    assert form_of(table) == "Excel workbook"
    assert table.test.title == {"en": "Harbour"}
    assert options_of(table, "1") == [("1", "1", False), ("2", "2", False)]
    assert [(s.id, s.part_of, s.plus, s.minus) for s in table.test.scales] == [
        ("Weather", None, (), ()),
        ("Calm", "Weather", ("1",), ("2",)),
        ("Wind", "Weather", ("3",), ()),
    ]
    assert scores(table, **{"1": ["2"], "2": ["1"], "3": ["1"]}) == {
        "Weather": (5, 3, 6),
        "Calm": (4, 2, 4),
        "Wind": (1, 1, 2),
    }


def test_columns_with_unusual_names_are_told_and_can_be_named():
    text = "Nummer,Aussage,Gegen\n1,Ich wandere.,x\n2,Ich ruhe.,\n"
    (problem,) = refusal_of("t.csv", text)
    why, _, hint = problem.partition(" (columns: ")
    assert why == "t.csv:1: no column of questions is recognised"
    assert hint == '"Nummer", "Aussage", "Gegen"); --map COLUMN=text names it'
    columns = {"Aussage": "text", "3": "reverse", "Nummer": "id"}
    table = imported_text("t.csv", text, columns=columns, locale="de")
    assert table.test.locales == ("de",)
    assert columns_of(table) == 'columns: "Nummer" → id, "Aussage" → text, "Gegen" → reverse'


def test_a_codebook_without_names_of_columns_is_read_by_their_numbers():
    text = "E1\tI talk first.\nE2\tI listen.\n"
    table = imported_text("codebook.txt", text, columns={"1": "id", "2": "text"})
    assert [q.id for q in table.test.questions] == ["E1", "E2"]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"text": "words"}, '--map: "words" is no field'),
        ({"text": "text:q1"}, '--map: "text:q1" is no field'),
        ({"Words": "text"}, '--map: there is no column "Words"'),
    ],
)
def test_a_map_that_means_nothing_is_refused(columns, why):
    (problem,) = refusal_of("t.csv", "id,text\n1,Yes?\n", columns=columns)
    assert why in problem


@pytest.mark.parametrize(
    ("key", "minus"),
    [
        *[("+", False), ("-1", True), ("1", False), ("(2-)", True), ("−", True), ("R", True)],
        *[("reversed", True), ("", False), ("обратный", True), ("E+", False), ("plus", False)],
    ],
)
def test_keys_are_read_as_people_write_them(key, minus):
    table = imported_text("t.csv", f'text;scale;key\n"Yes?";S;{key}\nNo?;S;+\n')
    assert keys_of(table)["S"] == (("2",), ("1",)) if minus else (("1", "2"), ())


def test_options_in_a_cell_and_what_can_not_be_used():
    table = imported_text(
        "t.csv",
        "id,text,options,type,weight,scale\n"
        "a,Which?,0=no | 0=not yet | 2=yes,radio,x,S\n"
        "a,Another?,missing,riddle,,S\n"
        ",,,,,\n"
        "b,,,,,S\n"
        "c,Write!,,text,,S\n",
    )
    assert options_of(table, "a") == [("0", "0", False), ("0~2", "0", False), ("2", "2", False)]
    lost = [note.split(": ", 1)[1] for note in table.notes if note.startswith("t.csv:")]
    assert lost == [
        'could not be carried over: the weight "x", which is 1 now',
        'could not be carried over: the options "missing": there is no such set',
        'the type "riddle" is no usual one: option',
        'the id "a" stands twice; it is a~2',
        "1 items have no options; five steps of agreement stand in",
        "could not be carried over: a row without a text",
        "could not be carried over: that a text without a right answer is in a scale",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("text,id\n" + "\n".join(f"Q{n},{n}" for n in range(5_000)), "more than 1000 questions"),
        ("text,id\n" + "\n".join(f"Q{n},{n}" for n in range(20_000)), "more than 10000 rows"),
        ("text,id\nYes?\0,1\n", "a character that is not text"),
        ('text,id\n"' + "a" * 200_000 + '",1\n', "not a table"),
        ("text,id\n" + "a" * 30_000 + ",1\n", "20000 characters"),
        (b"text,id\n\x81\x8d,1\n", "no text"),
        (b"text,id\n" + b"a" * 9 * 2**20, "larger than 8 MiB"),
        ("", "no column of questions"),
        ("text,id\n", "has no question"),
    ],
    ids=["many", "rows", "NUL", "cell", "text", "bytes", "size", "empty", "no row"],
)
def test_hostile_tables_are_refused(text, why):
    assert why in refusal_of("t.csv", text)[0]

"""Moodle's question banks, as XML and as GIFT."""

import pytest

from tests.support.foreign import form_of, imported, imported_text, options_of, refusal_of, scores

pytestmark = pytest.mark.fast

QUESTION = """<question type="{}"><name><text>n</text></name><questiontext><text>{}</text>
</questiontext>{}</question>"""


def test_a_bank_becomes_questions_with_groups_and_grades():
    bank = imported("bank.xml")
    assert form_of(bank) == "Moodle XML"
    assert bank.test.instruction == {"en": "Answer without a book."}
    assert [(q.id, q.type.value, q.group) for q in bank.test.questions] == [
        ("tree1", "option", "Trees"),
        ("2", "checkbox", "Trees"),
        ("tf", "option", "Trees"),
    ]
    assert options_of(bank, "tree1") == [("1", "1", True), ("2", "2", False)]
    assert bank.document["questions"][0]["order"] == "random"
    assert bank.test.by_id["tree1"].right == {"en": "<p>Yes.</p>"}


def test_fractions_become_equal_parts_and_weights_make_up_for_them():
    bank = imported("bank.xml")
    assert options_of(bank, "2") == [
        ("2", "2", False),
        ("2~2", "2", False),
        ("2~3", "2", False),
        ("-3", "-3", False),
    ]
    # In thirds of a point: 2 points, one point by parts of a sixth, and one point.
    assert scores(bank, tree1=["1"], tf=["true"], **{"2": ["2", "2", "2"]})["total"][0] == 12
    assert scores(bank, tree1=["2"], tf=["true"], **{"2": ["2", "-3"]})["total"][0] == 2.5
    assert "the scales count parts of points: 3 are a point" in bank.notes


def test_what_moodle_can_do_and_a_test_can_not_is_told():
    lost = [note for note in imported("bank.xml").notes if "carried" in note]
    assert lost == [
        'bank.xml:15: could not be carried over: the embedded file "tree.png"',
        "bank.xml:16: could not be carried over: <generalfeedback> of a question",
        "bank.xml:18: could not be carried over: <penalty> of a question",
        "bank.xml:26: could not be carried over: <feedback> of an answer",
    ]


def test_written_answers_keep_the_best_one_and_tell_the_rest():
    bank = imported("bank-ru.xml")
    assert bank.test.locales == ("ru",)
    assert [q.fields[0].correct for q in bank.test.questions] == [
        {"ru": "Волга"},
        {"ru": "12"},
        None,
    ]
    assert bank.test.by_id["2"].fields[0].input == "number"
    assert scores(bank, **{"1": ["Волга"], "2": ["11"]}) == {
        "total": (1, 0, 4),
        "Реки": (1, 0, 1),
        "Числа": (0, 0, 3),
    }
    assert "bank-ru.xml:16: could not be carried over: a tolerance of 0.5" in bank.notes
    assert any("Казанка*" in note for note in bank.notes)


def test_a_matching_question_becomes_one_question_a_pair():
    bank = imported("bank-3.xml")
    assert [q.text["en"] for q in bank.test.questions] == ["A cooper", "A cobbler"]
    assert options_of(bank, "pairs-2") == [
        ("1", "1", False),
        ("2", "2", True),
        ("3", "3", False),
    ]
    assert scores(bank, **{"pairs-1": ["1"], "pairs-2": ["3"]}) == {"total": (1, 0, 2)}
    assert "bank-3.xml:2: could not be carried over: a question of type cloze" in bank.notes


def test_pictures_of_options_become_their_images():
    answers = "".join(
        f'<answer fraction="{share}"><text>&lt;img src="https://p.example/{name}"&gt;</text></answer>'
        for name, share in (("a.png", 100), ("b.png", 0))
    )
    bank = imported_text(
        "b.xml", f"<quiz>{QUESTION.format('multichoice', 'Which?', answers)}</quiz>"
    )
    assert bank.test.by_id["n"].options[1].image.src == "https://p.example/b.png"


def test_the_manuals_gift_becomes_questions():
    read = imported("docs.gift")
    assert form_of(read) == "GIFT"
    assert [(q.id, q.type.value) for q in read.test.questions] == [
        ("tide1", "option"),
        ("tide2", "text"),
        ("3", "option"),
        ("4", "text"),
        ("5", "text"),
    ]
    assert read.test.by_id["tide2"].text == {"en": "A tide comes _____ a day."}
    assert {q.group for q in read.test.questions} == {"Tides"}
    assert options_of(read, "tide1")[0] == ("1", "1", True)
    sheet = {"tide1": ["1"], "tide2": ["twice"], "3": ["false"], "4": ["5"], "5": ["1825"]}
    assert scores(read, **sheet) == {"total": (4, 0, 5)}
    assert any("the range 1820..1830" in note for note in read.notes)


def test_an_export_in_gift_with_escapes_and_weights():
    read = imported("export.gift")
    assert read.test.by_id["pairs-1"].html == {"en": "Match the knots: to their use."}
    assert read.test.by_id["several"].options[2].text == {"en": "Keel = beam"}
    assert options_of(read, "several") == [
        ("1", "1", False),
        ("1~2", "1", False),
        ("-2", "-2", False),
    ]
    # Half a point for each pair, and for each of the two sails; the keel takes a point.
    sheet = {"pairs-1": ["1"], "pairs-2": ["1"], "several": ["1", "-2"]}
    assert scores(read, **sheet) == {"total": (0, -1, 2)}
    assert "export.gift:22: could not be carried over: a description after the last question" in (
        read.notes
    )


def test_gift_in_an_old_russian_encoding_is_recognised_in_any_file():
    read = imported("prepod.txt")
    assert read.test.locales == ("ru",)
    assert read.test.by_id["1"].text == {"ru": "Столица якутов"}
    assert "the file is read as Windows-1251" in read.notes
    assert scores(read, **{"1": ["2"], "2": ["100"], "3": ["true"]}) == {"total": (3, 0, 3)}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("One {=a ~b", ":1: a question has one block"),
        ("One {=a ~b} and {=c ~d}", ":1: a question has one block"),
        ("\n\nOne {=a {~b}}", ":3: a question has one block"),
        ("One {#abc}\n\nOnly words {=}", ""),
        ("{=a ~b}" + "{" * 100_000, ":1: a question has one block"),
    ],
)
def test_gift_that_can_not_be_read_is_refused_with_its_line(text, why):
    if why:
        (problem,) = refusal_of("q.gift", text)
        assert problem.startswith(f"q.gift{why}")
    else:
        assert 'a number that is written "abc"' in " ".join(imported_text("q.gift", text).notes)


def test_gift_of_other_programs_is_read():
    text = "::a::One {\n~no\n~=yes\n}\n::b::Two {=x}\n::c::Three {F#wrong#right}\n"
    read = imported_text("q.gift", text)
    assert options_of(read, "a") == [("1", "1", False), ("2", "2", True)]
    assert [(q.id, q.type.value) for q in read.test.questions] == [
        ("a", "option"),
        ("b", "text"),
        ("c", "option"),
    ]


def test_thousands_of_questions_are_refused_at_once():
    (problem,) = refusal_of("q.gift", "Yes {T}\n\n" * 5_000)
    assert problem == "q.gift:2001: more than 1000 questions"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE quiz [<!ENTITY a "ha">]><quiz><question type="essay">&a;</question></quiz>',
        '<!DOCTYPE quiz SYSTEM "file:///etc/passwd"><quiz><question/></quiz>',
        '<quiz><question type="essay">' + "<a>" * 300,
        "<quiz><question></quiz>",
        "<quiz>" + "<question/>" * 250_000 + "</quiz>",
        "<quiz><question " + 'a="" ' * 1_100_000 + "/></quiz>",
        b"<quiz><question>\x00</question></quiz>",
        b"<quiz><question>\xff</question></quiz>",
        b"<quiz><question/>" + b" " * 9 * 2**20 + b"</quiz>",
    ],
    ids=["entity", "external", "deep", "broken", "many", "attributes", "NUL", "encoding", "large"],
)
def test_hostile_xml_is_refused(text):
    (problem,) = refusal_of("q.xml", text)
    assert problem.startswith("q.xml:")
    assert "root:" not in problem

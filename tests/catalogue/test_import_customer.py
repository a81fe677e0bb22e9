"""A catalogue in all forms that the customer's has: what each quiz becomes, and its scores."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.catalogue.xml_scores import items_of, variables_of
from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.services.catalogue.batches import Wishes, read_batch
from widget_gateway.services.catalogue.predecessor.reading import NO_TITLE

pytestmark = pytest.mark.fast

CUSTOMER = Path(__file__).parent / "customer"

SHEETS = 40
"""Random answer sheets for each quiz: enough to meet right, wrong and skipped answers of each."""


@pytest.fixture(scope="module")
def batch():
    """All that is read of the catalogue."""
    return read_batch([CUSTOMER], Wishes())


@pytest.fixture(scope="module")
def tests(batch):
    """The definitions by slug."""
    return {definition.test.slug: definition for definition in batch.definitions.values()}


def scales(definition):
    return {scale.id: scale for scale in definition.test.scales}


def test_every_quiz_is_imported_and_every_other_file_is_told(batch, tests):
    assert sorted(tests) == [
        *("201", "202", "Moods-testodrom", "careers", "careers_source", "hobbies"),
        *("outlook-testodrom", "puzzles", "strengths"),
    ]
    assert batch.refused == {}
    assert {str(path.relative_to(CUSTOMER)): why for path, why in batch.passed_over.items()} == {
        "Moods-testodrom.xml": f"{CUSTOMER / 'Moods-testodrom' / 'quiz.xml'} is this test, too, "
        "and wins",
        "careers.xml": f"{CUSTOMER / 'careers' / 'quiz.xml'} is this test, too, and wins",
        "careers/readme.md": "the name ends in .md",
        "careersProfessions.xml": "professions: is no quiz",
        "later.xml": "items: a quiz has at least one item",
        "result/strengths.xml": "skills: is no quiz",
        "strengths/_TMP.XML": "tmp: is no quiz",
    }


def chosen_of(chance, item):
    """Any answer to an item: positions of options, or words."""
    if chance.random() < 0.15:
        return []
    if item["method"] == "text":
        return [chance.choice([*sorted(right), "7", "слово"]) for right in item["fields"]]
    positions = range(len(item["options"]))
    if item["method"] == "rating":
        return chance.sample(positions, len(positions))
    if item["method"] == "checkbox":
        return chance.sample(positions, item["count"] or chance.randint(1, len(positions)))
    return [chance.choice(positions)]


def answer_of(question, chosen):
    """The same answer in words of the definition: ids of options."""
    if question.fields:
        return tuple(chosen)
    options = question.options
    return tuple(options[position].id or options[position].value for position in chosen)


def test_scores_are_those_of_the_xml_itself(batch, chance):
    for path, definition in batch.definitions.items():
        source = path.read_bytes()
        items = items_of(source)
        for _ in range(SHEETS):
            chosen = {item["id"]: chosen_of(chance, item) for item in items}
            sheet = {
                question.id: answer_of(question, chosen[question.id])
                for question in definition.test.questions
            }
            scored = score_answers(definition.test, sheet).variables
            assert scored == variables_of(source, chosen), (path, chosen)


def test_options_of_one_value_get_ids(tests):
    first, third = (tests["201"].document["questions"][index]["options"] for index in (0, 2))
    assert [(option["value"], option.get("id")) for option in first] == [
        *(("key", None), ("0", None), ("0", "0~2")),
    ]
    assert [option.get("id", option["value"]) for option in third] == [
        *("temper", "temper~2", "-1", "-1~2"),
    ]


def test_types_become_scales_with_sub_scales_and_texts_by_level(tests):
    found = scales(tests["careers"])
    assert (found["music"].title["en"], found["it"].title["ru"]) == ("Music", "IT")
    assert found["music"].plus == ()  # it counts its sub-scales
    interest = found["music-interest"]
    assert (interest.part_of, interest.plus) == ("music", ("910",))
    assert interest.title["ru"] == "Музыка: интерес"
    assert [(level.up_to, level.name["en"], level.text["en"]) for level in interest.levels] == [
        (32, "Low", "Interest: little."),
        (65, "Medium", "Interest: some."),
        (100, "High", "Interest: much."),
    ]
    assert found["tools-force"].levels == ()
    assert found["music-viz"].part_of == "music"
    told = 'config.xml:4: the aspect "viz" has no title, so reports do not show it'
    assert told in tests["careers"].notes


def test_a_third_and_two_thirds_are_the_middle_and_the_high_level(tests):
    levels = scales(tests["careers"])["tools-skills"].levels
    reached = [next(n for n, level in enumerate(levels) if share <= level.up_to) for share in (
        *(0, 32, 33, 65, 66, 100),
    )]  # fmt: skip
    assert reached == [0, 0, 1, 1, 2, 2]


def test_professions_become_profiles(tests):
    violinist, locksmith, tuner = tests["careers"].test.profiles
    assert violinist.name["fr"] == "Violoniste"
    assert violinist.combinations == ({"music": 80, "tools": 20},)
    assert (violinist.link, violinist.image.src) == (
        "https://jobs.example/violinist.html",
        "https://files.example/violin.jpg",
    )
    assert (violinist.text["mn"], violinist.kinds) == ("Хийл тоглодог.", ())
    assert violinist.values == ("art", "publicity", "work-alone")
    assert locksmith.combinations == ({"tools": 1}, {"tools": 1, "music-viz": 1})
    assert [kind.name["ru"] for kind in locksmith.kinds] == ["Слесарь", "Столяр"]
    assert locksmith.kinds[1].link is None
    assert tuner.combinations == ({"music": 1, "tools": 1, "it": 1}, {"music": 50, "tools": 50})


def test_texts_of_values_that_professions_name_are_kept(tests):
    careers = tests["careers"]
    assert careers.test.report.texts["publicity"]["en"] == "People see you."
    assert list(careers.test.report.texts) == ["publicity"]
    assert any('the text of the value "quiet"' in note for note in careers.notes)


def test_what_professions_say_and_profiles_cannot_is_told_with_its_line(tests):
    notes = tests["careers"].notes
    lost = "could not be carried over: "
    for line, what in (
        (24, "not=… of a profession"),
        (36, "a link that is no address of the web"),
        (47, '"music:none", as there is no group "music-none"'),
        (50, "a profession that combines no scale of this test"),
        (52, 'a combination with "sky", which is no scale'),
    ):
        assert any(note.startswith(f"professions.xml:{line}: {lost}{what}") for note in notes), what
    assert any("the attribute qtype of <item>" in note for note in notes)


def test_professions_beside_a_quiz_of_one_file_make_scales_of_its_groups(tests):
    hobbies = tests["hobbies"]
    assert [(s.id, s.part_of, s.plus) for s in hobbies.test.scales] == [
        ("craft", None, ()),
        ("craft-force", "craft", ("1",)),
        ("craft-skills", "craft", ("2",)),
    ]
    assert hobbies.test.profiles[0].combinations == ({"craft": 1},)
    told = 'hobbiesProfessions.xml:1: the scale "craft" has no title, so reports do not show it'
    assert told in hobbies.notes


def test_all_seven_languages_are_kept_and_stand_ins_told(tests):
    careers = tests["careers"]
    assert careers.test.locales == ("ru", "en", "hy", "az", "kk", "mn", "fr")
    question = careers.test.questions[0]
    assert question.text["kk"] == question.text["ru"]
    assert question.text["fr"] == question.text["en"]
    told = "a text had no Armenian, Azerbaijani, Kazakh, Mongolian; the Russian one stands in"
    assert any(note.startswith("quiz.xml:") and told in note for note in careers.notes)
    assert scales(careers)["it-interest"].title["fr"] == "IT: interest"


def test_skills_become_scales_with_sections(tests):
    found = scales(tests["strengths"])
    about, warnings = found["planner"].sections
    assert (about.label["en"], about.text["en"]) == (
        "What it is",
        "<p>You see the <b>order</b> of things.</p>",
    )
    assert warnings.label["ru"] == "Чего остерегаться"
    (success,) = found["friend"].sections
    assert [(level.up_to, level.text["en"]) for level in success.levels] == [
        (32, "In silence."),
        (65, "In a pair."),
        (100, "In a team."),
    ]
    assert found["dreamer"].title["ru"] == "Мечтатель"
    assert "loner" not in found


def test_a_gradient_between_two_names_counts_for_both(tests):
    found = scales(tests["strengths"])
    assert {name: (scale.plus, scale.minus) for name, scale in found.items()} == {
        "planner": ((), ("1",)),
        "dreamer": (("1",), ("2",)),
        "friend": (("3", "2"), ()),
    }
    assert tests["strengths"].test.questions[0].text["en"] == "Which is closer to you?"


def test_types_without_questions_keep_their_texts_for_everybody(tests):
    definition = tests["202"]
    assert definition.test.scales == ()
    assert definition.test.report.texts["man-and-garden.text"]["en"] == (
        "<h3>Man and garden</h3>Here people work with plants &amp; animals."
    )
    assert any('"man-and-garden" has no questions' in note for note in definition.notes)


def test_named_colours_and_labels_in_attributes_are_kept(tests):
    worried, calm = tests["Moods-testodrom"].test.report.scenarios
    assert [level.color for level in worried.bar.levels] == [
        *("danger", "warning", "primary", "success"),
    ]
    assert calm.bar.label == {"ru": "Покой", "en": "Peace"}
    assert tests["Moods-testodrom"].notes == (NO_TITLE,)


def test_texts_of_the_config_keep_their_dotted_names_and_one_is_the_title(tests):
    outlook = tests["outlook-testodrom"]
    assert outlook.test.title == {"ru": "Дом или дорога"}
    assert sorted(outlook.test.report.texts) == ["description", "graph.left"]
    assert outlook.notes == (
        'config.xml:10: could not be carried over: the text of the value "pay"',
    )


def test_right_answers_fields_pictures_and_marked_texts_are_kept(tests):
    logic, math, shape, rating, words, syllables, _ = tests["puzzles"].test.questions
    assert (logic.timer, logic.text["en"]) == (60, "Draw the conclusion.")
    assert logic.html["en"] == "<ul><li>All crows are black.</li><li>Carl is a crow.</li></ul>"
    assert [field.correct["ru"] for field in math.fields] == ["8", "9"]
    assert (shape.image.src, shape.count) == ("https://files.example/puzzles/square.svg", 2)
    assert [option.image.src[-5:] for option in shape.options] == ["1.svg", "2.svg", "3.svg"]
    assert rating.type.value == "rating"
    assert [field.input for field in (*math.fields, *syllables.fields)] == [
        *("number", "number", "text", "text"),  # no browser takes a word in a field of numbers
    ]
    assert (words.text["ru"], words.back, words.forward) == (
        "Выберите пару к: Дождь — Зонт",
        False,
        True,
    )


def test_a_higher_answer_never_lowers_the_second_name_of_a_gradient(tests):
    strengths = tests["strengths"].test
    shares = [
        [score.percentage for score in score_answers(strengths, {"1": (value,)}).scales]
        for value in "12345"
    ]
    assert all(
        lower[0] >= higher[0] and lower[1] <= higher[1] for lower, higher in pairwise(shares)
    )

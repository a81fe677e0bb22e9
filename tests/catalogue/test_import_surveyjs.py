"""Surveys of SurveyJS: from the creator, by hand, and with several languages."""

import json

import pytest

from tests.support.foreign import form_of, imported, imported_text, options_of, refusal_of, scores

pytestmark = pytest.mark.fast


def survey(*elements, **others):
    return json.dumps({"pages": [{"elements": list(elements)}], **others})


def test_languages_pages_and_matrices_become_questions():
    survey = imported("survey.json")
    assert form_of(survey) == "SurveyJS JSON"
    test = survey.test
    assert test.locales == ("ru", "en")
    assert test.title == {"ru": "Как вы отдыхаете", "en": "How you rest"}
    assert [q.id for q in test.questions] == ["place", "mood_calm", "mood_awake", "joy"]
    assert [q.type for q in test.questions] == ["option", "option", "option", "gradient"]
    assert test.by_id["mood_calm"].text == {"ru": "Я спокоен", "en": "I am calm"}
    assert test.by_id["mood_calm"].html["en"] == "How far do you agree?"
    assert test.by_id["place"].html["en"] == "Where do you <b>rest</b>?"
    assert options_of(survey, "place")[2] == ("3", "3", False)


def test_order_timers_and_whether_one_may_skip_are_kept():
    document = imported("survey.json").document
    place, calm, _, joy = document["questions"]
    assert place["order"] == "random"
    assert "forward" not in place
    assert calm["forward"] is True
    assert joy["timer"] == 40
    assert all(question["back"] is False for question in document["questions"])
    assert document["blocks"] == [
        {"questions": ["place", "mood_calm", "mood_awake"], "order": "random"}
    ]


def test_what_a_survey_can_do_and_a_test_can_not_is_told_with_its_line():
    notes = imported("survey.json").notes
    lost = "survey.json:13: could not be carried over: "
    assert f"{lost}hasOther of a question of type radiogroup" in notes
    assert f"{lost}visibleIf of a question of type radiogroup" in notes
    assert "12 texts are missing in en; those in ru stand in" in notes


def test_right_answers_make_a_scale_that_counts_them():
    quiz = imported("quiz.json")
    assert options_of(quiz, "hardest")[1] == ("Diamond", "Diamond", True)
    assert quiz.test.instruction == {"en": "Three questions about stones."}
    assert quiz.test.by_id["hardest"].timer == 15
    assert any("30 seconds for a page of several questions" in note for note in quiz.notes)
    right = {"hardest": ["Diamond"], "soft": ["Talc", "Gypsum"], "mohs": ["7"], "salt": ["1"]}
    assert scores(quiz, **right) == {"total": (5, 0, 5)}
    assert scores(quiz, **right | {"soft": ["Talc"], "salt": ["0"]}) == {"total": (3, 0, 5)}


def test_scores_of_choices_become_values_and_repeated_ones_get_ids():
    creator = imported("creator.json")
    assert options_of(creator, "team") == [
        ("1", "1", False),
        ("3", "3", False),
        ("1~2", "1", False),
    ]
    assert creator.test.by_id["tools"].count == 2
    assert creator.test.by_id["values"].type == "rating"
    assert creator.test.by_id["animal"].options[0].image.src == "https://pictures.example/cat.png"
    assert creator.document["groups"] == {"outer": {"title": {"en": "Work"}}}
    assert len(creator.test.by_id["nps"].options) == 11
    told = [note for note in creator.notes if "of type" in note]
    assert told == [
        "creator.json:13: could not be carried over: a question of type matrixdynamic",
        "creator.json:14: could not be carried over: a question of type signaturepad",
    ]


def test_pictures_with_relative_names_are_put_behind_an_address():
    creator = imported("creator.json", images="https://files.example/{slug}/")
    picture = creator.test.by_id["animal"].options[1].image.src
    assert picture == "https://files.example/creator/owl.png"
    assert not any("owl.png" in note for note in creator.notes)


def test_a_language_can_be_given_for_texts_that_name_none():
    text = survey({"type": "comment", "name": "q", "title": "Warum?"})
    assert imported_text("s.json", text, locale="de").test.locales == ("de",)


def test_a_time_for_each_page_is_that_of_its_only_question():
    text = survey({"type": "comment", "name": "q"}, timeLimitPerPage=20)
    assert imported_text("s.json", text).test.by_id["q"].timer == 20


def test_a_random_order_around_another_takes_its_place():
    comments = [{"type": "comment", "name": name} for name in "abc"]
    panel = {"type": "panel", "name": "p", "elements": comments[:2], "questionsOrder": "random"}
    page = {"elements": [panel, comments[2]], "questionsOrder": "random"}
    read = imported_text("s.json", json.dumps({"pages": [page]}))
    assert read.document["blocks"] == [{"questions": ["a", "b", "c"], "order": "random"}]
    assert any("a random order inside of a part" in note for note in read.notes)


def test_scripts_in_texts_are_taken_out_and_told():
    bad = {"type": "comment", "name": "q", "title": "<script>alert(1)</script><b>Why?</b>"}
    read = imported_text("s.json", survey(bad))
    assert read.test.by_id["q"].html == {"en": "<b>Why?</b>"}
    assert "s.json:1: could not be carried over: <script> in a text" in read.notes


def test_a_survey_without_questions_is_refused_with_what_was_lost():
    assert refusal_of("s.json", survey({"type": "file", "name": "f"})) == [
        "s.json:1: SurveyJS JSON: has no question that can be imported",
        "s.json:1: could not be carried over: a question of type file",
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"pages": [' + "[" * 200_000,
        '{"pages": [{"elements": [{"type": "comment", "name": "a\\u0000"}]}]}',
        '{"pages": [{"elements": [{"type": "comment", "name": "q", "title": "\\ud800"}]}]}',
        '{"pages": [{"elements": [{"type": "rating", "name": "q", "rateMin": NaN}]}]}',
        '{"pages": [' + "1" * 5_000 + "]}",
        '{"pages": [{"elements"',
        b'{"pages": [\x00]}',
        b'{"pages": [\xff\xfe]}',
    ],
    ids=["deep", "NUL", "half a character", "NaN", "a long number", "cut", "raw NUL", "no UTF-8"],
)
def test_hostile_json_is_refused(text):
    assert not any("\n" in problem for problem in refusal_of("s.json", text))


def test_panels_inside_of_panels_have_an_end():
    nested = '{"type": "panel", "elements": [' * 400 + "]}" * 400
    read = imported_text(
        "s.json", f'{{"elements": [{nested}, {{"type": "comment", "name": "q"}}]}}'
    )
    assert "s.json:1: could not be carried over: panels more than 50 deep" in read.notes


def test_five_thousand_questions_are_refused_at_once():
    many = [{"type": "comment", "name": f"q{n}"} for n in range(5_000)]
    (problem,) = refusal_of("s.json", survey(*many))
    assert problem.endswith("more than 1000 questions")


@pytest.mark.parametrize(
    "element",
    [
        {"type": "rating", "name": "q", "rateMin": 1e308, "rateMax": 10**400},
        {"type": "rating", "name": "q", "rateMin": 0, "rateMax": 900_000},
        {"type": "radiogroup", "name": "q", "choices": [{"value": None}, [], {}]},
        {"type": "radiogroup", "name": {"a": 1}, "choices": "abc", "title": 7},
        {"type": "matrix", "name": "m", "rows": {"a": 1}, "columns": [None]},
        {"type": "checkbox", "choices": ["a", "b"], "maxSelectedChoices": "x", "score": 1e300},
        {"type": ["radiogroup"], "name": "x"},
        {"type": "panel", "elements": [{"type": "panel", "elements": 5}]},
    ],
)
def test_odd_members_are_told_or_refused_but_never_break(element):
    text = survey(element, {"type": "comment", "name": "other"})
    assert imported_text("s.json", text).test.by_id["other"]

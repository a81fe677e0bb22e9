"""Surveys of LimeSurvey: tables of version 2, of version 6, and as a program writes them."""

import pytest

from tests.support.foreign import form_of, imported, imported_text, options_of, refusal_of, scores

pytestmark = pytest.mark.fast

HEAD = "<document><LimeSurveyDocType>{}</LimeSurveyDocType>"


def test_a_survey_of_version_2_has_its_languages_in_its_rows():
    survey = imported("survey-2.lss")
    assert form_of(survey) == "LimeSurvey survey"
    test = survey.test
    assert test.locales == ("ru", "en")
    assert test.title == {"ru": "Порядок в делах", "en": "Order at work"}
    assert test.instruction == {"ru": "Здравствуйте!", "en": "Hello!"}
    assert [(q.id, q.type.value) for q in test.questions] == [
        ("tidy", "option"),
        ("where", "checkbox"),
        ("why", "text"),
    ]
    assert test.by_id["tidy"].text == {"ru": "Вы убираете стол?", "en": "Do you tidy the desk?"}
    assert test.by_id["tidy"].html["en"] == (
        "<p>About things</p>\n<p>A little more.</p>\n<p>Do you tidy <strong>the desk</strong>?</p>"
    )
    assert (test.by_id["tidy"].forward, test.by_id["where"].forward) == (False, True)
    assert test.by_id["why"].timer == 60
    assert not any(question.back for question in test.questions)
    assert survey.document["questions"][0]["order"] == "random"
    assert survey.document["groups"] == {"Порядок": {"title": {"ru": "Порядок", "en": "Order"}}}


def test_assessment_values_are_what_answers_count():
    survey = imported("survey-2.lss")
    assert options_of(survey, "tidy") == [("0", "0", False), ("1", "1", False), ("1~2", "1", False)]
    assert options_of(survey, "where") == [("2", "2", False), ("2~2", "2", False)]
    assert scores(survey, tidy=["1"], where=["2", "2"]) == {"Порядок": (5, 0, 5)}


def test_conditions_and_rules_are_told_with_their_lines():
    lost = [note for note in imported("survey-2.lss").notes if "carried" in note]
    assert lost == [
        'survey-2.lss:163: could not be carried over: the option "other", with a text',
        "survey-2.lss:231: could not be carried over: the condition of a question: tidy == 'A3'",
        "survey-2.lss:397: could not be carried over: a rule of assessment",
    ]


def test_a_survey_of_version_6_has_its_texts_in_tables_of_their_own():
    survey = imported("survey-6.lss")
    assert [(q.id, q.type.value) for q in survey.test.questions] == [
        ("ARR_SQ001", "option"),
        ("ARR_SQ002", "option"),
        ("FIVE_a", "option"),
        ("RANK", "rating"),
        ("YES", "option"),
        ("WHO", "text"),
        ("AGE", "text"),
    ]
    array = survey.test.by_id["ARR_SQ002"]
    assert (array.text, array.html) == (
        {"en": "letters"},
        {"en": "Compared with last year, I read …"},
    )
    assert [option.text["en"] for option in array.options] == ["less", "as much", "more"]
    assert [f.placeholder["en"] for f in survey.test.by_id["WHO"].fields] == [
        "First name",
        "Last name",
    ]
    assert survey.test.by_id["AGE"].fields[0].input == "number"
    assert scores(survey, ARR_SQ001=["3"], ARR_SQ002=["1"], FIVE_a=["5"]) == {"Reading": (9, 3, 11)}
    told = " ".join(survey.notes)
    for lost in ("a question (equation)", "the condition of a group: age > 3", "the end text"):
        assert f"could not be carried over: {lost}" in told


def test_a_survey_that_a_program_wrote_has_texts_by_code_and_no_fields():
    survey = imported("generated.lss")
    assert [q.id for q in survey.test.questions] == ["PANAS_SQ001", "DAY"]
    assert survey.test.by_id["PANAS_SQ001"].options[1].text == {"en": "much"}
    assert scores(survey, PANAS_SQ001=["2"], DAY=["4"]) == {"Mood": (6, 2, 7)}
    assert "generated.lss:50: could not be carried over: a question (array (texts))" in survey.notes


def test_a_group_or_a_question_alone_is_refused():
    assert refusal_of("g.lsg", HEAD.format("Group") + "</document>") == [
        "g.lsg:1: a group of LimeSurvey is no whole survey; export the survey (.lss)"
    ]


@pytest.mark.parametrize(
    "text",
    [
        HEAD.format("Survey") + "</document>",
        HEAD.format("Survey") + "<questions/>",
        f'<!DOCTYPE document [<!ENTITY a "a">]>{HEAD.format("Survey")}&a;</document>',
        HEAD.format("Survey") + "<a>" * 100 + "</a>" * 100 + "</document>",
        HEAD.format("Survey") + "<questions><rows>" + "<row/>" * 210_000 + "</rows></questions>",
    ],
    ids=["empty", "cut", "entity", "deep", "many"],
)
def test_hostile_surveys_are_refused(text):
    (problem,) = refusal_of("s.lss", text)
    assert problem.startswith("s.lss:")


def test_rows_without_keys_or_texts_do_not_break_the_import():
    rows = "<row/><row><qid>1</qid><type>T</type></row><row><qid>1</qid><gid>x</gid></row>"
    tables = "".join(
        f"<{name}><rows>{rows}</rows></{name}>"
        for name in ("questions", "subquestions", "answers", "groups", "answer_l10ns", "surveys")
    )
    survey = imported_text("s.lss", HEAD.format("Survey") + tables + "</document>")
    assert [q.type.value for q in survey.test.questions] == ["text"]

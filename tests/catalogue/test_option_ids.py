"""Options that share a value: answers name the option, scoring reads its value."""

import pytest
from hypothesis import given, strategies

from widget_gateway.domain.catalogue.answers import check_value, check_whole_sheet
from widget_gateway.domain.catalogue.definitions import definition_faults
from widget_gateway.domain.catalogue.questions import Option, Question, QuestionType
from widget_gateway.domain.catalogue.scales import Scale
from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import AnswerInvalidError, ProgressInvalidError

pytestmark = pytest.mark.fast

TEXT = {"ru": "текст", "en": "text"}
TWINS = (
    Option(value="0", id="first", text=TEXT),
    Option(value="0", id="second", text=TEXT),
    Option(value="5", text=TEXT),
)


def question(*options, kind=QuestionType.OPTION, **more):
    return Question(id="q", type=kind, text=TEXT, options=options or TWINS, **more)


def a_test(*questions, scales=()):
    return TestDefinition(slug="t", title=TEXT, questions=questions, scales=scales)


def scored(asked, *answer):
    return score_answers(a_test(asked), {"q": answer}).variables


def test_an_answer_names_the_option_by_its_id_or_by_its_value_if_it_has_no_other():
    assert check_value(question(), ["second"]) == ("second",)
    assert check_value(question(), ["5"]) == ("5",)


@pytest.mark.parametrize("kind", [QuestionType.OPTION, QuestionType.CHECKBOX])
@pytest.mark.parametrize("value", [["0"], ["first", "first"], ["first", "x"]])
def test_a_plain_value_is_no_answer_of_a_visitor(kind, value):
    with pytest.raises(AnswerInvalidError):
        check_value(question(kind=kind), value)


def test_a_rating_takes_each_option_once_even_if_they_share_a_value():
    rating = question(kind=QuestionType.RATING)
    assert check_value(rating, ["second", "5", "first"]) == ("second", "5", "first")
    with pytest.raises(AnswerInvalidError):
        check_value(rating, ["first", "5", "first"])


@pytest.mark.parametrize(
    ("sent", "meant"), [("0", "first"), ("second", "second"), ("5", "5"), ("first", "first")]
)
def test_a_plain_value_of_a_partner_means_the_first_option_that_has_it(sent, meant):
    assert check_whole_sheet(a_test(question()), [("q", [sent])]) == {"q": (meant,)}


def test_an_exact_id_wins_over_the_value_of_another_option():
    asked = question(Option(value="b", id="a", text=TEXT), Option(value="a", id="b", text=TEXT))
    assert check_whole_sheet(a_test(asked), [("q", ["b"])]) == {"q": ("b",)}
    assert scored(asked, "b")["VALUES"]["a"]["sum"] == 1


def test_a_partners_plain_value_twice_names_the_same_option_twice():
    with pytest.raises(ProgressInvalidError, match="each at most once"):
        check_whole_sheet(a_test(question(kind=QuestionType.CHECKBOX)), [("q", ["0", "0"])])


def test_variables_count_values_and_no_ids():
    variables = scored(question(), "second")
    assert variables["SUM"] == 0
    assert set(variables["VALUES"]) == {"0", "5"}
    assert variables["REPEATS"]["0"] == {"sum": 1, "percentage": 100, "percentage_value": 100}


def test_the_number_of_an_option_is_that_of_its_value_and_not_of_its_id():
    asked = question(Option(value="2", id="7", text=TEXT), Option(value="3", id="9", text=TEXT))
    assert scored(asked, "7")["SUM"] == 2
    assert asked.score_bounds == (2, 3)
    assert asked.largest_score == 3


def test_a_checkbox_question_counts_a_value_for_each_option_that_has_it():
    asked = question(
        *(Option(value=value, id=f"o{n}", text=TEXT) for n, value in enumerate("1112")),
        kind=QuestionType.CHECKBOX,
        count=2,
    )
    variables = scored(asked, "o0", "o2")
    assert variables["SUM"] == 2
    assert variables["VALUES"]["1"] == {"sum": 2, "percentage": 100, "percentage_value": 100}


@pytest.mark.parametrize(
    ("chosen", "right"), [("tbilisi", 0), ("yerevan", 1), ("baku", 0), ("erivan", 1)]
)
def test_right_is_an_option_and_not_its_value(chosen, right):
    asked = question(
        Option(value="x", id="tbilisi", text=TEXT),
        Option(value="x", id="yerevan", text=TEXT, correct=True),
        Option(value="x", id="baku", text=TEXT),
        Option(value="y", id="erivan", text=TEXT, correct=True),
    )
    assert scored(asked, chosen)["SUM"] == right
    assert asked.largest_score == 2


def test_a_keyed_scale_reads_the_values():
    asked = question(
        Option(value="1", id="a", text=TEXT),
        Option(value="1", id="b", text=TEXT),
        Option(value="4", id="c", text=TEXT),
    )
    scales = (Scale(id="s", title=TEXT, minus=("q",)),)
    (score,) = score_answers(a_test(asked, scales=scales), {"q": ("b",)}).scales
    assert (score.score, score.min, score.max, score.percentage) == (4, 1, 4, 100)


@given(
    values=strategies.lists(
        strategies.sampled_from(["-1", "0", "2", "q"]), min_size=2, max_size=5, unique=True
    ),
    kind=strategies.sampled_from(
        [QuestionType.OPTION, QuestionType.CHECKBOX, QuestionType.RATING, QuestionType.GRADIENT]
    ),
    data=strategies.data(),
)
def test_ids_change_no_score_where_values_differ(values, kind, data):
    right = data.draw(strategies.sets(strategies.sampled_from(values)))

    def asked(named):
        options = (
            Option(value=v, id=f"id {v}" if named else None, text=TEXT, correct=v in right)
            for v in values
        )
        return question(*options, kind=kind)

    chosen = data.draw(strategies.permutations(values))
    if kind in {QuestionType.OPTION, QuestionType.GRADIENT}:
        chosen = chosen[:1]
    by_ids = scored(asked(named=True), *(f"id {value}" for value in chosen))
    assert by_ids == scored(asked(named=False), *chosen)


def faults(*options):
    return [why for _, why in definition_faults(a_test(question(*options)))]


def test_options_of_one_value_without_ids_are_a_fault_that_asks_for_ids():
    (why,) = faults(Option(value="0", text=TEXT), Option(value="0", text=TEXT))
    assert why == 'two options have the same value "0"; give the options ids'


@pytest.mark.parametrize(("value", "own_id"), [("1", "a"), ("a", None)])
def test_ids_are_unique_in_the_question(value, own_id):
    other = Option(value=value, id=own_id, text=TEXT)
    (why,) = faults(Option(value="0", id="a", text=TEXT), other)
    assert why.startswith('two options have the same id "a"; give the options ids that differ')


def test_the_first_of_two_options_may_do_without_an_id():
    assert not faults(Option(value="0", text=TEXT), Option(value="0", id="0~2", text=TEXT))

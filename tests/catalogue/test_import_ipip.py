"""IPIP-NEO-120 is made from data beside the project; its scores follow the published rules."""

import json
import os
import random
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from handlers.questions import QuestionEncoder
from widget_gateway.cli import main
from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.files import files_in, read_definition_file

DATA = Path(__file__).parents[3] / "shared" / "data" / "ipip-neo-120"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir() and os.environ.get("CI") != "true",
    reason="the data of IPIP-NEO-120 do not lie beside the project, in ../shared/data",
)


@pytest.fixture(scope="module")
def test():
    (found,) = files_in(DATA)[0]
    return read_definition_file(found).test


@pytest.fixture(scope="module")
def lists():
    return {
        locale: json.loads((DATA / f"{locale}.json").read_text("utf-8")) for locale in ("ru", "en")
    }


@pytest.fixture
def copy(tmp_path):
    """A copy of the data, in which a test makes faults."""
    return shutil.copytree(DATA, tmp_path / "ipip")


def published(items, chosen):
    """Sum the scores of the choices by domain and facet, from the data and not by our code."""
    sums = {}
    for question, choice in zip(items["questions"], chosen, strict=True):
        score = items["choices"][question["keyed"]][choice]["score"]
        for scale in (question["domain"], f"{question['domain']}{question['facet']}"):
            sums.setdefault(scale, []).append(score)
    return sums


def sheet(test, chosen):
    return {
        question.id: (question.values[choice],)
        for question, choice in zip(test.questions, chosen, strict=True)
    }


def agree(test, items, chosen):
    scores = {score.scale.id: score for score in score_answers(test, sheet(test, chosen)).scales}
    expected = published(items, chosen)
    assert scores.keys() == expected.keys()
    for name, scored in expected.items():
        found = scores[name]
        assert (found.score, found.min, found.max) == (
            sum(scored),
            len(scored),
            5 * len(scored),
        )
        average = sum(scored) / len(scored)
        level = "High" if average > 3 else "Low" if average < 3 else "Neutral"
        assert found.level.name["en"] == level, (name, scored)


def test_it_has_120_questions_in_both_languages_five_domains_and_thirty_facets(test, lists):
    assert (test.slug, len(test.questions), test.locales) == ("ipip-neo-120", 120, ("ru", "en"))
    domains = [scale for scale in test.scales if scale.part_of is None]
    facets = [scale for scale in test.scales if scale.part_of is not None]
    assert [domain.id for domain in domains] == ["N", "E", "O", "A", "C"]
    assert len(facets) == 30
    assert all(len(facet.plus + facet.minus) == 4 for facet in facets)
    for locale, items in lists.items():
        assert [question.text[locale] for question in test.questions] == [
            question["text"] for question in items["questions"]
        ]
        words = [choice["text"] for choice in items["choices"]["plus"]]
        assert all(
            [o.text[locale] for o in question.options] == words for question in test.questions
        )


def test_every_scale_has_a_name_of_its_own_in_both_languages(test):
    for locale in ("ru", "en"):
        assert len({scale.title[locale] for scale in test.scales}) == 35


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_the_questions_are_shown_in_both_languages(test, lists, locale):
    sent = [json.loads(bytes(question)) for question in QuestionEncoder().encode(test, locale)]
    assert [question["text"] for question in sent] == [
        question["text"] for question in lists[locale]["questions"]
    ]


@pytest.mark.parametrize("seed", range(200))
def test_random_answers_score_as_published(test, lists, seed):
    chance = random.Random(seed)
    agree(test, lists["en"], [chance.randrange(5) for _ in range(120)])


@given(chosen=st.lists(st.integers(0, 4), min_size=120, max_size=120))
def test_any_answers_score_as_published(test, lists, chosen):
    agree(test, lists["ru"], chosen)


@pytest.mark.parametrize("choice", range(5))
def test_the_same_answer_everywhere_scores_as_published(test, lists, choice):
    agree(test, lists["en"], [choice] * 120)


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_the_levels_change_exactly_beside_the_average_of_three(test, lists, step):
    """One answer beside the middle makes a domain 71 or 73 (72 before), a facet 11 or 13 (12)."""
    for index in range(120):
        chosen = [2] * 120
        chosen[index] += step
        agree(test, lists["en"], chosen)


def test_importing_it_again_changes_nothing():
    assert read_definition_file(DATA).digest == read_definition_file(DATA).digest


def test_the_command_line_takes_its_folder_or_one_around_it():
    for path in (DATA, DATA.parent):
        done = CliRunner().invoke(main, ["test", "check", str(path), "--json"])
        (checked,) = json.loads(done.stdout)
        assert (checked["slug"], checked["questions"]) == ("ipip-neo-120", {"option": 120})
        assert (checked["scales"], checked["notes"]) == (35, [])


def spoil(folder, locale, change):
    path = folder / f"{locale}.json"
    items = json.loads(path.read_text("utf-8"))
    change(items)
    path.write_text(json.dumps(items, ensure_ascii=False, indent=1), encoding="utf-8")


def turn_a_choice(items):
    items["choices"]["minus"][0]["score"] = 4


@pytest.mark.parametrize(
    ("locale", "change", "told"),
    [
        ("en", lambda items: items["questions"].pop(), "en.json:3: questions: needs at least 120"),
        ("ru", lambda items: items["questions"][0].update(facet=7),
         "ru.json:9: questions[0].facet: must be at most 6"),
        ("ru", lambda items: items["questions"][0].pop("keyed"),
         "ru.json:4: questions[0]: keyed is required"),
        ("en", lambda items: items["questions"][0].update(keyed="minus"),
         "en.json:7: questions[0].keyed: is plus in the other language"),
        ("ru", lambda items: items["questions"][1].update(number=1),
         "ru.json:12: questions[1].number: must be 2"),
        ("en", turn_a_choice, "choices.minus[0]: must be the same choice, with 5"),
        ("en", lambda items: items.update(locale="ru"), "en.json:2: locale: must be en"),
    ],
    ids=["short", "facet", "no key", "other key", "number", "choice", "locale"],
)  # fmt: skip
def test_other_data_are_refused_with_file_line_and_field(copy, locale, change, told):
    spoil(copy, locale, change)
    with pytest.raises(DefinitionError) as refusal:
        read_definition_file(copy)
    assert any(told in problem for problem in refusal.value.problems), refusal.value.problems


def test_a_folder_with_one_language_is_no_item_list(copy):
    (copy / "en.json").unlink()
    assert files_in(copy)[0] == [copy / "ru.json"]

"""The quality of correction on real misspellings; docs/spelling.md has the numbers."""

import os
from pathlib import Path

import pytest

from benchmarks.spelling_score import Score, score, score_line
from benchmarks.word_sets import WORD_SETS, same
from widget_gateway.services.spelling.speller import Speller
from widget_gateway.services.spelling.standard_words import StandardWords

DEVELOPMENT_HALF = Path(__file__).parents[3] / "shared" / "data" / "ruspellru-dev"

LEAST_F1 = 75.7
"""The least F1 score, in percent. 80.5 was measured."""

MOST_SPOILED = 0.39
"""The largest share of right words that are changed, in percent. 0.26 was measured."""


@pytest.fixture(scope="module")
def natural(spelling_dictionary):
    """The score on the development half of RUSpellRU."""
    if not DEVELOPMENT_HALF.is_dir():
        reason = f"RUSpellRU's development half is not in {DEVELOPMENT_HALF}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    typed, wanted = (
        (DEVELOPMENT_HALF / name).read_text(encoding="utf-8").splitlines()
        for name in ("sources.txt", "corrections.txt")
    )
    speller = Speller(spelling_dictionary, StandardWords().standing)
    made = [speller.correct(line).text for line in typed]
    return score(zip(typed, wanted, made, strict=True))


def test_natural_misspellings_are_corrected(natural):
    assert natural.misspellings > 800
    assert natural.f1 >= LEAST_F1


def test_correct_words_are_left_alone(natural):
    assert natural.correct_words > 10_000
    assert natural.spoiled <= MOST_SPOILED


@pytest.mark.parametrize(
    ("made", "counted"),
    [
        ("он небыл там", Score(misspellings=1, correct_words=2)),
        ("он не был там", Score(misspellings=1, corrections=1, right=1, correct_words=2)),
        ("он небо там", Score(misspellings=1, corrections=1, correct_words=2)),
        (
            "Он, не был дам",
            Score(misspellings=1, corrections=2, right=1, correct_words=2, changed_words=1),
        ),
    ],
    ids=["nothing", "right", "wrong", "spoiled"],
)
def test_corrections_are_counted_word_by_word(made, counted):
    assert score_line("Он небыл там.", "Он не был там", made) == counted


@pytest.fixture(scope="module")
def office(spelling_dictionary):
    """Corrects a word that stands alone, as in a search."""
    speller = Speller(spelling_dictionary, StandardWords().standing)
    return lambda word: speller.correct(word).text


@pytest.mark.parametrize("name", WORD_SETS)
def test_right_words_of_offices_are_left_alone(office, name):
    right = WORD_SETS[name].right
    changed = [(word, made) for word in right if not same(made := office(word), word)]
    assert len(changed) <= 0.02 * len(right), changed


@pytest.mark.parametrize("name", WORD_SETS)
def test_misspelled_words_of_offices_are_corrected(office, name):
    pairs = WORD_SETS[name].misspelled
    missed = [(typed, meant) for typed, meant in pairs if not same(office(typed), meant)]
    assert len(missed) <= 0.2 * len(pairs), missed

"""`make bench-search`: how well queries are corrected, and how often correct ones are changed.

It uses RUSpellRU's development half (natural misspellings of social networks), sentences with a
typo of a seeded generator, inflected words without misspellings, queries in the wrong layout or
alphabet, words of offices, IT, brands and names, and words in Latin letters. docs/spelling.md
explains the numbers.
"""

import argparse
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from latin_words import MISSPELLED, RIGHT
from spelling_score import Score, score, score_line
from spelling_sets import INFLECTED, OTHER_LAYOUTS, SENTENCES, with_typo
from word_sets import WORD_SETS, same

from widget_gateway.services.spelling.dictionary import load_dictionary
from widget_gateway.services.spelling.speller import Speller
from widget_gateway.services.spelling.standard_words import StandardWords

DEVELOPMENT_HALF = Path(__file__).parents[2] / "shared" / "data" / "ruspellru-dev"

FOLDS = 4
"""Parts into which RUSpellRU is divided, to see how much a number varies."""

LEAST_F1 = 65.0
MOST_SPOILED = 0.5
"""The customer's goals: at least this F1, and at most this share of correct words changed, both in
percent."""

Goal = tuple[str, str, bool]
Correct = Callable[[str], str]


def read_pairs(directory: Path) -> list[tuple[str, str]]:
    """Read the pairs of a line as it was typed and as it should be."""
    files = [directory / name for name in ("sources.txt", "corrections.txt")]
    typed, wanted = (file.read_text(encoding="utf-8").splitlines() for file in files)
    return list(zip(typed, wanted, strict=True))


def natural(correct: Correct, pairs: list[tuple[str, str]]) -> Iterator[Goal]:
    """Measure RUSpellRU as a whole and in parts, whose spread shows how reliable a number is."""
    began = time.process_time()
    made = [correct(typed) for typed, _ in pairs]
    seconds = time.process_time() - began
    scores = [score_line(*pair, line) for pair, line in zip(pairs, made, strict=True)]
    folds = [sum(scores[start::FOLDS], Score()) for start in range(FOLDS)]
    total = sum(folds, Score())
    words = total.correct_words + total.misspellings
    print(
        f"\nRUSpellRU, development half: {len(pairs)} lines, {1000 * seconds / words:.2f} ms a word"
    )
    _print_head()
    for number, fold in enumerate(folds, 1):
        _print_score(f"part {number} of {FOLDS}", fold)
    _print_score("all", total)
    spread = statistics.stdev(fold.f1 for fold in folds)
    print(f"  F1 of the parts: standard deviation {spread:.1f}")
    yield f"F1 at least {LEAST_F1:.0f}", f"{total.f1:.1f}", total.f1 >= LEAST_F1
    yield (
        f"at most {MOST_SPOILED} % of correct words changed",
        f"{total.spoiled:.2f} %",
        total.spoiled <= MOST_SPOILED,
    )


def made_up(correct: Correct, seed: int) -> Iterator[Goal]:
    """Measure sentences with one typo each: a wrong key, a swap, a lost or doubled letter."""
    chance = random.Random(seed)
    lines = [(with_typo(line, chance), line) for line in SENTENCES for _ in range(10)]
    _print_head("\nOne typo a sentence, by a seeded generator")
    found = score((typed, wanted, correct(typed)) for typed, wanted in lines)
    _print_score(f"seed {seed}", found)
    yield "typos: recall at least 65 %", f"{found.recall:.1f} %", found.recall >= LEAST_F1


def unchanged(correct: Correct) -> Iterator[Goal]:
    """Measure forms of words, and sentences, without misspellings."""
    words = [form for forms in INFLECTED for form in forms.split()]
    spoiled = [word for word in words if correct(word) != word]
    spoiled += [line for line in SENTENCES if correct(line) != line]
    print(f"\nNothing wrong: {len(words)} inflected forms, {len(SENTENCES)} sentences")
    print(f"  changed: {', '.join(spoiled) or 'none'}")
    yield "no inflected form and no right sentence changed", f"{len(spoiled)}", not spoiled


def other_layouts(correct: Correct) -> Iterator[Goal]:
    """Measure wrong keyboard layouts, transliteration, and names that must not change."""
    missed = [(typed, correct(typed)) for typed, meant in OTHER_LAYOUTS if correct(typed) != meant]
    print(f"\nOther layouts and alphabets: {len(OTHER_LAYOUTS)} queries")
    for typed, became in missed:
        print(f"  {typed} became {became}")
    right = len(OTHER_LAYOUTS) - len(missed)
    share = 100 * right / len(OTHER_LAYOUTS)
    yield "other layouts: at least 95 % right", f"{share:.0f} %", share >= 95


class Documents:
    """A corpus of a few words."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = words

    def knows(self, word: str) -> bool:
        """Whether the word is one of them."""
        return word in self._words

    def frequency(self, word: str) -> int:
        """Return one for each of the words."""
        return int(word in self._words)

    def near(self, _word: str) -> Collection[str]:
        """Return all words."""
        return self._words


def office_words(correct: Correct) -> Iterator[Goal]:
    """Measure words of offices, IT, brands and names, without documents."""
    for name, (right, misspelled) in WORD_SETS.items():
        changed = [(text, made) for text in right if not same(made := correct(text), text)]
        found = sum(same(correct(typed), meant) for typed, meant in misspelled)
        spoiled, recall = 100 * len(changed) / len(right), 100 * found / len(misspelled)
        print(f"\nOffice words, {name}: {len(right)} right, {len(misspelled)} misspelled")
        print(
            f"  {spoiled:.1f} % of right ones changed, {recall:.1f} % of misspelled ones corrected"
        )
        for text, made in changed:
            print(f"  {text} became {made}")
        yield f"office words, {name}: at most 2 % changed", f"{spoiled:.1f} %", spoiled <= 2
        yield f"office words, {name}: at least 80 % corrected", f"{recall:.0f} %", recall >= 80


def latin_words(speller: Speller) -> Iterator[Goal]:
    """Measure words in Latin letters, given documents with all that is meant."""
    corpus = Documents({meant for pairs in MISSPELLED for _, meant in pairs})
    for name, pairs, words in zip(("tuned", "held out"), MISSPELLED, RIGHT, strict=True):
        unknown = [word for word in words if not corpus.knows(word.lower())]
        made = [(speller.correct(typed, corpus), meant) for typed, meant in pairs]
        right = sum(correction.text == meant for correction, meant in made)
        sure = sum(correction.sure_text == meant for correction, meant in made)
        alone = sum(speller.correct(typed).text == meant for typed, meant in pairs)
        changed = [speller.correct(word, corpus) for word in unknown]
        used = sum(corpus.knows(correction.sure_text.lower()) for correction in changed)
        offered = sum(corpus.knows(correction.text.lower()) for correction in changed)
        print(f"\nLatin words, {name}: {len(pairs)} misspelled, {len(unknown)} right")
        print(f"  corrected {right}, surely {sure}, without documents {alone}")
        print(f"  right ones taken for words of documents {offered}, surely {used}")
        share = 100 * right / len(pairs)
        yield f"Latin words, {name}: at least 80 % corrected", f"{share:.0f} %", share >= 80
        share = 100 * used / len(unknown)
        yield f"Latin words, {name}: at most 2 % changed", f"{share:.1f} %", share <= 2


def _print_head(title: str = "") -> None:
    if title:
        print(title)
    print(f"  {'':14}{'F1':>7}{'precision':>11}{'recall':>8}{'correct words changed':>23}")


def _print_score(name: str, total: Score) -> None:
    print(
        f"  {name:14}{total.f1:>7.1f}{total.precision:>11.1f}{total.recall:>8.1f}"
        f"{total.spoiled:>21.2f} %"
    )


def main() -> None:
    """Measure everything, then print which goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=DEVELOPMENT_HALF, help="RUSpellRU's half")
    parser.add_argument("--dictionary", type=Path, help="a directory to keep the dictionary in")
    parser.add_argument("--seed", type=int, default=20, help="the seed of the typos (20)")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]}")
    with tempfile.TemporaryDirectory(prefix="wg-spelling-") as directory:
        kept = options.dictionary or Path(directory)
        began = time.process_time()
        load_dictionary(kept)
        made = time.process_time()
        dictionary = load_dictionary(kept)
        print(
            f"Dictionary of {len(dictionary)} words: made in {made - began:.0f} s of one core, "
            f"loaded in {1000 * (time.process_time() - made):.0f} ms"
        )
        speller = Speller(dictionary, StandardWords().standing)

        def correct(text: str) -> str:
            return speller.correct(text).text

        goals: list[Goal] = []
        if options.data.is_dir():
            goals += natural(correct, read_pairs(options.data))
        else:
            print(f"\nRUSpellRU is not in {options.data}: not measured.")
        goals += made_up(correct, options.seed)
        goals += unchanged(correct)
        goals += other_layouts(correct)
        goals += office_words(correct)
        goals += latin_words(speller)
    print("\nGoals")
    for goal, measured, reached in goals:
        print(f"  {goal:60} {measured:>8}   {'reached' if reached else 'NOT REACHED'}")


if __name__ == "__main__":
    main()

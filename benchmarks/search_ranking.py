"""`make bench-ranking`: how often the right entry of an FAQ is among the first hits of a question.

The FAQ in `faq/` was written before the ranking was tuned, and in two halves: the failures of the
entries with even numbers were looked at, those with odd numbers only count. In the same run the
questions are put to BM25 on dictionary forms with weighted titles, and to the search without one
step of its ranking at a time. Intervals are bootstraps over entries, as questions about one entry
are alike. docs/search.md explains the numbers.
"""

import argparse
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ranking_baseline import Baseline
from ranking_data import Entry, read_faq

from widget_gateway.domain.qua.search import SearchDocument
from widget_gateway.services.search import view
from widget_gateway.services.search.analysis import Analyzer
from widget_gateway.services.search.index import SearchIndex
from widget_gateway.services.search.index_writer import IndexWriter
from widget_gateway.services.search.inverted_index import InvertedIndex

LOOKED_AT = 20
"""Hits among which the right one is looked for: a page."""

SAMPLES = 2_000
"""Samples of a bootstrap interval."""

LEAST_HIT_1 = 0.47
LEAST_HIT_5 = 0.74
"""The customer's goals for such an FAQ."""

Find = Callable[[str], list[int]]
Ranks = list[list[int]]
"""For each entry the rank of it for each of its questions; 0 if it was not found."""


@dataclass(frozen=True)
class Quality:
    """How good ranks are, all from 0 to 1."""

    hit_1: float
    hit_5: float
    reciprocal: float


def quality(ranks: Ranks) -> Quality:
    """Compute the shares of questions whose entry is first and among five, and the MRR."""
    flat = [rank for of_entry in ranks for rank in of_entry]
    return Quality(
        sum(rank == 1 for rank in flat) / len(flat),
        sum(1 <= rank <= 5 for rank in flat) / len(flat),
        sum(1 / rank for rank in flat if rank) / len(flat),
    )


def interval(ranks: Ranks, chance: random.Random) -> tuple[Quality, Quality]:
    """Return the lower and upper bounds of 95 % of bootstrap samples of entries."""
    samples = [quality(chance.choices(ranks, k=len(ranks))) for _ in range(SAMPLES)]
    bounds = []
    for share in (0.025, 0.975):
        at = int(share * SAMPLES)
        columns = (
            sorted(getattr(sample, name) for sample in samples)[at]
            for name in ("hit_1", "hit_5", "reciprocal")
        )
        bounds.append(Quality(*columns))
    return bounds[0], bounds[1]


def rank(entries: list[Entry], find: Find) -> Ranks:
    """Ask all questions."""
    return [
        [_rank(number, find(question)) for question in entry.questions]
        for number, entry in enumerate(entries)
    ]


def _rank(number: int, found: list[int]) -> int:
    return found.index(number) + 1 if number in found else 0


def search(entries: list[Entry], analyzer: Analyzer | None = None) -> Find:
    """Put the entries into the search's index."""
    analyzer = analyzer or Analyzer()
    inverted = InvertedIndex()
    writer = IndexWriter(inverted, analyzer)
    writer.write(
        SearchDocument(
            id=f"q:{number}",
            title=entry.title,
            keywords=entry.keywords,
            text=entry.text,
            version=1,
        )
        for number, entry in enumerate(entries)
    )
    writer.commit()
    index = SearchIndex(analyzer)
    index.show(inverted)

    def find(question: str) -> list[int]:
        hits = index.find(question, limit=LOOKED_AT, offset=0).documents
        return [document.number for document, _ in hits]

    return find


class WithoutFamilies(Analyzer):
    """Finds a word in its own forms only."""

    def families(self, word: str) -> tuple[str, ...]:  # noqa: ARG002 - as it is called
        """Return nothing."""
        return ()


class WithoutSounds(Analyzer):
    """Finds a name in its own alphabet only."""

    def other_spellings(self, word: str) -> tuple[str, ...]:  # noqa: ARG002 - as it is called
        """Return nothing."""
        return ()


@contextmanager
def question_words_in_full() -> Iterator[None]:
    """Let the words count in full that a question is made with."""
    kept, view.QUESTION_WEIGHT = view.QUESTION_WEIGHT, 1.0
    try:
        yield
    finally:
        view.QUESTION_WEIGHT = kept


def main() -> None:
    """Measure both halves, the baseline and the steps, then print which goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=5, help="the seed of the bootstrap (5)")
    chance = random.Random(parser.parse_args().seed)
    entries = read_faq()
    print(f"{len(entries)} entries, {sum(len(entry.questions) for entry in entries)} questions")
    fields = Baseline(entries)
    one_field = Baseline(entries, one_field=True)
    results = {
        "BM25 on lemmas, a field each": rank(entries, fields.find),
        "BM25 on lemmas, one field": rank(entries, one_field.find),
        "the search": rank(entries, search(entries)),
    }
    results["without families of words"] = rank(entries, search(entries, WithoutFamilies()))
    results["without sounds"] = rank(entries, search(entries, WithoutSounds()))
    with question_words_in_full():
        results["question words in full"] = rank(entries, search(entries))
    parts = {
        "the half that was not looked at": slice(1, None, 2),
        "the half that was tuned on": slice(0, None, 2),
        "all": slice(None),
    }
    for part, chosen in parts.items():
        print(f"\n{part:34}{'hit@1':>18}{'hit@5':>18}{'MRR':>18}")
        for name, ranks in results.items():
            found, (low, high) = quality(ranks[chosen]), interval(ranks[chosen], chance)
            columns = (
                f"{getattr(found, of):.3f} ({getattr(low, of):.2f}-{getattr(high, of):.2f})"
                for of in ("hit_1", "hit_5", "reciprocal")
            )
            print(f"  {name:32}" + "".join(f"{column:>18}" for column in columns))
    unseen = quality(results["the search"][1::2])
    print("\nGoals, on the half that was not looked at")
    for goal, measured, least in (
        ("hit@1", unseen.hit_1, LEAST_HIT_1),
        ("hit@5", unseen.hit_5, LEAST_HIT_5),
    ):
        reached = "reached" if measured >= least else "NOT REACHED"
        print(f"  {goal} at least {least:.2f}: {measured:.3f}   {reached}")


if __name__ == "__main__":
    main()

"""Documents and queries of the search's benchmark, made from a seed.

Russian words are as frequent as in real texts (wordfreq), in the forms that texts have, with
English ones between them, so the index has as many different words as an intranet's. A query has
words such as titles have, in other forms that are in use.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any

import pymorphy3
import wordfreq
from pymongo import MongoClient

from storage.qua.search_documents import fields
from widget_gateway.domain.qua.search import SearchDocument
from widget_gateway.services.search.analysis import Analyzer

SEED = 6
WORDS = 60_000
ENGLISH_WORDS = 3_000
"""How many of the most frequent Russian and English words are used."""

ENGLISH_SHARE = 0.05
"""The share of English words in a text, about that of an IT department."""

TITLE_LENGTHS = range(3, 9)
TEXT_LENGTHS = range(20, 181)
QUERY_LENGTHS = (1, 2, 2, 3, 3, 4)
"""Numbers of words, each of which is as likely as the others."""

IDLE_WORDS = 300
"""How many of the most frequent words ("который", "может") titles and queries do not use, since
they name things."""

CHUNK = 2_000


@dataclass(frozen=True)
class Vocabulary:
    """Words, and for each the sum of the frequencies up to it."""

    words: list[str]
    sums: list[float]
    telling: list[float]
    """Such sums in which the IDLE_WORDS count as 0."""

    def text(self, chance: random.Random, count: int) -> list[str]:
        """Choose words of a text."""
        return chance.choices(self.words, cum_weights=self.sums, k=count)

    def title(self, chance: random.Random, count: int) -> list[str]:
        """Choose words of a title or keywords."""
        return chance.choices(self.words, cum_weights=self.telling, k=count)


def vocabulary() -> Vocabulary:
    """Make the vocabulary, which is the same on every machine."""
    russian, english = (
        {word: wordfreq.word_frequency(word, language) for word in words if word.isalpha()}
        for language, words in (
            ("ru", wordfreq.top_n_list("ru", WORDS)),
            ("en", wordfreq.top_n_list("en", ENGLISH_WORDS)),
        )
    )
    scale = ENGLISH_SHARE * sum(russian.values()) / sum(english.values())
    frequencies = {word: frequency * scale for word, frequency in english.items()} | russian
    idle = set(sorted(frequencies, key=lambda word: -frequencies[word])[:IDLE_WORDS])
    return Vocabulary(
        list(frequencies),
        list(accumulate(frequencies.values())),
        list(
            accumulate(0 if word in idle else frequency for word, frequency in frequencies.items())
        ),
    )


def documents(known: Vocabulary, count: int) -> Iterator[dict[str, Any]]:
    """Make different rows of `search_documents`; every fourth is a page of another site."""
    chance = random.Random(SEED)
    for number in range(1, count + 1):
        is_page = number % 4 == 0
        words = known.text(chance, chance.choice(TEXT_LENGTHS))
        row = {
            "_id": f"{'e' if is_page else 'q'}:{number}",
            "version": 1,
            "title": " ".join(known.title(chance, chance.choice(TITLE_LENGTHS))).capitalize(),
            "keywords": [] if is_page else known.title(chance, chance.randrange(5)),
            "text": ". ".join(" ".join(words[at : at + 12]) for at in range(0, len(words), 12)),
            "resource": "docs.example" if is_page else None,
            "url": f"https://docs.example/{number}" if is_page else None,
            "image": None,
        }
        yield row


def _stored(analyzer: Analyzer, row: dict[str, Any]) -> dict[str, Any]:
    """The row with its terms, as the gateway stores it."""
    rest = {name: value for name, value in row.items() if name != "_id"}
    document = SearchDocument(id=row["_id"], **rest)
    return row | fields(analyzer.analyse_document(document))


def queries(known: Vocabulary, count: int) -> list[str]:
    """Make different queries, each of some words of a title in other forms."""
    chance = random.Random(SEED + 1)
    morphology = pymorphy3.MorphAnalyzer()
    in_use = set(known.words)

    def other_form(word: str) -> str:
        forms = {form.word for form in morphology.parse(word)[0].lexeme} & in_use
        return chance.choice(sorted(forms)) if forms else word

    found: dict[str, None] = {}
    while len(found) < count:
        title = known.title(chance, chance.choice(QUERY_LENGTHS))
        found[" ".join(map(other_form, title))] = None
    return list(found)


def add_documents(client: MongoClient[dict[str, Any]], database: str, count: int) -> None:
    """Fill an empty database with so many documents."""
    analyzer = Analyzer()
    rows = (_stored(analyzer, row) for row in documents(vocabulary(), count))
    while chunk := list(islice(rows, CHUNK)):
        client[database]["search_documents"].insert_many(chunk, ordered=False)

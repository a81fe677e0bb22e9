"""What the search's benchmark looks for, and in what: documents and queries from a seed.

Words are as frequent as in Russian texts (wordfreq), in the forms that stand in texts, and English
ones between them: so the index has as many different words as that of an intranet. A query asks for
words as titles have, in another form that is in use.
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
ENGLISH_SHARE = 0.05
"""Of the words of a text, as in those of an IT department."""

TITLE_LENGTHS = range(3, 9)
TEXT_LENGTHS = range(20, 181)
QUERY_LENGTHS = (1, 2, 2, 3, 3, 4)

IDLE_WORDS = 300
"""The most frequent words ("который", "может") are of texts: titles and queries name things."""

CHUNK = 2_000


@dataclass(frozen=True)
class Vocabulary:
    """Words, and what the frequencies of all up to each add up to."""

    words: list[str]
    sums: list[float]
    telling: list[float]
    """The same without the idle ones."""

    def text(self, chance: random.Random, count: int) -> list[str]:
        """Words of a text."""
        return chance.choices(self.words, cum_weights=self.sums, k=count)

    def title(self, chance: random.Random, count: int) -> list[str]:
        """Words of a title or keywords."""
        return chance.choices(self.words, cum_weights=self.telling, k=count)


def vocabulary() -> Vocabulary:
    """The same on every machine."""
    russian, english = (
        {word: wordfreq.word_frequency(word, language) for word in words if word.isalpha()}
        for language, words in (
            ("ru", wordfreq.top_n_list("ru", WORDS)),
            ("en", wordfreq.top_n_list("en", ENGLISH_WORDS)),
        )
    )
    scale = ENGLISH_SHARE * sum(russian.values()) / sum(english.values())
    frequencies = {word: one * scale for word, one in english.items()} | russian
    idle = set(sorted(frequencies, key=lambda word: -frequencies[word])[:IDLE_WORDS])
    return Vocabulary(
        list(frequencies),
        list(accumulate(frequencies.values())),
        list(accumulate(0 if word in idle else one for word, one in frequencies.items())),
    )


def documents(known: Vocabulary, count: int) -> Iterator[dict[str, Any]]:
    """Rows of `search_documents`; every fourth is a page of another site. No two are alike."""
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
    """With its terms, as the gateway writes it."""
    rest = {name: value for name, value in row.items() if name != "_id"}
    document = SearchDocument(id=row["_id"], **rest)
    return row | fields(analyzer.analyse_document(document))


def queries(known: Vocabulary, count: int) -> list[str]:
    """Different queries, each of some words of a title in other forms."""
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
    """Fill an empty database."""
    analyzer = Analyzer()
    rows = (_stored(analyzer, row) for row in documents(vocabulary(), count))
    while chunk := list(islice(rows, CHUNK)):
        client[database]["search_documents"].insert_many(chunk, ordered=False)

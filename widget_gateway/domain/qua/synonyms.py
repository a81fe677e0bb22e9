"""Synonyms: groups of words and phrases that stand for each other in searches."""

from collections.abc import Iterable
from dataclasses import dataclass

from widget_gateway.domain.ids import SynonymGroupId
from widget_gateway.domain.qua.questions import Authorship, tidy
from widget_gateway.domain.qua.tracking import comparable

MAX_GROUPS = 2_000
"""Most groups. All of them are kept in the memory of each process, in a few megabytes."""

LEAST_WORDS = 2
MAX_WORDS = 20
"""Most words and phrases of a group: a search for one of them also looks for all others."""


@dataclass(frozen=True, kw_only=True)
class SynonymGroup(Authorship):
    """Words and phrases of which each also finds the others.

    If it is `one_way`, only a search for the first finds the others, and not the reverse.
    """

    id: SynonymGroupId
    words: tuple[str, ...]
    one_way: bool


@dataclass(frozen=True, kw_only=True)
class SynonymChanges:
    """Changes of a group's fields; None leaves a field as it is."""

    words: tuple[str, ...] | None = None
    one_way: bool | None = None


def tidy_synonyms(words: Iterable[str]) -> tuple[str, ...]:
    """Tidy the words and remove empty and repeated ones, whatever their case; the order stays."""
    different: dict[str, str] = {}
    for word in map(tidy, words):
        if any(map(str.isalnum, word)):
            different.setdefault(comparable(word), word)
    return tuple(different.values())

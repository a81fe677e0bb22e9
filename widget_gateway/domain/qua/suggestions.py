"""Suggestions: what a query that is being typed may become."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from widget_gateway.domain.ids import QuaQuestionId

LEAST_USERS = 3
"""Users who have to make a query, each with a click, before it is suggested to others. What fewer
people searched for may tell who they are and what they do."""

COUNTED_FOR = timedelta(days=90)
"""The time whose searches are suggested. Older ones may be about what no longer concerns people."""


class SuggestionKind(StrEnum):
    """Whether a suggestion is the title of a question or a query that others made."""

    TITLE = "title"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion; a title has the number of its question."""

    text: str
    kind: SuggestionKind
    question: QuaQuestionId | None = None


@dataclass(frozen=True, slots=True)
class FrequentQuery:
    """A query by which several users found something that they opened."""

    text: str
    users: int
    opened: tuple[str, ...]
    """Ids of the search documents that they opened."""

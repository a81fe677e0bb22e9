"""Dismissals: entries of the desk's lists that editors do not want to see again."""

from dataclasses import dataclass
from enum import StrEnum

from widget_gateway.domain.qua.tracking import comparable


class DeskList(StrEnum):
    """A list of the desk whose entries can be dismissed."""

    WITHOUT_HITS = "without_hits"
    PROPOSALS = "proposals"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list, by its queries as reports compare them."""

    list: DeskList
    queries: tuple[str, ...]


def unmet_entry(query: str) -> Entry:
    """Return the entry of a query without hits."""
    return Entry(DeskList.WITHOUT_HITS, (comparable(query),))


def proposal_entry(query: str, then: str) -> Entry:
    """Return the entry of a proposed pair. Their order makes no difference, as in a group."""
    first, second = sorted((comparable(query), comparable(then)))
    return Entry(DeskList.PROPOSALS, (first, second))

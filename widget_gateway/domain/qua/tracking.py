"""Tracking of searches and clicks: signed links of hits, and the report for editors."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from widget_gateway.domain.ids import QuaUserId

TOKEN_LENGTH = 20
"""Hexadecimal digits of a link's token: 80 bits, too many to guess by asking a server."""

KEPT_FOR = timedelta(days=400)
"""How long searches, clicks and dismissals are kept: a year to compare with, and a month to do
so."""

TYPING_PAUSE = timedelta(seconds=5)
"""A search that its user extends within this time was an unfinished query, since the page searches
while the user types."""


REPORTED_DAYS = 30
"""The days before the last one that a report has unless it is told a first day."""

_A_DAY = timedelta(days=1)


class Track(StrEnum):
    """Whether the link of a hit leads to a question or to an external resource."""

    INTERNAL = "search_internal"
    EXTERNAL = "search_external"


@dataclass(frozen=True, slots=True)
class Link:
    """The link of a hit, by the parameters that it has in its URL.

    `shid` is the id of the search, `qid` the number of the question or external resource.
    """

    track: Track
    shid: int
    qid: int


def sign(key: bytes, link: Link, target: str = "") -> str:
    """Make the token of a link; `target` is the URL that a link to another site leads to."""
    message = f"{link.shid}|{link.qid}|{link.track}|{target}".encode()
    return hmac.digest(key, message, hashlib.sha256).hex()[:TOKEN_LENGTH]


def is_signed(key: bytes, link: Link, target: str, token: str) -> bool:
    """Whether `sign` made this token; the comparison takes constant time."""
    return hmac.compare_digest(sign(key, link, target).encode(), token.encode())


def comparable(query: str) -> str:
    """Normalise a query for the report: case, spaces and the dots of a `ё` make no difference."""
    return " ".join(query.casefold().replace("ё", "е").split())


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search that a user made; `hits` counts all that it found."""

    query: str
    used_query: str
    user: QuaUserId
    hits: int
    offset: int
    """The number of hits before this page. Later pages do not count as searches of their own."""
    took: float
    """How long the search took, in seconds."""
    unfinished: bool
    """Whether the last word is in no document, but the beginning of a word there."""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class QueryCount:
    """How often a query was made, by how many users, and when it was made last."""

    query: str
    used_query: str
    count: int
    users: int
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpenedCount:
    """How often a question or an external resource was opened from searches."""

    track: Track
    qid: int
    count: int


SAID_OTHERWISE_WITHIN = timedelta(minutes=2)
"""A search whose hit its user opens within this time after one without hits says the same in other
words."""

LEAST_USERS_ALIKE = 2
"""How many users have to do so before a synonym is proposed. One may just have changed the topic,
and editors should not read what a single person has typed."""


@dataclass(frozen=True, kw_only=True)
class SaidOtherwise:
    """A query without hits, and the query that users made next and opened a hit of."""

    query: str
    then: str
    users: int


@dataclass(frozen=True, kw_only=True)
class SearchReport:
    """The report for editors on searches that failed; the most frequent queries come first.

    Unfinished queries are not counted, see TYPING_PAUSE.
    """

    since: datetime
    until: datetime
    searches: int
    without_hits: int
    without_clicks: int
    corrected: int
    queries_without_hits: list[QueryCount]
    queries_without_clicks: list[QueryCount]
    queries_corrected: list[QueryCount]


def reported_days(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """Return the first and the last day of a report, of which either may be left open."""
    last = last or today
    return first or last - REPORTED_DAYS * _A_DAY, last


def bounds_of_days(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the first moment of days by the UTC calendar, and the first one beyond."""
    since, last_midnight = (datetime.combine(day, time(), UTC) for day in (first, last))
    return since, last_midnight + _A_DAY

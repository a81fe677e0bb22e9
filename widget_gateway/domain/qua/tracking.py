"""What people search for and open: links that can't be made up, and what the editors learn."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from widget_gateway.domain.ids import QuaUserId

TOKEN_LENGTH = 20
"""Hexadecimal digits: 80 bits, which nobody guesses by asking a server."""

KEPT_FOR = timedelta(days=400)
"""Searches and clicks: a year to compare with, and a month to do so."""

TYPING_PAUSE = timedelta(seconds=5)
"""A search that its user extends so soon was the beginning of a word, typed into a page that
searches along."""


class Track(StrEnum):
    """What a link of a hit leads to: a question, or an external resource."""

    INTERNAL = "search_internal"
    EXTERNAL = "search_external"


@dataclass(frozen=True, slots=True)
class Link:
    """A hit of a search, as the parameters of its link name it.

    `shid` is the search, `qid` the number of the question or of the external resource.
    """

    track: Track
    shid: int
    qid: int


def sign(key: bytes, link: Link, target: str = "") -> str:
    """The token of a link, and of the URL that it leads to where that is of another site."""
    message = f"{link.shid}|{link.qid}|{link.track}|{target}".encode()
    return hmac.digest(key, message, hashlib.sha256).hex()[:TOKEN_LENGTH]


def is_signed(key: bytes, link: Link, target: str, token: str) -> bool:
    """Whether `sign` gave this token, found out in constant time."""
    return hmac.compare_digest(sign(key, link, target).encode(), token.encode())


def comparable(query: str) -> str:
    """What makes queries the same to the report: neither case nor spaces nor the dots of a `ё`."""
    return " ".join(query.casefold().replace("ё", "е").split())


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search that somebody made. `hits` are all that it found; 0 is what editors look for."""

    query: str
    used_query: str
    user: QuaUserId
    hits: int
    offset: int
    """Of the page of hits; the pages after the first are no searches of their own."""
    took: float
    """Seconds."""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class QueryCount:
    """How often a query was made, by how many users, and when last."""

    query: str
    used_query: str
    count: int
    users: int
    last_at: datetime


@dataclass(frozen=True, kw_only=True)
class SearchReport:
    """What the editors need next. The most frequent queries come first.

    Beginnings of words that were typed on are not counted.
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

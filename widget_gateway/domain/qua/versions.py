"""Versions of a question: what its title, its keywords and its answer were after each change."""

from dataclasses import dataclass
from datetime import datetime

from widget_gateway.domain.ids import QuaQuestionId, QuaUserId

MAX_VERSIONS = 100
"""How many former versions of a question are kept. Each has an answer of at most 50,000
characters, so they take 20 MB at the very most, and a few hundred kilobytes as a rule."""

FIRST_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class ListedVersion:
    """A version as lists show it: without the text of the answer, which may be long."""

    question: QuaQuestionId
    number: int
    """It rises by one with each change of the question, archiving and restoring included."""
    title: str
    archived: bool
    at: datetime
    by: QuaUserId
    """Who made this version."""


@dataclass(frozen=True, kw_only=True)
class Version(ListedVersion):
    """A version with its contents. `raw` is the answer in Markdown; empty without an answer."""

    keywords: tuple[str, ...]
    raw: str

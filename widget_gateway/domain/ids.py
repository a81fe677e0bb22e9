"""Identities: each kind of key is a NewType, so that mypy refuses the wrong kind."""

from typing import NewType
from uuid import UUID

ProviderSlug = NewType("ProviderSlug", str)
TestSlug = NewType("TestSlug", str)
UserId = NewType("UserId", str)
"""The partner's own name for its user: any string of up to 256 characters."""

UserKey = NewType("UserKey", UUID)
AttemptId = NewType("AttemptId", UUID)
"""An attempt, which the wire calls `session`."""

ResultKey = NewType("ResultKey", UUID)
AccessToken = NewType("AccessToken", UUID)

QuaUserId = NewType("QuaUserId", int)
QuaQuestionId = NewType("QuaQuestionId", int)
"""A question of QUA. The wire calls both it and a ResourceId `qid`."""

ResourceId = NewType("ResourceId", int)
SearchId = NewType("SearchId", int)
SynonymGroupId = NewType("SynonymGroupId", int)
"""A search that was made, which the wire calls `shid`."""

AccountId = NewType("AccountId", UUID)
"""An account of the console."""

WidgetVersion = NewType("WidgetVersion", str)
"""A version of the widget's files: 12 hexadecimal digits of a hash of them."""

UUID_LENGTH = 36
"""Characters of a UUID in its canonical form: 32 hexadecimal digits and 4 hyphens."""


def parse_uuid(text: str) -> UUID | None:
    """Read a UUID in its canonical hyphenated form; returns None for anything else.

    `UUID()` also takes braces, URNs and missing hyphens. A key should have a single spelling.
    """
    if len(text) != UUID_LENGTH:
        return None
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None

"""Identities. A NewType for each key, so that one can't be passed for another."""

from typing import NewType
from uuid import UUID

ProviderSlug = NewType("ProviderSlug", str)
TestSlug = NewType("TestSlug", str)
UserId = NewType("UserId", str)
"""The partner's own name for its user: any string to 256 characters."""

UserKey = NewType("UserKey", UUID)
AttemptId = NewType("AttemptId", UUID)
"""`session` on the wire."""

ResultKey = NewType("ResultKey", UUID)
AccessToken = NewType("AccessToken", UUID)

QuaUserId = NewType("QuaUserId", int)
QuaQuestionId = NewType("QuaQuestionId", int)
"""`qid` on the wire, as is a ResourceId."""

ResourceId = NewType("ResourceId", int)
SearchId = NewType("SearchId", int)
"""`shid` on the wire."""

UUID_LENGTH = 36


def parse_uuid(text: str) -> UUID | None:
    """Read the canonical hyphenated form only; None for anything else.

    `UUID()` itself also takes braces, URNs and missing hyphens; one spelling a key is enough.
    """
    if len(text) != UUID_LENGTH:
        return None
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None

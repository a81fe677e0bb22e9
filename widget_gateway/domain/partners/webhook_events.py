"""The kinds of events that a partner is told of, each with the data that it carries."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NotRequired, TypedDict


class WebhookEventType(StrEnum):
    """The kind of event that a partner is told of (docs/webhooks.md)."""

    ATTEMPT_PAUSED = "attempt.paused"
    RESULT_FINISHED = "result.finished"
    RESULT_ATTACHED = "result.attached"
    ACCESS_LIMIT_NEAR = "access.limit_near"


class AttemptPausedData(TypedDict):
    """A paid test waits for its payment. `user_id` is present if the user is known."""

    session: str
    test: str
    user_id: NotRequired[str]
    sandbox: NotRequired[bool]


class ResultFinishedData(TypedDict):
    """An attempt has become a guest's result. `user_id` is present if the user is known."""

    session: str
    test: str
    result_key: str
    user_id: NotRequired[str]
    sandbox: NotRequired[bool]


class ResultAttachedData(TypedDict):
    """A result belongs to a user."""

    result_key: str
    test: str
    user_id: str
    sandbox: NotRequired[bool]


class AccessLimitNearData(TypedDict):
    """The issued accesses have reached 80 % or 100 % of a prepaid limit."""

    percent: int
    access_count: int
    access_limit: int
    overdraft: int
    sandbox: NotRequired[bool]


EVENT_DATA: Mapping[WebhookEventType, type] = MappingProxyType(
    {
        WebhookEventType.ATTEMPT_PAUSED: AttemptPausedData,
        WebhookEventType.RESULT_FINISHED: ResultFinishedData,
        WebhookEventType.RESULT_ATTACHED: ResultAttachedData,
        WebhookEventType.ACCESS_LIMIT_NEAR: AccessLimitNearData,
    }
)
"""The data of each kind of event. `sandbox` is true for an event of the sandbox, else left out."""

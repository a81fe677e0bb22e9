"""The events of webhooks. The `id` of an event is the same in each try.

Printed by `python -m clients.generator`; do not edit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Optional, Union


@dataclass(frozen=True)
class AttemptPausedData:
    """A paid test waits for its payment. `user_id` is present if the user is known."""

    session: str
    test: str
    sandbox: Optional[bool] = None
    user_id: Optional[str] = None


@dataclass(frozen=True)
class AttemptPaused:
    """A paid test waits for its payment. `user_id` is present if the user is known."""

    id: str
    type: Literal["attempt.paused"]
    timestamp: str
    data: AttemptPausedData


@dataclass(frozen=True)
class ResultFinishedData:
    """An attempt has become a guest's result. `user_id` is present if the user is known."""

    result_key: str
    session: str
    test: str
    sandbox: Optional[bool] = None
    user_id: Optional[str] = None


@dataclass(frozen=True)
class ResultFinished:
    """An attempt has become a guest's result. `user_id` is present if the user is known."""

    id: str
    type: Literal["result.finished"]
    timestamp: str
    data: ResultFinishedData


@dataclass(frozen=True)
class ResultAttachedData:
    """A result belongs to a user."""

    result_key: str
    test: str
    user_id: str
    sandbox: Optional[bool] = None


@dataclass(frozen=True)
class ResultAttached:
    """A result belongs to a user."""

    id: str
    type: Literal["result.attached"]
    timestamp: str
    data: ResultAttachedData


@dataclass(frozen=True)
class AccessLimitNearData:
    """The issued accesses have reached 80 % or 100 % of a prepaid limit."""

    access_count: int
    access_limit: int
    overdraft: int
    percent: int
    sandbox: Optional[bool] = None


@dataclass(frozen=True)
class AccessLimitNear:
    """The issued accesses have reached 80 % or 100 % of a prepaid limit."""

    id: str
    type: Literal["access.limit_near"]
    timestamp: str
    data: AccessLimitNearData


@dataclass(frozen=True)
class UnknownEvent:
    """An event of a type that this version does not know."""

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]


Event = Union[AttemptPaused, ResultFinished, ResultAttached, AccessLimitNear, UnknownEvent]

EVENTS: Mapping[str, Any] = {
    "attempt.paused": AttemptPaused,
    "result.finished": ResultFinished,
    "result.attached": ResultAttached,
    "access.limit_near": AccessLimitNear,
}
"""The class of each type of event."""

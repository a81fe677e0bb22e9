"""Events that are told to a partner's server, and when a telling is tried again."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from widget_gateway.domain.ids import ProviderSlug

GIVE_UP_AFTER = timedelta(days=3)
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=8)


class WebhookEventType(StrEnum):
    """What is told."""

    ATTEMPT_PAUSED = "attempt.paused"
    RESULT_FINISHED = "result.finished"
    RESULT_ATTACHED = "result.attached"
    ACCESS_LIMIT_NEAR = "access.limit_near"


class DeliveryState(StrEnum):
    """Waiting for its next try, delivered, or given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """Something that happened to a provider's users. `data` is JSON: ids, never answers or keys."""

    type: WebhookEventType
    provider: ProviderSlug
    sandbox: bool
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The telling of one event. `status` and `error` are those of the last try."""

    id: str
    event: WebhookEvent
    state: DeliveryState
    attempts: int = 0
    next_at: datetime | None = None
    give_up_at: datetime
    status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a provider wants its events. `secrets` sign them: the newest, and one that leaves."""

    url: str
    secrets: tuple[str, ...] = field(repr=False)


def new_delivery_id(now: datetime) -> str:
    """An id that sorts by time, to the millisecond, and can't be guessed."""
    return f"msg_{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def retry_delay(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many tries; `chance` in 0..1 spreads those that failed together.

    Doubles from 5 seconds to 8 hours; the last half of each step is up to chance.
    """
    doublings: int = 2 ** min(attempts - 1, 20)
    step = min(FIRST_DELAY * doublings, LONGEST_DELAY)
    return step / 2 + step / 2 * chance


def thresholds_reached(count: int, limit: int) -> list[int]:
    """Which parts of the limit, in percent, the access that was just counted as `count` reached.

    Counts go up one by one, so that each is reached once, and again when the limit was raised.
    """
    first, last = -(-limit * 8 // 10), limit
    if count == last:
        return [100]
    return [80] if count == first else []

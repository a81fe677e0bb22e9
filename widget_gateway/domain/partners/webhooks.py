"""Events that are sent to partners' servers, and when a delivery is tried again."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.webhook_events import WebhookEventType

GIVE_UP_AFTER = timedelta(days=3)
"""How long a delivery is tried: a server may be down for a weekend."""

FIRST_DELAY = timedelta(seconds=5)
"""The longest pause before the second try; each further one is up to twice as long."""

LONGEST_DELAY = timedelta(hours=8)
"""The longest pause between two tries: a server that is back has its events the same day."""


class DeliveryState(StrEnum):
    """A delivery waits for its next try, is delivered, or has been given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """What happened to a provider's users. `data` is JSON with ids, never with answers or keys."""

    type: WebhookEventType
    provider: ProviderSlug
    sandbox: bool
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The delivery of an event; `attempts` counts its tries.

    `status`, the HTTP status of the answer, and `error` are those of the last try. `traceparent`
    names the span of the call that caused the event, if it was traced.
    """

    id: str
    event: WebhookEvent
    state: DeliveryState
    attempts: int = 0
    next_at: datetime | None = None
    give_up_at: datetime
    status: int | None = None
    error: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a provider's events are sent; all `secrets` sign them, the newest first."""

    url: str
    secrets: tuple[str, ...] = field(repr=False)


def new_delivery_id(now: datetime) -> str:
    """Make an id that sorts by time, to the millisecond, and can't be guessed."""
    return f"msg_{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def retry_delay(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many tries that failed.

    The longest pause doubles from FIRST_DELAY to LONGEST_DELAY. `chance`, from 0 to 1, chooses
    from its second half, so that deliveries that failed together are not tried together.
    """
    doublings: int = 2 ** min(attempts - 1, 20)
    step = min(FIRST_DELAY * doublings, LONGEST_DELAY)
    return step / 2 + step / 2 * chance


def thresholds_reached(count: int, limit: int) -> list[int]:
    """Which percentages of the limit (80 or 100) are reached by the access numbered `count`.

    Counts rise by 1, so each percentage is reached once, and once more after the limit was raised.
    """
    first, last = -(-limit * 8 // 10), limit
    if count == last:
        return [100]
    return [80] if count == first else []

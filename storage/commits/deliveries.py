"""How the engine writes webhook deliveries. storage/partners/webhooks.py reads and sends them."""

from datetime import timedelta

from storage.client import Document
from widget_gateway.domain.partners.webhooks import (
    GIVE_UP_AFTER,
    DeliveryState,
    WebhookEvent,
    new_delivery_id,
)

DELIVERY_KEPT_FOR = timedelta(days=30)
"""How long a delivery stays in the log of its provider, counted from its event."""

WAITING = DeliveryState.WAITING.value
"""The stored state of a delivery that is due now or later."""


def delivery_document(event: WebhookEvent, traceparent: str | None = None) -> Document:
    """Make the document of an event's delivery, which is due at once.

    `traceparent` names the span of the call that caused it, if traces are on.
    """
    traced = {} if traceparent is None else {"traceparent": traceparent}
    return traced | {
        "_id": new_delivery_id(event.at),
        "provider": event.provider,
        "sandbox": event.sandbox,
        "type": event.type.value,
        "at": event.at,
        "data": dict(event.data),
        "state": WAITING,
        "attempts": 0,
        "next_at": event.at,
        "lease": None,
        "give_up_at": event.at + GIVE_UP_AFTER,
        "expires_at": event.at + DELIVERY_KEPT_FOR,
        "status": None,
        "error": None,
    }

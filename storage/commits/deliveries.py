"""The outbox of webhooks as batches write it; storage/partners/webhooks.py empties it."""

from datetime import timedelta

from storage.client import Document
from widget_gateway.domain.partners.webhooks import (
    GIVE_UP_AFTER,
    DeliveryState,
    WebhookEvent,
    new_delivery_id,
)

KEPT_FOR = timedelta(days=30)
"""How long a delivery stays in the log of its provider."""

WAITING = DeliveryState.WAITING.value


def delivery_document(event: WebhookEvent) -> Document:
    """An event as it is put into the outbox."""
    return {
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
        "expires_at": event.at + KEPT_FOR,
        "status": None,
        "error": None,
    }

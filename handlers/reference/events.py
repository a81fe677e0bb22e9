"""The webhooks in `/openapi.json`: what a partner's own server is sent (docs/webhooks.md)."""

from typing import Any, Literal

import msgspec

from handlers.contract.json_reader import JSON
from handlers.contract.operations import Moment
from widget_gateway.domain.partners.webhook_events import EVENT_DATA, WebhookEventType

Node = dict[str, Any]

_HEADERS = {
    "webhook-id": "The same in each try: a repeat is known by it.",
    "webhook-timestamp": "Seconds since 1970 when this try was signed.",
    "webhook-signature": "Signatures of Standard Webhooks, one for each secret that is valid.",
}


def _body_of(kind: WebhookEventType) -> type[msgspec.Struct]:
    """The body of an event of this kind: its type, its time, and its data."""
    data = EVENT_DATA[kind]
    return msgspec.defstruct(
        data.__name__.removesuffix("Data"),
        [("type", Literal[kind.value]), ("timestamp", Moment), ("data", data)],
        namespace={"__doc__": data.__doc__},
    )


EVENT_BODIES = {kind: _body_of(kind) for kind in WebhookEventType}
"""The body of each kind of event."""


def described_events(schema_of: Node) -> Node:
    """The request that tells of each kind of event, by the name of the kind."""
    parameters = [
        {
            "name": name,
            "in": "header",
            "description": about,
            "required": True,
            "schema": {"type": "string"},
        }
        for name, about in _HEADERS.items()
    ]
    return {
        kind.value: {
            "post": {
                "operationId": "told_" + kind.value.replace(".", "_"),
                "summary": body.__doc__,
                "tags": ["partner"],
                "parameters": parameters,
                "requestBody": {
                    "required": True,
                    "content": {JSON: {"schema": schema_of[repr(body)]}},
                },
                "responses": {"2XX": {"description": "The event is accepted."}},
            }
        }
        for kind, body in EVENT_BODIES.items()
    }

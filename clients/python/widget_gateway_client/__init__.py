"""The client of Widget Gateway's partner API. Its answers' types are in `answers`.

Printed by `python -m clients.generator`; do not edit.
"""

from widget_gateway_client.async_client import AsyncClient
from widget_gateway_client.client import Client
from widget_gateway_client.decoding import encode
from widget_gateway_client.errors import (
    AnswerError,
    GatewayError,
    TransportError,
    WebhookError,
    WidgetGatewayError,
)
from widget_gateway_client.events import (
    AccessLimitNear,
    AttemptPaused,
    Event,
    ResultAttached,
    ResultFinished,
    UnknownEvent,
)
from widget_gateway_client.exchange import Rules
from widget_gateway_client.reading import File
from widget_gateway_client.reasons import (
    AccessLimitReached,
    AmountTooLarge,
    BadRequest,
    BodyTooLarge,
    Busy,
    ClientNotFound,
    DeliveryNotFound,
    HeadersTooLarge,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    Internal,
    MethodNotAllowed,
    ParameterInvalid,
    ParameterMissing,
    ProgressInvalid,
    RateLimited,
    ResultAttachedToAnotherUser,
    ResultLimitReached,
    ResultNotAttached,
    ResultNotFound,
    SessionNotFound,
    StorageUnavailable,
    TestNotAllowed,
    TestNotFound,
    UserNotFound,
)
from widget_gateway_client.webhooks import verify_webhook

__all__ = [
    "AccessLimitNear",
    "AccessLimitReached",
    "AmountTooLarge",
    "AnswerError",
    "AsyncClient",
    "AttemptPaused",
    "BadRequest",
    "BodyTooLarge",
    "Busy",
    "Client",
    "ClientNotFound",
    "DeliveryNotFound",
    "Event",
    "File",
    "GatewayError",
    "HeadersTooLarge",
    "IdempotencyKeyInUse",
    "IdempotencyKeyReused",
    "Internal",
    "MethodNotAllowed",
    "ParameterInvalid",
    "ParameterMissing",
    "ProgressInvalid",
    "RateLimited",
    "ResultAttached",
    "ResultAttachedToAnotherUser",
    "ResultFinished",
    "ResultLimitReached",
    "ResultNotAttached",
    "ResultNotFound",
    "Rules",
    "SessionNotFound",
    "StorageUnavailable",
    "TestNotAllowed",
    "TestNotFound",
    "TransportError",
    "UnknownEvent",
    "UserNotFound",
    "WebhookError",
    "WidgetGatewayError",
    "encode",
    "verify_webhook",
]

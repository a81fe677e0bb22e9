"""An exception for each reason of a refusal.

Printed by `python -m clients.generator`; do not edit.
"""

from collections.abc import Mapping

from widget_gateway_client.errors import GatewayError


class AccessLimitReached(GatewayError):
    """403, for example: The access limit is reached."""


class AmountTooLarge(GatewayError):
    """422, for example: The total has too many digits to be exact. Ask for a shorter period."""


class BadRequest(GatewayError):
    """400, for example: The request can't be understood."""


class BodyTooLarge(GatewayError):
    """413, for example: The request is larger than 1 MiB."""


class Busy(GatewayError):
    """503, for example: Too many documents are being made just now. Try again in a moment."""


class ClientNotFound(GatewayError):
    """404, for example: Client not found with the provided token."""


class DeliveryNotFound(GatewayError):
    """404, for example: Delivery not found."""


class HeadersTooLarge(GatewayError):
    """431, for example: The headers are larger than 64 KiB."""


class IdempotencyKeyInUse(GatewayError):
    """409, for example: A call with this Idempotency-Key is running. Try again in a moment."""


class IdempotencyKeyReused(GatewayError):
    """422, for example: This Idempotency-Key was used for another call."""


class Internal(GatewayError):
    """500, for example: Something went wrong on our side."""


class MethodNotAllowed(GatewayError):
    """405, for example: This address does not answer to this method."""


class ParameterInvalid(GatewayError):
    """400, for example: Invalid "limit": it is a whole number from 1 to 1000."""


class ParameterMissing(GatewayError):
    """400, for example: The required "test" parameter is missing."""


class ProgressInvalid(GatewayError):
    """422, for example: Question "7" is missing."""


class RateLimited(GatewayError):
    """429, for example: Too many requests. Try again later."""


class ResultAttachedToAnotherUser(GatewayError):
    """409, for example: The result is already attached to another user."""


class ResultLimitReached(GatewayError):
    """403, for example: The limit of saved results per user is reached."""


class ResultNotAttached(GatewayError):
    """403, for example: The result is not attached to a user."""


class ResultNotFound(GatewayError):
    """404, for example: Result not found with the provided key."""


class SessionNotFound(GatewayError):
    """404, for example: Session not found."""


class StorageUnavailable(GatewayError):
    """503, for example: The storage is unavailable. Try again later."""


class TestNotAllowed(GatewayError):
    """403, for example: The provider has no access to this test."""


class TestNotFound(GatewayError):
    """404, for example: Test not found."""


class UserNotFound(GatewayError):
    """404, for example: User not found with the provided key."""


REASONS: Mapping[str, type[GatewayError]] = {
    "access_limit_reached": AccessLimitReached,
    "amount_too_large": AmountTooLarge,
    "bad_request": BadRequest,
    "body_too_large": BodyTooLarge,
    "busy": Busy,
    "client_not_found": ClientNotFound,
    "delivery_not_found": DeliveryNotFound,
    "headers_too_large": HeadersTooLarge,
    "idempotency_key_in_use": IdempotencyKeyInUse,
    "idempotency_key_reused": IdempotencyKeyReused,
    "internal": Internal,
    "method_not_allowed": MethodNotAllowed,
    "parameter_invalid": ParameterInvalid,
    "parameter_missing": ParameterMissing,
    "progress_invalid": ProgressInvalid,
    "rate_limited": RateLimited,
    "result_attached_to_another_user": ResultAttachedToAnotherUser,
    "result_limit_reached": ResultLimitReached,
    "result_not_attached": ResultNotAttached,
    "result_not_found": ResultNotFound,
    "session_not_found": SessionNotFound,
    "storage_unavailable": StorageUnavailable,
    "test_not_allowed": TestNotAllowed,
    "test_not_found": TestNotFound,
    "user_not_found": UserNotFound,
}
"""The class of each reason."""

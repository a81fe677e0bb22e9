"""The table of errors and their HTTP statuses, and the shape of errors in each API family."""

from http import HTTPStatus
from typing import Any

from handlers.contract.errors import (
    CallbackKeyInvalidError,
    FieldsInvalidError,
    ParameterInvalidError,
    ParameterMissingError,
)
from widget_gateway.domain import errors

RETRY_AFTER_S = 2
"""`Retry-After` in seconds while the storage is unavailable. It is short, because the call has
waited for the election of a new primary already (storage/driver/waits.py)."""

STATUSES: dict[type[errors.GatewayError], HTTPStatus] = {
    ParameterMissingError: HTTPStatus.BAD_REQUEST,
    ParameterInvalidError: HTTPStatus.BAD_REQUEST,
    errors.CursorInvalidError: HTTPStatus.BAD_REQUEST,
    errors.WebhookOffError: HTTPStatus.CONFLICT,
    errors.AmountTooLargeError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RateLimitedError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.IdempotencyKeyInUseError: HTTPStatus.CONFLICT,
    errors.IdempotencyKeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    FieldsInvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    CallbackKeyInvalidError: HTTPStatus.UNAUTHORIZED,
    errors.CredentialsInvalidError: HTTPStatus.UNAUTHORIZED,
    errors.TokenInvalidError: HTTPStatus.UNAUTHORIZED,
    errors.PersonNotFoundError: HTTPStatus.NOT_FOUND,
    errors.ClientNotFoundError: HTTPStatus.NOT_FOUND,
    errors.ProviderNotFoundError: HTTPStatus.NOT_FOUND,
    errors.UserNotFoundError: HTTPStatus.NOT_FOUND,
    errors.DeliveryNotFoundError: HTTPStatus.NOT_FOUND,
    errors.TestNotFoundError: HTTPStatus.NOT_FOUND,
    errors.WidgetVersionNotFoundError: HTTPStatus.NOT_FOUND,
    errors.ResultNotFoundError: HTTPStatus.NOT_FOUND,
    errors.AttemptNotFoundError: HTTPStatus.NOT_FOUND,
    errors.SignInNotFoundError: HTTPStatus.NOT_FOUND,
    errors.QuaUserNotFoundError: HTTPStatus.NOT_FOUND,
    errors.QuaUserExistsError: HTTPStatus.CONFLICT,
    errors.LockNotFoundError: HTTPStatus.CONFLICT,
    errors.PinBurnedError: HTTPStatus.CONFLICT,
    errors.AccessLimitReachedError: HTTPStatus.FORBIDDEN,
    errors.ResultLimitReachedError: HTTPStatus.FORBIDDEN,
    errors.OriginNotAllowedError: HTTPStatus.FORBIDDEN,
    errors.TestNotAllowedError: HTTPStatus.FORBIDDEN,
    errors.ResultNotAttachedError: HTTPStatus.FORBIDDEN,
    errors.ResultAttachedToAnotherUserError: HTTPStatus.CONFLICT,
    errors.ProgressInvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CredentialsWrongError: HTTPStatus.BAD_REQUEST,
    errors.NotSignedInError: HTTPStatus.UNAUTHORIZED,
    errors.NotAuthorError: HTTPStatus.FORBIDDEN,
    errors.NotEditorError: HTTPStatus.FORBIDDEN,
    errors.QuaQuestionNotFoundError: HTTPStatus.NOT_FOUND,
    errors.QuaQuestionChangedError: HTTPStatus.CONFLICT,
    errors.QuaVersionNotFoundError: HTTPStatus.NOT_FOUND,
    errors.SynonymsNotFoundError: HTTPStatus.NOT_FOUND,
    errors.TooManySynonymsError: HTTPStatus.BAD_REQUEST,
    errors.ResourceNotFoundError: HTTPStatus.NOT_FOUND,
    errors.AccountNotFoundError: HTTPStatus.NOT_FOUND,
    errors.AccountExistsError: HTTPStatus.CONFLICT,
    errors.AccountUnfitError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PasswordUnfitError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.LimitRequestVoidError: HTTPStatus.CONFLICT,
    errors.ProviderChangedError: HTTPStatus.CONFLICT,
    errors.KeyNotFoundError: HTTPStatus.CONFLICT,
    errors.LastAdminError: HTTPStatus.CONFLICT,
    errors.LastFactorError: HTTPStatus.CONFLICT,
    errors.FactorNotFoundError: HTTPStatus.NOT_FOUND,
    errors.InvitationInvalidError: HTTPStatus.NOT_FOUND,
    errors.CodeWrongError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.PageUnreadableError: HTTPStatus.BAD_REQUEST,
    errors.ClickForgedError: HTTPStatus.BAD_REQUEST,
    errors.UploadInvalidError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.DraftNotFoundError: HTTPStatus.NOT_FOUND,
    errors.DraftChangedError: HTTPStatus.CONFLICT,
    errors.TestChangedError: HTTPStatus.CONFLICT,
    errors.PreviewNotFoundError: HTTPStatus.NOT_FOUND,
    errors.StorageUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PortalClosedError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.BusyError: HTTPStatus.SERVICE_UNAVAILABLE,
}

_MESSAGES = {
    HTTPStatus.BAD_REQUEST: "The request can't be understood.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not answer to this method.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The request is larger than 1 MiB.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are larger than 64 KiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body must be JSON, and Content-Type must say so.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests. Try again later.",
}

_REASONS = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "headers_too_large",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limited",
}


HTTP_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
)
"""Statuses that any address may answer with before the call is read."""


def status_of(error: BaseException | None, default: int = 500) -> HTTPStatus:
    """The HTTP status of an error; 500 for errors of the gateway that the table does not have."""
    if isinstance(error, errors.GatewayError):
        return STATUSES.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    return HTTPStatus(default)


_WIRE_MESSAGES: dict[type[errors.GatewayError], str] = {
    errors.IdempotencyKeyInUseError: (
        "A call with this Idempotency-Key is running. Try again in a moment."
    ),
    errors.IdempotencyKeyReusedError: "This Idempotency-Key was used for another call.",
}
"""Messages that name a header. The errors' own don't, since the floors below know no headers."""


def partner_shape(
    error: BaseException | None, status: HTTPStatus, request_id: str
) -> dict[str, Any]:
    """The partner API's shape: `{"error": {"code", "message", "reason"}}`.

    A fault of the gateway has no details, but the request id, by which operators find it in logs.
    """
    if isinstance(error, errors.GatewayError) and status is not HTTPStatus.INTERNAL_SERVER_ERROR:
        message = _WIRE_MESSAGES.get(type(error), error.message)
        body: dict[str, Any] = {"message": message, "reason": error.reason}
    elif status is HTTPStatus.INTERNAL_SERVER_ERROR:
        body = {
            "message": "Something went wrong on our side.",
            "reason": "internal",
            "request_id": request_id,
        }
    else:
        body = {
            "message": _MESSAGES.get(status, status.phrase),
            "reason": _REASONS.get(status, status.phrase.lower().replace(" ", "_")),
        }
    return {"error": {"code": status.value, **body}}


def qua_shape(error: BaseException | None, status: HTTPStatus, request_id: str) -> dict[str, Any]:
    """QUA's shape: `{"ok": 0, "error": {"error_code", "error_msg"}}`.

    A fault of the gateway has the request id, too.
    """
    told = partner_shape(error, status, request_id)["error"]
    fault = {"error_code": told["code"], "error_msg": told["message"]}
    if "request_id" in told:
        fault["request_id"] = told["request_id"]
    return {"ok": 0, "error": fault}

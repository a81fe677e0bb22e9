"""The refusals in `/openapi.json`: by status, with an example for each reason."""

from http import HTTPStatus
from itertools import count
from typing import Any, Literal

import msgspec

from handlers.base import AuthKind, BaseHandler
from handlers.contract.bodies import Body
from handlers.contract.errors import (
    CallbackKeyInvalidError,
    FieldFault,
    FieldsInvalidError,
    ParameterInvalidError,
    ParameterMissingError,
)
from handlers.contract.json_reader import JSON
from handlers.contract.operations import Operation
from handlers.errors import HTTP_REFUSALS, STATUSES, partner_shape
from handlers.portal.base import PortalHandler
from handlers.qua.base import QuaHandler
from widget_gateway.domain import errors

Node = dict[str, Any]

_KEYED_CALL = (ParameterMissingError, errors.ClientNotFoundError)
_POSTED_CALL = (errors.IdempotencyKeyInUseError, errors.IdempotencyKeyReusedError)
_CALLBACK = (CallbackKeyInvalidError, errors.PortalClosedError)

_SAMPLES: dict[type[errors.GatewayError], errors.GatewayError] = {
    ParameterMissingError: ParameterMissingError("test"),
    ParameterInvalidError: ParameterInvalidError("limit", "it is a whole number from 1 to 1000."),
    errors.RateLimitedError: errors.RateLimitedError(12),
    errors.PageUnreadableError: errors.PageUnreadableError("its server answered with status 404"),
    errors.ProgressInvalidError: errors.ProgressInvalidError('Question "7" is missing.'),
}
"""Examples of errors whose message depends on the call."""


class Refusal(msgspec.Struct, omit_defaults=True):
    """Why a call was refused. `reason` is its stable name."""

    code: int
    message: str
    reason: str
    request_id: str = ""


class ErrorBody(msgspec.Struct):
    """The body of every error of the partner API."""

    error: Refusal


class QuaRefusal(msgspec.Struct, omit_defaults=True):
    """Why a call of QUA was refused; `error_code` is the status."""

    error_code: int
    error_msg: str
    request_id: str = ""


class QuaErrorBody(msgspec.Struct):
    """The envelope of every error of QUA."""

    ok: Literal[0]
    error: QuaRefusal


ERROR_BODIES = (ErrorBody, QuaErrorBody)

PORTAL_ERROR = {
    "title": "PortalError",
    "description": "The body of every refusal of the portal API: `error`, or each faulty field "
    "with what is wrong with it.",
    "type": "object",
    "properties": {
        "result": {"const": False},
        "error": {
            "anyOf": [
                {"type": "string"},
                {"$ref": "#/components/schemas/PortalError/$defs/faults"},
            ]
        },
        "request_id": {"type": "string"},
    },
    "required": ["result"],
    "additionalProperties": {"$ref": "#/components/schemas/PortalError/$defs/sentences"},
    "$defs": {
        "sentences": {"type": "array", "items": {"type": "string"}},
        "faults": {
            "type": "object",
            "additionalProperties": {"$ref": "#/components/schemas/PortalError/$defs/sentences"},
        },
    },
}


def described_refusals(
    handler: type[BaseHandler], operation: Operation, method: str, known: Node
) -> Node:
    """References to the refusals of a call by status. Each is described once, in `known`."""
    described: Node = {}
    for status, bodies in _refusals(handler, operation, posted=method == "POST"):
        response = _response(status, bodies, _schema_of(handler))
        name = _kept(known, "-".join([str(status.value), *bodies]), response)
        described[str(status.value)] = {"$ref": f"#/components/responses/{name}"}
    for status in operation.pages:
        page = {
            "description": "A page that tells people what is wrong.",
            "headers": header_references(["X-Request-Id"]),
            "content": {"text/html": {"schema": {"type": "string"}}},
        }
        name = _kept(known, f"{status.value}-page", page)
        described[str(status.value)] = {"$ref": f"#/components/responses/{name}"}
    return described


def _schema_of(handler: type[BaseHandler]) -> str:
    if issubclass(handler, PortalHandler):
        return "PortalError"
    return QuaErrorBody.__name__ if issubclass(handler, QuaHandler) else ErrorBody.__name__


def _kept(known: Node, name: str, response: Node) -> str:
    """The name of a response in `known`, with a number if another response has the name."""
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(name for name in names if known.setdefault(name, response) == response)


def _possible(
    handler: type[BaseHandler], operation: Operation, *, posted: bool
) -> list[type[errors.GatewayError]]:
    keyed = handler.auth is AuthKind.PROVIDER_KEY
    possible = [*operation.refusals, errors.StorageUnavailableError]
    if operation.names or operation.body:
        possible.append(ParameterInvalidError)
    if handler.auth is AuthKind.CALLBACK_KEY:
        possible += _CALLBACK
    if issubclass(handler, QuaHandler):
        possible.append(errors.RateLimitedError)
        if handler.auth is AuthKind.QUA_TOKEN:
            possible.append(errors.NotSignedInError)
        if operation.required:
            possible.append(ParameterMissingError)
    if operation.tag == "partner":
        possible += [errors.RateLimitedError, *(_POSTED_CALL if posted and keyed else ())]
        if keyed or operation.required:
            possible += _KEYED_CALL if keyed else _KEYED_CALL[:1]
    return possible


def _refusals(
    handler: type[BaseHandler], operation: Operation, *, posted: bool
) -> list[tuple[HTTPStatus, Node]]:
    """The refusals of a call by status, with an example for each reason."""
    by_status: dict[HTTPStatus, Node] = {}
    for kind in _possible(handler, operation, posted=posted):
        sample = _sample(kind, operation)
        body = handler.describe_refusal(sample, STATUSES[kind])
        by_status.setdefault(STATUSES[kind], {})[sample.reason] = body
    unread = (HTTPStatus.UNSUPPORTED_MEDIA_TYPE,) if operation.body else ()
    for status in (*HTTP_REFUSALS, *unread, HTTPStatus.INTERNAL_SERVER_ERROR):
        reason = partner_shape(None, status, "")["error"]["reason"]
        by_status.setdefault(status, {})[reason] = handler.describe_refusal(None, status)
    return sorted(by_status.items())


def _sample(kind: type[errors.GatewayError], operation: Operation) -> errors.GatewayError:
    if kind is FieldsInvalidError:
        if isinstance(operation.body, Body):
            faults = {field.name: [FieldFault("required")] for field in operation.body.fields}
        else:
            faults = {
                parameter.name: [FieldFault("session_or_all")] for parameter in operation.one_of[:1]
            }
        return FieldsInvalidError(faults)
    return _SAMPLES.get(kind) or kind()


def _response(status: HTTPStatus, bodies: Node, schema: str) -> Node:
    headers = ["X-Request-Id"]
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers.append("Retry-After")
    return {
        "description": ", ".join(bodies),
        "headers": header_references(headers),
        "content": {
            JSON: {
                "schema": {"$ref": f"#/components/schemas/{schema}"},
                "examples": {reason: {"value": body} for reason, body in bodies.items()},
            }
        },
    }


def header_references(names: list[str]) -> Node:
    """References to the headers of a response, which are described once."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}

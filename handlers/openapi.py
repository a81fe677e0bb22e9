"""`/openapi.json`: the HTTP API described by the declarations that its requests are read with."""

from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec

from handlers.base import AuthKind, BaseHandler
from handlers.errors import HTTP_REFUSALS, STATUSES, partner_shape
from handlers.operations import JSON, Operation
from handlers.parameters import Parameter
from handlers.partner.parameters import CLIENT, CLIENT_KEY
from widget_gateway.domain import errors

Node = dict[str, Any]
Endpoint = tuple[str, type[BaseHandler]]
"""A path as OpenAPI writes it, and the handler that answers there."""

FORM = "application/x-www-form-urlencoded"
_KEYS = (CLIENT_KEY, CLIENT)

_KEYED_CALL = (errors.ParameterMissingError, errors.ClientNotFoundError)
_POSTED_CALL = (errors.IdempotencyKeyInUseError, errors.IdempotencyKeyReusedError)

_SAMPLES: dict[type[errors.GatewayError], errors.GatewayError] = {
    errors.ParameterMissingError: errors.ParameterMissingError("test"),
    errors.ParameterInvalidError: errors.ParameterInvalidError(
        "limit", "it is a whole number from 1 to 1000."
    ),
    errors.RateLimitedError: errors.RateLimitedError(12),
    errors.ProgressInvalidError: errors.ProgressInvalidError('Question "7" is missing.'),
}
"""Errors whose message depends on the call."""


class Fault(msgspec.Struct, omit_defaults=True):
    """Why a call was refused. `reason` is its stable name."""

    code: int
    message: str
    reason: str
    request_id: str = ""


class ErrorBody(msgspec.Struct):
    """The body of every error."""

    error: Fault


def openapi_document(endpoints: Iterable[Endpoint], server_url: str) -> Node:
    """The whole document, OpenAPI 3.1."""
    known = list(endpoints)
    answers = [handler.operation.answer for _, handler in known if handler.operation is not None]
    schemas, components = msgspec.json.schema_components(
        [*answers, ErrorBody], ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(map(repr, [*answers, ErrorBody]), schemas, strict=True))
    refusals: Node = {}
    paths = {path: _path_item(path, handler, schema_of, refusals) for path, handler in known}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Widget Gateway",
            "version": version("widget-gateway"),
            "description": "Embedded tests for partners' pages. The partner API is called server "
            "to server: GET and POST with the same parameters, which POST takes as JSON, as a form "
            "or in the query. Unknown parameters are ignored. Wrong methods get 405 with `Allow`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server_url}],
        "tags": [{"name": "partner"}, {"name": "public"}, {"name": "operation"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": refusals,
            "headers": _HEADERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": CLIENT_KEY.about},
                **{
                    key.name: {
                        "type": "apiKey",
                        "in": "query",
                        "name": key.name,
                        "description": key.about,
                    }
                    for key in _KEYS
                },
            },
        },
    }


_HEADERS: Node = {
    "X-Request-Id": {
        "description": "The caller's own where it sent one, else a new one; logs carry it too.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'The quota and its window in seconds: `"key";q=60000;w=60`.',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'Calls left, and seconds until all are back: `"key";r=59990;t=1`.',
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 0},
    },
}


def _path_item(path: str, handler: type[BaseHandler], schema_of: Node, refusals: Node) -> Node:
    operation = handler.operation
    assert operation is not None, f"{handler.__name__} declares no operation"  # noqa: S101
    return {
        method.lower(): _operation(path, method, handler, operation)
        | {"responses": _responses(handler, operation, schema_of, refusals, method)}
        for method in ("GET", "POST")
        if method in handler.allowed_methods()
    }


def _operation(path: str, method: str, handler: type[BaseHandler], operation: Operation) -> Node:
    posted = method == "POST"
    described: Node = {
        "operationId": f"{method.lower()}{path.replace('/', '_').replace('.', '_')}",
        "summary": operation.summary,
        "description": operation.about,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(path), *_parameters(operation, posted=posted)],
    }
    if handler.auth is AuthKind.PROVIDER_KEY:
        named: list[Node] = [{"bearer": []}, *({key.name: []} for key in _KEYS)]
        described["security"] = [*named, {}] if operation.key_optional else named
    if posted:
        described["requestBody"] = _body(operation)
    return {name: value for name, value in described.items() if value not in ("", [])}


def _path_parameters(path: str) -> list[Node]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$"},
            "example": {"provider": "college"}.get(name, "career-interests"),
        }
        for name in names
    ]


def _parameters(operation: Operation, *, posted: bool) -> list[Node]:
    if posted:
        return [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same key and call get the first answer again for 24 hours.",
                "schema": {"type": "string", "pattern": "^[ -~]{1,255}$"},
            }
        ]
    return [
        {
            "name": parameter.name,
            "in": "query",
            "description": parameter.about,
            "required": required,
            "schema": _accepted(parameter.schema(), [""], required=required),
            **_example(parameter, json=False),
        }
        for parameter, required in _declared(operation)
    ]


def _body(operation: Operation) -> Node:
    declared = list(_declared(operation))
    required = [parameter.name for parameter, needed in declared if needed]

    def as_object(*, json: bool) -> Node:
        members = {
            parameter.name: _accepted(
                parameter.json_schema() if json else parameter.schema(),
                ["", None] if json else [""],
                required=needed,
            )
            | {"description": parameter.about}
            for parameter, needed in declared
        }
        example = {
            parameter.name: _example(parameter, json=json)["example"]
            for parameter, needed in declared
            if (needed or parameter in operation.one_of[:1]) and parameter.example is not None
        }
        schema: Node = {"type": "object", "properties": members}
        if required:
            schema["required"] = required
        if operation.one_of:
            schema["anyOf"] = [
                {
                    "required": [one.name],
                    "properties": {one.name: one.json_schema() if json else one.schema()},
                }
                for one in operation.one_of
            ]
        return {"schema": schema, "example": example}

    return {
        "required": bool(required or operation.one_of),
        "content": {JSON: as_object(json=True), FORM: as_object(json=False)},
    }


def _accepted(schema: Node, absent: list[str | None], *, required: bool) -> Node:
    """What is really accepted: an optional parameter may be empty, as if it were absent."""
    return schema if required else {"anyOf": [schema, {"enum": absent}]}


def _declared(operation: Operation) -> Iterable[tuple[Parameter[Any], bool]]:
    for parameter in operation.required:
        yield parameter, True
    for parameter in operation.optional:
        if parameter not in _KEYS:
            yield parameter, False


def _example(parameter: Parameter[Any], *, json: bool) -> Node:
    example = parameter.example
    if example is None:
        return {}
    if not json and not isinstance(example, str | int):
        example = msgspec.json.encode(example).decode()
    return {"example": example}


def _answer(operation: Operation, schema_of: Node) -> Node:
    content: Node = {}
    for media_type in operation.media_types:
        plain = media_type.partition(";")[0]
        if plain == JSON:
            content[JSON] = {"schema": schema_of[repr(operation.answer)]}
            if operation.example is not None:
                content[JSON]["example"] = operation.example
        else:
            content[plain] = {"schema": {"type": "string"}}
    headers = ["X-Request-Id"]
    if operation.tag == "partner":
        headers += ["RateLimit-Policy", "RateLimit"]
    return {"description": "Done.", "headers": _headers(headers), "content": content}


def _responses(
    handler: type[BaseHandler], operation: Operation, schema_of: Node, refusals: Node, method: str
) -> Node:
    """The answer, and every refusal by status; equal refusals are written once."""
    keyed = handler.auth is AuthKind.PROVIDER_KEY
    responses: Node = {"200": _answer(operation, schema_of)}
    for status, bodies in _refusals(operation, keyed=keyed, posted=method == "POST"):
        name = "-".join([str(status.value), *bodies])
        refusals[name] = _refusal(status, bodies)
        responses[str(status.value)] = {"$ref": f"#/components/responses/{name}"}
    return responses


def _refusals(operation: Operation, *, keyed: bool, posted: bool) -> list[tuple[HTTPStatus, Node]]:
    """Every refusal by status, an example for each reason."""
    possible = [*operation.refusals, errors.StorageUnavailableError]
    if operation.names:
        possible.append(errors.ParameterInvalidError)
    if operation.tag == "partner":
        possible += [errors.RateLimitedError, *(_POSTED_CALL if posted and keyed else ())]
        if keyed or operation.required:
            possible += _KEYED_CALL if keyed else _KEYED_CALL[:1]
    by_status: dict[HTTPStatus, Node] = {}
    for kind in possible:
        sample = _SAMPLES.get(kind) or kind()
        body = partner_shape(sample, STATUSES[kind], "")
        by_status.setdefault(STATUSES[kind], {})[sample.reason] = body
    for status in (*HTTP_REFUSALS, HTTPStatus.INTERNAL_SERVER_ERROR):
        body = partner_shape(None, status, "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
        by_status.setdefault(status, {})[body["error"]["reason"]] = body
    return sorted(by_status.items())


def _refusal(status: HTTPStatus, bodies: Node) -> Node:
    headers = ["X-Request-Id"]
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers.append("Retry-After")
    return {
        "description": ", ".join(bodies),
        "headers": _headers(headers),
        "content": {
            JSON: {
                "schema": {"$ref": "#/components/schemas/ErrorBody"},
                "examples": {reason: {"value": body} for reason, body in bodies.items()},
            }
        },
    }


def _headers(names: list[str]) -> Node:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}

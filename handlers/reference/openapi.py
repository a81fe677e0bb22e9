"""`/openapi.json`: the HTTP API, described by the declarations that requests are read by."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

import msgspec

from handlers.base import AuthKind, BaseHandler
from handlers.contract.json_reader import JSON
from handlers.contract.operations import Operation
from handlers.contract.parameters import Parameter
from handlers.portal.people import PERSON
from handlers.qua.base import MAX_ID
from handlers.reference.components import HEADERS, KEYS, SECURITY, SECURITY_SCHEMES
from handlers.reference.events import EVENT_BODIES, described_events
from handlers.reference.refusals import (
    ERROR_BODIES,
    PORTAL_ERROR,
    Node,
    described_refusals,
    header_references,
)

Endpoint = tuple[str, type[BaseHandler]]
"""A path as OpenAPI writes it, and the handler that answers there."""

FORM = "application/x-www-form-urlencoded"
_METHODS = ("GET", "POST", "PUT", "DELETE")
_WITH_BODY = ("POST", "PUT")
_NAME = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$"}
_NUMBER = {"type": "integer", "minimum": 0, "maximum": MAX_ID}
_SEGMENTS: dict[str, tuple[str, Node, str | int]] = {
    "provider": ("The partner's public name.", _NAME, "college"),
    "id_phperson": (PERSON.about, _NAME, PERSON.example),
    "question_id": ("The number of the question.", _NUMBER, 1),
    "group_id": ("The number of the group.", _NUMBER, 1),
    "version_id": ("The number of the version.", _NUMBER, 1),
    "resource_id": ("The number of the external resource.", _NUMBER, 1),
}
"""The description, schema and example of each parameter in a path. All others are tests."""

_TEST = ("The test's name.", _NAME, "career-interests")


def openapi_document(endpoints: Iterable[Endpoint], server_url: str) -> Node:
    """The whole document, OpenAPI 3.1, for a gateway at `server_url`."""
    known = list(endpoints)
    answers = [
        operation.answer
        for _, handler in known
        for method in _METHODS
        if (operation := handler.operation_of(method)) is not None
    ]
    shapes = [*answers, *ERROR_BODIES, *EVENT_BODIES.values()]
    schemas, components = msgspec.json.schema_components(
        shapes, ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(map(repr, shapes), schemas, strict=True))
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
        "tags": [{"name": name} for name in ("partner", "portal", "qua", "public", "operation")],
        "paths": paths,
        "webhooks": described_events(schema_of),
        "components": {
            "schemas": {**components, "PortalError": PORTAL_ERROR},
            "responses": refusals,
            "headers": HEADERS,
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _path_item(path: str, handler: type[BaseHandler], schema_of: Node, refusals: Node) -> Node:
    described: Node = {}
    for method in _METHODS:
        if method in handler.allowed_methods():
            operation = handler.operation_of(method)
            assert operation is not None, f"{handler.__name__} declares no operation"  # noqa: S101
            described[method.lower()] = _operation(path, method, handler, operation) | {
                "responses": {
                    str(operation.status.value): _answer(operation, schema_of),
                    **described_refusals(handler, operation, method, refusals),
                }
            }
    return described


def _operation(path: str, method: str, handler: type[BaseHandler], operation: Operation) -> Node:
    posted = method in _WITH_BODY
    described: Node = {
        "operationId": method.lower() + re.sub(r"[/.{}]+", "_", path).rstrip("_"),
        "summary": operation.summary,
        "description": operation.about,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(path), *_parameters(operation, posted=posted)],
    }
    if operation.deprecated:
        described["deprecated"] = True
    if handler.auth is AuthKind.PROVIDER_KEY:
        named: list[Node] = [{"bearer": []}, *({key.name: []} for key in KEYS)]
        described["security"] = [*named, {}] if operation.key_optional else named
    if handler.auth in SECURITY:
        described["security"] = [{SECURITY[handler.auth]: []}]
    if operation.writes:
        described["x-writes"] = True
    if operation.body is not None:
        content = {"schema": operation.body.schema, "example": operation.body.example}
        described["requestBody"] = {
            "required": True,
            "content": dict.fromkeys(operation.body.media_types, content),
        }
    elif posted and operation.names:
        described["requestBody"] = _body(operation, shows_all=method == "PUT")
    return {name: value for name, value in described.items() if value not in ("", [])}


def _path_parameters(path: str) -> list[Node]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        {
            "name": name,
            "in": "path",
            "description": about,
            "required": True,
            "schema": schema,
            "example": example,
        }
        for name, (about, schema, example) in (
            (segment, _SEGMENTS.get(segment, _TEST)) for segment in names
        )
    ]


def _parameters(operation: Operation, *, posted: bool) -> list[Node]:
    if posted and operation.tag != "partner":
        return []
    if posted:
        return [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same key and call get the first answer again for 24 hours. "
                "A refusal that something may lift is not kept: the call is made again.",
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


def _body(operation: Operation, *, shows_all: bool) -> Node:
    """The body of a call. Its example has what is required; with `shows_all`, all that can be."""
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
            if (shows_all or needed or parameter in operation.one_of[:1])
            and parameter.example is not None
        }
        schema: Node = {"type": "object", "properties": members}
        if required:
            schema["required"] = required
        if operation.one_of:
            schema["anyOf"] = [
                {
                    "required": [parameter.name],
                    "properties": {
                        parameter.name: parameter.json_schema() if json else parameter.schema()
                    },
                }
                for parameter in operation.one_of
            ]
        return {"schema": schema, "example": example}

    return {
        "required": bool(required or operation.one_of),
        "content": {JSON: as_object(json=True), FORM: as_object(json=False)},
    }


def _accepted(schema: Node, absent: list[str | None], *, required: bool) -> Node:
    """The schema of all accepted values: an optional parameter may be empty, as if absent."""
    return schema if required else {"anyOf": [schema, {"enum": absent}]}


def _declared(operation: Operation) -> Iterable[tuple[Parameter[Any], bool]]:
    for parameter in operation.required:
        yield parameter, True
    for parameter in operation.optional:
        if parameter not in KEYS:
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
    headers += operation.headers
    about = "Go there." if operation.status is HTTPStatus.FOUND else "Done."
    return {"description": about, "headers": header_references(headers), "content": content}

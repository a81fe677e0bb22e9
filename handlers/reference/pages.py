"""`/openapi.json`, `/asyncapi.json`, and the page `/docs/`, which shows the HTTP API to people.

The page runs no script and loads nothing from elsewhere.
"""

import hashlib
import json
from http import HTTPStatus
from typing import Any

import msgspec

from handlers.addresses import own_origin
from handlers.base import AuthKind, BaseHandler
from handlers.channel import widget_calls
from handlers.contract.json_reader import JSON
from handlers.contract.operations import Operation, Operations
from handlers.partner import PARTNER_MODULES
from handlers.partner.progress import CalculateHandler
from handlers.portal import PORTAL_ROUTES
from handlers.public import ops, tests, widget
from handlers.public.services import PublicServices
from handlers.public.start import StartPageHandler
from handlers.qua import QUA_ROUTES
from handlers.qua.base import ID
from handlers.qua.page import QuaPageHandler
from handlers.reference.asyncapi import asyncapi_document
from handlers.reference.openapi import Endpoint, openapi_document
from handlers.reference.refusals import Node

_FAMILIES = {
    "partner": "Partner API",
    "portal": "Portal API",
    "qua": "QUA API",
    "public": "Public",
    "operation": "For operators",
}


def endpoints() -> list[Endpoint]:
    """Every HTTP endpoint except static files, with its path as OpenAPI writes it."""
    return [
        *(
            (f"/partner/api/{family}/{path}", handler)
            for family in ("v3", "v2")
            for module in PARTNER_MODULES
            for path, handler in module.ROUTES
        ),
        ("/partner/api/v1/calculate", CalculateHandler),
        *((path.replace("([^/]+)", "{id_phperson}"), handler) for path, handler in PORTAL_ROUTES),
        *((path.replace(ID, _qua_id(path)), handler) for path, handler in QUA_ROUTES),
        ("/tests/api/v1/info/{slug}/", tests.TestInfoHandler),
        ("/widget/{provider}/{test}", widget.WidgetPageHandler),
        *widget_calls.ROUTES,
        ("/", StartPageHandler),
        ("/qua/", QuaPageHandler),
        ("/schemas/test-definition.json", ops.DefinitionSchemaHandler),
        ("/openapi.json", OpenApiHandler),
        ("/asyncapi.json", AsyncApiHandler),
        ("/docs/", DocsHandler),
        ("/healthz", ops.HealthHandler),
        ("/readyz", ops.ReadinessHandler),
        ("/metrics", ops.MetricsHandler),
    ]


def _qua_id(path: str) -> str:
    return "{question_id}" if "/questions/" in path else "{resource_id}"


class _DescribingHandler(BaseHandler):
    """A handler whose answers change only with the version of the gateway."""

    services: PublicServices

    auth = AuthKind.PUBLIC

    def own_url(self) -> str:
        """The origin by which the caller reached the gateway."""
        services = self.services
        return own_origin(self.request, services.public_url, services.trusted_proxies)

    def send_unless_known(self, body: bytes, media_type: str) -> None:
        """Send the body, or 304 to a caller that has it already."""
        self.set_header("Etag", f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        self.set_header("Cache-Control", "no-cache")
        if self.check_etag_header():
            self.set_status(HTTPStatus.NOT_MODIFIED)
            self.finish()
            return
        self.set_header("Content-Type", media_type)
        self.finish(body)


class OpenApiHandler(_DescribingHandler):
    """`GET /openapi.json`."""

    operations = Operations(
        get=Operation(
            summary="This document",
            tag="public",
            answer=dict[str, Any],
            example={"openapi": "3.1.0"},
        )
    )

    def get(self) -> None:
        """Answer with the description of every endpoint."""
        self.set_header("Access-Control-Allow-Origin", "*")
        document = openapi_document(endpoints(), self.own_url())
        self.send_unless_known(msgspec.json.encode(document), "application/json")

    head = get


class AsyncApiHandler(_DescribingHandler):
    """`GET /asyncapi.json`."""

    operations = Operations(
        get=Operation(
            summary="The WebSocket channels, as AsyncAPI",
            tag="public",
            answer=dict[str, Any],
            example={"asyncapi": "3.0.0"},
        )
    )

    def get(self) -> None:
        """Answer with the description of both channels."""
        self.set_header("Access-Control-Allow-Origin", "*")
        document = asyncapi_document(self.own_url())
        self.send_unless_known(msgspec.json.encode(document), "application/json")

    head = get


class DocsHandler(_DescribingHandler):
    """`GET /docs/`."""

    operations = Operations(
        get=Operation(
            summary="The reference for people",
            tag="public",
            answer=None,
            media_types=("text/html",),
        )
    )

    def get(self) -> None:
        """Answer with the page."""
        document = openapi_document(endpoints(), self.own_url())
        page = self.services.templates.get_template("docs.html").render(
            info=document["info"],
            server=document["servers"][0]["url"],
            families=[(title, _shown(document, tag)) for tag, title in _FAMILIES.items()],
        )
        self.set_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'",
        )
        self.send_unless_known(page.encode(), "text/html; charset=UTF-8")

    head = get


def _shown(document: Node, tag: str) -> list[Node]:
    """What the page shows of each operation. Paths of V2 are mentioned in its introduction only."""
    return [
        _section(document, path, methods, is_first=number == 0)
        for path, item in document["paths"].items()
        if not path.startswith("/partner/api/v2/")
        for number, methods in enumerate(_operations(item))
        if tag in next(iter(methods.values()))["tags"]
    ]


def _operations(item: Node) -> list[Node]:
    """The methods of a path, grouped by operation."""
    by_summary: dict[str, Node] = {}
    for method, described in item.items():
        by_summary.setdefault(described["summary"], {})[method] = described
    return list(by_summary.values())


def _section(document: Node, path: str, methods: Node, *, is_first: bool) -> Node:
    method, described = next(iter(methods.items()))
    success = next(
        response for response in described["responses"].values() if "$ref" not in response
    )
    example = success["content"].get(JSON, {}).get("example")
    prefix = "" if is_first else f"{method}-"
    name = path.strip("/").replace("/", "-").replace("{", "").replace("}", "")
    return {
        "anchor": prefix + (name or "start"),
        "path": path,
        "methods": [name.upper() for name in methods],
        "summary": described["summary"],
        "about": described.get("description", ""),
        "parameters": [
            parameter | {"shape": _shape(parameter["schema"])}
            for parameter in (*described.get("parameters", []), *_members(described))
        ],
        "call": _call(document, path, method, described),
        "media_types": list(success["content"]) or [success["description"]],
        "example": example and _pretty(example),
        "refusals": [
            (status, reason, _message(value["value"]))
            for status, named in described["responses"].items()
            if named is not success
            for reason, value in _refusal(document, named["$ref"]).items()
        ],
    }


def _members(described: Node) -> list[Node]:
    """The members of a JSON body, if an operation accepts no other form of parameters."""
    content = described.get("requestBody", {}).get("content", {})
    if list(content) != [JSON]:
        return []
    schema = content[JSON]["schema"]
    return [
        {
            "name": name,
            "required": name in schema["required"],
            "schema": member,
            "description": member["description"],
        }
        for name, member in schema["properties"].items()
    ]


_CREDENTIALS = {
    "bearer": "Authorization: Bearer $CLIENT_KEY",
    "callback_key": "X-Callback-Key: $CALLBACK_KEY",
    "access_token": "Authorization: Bearer $ACCESS_TOKEN",
    "qua_token": "Authorization: JWT $TOKEN",
}
"""The header that authenticates a call, for curl, by the name of its security scheme."""


def _call(document: Node, path: str, method: str, described: Node) -> str:
    """The command that makes the call with curl."""
    query, address = [], document["servers"][0]["url"] + path
    for parameter in described.get("parameters", []):
        if parameter["in"] == "path":
            address = address.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        elif parameter["in"] == "query" and (
            parameter["required"] or parameter["name"] in _ONE_OF_TWO
        ):
            query.append(f"--data-urlencode '{parameter['name']}={parameter['example']}'")
    parts = ["curl"]
    if method in ("put", "delete") or (method == "post" and "requestBody" not in described):
        parts.append(f"-X {method.upper()}")
    if "security" in described:
        parts.append(f'-H "{_CREDENTIALS[next(iter(described["security"][0]))]}"')
    if query:
        parts.append("-G")
    lines = [" ".join([*parts, address]), *query]
    if "requestBody" in described:
        example = described["requestBody"]["content"][JSON]["example"]
        lines += [
            "-H 'Content-Type: application/json'",
            f"-d '{json.dumps(example, ensure_ascii=False)}'",
        ]
    return " \\\n    ".join(lines)


_ONE_OF_TWO = ("user_id", "session_id")
"""Optional parameters in the examples of calls that need one of two."""


def _refusal(document: Node, reference: str) -> Node:
    refusal = document["components"]["responses"][reference.rpartition("/")[2]]
    examples: Node = refusal["content"].get(JSON, {}).get("examples", {})
    return examples


def _message(body: Node) -> str:
    """The message of a refusal of any API family; all sentences if it is about faulty fields."""
    told = body.get("error")
    if isinstance(told, str):
        return told
    for name in ("message", "error_msg"):
        if told is not None and name in told:
            return str(told[name])
    faults = {name: sentences for name, sentences in (told or body).items() if name != "result"}
    return " ".join(f"{name}: {' '.join(sentences)}" for name, sentences in faults.items())


def _shape(schema: Node) -> str:
    """A schema in a few words."""
    if "anyOf" in schema:
        shapes = (option for option in schema["anyOf"] if "" not in option.get("enum", ()))
        return " or ".join(map(_shape, shapes))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    kinds = schema.get("type")
    named = schema.get("format") or schema.get("contentMediaType")
    return str(named or (" or ".join(kinds) if isinstance(kinds, list) else kinds))


def _pretty(example: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(example)).decode()


ROUTES = [
    (r"/openapi\.json", OpenApiHandler),
    (r"/asyncapi\.json", AsyncApiHandler),
    (r"/docs/?", DocsHandler),
]

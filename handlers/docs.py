"""`/openapi.json`, and `/docs/`, which shows it to people without a script or a foreign asset."""

import hashlib
from http import HTTPStatus
from typing import Any

import msgspec

from handlers import ops, tests, widget
from handlers.addresses import own_origin
from handlers.base import AuthKind, BaseHandler
from handlers.openapi import Endpoint, Node, openapi_document
from handlers.operations import Operation
from handlers.partner import PARTNER_MODULES
from handlers.partner.progress import CalculateHandler

_FAMILIES = {"partner": "Partner API", "public": "Public", "operation": "For operators"}


def endpoints() -> list[Endpoint]:
    """Every HTTP endpoint but the widget's files: paths as OpenAPI writes them."""
    return [
        *(
            (f"/partner/api/{family}/{path}", handler)
            for family in ("v3", "v2")
            for module in PARTNER_MODULES
            for path, handler in module.ROUTES
        ),
        ("/partner/api/v1/calculate", CalculateHandler),
        ("/tests/api/v1/info/{slug}/", tests.TestInfoHandler),
        ("/widget/{provider}/{test}", widget.WidgetPageHandler),
        ("/schemas/test-definition.json", ops.DefinitionSchemaHandler),
        ("/openapi.json", OpenApiHandler),
        ("/docs/", DocsHandler),
        ("/healthz", ops.HealthHandler),
        ("/readyz", ops.ReadinessHandler),
        ("/metrics", ops.MetricsHandler),
    ]


class _DescribingHandler(BaseHandler):
    """Answers with something that changes only with the gateway itself."""

    auth = AuthKind.PUBLIC

    def own_url(self) -> str:
        """Where the caller reached the gateway."""
        services = self.services
        return own_origin(self.request, services.public_url, services.trusted_proxies)

    def send_unless_known(self, body: bytes, media_type: str) -> None:
        """Send it, or 304 to who has it already."""
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

    operation = Operation(
        summary="This document", tag="public", answer=dict[str, Any], example={"openapi": "3.1.0"}
    )

    def get(self) -> None:
        """Describe every endpoint."""
        self.set_header("Access-Control-Allow-Origin", "*")
        document = openapi_document(endpoints(), self.own_url())
        self.send_unless_known(msgspec.json.encode(document), "application/json")


class DocsHandler(_DescribingHandler):
    """`GET /docs/`."""

    operation = Operation(
        summary="The reference for people", tag="public", answer=None, media_types=("text/html",)
    )

    def get(self) -> None:
        """Show the document: no script runs here, and nothing is loaded from elsewhere."""
        document = openapi_document(endpoints(), self.own_url())
        page = self.services.templates.get_template("docs.html").render(
            info=document["info"],
            server=document["servers"][0]["url"],
            families=[(title, _shown(document, tag)) for tag, title in _FAMILIES.items()],
        )
        self.set_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'",
        )
        self.send_unless_known(page.encode(), "text/html; charset=UTF-8")


def _shown(document: Node, tag: str) -> list[Node]:
    """What the page tells of each operation; V2's paths are named once, in its introduction."""
    shown = []
    for path, item in document["paths"].items():
        described = item["get"]
        if tag not in described["tags"] or path.startswith("/partner/api/v2/"):
            continue
        answer = described["responses"]["200"]["content"]
        example = answer.get("application/json", {}).get("example")
        shown.append(
            {
                "anchor": path.strip("/").replace("/", "-").replace("{", "").replace("}", ""),
                "path": path,
                "methods": [method.upper() for method in item],
                "summary": described["summary"],
                "about": described.get("description", ""),
                "parameters": [
                    one | {"shape": _shape(one["schema"])}
                    for one in described.get("parameters", [])
                ],
                "keyed": "security" in described,
                "media_types": list(answer),
                "example": example and _pretty(example),
                "refusals": [
                    (status, reason, value["value"]["error"]["message"])
                    for status, named in described["responses"].items()
                    if status != "200"
                    for reason, value in _refusal(document, named["$ref"]).items()
                ],
            }
        )
    return shown


def _refusal(document: Node, reference: str) -> Node:
    refusal = document["components"]["responses"][reference.rpartition("/")[2]]
    examples: Node = refusal["content"]["application/json"]["examples"]
    return examples


def _shape(schema: Node) -> str:
    """A schema in a few words."""
    schema = schema["anyOf"][0] if "anyOf" in schema else schema
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return str(schema.get("format") or schema.get("contentMediaType") or schema["type"])


def _pretty(example: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(example)).decode()


ROUTES = [(r"/openapi\.json", OpenApiHandler), (r"/docs/?", DocsHandler)]

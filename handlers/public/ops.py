"""Calls for operators, liveness, readiness and metrics, and the schema of test definitions."""

from http import HTTPStatus
from typing import Any

import msgspec

from handlers.base import AuthKind, BaseHandler
from handlers.contract.operations import Operation, Operations
from handlers.public.services import PublicServices
from widget_gateway.services.catalogue.definitions import definition_schema


class Health(msgspec.Struct):
    """The answer to a probe."""

    status: str


class HealthHandler(BaseHandler):
    """`GET /healthz`: 200 as long as the process runs."""

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="The process lives", tag="operation", answer=Health, example={"status": "ok"}
        )
    )

    def get(self) -> None:
        """Answer, which is all that a liveness probe asks for."""
        self.write_json({"status": "ok"})

    head = get  # Load balancers and monitors probe with HEAD.


class ReadinessHandler(BaseHandler):
    """`GET /readyz`: 200 if visitors may be sent to this node, else 503 and the reasons."""

    services: PublicServices

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="Visitors may be sent here",
            about="503 with the faults where they may not: storage, indexes, a drain.",
            tag="operation",
            answer=Health,
            example={"status": "ok"},
        )
    )

    async def get(self) -> None:
        """Check that the storage is reachable, the indexes exist, and the node is not draining."""
        faults = (
            ["draining"] if self.services.node.draining else await self.services.health.faults()
        )
        if faults:
            self.set_status(HTTPStatus.SERVICE_UNAVAILABLE)
            self.set_header("Retry-After", "2")
            self.write_json({"status": "unavailable", "faults": faults})
        else:
            self.write_json({"status": "ok"})

    head = get


class MetricsHandler(BaseHandler):
    """`GET /metrics`: Prometheus text format."""

    services: PublicServices

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="Metrics for Prometheus",
            tag="operation",
            answer=None,
            media_types=("text/plain",),
        )
    )

    async def get(self) -> None:
        """Answer with the metrics of this node, and with the gauges of the database."""
        stored = await self.services.gauges.expose()
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(self.services.metrics.expose() + stored)

    head = get


class DefinitionSchemaHandler(BaseHandler):
    """`GET /schemas/test-definition.json`: for editors of test definitions."""

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="JSON Schema of test definitions", tag="public", answer=dict[str, Any]
        )
    )

    def get(self) -> None:
        """Answer with the schema by which `test check` checks definitions."""
        self.set_header("Access-Control-Allow-Origin", "*")
        self.write_json(definition_schema())

    head = get


ROUTES = [
    (r"/healthz", HealthHandler),
    (r"/readyz", ReadinessHandler),
    (r"/metrics", MetricsHandler),
    (r"/schemas/test-definition\.json", DefinitionSchemaHandler),
]

"""For those who operate the gateway: liveness, readiness, metrics; and the published schema."""

from http import HTTPStatus
from typing import Any

import msgspec

from handlers.base import AuthKind, BaseHandler
from handlers.contract.operations import Operation, Operations
from handlers.public.services import PublicServices
from widget_gateway.services.catalogue.definitions import definition_schema


class Health(msgspec.Struct):
    """What a probe is answered."""

    status: str


class HealthHandler(BaseHandler):
    """`GET /healthz`: the process lives."""

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="The process lives", tag="operation", answer=Health, example={"status": "ok"}
        )
    )

    def get(self) -> None:
        """Answer at all."""
        self.write_json({"status": "ok"})

    head = get  # some load balancers ask so


class ReadinessHandler(BaseHandler):
    """`GET /readyz`: storage reachable, indexes built, not draining; else 503 and why."""

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
        """Tell a load balancer whether to send visitors here."""
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

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="Metrics for Prometheus",
            tag="operation",
            answer=None,
            media_types=("text/plain",),
        )
    )

    def get(self) -> None:
        """Expose what this node counted."""
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(self.services.metrics.expose())


class DefinitionSchemaHandler(BaseHandler):
    """`GET /schemas/test-definition.json`: for editors of test definitions."""

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="JSON Schema of test definitions", tag="public", answer=dict[str, Any]
        )
    )

    def get(self) -> None:
        """The schema that `test check` holds definitions to."""
        self.set_header("Access-Control-Allow-Origin", "*")
        self.write_json(definition_schema())


ROUTES = [
    (r"/healthz", HealthHandler),
    (r"/readyz", ReadinessHandler),
    (r"/metrics", MetricsHandler),
    (r"/schemas/test-definition\.json", DefinitionSchemaHandler),
]

"""A collector of traces: it takes OTLP over HTTP and keeps the spans, and the bytes that came."""

from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler


@dataclass(frozen=True)
class ReceivedSpan:
    """A span as a collector reads it. `links` are the ids of the spans that it is linked to."""

    name: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    facts: dict[str, Any]
    fault: str


@dataclass
class Collector:
    """What came so far."""

    url: str
    server: HTTPServer = field(repr=False)
    spans: list[ReceivedSpan] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def named(self, name: str) -> list[ReceivedSpan]:
        """The spans with this name."""
        return [span for span in self.spans if span.name == name]

    def below(self, span: ReceivedSpan) -> list[ReceivedSpan]:
        """The spans whose parent is this one."""
        return [each for each in self.spans if each.parent == span.id]

    def take(self, body: bytes) -> None:
        """Read a request."""
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += map(_read, scope.spans)


class _TracesHandler(RequestHandler):
    def initialize(self, collector: Collector) -> None:
        self.collector = collector

    def post(self) -> None:
        self.collector.take(self.request.body)


def start_collector() -> Collector:
    """Start a collector on the event loop of the test, which stops its `server` when it ends."""
    application = Application()
    sock, port = bind_unused_port()
    collector = Collector(f"http://127.0.0.1:{port}", HTTPServer(application))
    application.add_handlers(".*", [("/v1/traces", _TracesHandler, {"collector": collector})])
    collector.server.add_socket(sock)
    return collector


def _read(span: Any) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        links=tuple(link.span_id.hex() for link in span.links),
        facts={fact.key: _value(fact.value) for fact in span.attributes},
        fault=span.status.message,
    )


def _value(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))

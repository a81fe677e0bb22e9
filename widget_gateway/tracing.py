"""Traces by OpenTelemetry, sent to a collector over OTLP/HTTP; see docs/observability.md.

This module is imported only if traces are on, since the library takes time and memory.

Spans wait in a bounded queue, which a thread of the library empties. While a collector is slow or
gone, new spans push out the oldest ones. No call waits for it, and the end of the process waits at
most CLOSE_S.
"""

import asyncio
import random
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit
from uuid import uuid4

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_ON,
    ParentBased,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace import Span as LibrarySpan
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

from widget_gateway.domain.traces import Facts, Span, Tracer

EXPORT_PATH = "/v1/traces"
"""Where a collector takes traces, if the setting names only the collector (the specification of
OTLP/HTTP)."""

MAX_WAITING = 4_096
"""Spans that may wait to be sent. They take about 8 MB."""

MAX_SENT = 512
"""Spans that are sent with one request: about 200 KB."""

SEND_EVERY_MS = 1_000
"""The longest time that a span waits before it is sent, in milliseconds."""

SEND_TIMEOUT_S = 5.0
"""Seconds for which the library tries to send a request."""

CLOSE_S = 2.0
"""Seconds for which the end of the process waits until the last spans are sent."""

MAX_LINKS = 256
"""Links of a span. A batch has more members at most while it is topped up after an outage."""

_HEADER = "traceparent"
_PROPAGATOR = TraceContextTextMapPropagator()
_NOTHING = Context()


class _Span(Span):
    """A span of the library."""

    __slots__ = ("otel_span",)

    def __init__(self, otel_span: LibrarySpan) -> None:
        self.otel_span = otel_span

    @property
    def is_recorded(self) -> bool:
        return self.context.trace_flags.sampled

    @property
    def context(self) -> SpanContext:
        """What names the span in links."""
        return self.otel_span.get_span_context()

    @property
    def traceparent(self) -> str:
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier, set_span_in_context(self.otel_span, _NOTHING))
        return carrier[_HEADER]

    def note(self, facts: Facts) -> None:
        self.otel_span.set_attributes(facts)

    def end(self, fault: str | None = None) -> None:
        if fault is not None:
            self.otel_span.set_status(Status(StatusCode.ERROR, fault))
        self.otel_span.end()


class _BatchSpan(_Span):
    """The span of a batch, and those below its members, which end with it."""

    __slots__ = ("_parts",)

    def __init__(self, otel_span: LibrarySpan, parts: Sequence[_Span]) -> None:
        super().__init__(otel_span)
        self._parts = parts

    def end(self, fault: str | None = None) -> None:
        for part in self._parts:
            part.end(fault)
        super().end(fault)


class _Share(TraceIdRatioBased):
    """Chooses which traces are recorded: a share of them, and each batch that has a chosen member.

    Of the spans without a parent, only those of batches begin with links.
    """

    def should_sample(  # noqa: PLR0913, PLR0917 - the library's interface
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        should_sample = ALWAYS_ON.should_sample if links else super().should_sample
        return should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)


class OpenTelemetry(Tracer):
    """Sends a share of the traces to a collector."""

    def __init__(self, endpoint: str, ratio: float) -> None:
        """`endpoint` is the URL of a collector, with or without a path.

        `ratio` is the share of the traces that are recorded, from 0 to 1.
        """
        parts = urlsplit(endpoint)
        url = endpoint if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}{EXPORT_PATH}"
        self._ratio = ratio
        self._provider = TracerProvider(
            sampler=ParentBased(_Share(ratio)),
            resource=Resource.create(
                {"service.name": "widget-gateway", "service.instance.id": str(uuid4())}
            ),
            span_limits=SpanLimits(max_links=MAX_LINKS, max_span_attribute_length=256),
            shutdown_on_exit=False,  # `close` ends it, within CLOSE_S.
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(
                OTLPSpanExporter(endpoint=url, timeout=SEND_TIMEOUT_S),
                max_queue_size=MAX_WAITING,
                max_export_batch_size=MAX_SENT,
                schedule_delay_millis=SEND_EVERY_MS,
            )
        )
        self._tracer = self._provider.get_tracer("widget_gateway")

    def begin(self, name: str, facts: Facts, parent: Span | None = None) -> Span:
        """Begin a span below `parent`, or a new trace."""
        return _Span(self._start(name, facts, _below(parent), SpanKind.INTERNAL))

    def begin_call(self, name: str, facts: Facts, traceparent: str | None) -> Span:
        """Begin the span of a call from outside.

        A caller could choose ids that are always recorded, so the ids of its trace are no chance.
        """
        parent = _NOTHING
        if (caller := _read(traceparent)) is not None:
            is_recorded = random.random() < self._ratio  # noqa: S311 - sampling, no secret
            flags = TraceFlags.SAMPLED if is_recorded else TraceFlags.DEFAULT
            decided = SpanContext(
                caller.trace_id, caller.span_id, is_remote=True, trace_flags=TraceFlags(flags)
            )
            parent = set_span_in_context(NonRecordingSpan(decided), _NOTHING)
        return _Span(self._start(name, facts, parent, SpanKind.SERVER))

    def begin_later(self, name: str, facts: Facts, traceparent: str | None) -> Span:
        """Begin a span in a trace of the gateway's own, whose decision it keeps."""
        parent = _NOTHING
        if (earlier := _read(traceparent)) is not None:
            parent = set_span_in_context(NonRecordingSpan(earlier), _NOTHING)
        return _Span(self._start(name, facts, parent, SpanKind.CLIENT))

    def begin_batch(self, name: str, facts: Facts, members: Iterable[Span]) -> Span:
        """Begin the span of a batch, and a span below each member that is linked to it."""
        spans = [member for member in members if isinstance(member, _Span)]
        members_of_it = [Link(span.context) for span in spans]
        batch = self._tracer.start_span(
            f"{name} batch", _NOTHING, attributes=facts, links=members_of_it
        )
        link = [Link(batch.get_span_context())]
        parts = [_Span(self._tracer.start_span(name, _below(span), links=link)) for span in spans]
        return _BatchSpan(batch, parts)

    def _start(self, name: str, facts: Facts, parent: Context, kind: SpanKind) -> LibrarySpan:
        return self._tracer.start_span(name, parent, kind, attributes=facts)

    async def close(self) -> None:
        """Send the last spans, for at most CLOSE_S.

        The library may take longer, so a thread of its own does it, which nobody waits for.
        """
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # The loop has been closed meanwhile.
                loop.call_soon_threadsafe(done.set)

        threading.Thread(target=shut_down, daemon=True).start()
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), CLOSE_S)


def _below(parent: Span | None) -> Context:
    if isinstance(parent, _Span):
        return set_span_in_context(parent.otel_span, _NOTHING)
    return _NOTHING


def _read(traceparent: str | None) -> SpanContext | None:
    """Read a `traceparent`; None if there is none, or if it is malformed."""
    if traceparent is None:
        return None
    extracted = _PROPAGATOR.extract({_HEADER: traceparent}, _NOTHING)
    context = get_current_span(extracted).get_span_context()
    return context if context.is_valid else None

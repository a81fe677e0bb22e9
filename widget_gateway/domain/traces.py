"""Traces: what shows the way of a call from its arrival to the batch that made it durable.

All floors use this seam; only widget_gateway/tracing.py knows the library that sends the spans. If
traces are off there is no Tracer, no span is ever current, and each place asks only for that.

A span tells ids and names of the gateway's own. It never has an answer, a key, a token, the id or
key of a user, the query of an address, or the message of an error.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from widget_gateway.domain.errors import GatewayError

Facts = Mapping[str, str | int | bool]
"""What a span tells, by the name of an attribute."""


class Span(ABC):
    """A piece of work that a trace shows from its beginning to its end."""

    @property
    @abstractmethod
    def is_recorded(self) -> bool:
        """Whether the span is among those that are sent."""

    @property
    @abstractmethod
    def traceparent(self) -> str:
        """The header of W3C Trace Context by which others continue the trace."""

    @abstractmethod
    def note(self, facts: Facts) -> None:
        """Add facts."""

    @abstractmethod
    def end(self, fault: str | None = None) -> None:
        """End the span now. `fault` names why the work failed; it is no text for people."""


class Tracer(ABC):
    """Begins spans. A process has at most one tracer."""

    @abstractmethod
    def begin(self, name: str, facts: Facts, parent: Span | None = None) -> Span:
        """Begin a span below `parent`, or a new trace."""

    @abstractmethod
    def begin_call(self, name: str, facts: Facts, traceparent: str | None) -> Span:
        """Begin the span of a call from outside, in the trace of its caller if that is valid.

        Whether it is recorded is decided here, whatever the caller says.
        """

    @abstractmethod
    def begin_later(self, name: str, facts: Facts, traceparent: str | None) -> Span:
        """Begin a span in a trace of the gateway's own that another process may have begun."""

    @abstractmethod
    def begin_batch(self, name: str, facts: Facts, members: Iterable[Span]) -> Span:
        """Begin the span of a batch, linked to its members, and a span below each member.

        The batch has a trace of its own, since it serves many. The spans below the members are
        linked to it, and end with it.
        """


_current: ContextVar[Span | None] = ContextVar("span", default=None)


def current_span() -> Span | None:
    """Return the span of the work that is being done, if traces are on and it has one."""
    return _current.get()


@contextmanager
def carried(span: Span) -> Iterator[None]:
    """Make the span the current one of a block."""
    before = _current.set(span)
    try:
        yield
    finally:
        _current.reset(before)


@contextmanager
def traced(tracer: Tracer | None, name: str, facts: Facts) -> Iterator[Span | None]:
    """Trace a block below the current span, or as a new trace; without a tracer, do nothing."""
    if tracer is None:
        yield None
        return
    span = tracer.begin(name, facts, current_span())
    with carried(span), ended(span):
        yield span


@contextmanager
def traced_batch(
    tracer: Tracer | None, name: str, members: Iterable[Span | None]
) -> Iterator[None]:
    """Trace a block that makes all members durable; do nothing if none of them is recorded."""
    if tracer is None:
        yield
        return
    spans = list(members)
    recorded = [span for span in spans if span is not None and span.is_recorded]
    if not recorded:
        yield
        return
    batch = tracer.begin_batch(name, {"widget_gateway.members": len(spans)}, recorded)
    with ended(batch):
        yield


@contextmanager
def ended(span: Span) -> Iterator[None]:
    """End the span with the block, and name the error that the block raises."""
    try:
        yield
    except BaseException as error:
        span.end(fault_name(error))
        raise
    else:
        span.end()


def fault_name(error: BaseException) -> str:
    """Name an error without its message, which may have parts of a request."""
    return error.reason if isinstance(error, GatewayError) else type(error).__name__

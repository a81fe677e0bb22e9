"""Prometheus metrics. One registry a process; with several processes their files add up."""

import os
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

_LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_BATCH = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000)


class Metrics:
    """What the gateway counts (architecture.md, "Observability")."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Histogram(
            "widget_gateway_request_seconds",
            "Time to answer an HTTP request",
            ("route", "method", "status"),
            buckets=_LATENCY_S,
            registry=registry,
        )
        self.sockets = Gauge(
            "widget_gateway_sockets",
            "Open WebSockets",
            ("channel",),
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.answers = Counter(
            "widget_gateway_answers", "Answers that became durable", registry=registry
        )
        self.journal_batch = Histogram(
            "widget_gateway_journal_batch_answers",
            "Answers in one bulk write",
            buckets=_BATCH,
            registry=registry,
        )
        self.journal_seconds = Histogram(
            "widget_gateway_journal_write_seconds",
            "Time of one bulk write, retries included",
            buckets=_LATENCY_S,
            registry=registry,
        )
        self.change_lag = Gauge(
            "widget_gateway_change_stream_lag_seconds",
            "Age of the last change when this node was told of it",
            multiprocess_mode="max",
            registry=registry,
        )
        self.accesses = Counter(
            "widget_gateway_accesses_issued", "Accesses issued", registry=registry
        )

    def observe_batch(self, answers: int, seconds: float) -> None:
        """Count one bulk write of the answer journal."""
        self.answers.inc(answers)
        self.journal_batch.observe(answers)
        self.journal_seconds.observe(seconds)

    def expose(self) -> bytes:
        """The text format that Prometheus scrapes, over all processes of this node."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        collect: Callable[[CollectorRegistry], object] = multiprocess.MultiProcessCollector
        collect(together)
        return generate_latest(together)

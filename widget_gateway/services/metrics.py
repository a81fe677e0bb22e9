"""Prometheus metrics. Each process has a registry; several processes add up theirs through files.

The library decides when it is imported whether it counts in memory or in files. So it is imported
when the first Metrics is made, after `share_metrics` and after a fork.
"""

import os
from pathlib import Path

_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"

_LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the buckets of durations, in seconds."""

_BATCH = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000)
"""Upper bounds of the buckets of batch sizes."""


class Metrics:
    """What the gateway counts, for Prometheus."""

    def __init__(self) -> None:
        from prometheus_client import (  # noqa: PLC0415 - see the module's docstring
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
        )

        self._registry = registry = CollectorRegistry()
        self.answered = 0
        """How many answers this process has made durable."""
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
        self.polls = Gauge(
            "widget_gateway_polls",
            "Waiting polls of widgets that have no WebSocket",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self.ack_seconds = Histogram(
            "widget_gateway_ack_seconds",
            "From the arrival of an answer until its ack was sent",
            buckets=_LATENCY_S,
            registry=registry,
        )
        self.storage_refusals = Counter(
            "widget_gateway_storage_refusals",
            "Calls and channel messages that failed because of the database",
            ("way",),
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
        self.commit_batch = Histogram(
            "widget_gateway_commit_batch_events",
            "Events (opens, pauses, attaches, ...) that one transaction made durable",
            buckets=_BATCH,
            registry=registry,
        )
        self.change_lag = Gauge(
            "widget_gateway_change_stream_lag_seconds",
            "Age of the last change when this node was told of it",
            multiprocess_mode="livemax",
            registry=registry,
        )
        self.stream_behind = Gauge(
            "widget_gateway_change_stream_behind_seconds",
            "How long ago a change stream was known to have told all changes",
            ("collection",),
            multiprocess_mode="livemax",
            registry=registry,
        )
        self.webhooks = Counter(
            "widget_gateway_webhook_tries",
            "Tries to deliver a webhook, by what they left: delivered, waiting, failed",
            ("state",),
            registry=registry,
        )
        self.accesses = Counter(
            "widget_gateway_accesses_issued", "Accesses issued", registry=registry
        )
        self.calls_not_logged = Counter(
            "widget_gateway_calls_not_logged",
            "Calls of the partner API that are missing in the providers' logs",
            registry=registry,
        )
        self.pushes = Counter(
            "widget_gateway_pushes", "Events that the portal pushed", registry=registry
        )
        self.push_seconds = Histogram(
            "widget_gateway_push_delivery_seconds",
            "From the portal's call until all open channels of this process were sent the event",
            buckets=_LATENCY_S,
            registry=registry,
        )
        self.events = Counter(
            "widget_gateway_events_sent", "Events sent on portal channels", registry=registry
        )
        self.acknowledgements = Counter(
            "widget_gateway_events_acknowledged", "Events acknowledged", registry=registry
        )
        for way in ("call", "channel"):
            self.storage_refusals.labels(way)  # From 0 on, so that the first one is an increase.

    def observe_batch(self, answers: int, seconds: float) -> None:
        """Count one bulk write of the answer journal."""
        self.answered += answers
        self.answers.inc(answers)
        self.journal_batch.observe(answers)
        self.journal_seconds.observe(seconds)

    def observe_events(self, events: int) -> None:
        """Count a batch of events, such as opens and attaches, that became durable together."""
        self.commit_batch.observe(events)

    def expose(self) -> bytes:
        """Return the metrics of all processes of this node in Prometheus's text format."""
        from prometheus_client import (  # noqa: PLC0415 - see the module's docstring
            CollectorRegistry,
            generate_latest,
            multiprocess,
        )

        if _DIRECTORY not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def share_metrics(directory: str) -> None:
    """Let processes that are forked from now on keep their metrics in files of `directory`."""
    os.environ[_DIRECTORY] = directory


def forget_process(pid: int) -> None:
    """Remove the gauges of a dead process, such as its open sockets, from the sums.

    What it counted stays.
    """
    directory = os.environ.get(_DIRECTORY)
    for path in Path(directory).glob(f"gauge_live*_{pid}.db") if directory else ():
        path.unlink(missing_ok=True)

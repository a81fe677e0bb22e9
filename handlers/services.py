"""The services that every handler has. Each family of handlers adds those of its own calls."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from handlers.addresses import Networks
from handlers.background import BackgroundTasks
from widget_gateway.domain.traces import Tracer
from widget_gateway.services.metrics import Metrics


class Drainable(Protocol):
    """A channel that can be asked to close before the process ends."""

    kind: ClassVar[str]
    """Its name in metrics, such as `widget`."""

    def drain(self) -> None:
        """Send `bye` and close, so that the client reconnects to another node."""


@dataclass(kw_only=True)
class Node:
    """The state of this process.

    `channels` are its open WebSockets. While it is `draining` it refuses new ones and is about to
    end.
    """

    tasks: BackgroundTasks = field(default_factory=BackgroundTasks)
    channels: set[Drainable] = field(default_factory=set)
    draining: bool = False
    held_body_bytes: int = 0
    """Bytes of all bodies that are being read or used."""

    def count(self, kind: str) -> int:
        """Count the open channels of a kind."""
        return sum(channel.kind == kind for channel in self.channels)


@dataclass(frozen=True, kw_only=True)
class Services:
    """The services of all families, made in widget_gateway/composition/.

    `call_budget` limits the total time that the calls to the storage within it may take.
    `public_url` is the gateway's own URL; None if only requests tell it. Without a `tracer`
    nothing is traced.
    """

    node: Node
    metrics: Metrics
    call_budget: Callable[[], AbstractContextManager[None]]
    public_url: str | None
    trusted_proxies: Networks
    tracer: Tracer | None = None

"""What every handler is given; each family of handlers adds what its own calls need."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from handlers.addresses import Networks
from handlers.background import BackgroundTasks
from widget_gateway.services.metrics import Metrics


class Drainable(Protocol):
    """A channel that can be asked to go."""

    def drain(self) -> None:
        """Say `bye` and close, so that the client comes back to another node."""


@dataclass(kw_only=True)
class Node:
    """The state of this process. `channels` are its open WebSockets."""

    tasks: BackgroundTasks = field(default_factory=BackgroundTasks)
    channels: set[Drainable] = field(default_factory=set)
    draining: bool = False


@dataclass(frozen=True, kw_only=True)
class Services:
    """The collaborators of all families; made in widget_gateway/composition/.

    Within a `call_budget` all calls to the storage together take as long as a caller can wait.
    `public_url` is the gateway's own address where it is known beforehand.
    """

    node: Node
    metrics: Metrics
    call_budget: Callable[[], AbstractContextManager[None]]
    public_url: str | None
    trusted_proxies: Networks

"""A process that forks, for each line that it reads, a gateway that kills itself at a step.

A line is `{"step": 3, "after": true, "output": path, "died": path}`. The gateway is the real one,
run by its own command line; only the driver's command monitor is made to send SIGKILL, before the
`step`-th command to the database leaves, or after its reply came, and to make the file `died` just
before. Counting begins with SIGUSR1.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from pymongo import monitoring

from widget_gateway.cli import main
from widget_gateway.services import morphology

_BACKGROUND = {"getMore", "hello", "ping", "killCursors", "endSessions", "createIndexes"}


class Killer(monitoring.CommandListener):
    """Kills its process before or after one command; it counts from SIGUSR1 on."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._step = order["step"]
        self._after = order["after"]
        self._died = Path(order["died"])
        self._count: int | None = None
        self._last: int | None = None

    def arm(self, *_args: Any) -> None:
        self._count = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self._count is None or self._is_background(event):
            return
        self._count += 1
        if self._count == self._step:
            self._last = event.request_id
            if not self._after:
                self._die()

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        if event.request_id == self._last:
            self._die()

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        if event.request_id == self._last:
            self._die()

    def _die(self) -> None:
        self._died.touch()
        os.kill(os.getpid(), signal.SIGKILL)

    @staticmethod
    def _is_background(event: monitoring.CommandStartedEvent) -> bool:
        command = event.command
        polls = command.get(event.command_name) == "webhook_deliveries" and (
            "txnNumber" not in command or "autocommit" not in command
        )
        logs = command.get(event.command_name) == "partner_calls"
        return event.command_name in _BACKGROUND or polls or logs


def become_gateway(order: dict[str, Any]) -> None:
    """Run the gateway; this never returns."""
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, sys.stdout.fileno())
    killer = Killer(order)
    monitoring.register(killer)
    signal.signal(signal.SIGUSR1, killer.arm)
    main(["serve", "--json", "--port", "0"])


def fork_gateways() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody waits for the forks.
    morphology.russian()  # It is loaded once for all forks.
    for line in sys.stdin:
        order = json.loads(line)
        Path(order["output"]).unlink(missing_ok=True)
        if os.fork() == 0:
            become_gateway(order)


if __name__ == "__main__":
    fork_gateways()

"""Several server processes, one gateway."""

import os
import signal
import sys
import time
from collections.abc import Callable

import structlog

from widget_gateway.services.metrics import forget_process

_log = structlog.get_logger(__name__)

RESTART_PAUSE_S = 1.0
"""Before a process that died is replaced: one that can't start must not eat the machine."""

Serve = Callable[[Callable[[], None]], int]
"""Runs one server until it is told to stop; calls its argument when it answers."""


class ProcessGroup:
    """Forks servers, replaces those that die, and passes SIGTERM and SIGINT on to them.

    It forks before any loop, thread or client exists, so that the children share nothing.
    """

    def __init__(self, serve: Serve, processes: int) -> None:
        self._serve = serve
        self._processes = processes
        self._children: set[int] = set()
        self._stopping = False

    def run(self, on_ready: Callable[[], None]) -> int:
        """Run until a signal; `on_ready` is called when all processes answer."""
        ready_end, tell_end = os.pipe()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._pass_on)
        for _ in range(self._processes):
            self._fork(tell_end)
        waiting_for = self._processes
        while waiting_for and not self._stopping:
            waiting_for -= len(os.read(ready_end, waiting_for))
        if not self._stopping:
            on_ready()
        self._replace_until_stopped(tell_end)
        return 0

    def _replace_until_stopped(self, tell_end: int) -> None:
        while self._children:
            pid, status = os.wait()
            self._children.discard(pid)
            forget_process(pid)
            if not self._stopping:
                _log.error("process_died", pid=pid, status=os.waitstatus_to_exitcode(status))
                time.sleep(RESTART_PAUSE_S)
                self._fork(tell_end)

    def _fork(self, tell_end: int) -> None:
        pid = os.fork()
        if pid:
            self._children.add(pid)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        status = 1
        try:
            status = self._serve(lambda: _tell(tell_end))
        except Exception:  # noqa: BLE001 - logged, and the parent is told by the status
            _log.exception("process_failed")
        finally:  # a child never returns into its parent's code
            sys.stderr.flush()
            os._exit(status)

    def _pass_on(self, number: int, _frame: object) -> None:
        self._stopping = True
        for pid in self._children:
            os.kill(pid, number)


def _tell(tell_end: int) -> None:
    os.write(tell_end, b".")

"""Waiting for a quiet moment: what other programs take changes all numbers."""

import time

import psutil

CORES = 0.2
"""Above this, docs/performance.md says, the numbers mean little."""

_LOOK_S = 1.0


class Quiet:
    """Waits until a second has passed in which the machine did next to nothing.

    What the run before left behind is waited for as well. After `patience_s` it goes on anyhow: the
    tables tell what others took.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s

    def wait(self) -> None:
        """Wait."""
        deadline = time.monotonic() + self._patience_s
        while _busy_cores() > CORES and time.monotonic() < deadline:
            pass


def _busy_cores() -> float:
    before, began = _busy_seconds(), time.monotonic()
    time.sleep(_LOOK_S)
    return (_busy_seconds() - before) / (time.monotonic() - began)


def _busy_seconds() -> float:
    machine = psutil.cpu_times()
    return float(sum(machine) - machine.idle - machine.iowait)

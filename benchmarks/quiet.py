"""Waiting until the machine is quiet, since other programs distort all numbers."""

import time

import psutil

CORES = 0.2
"""CPU of other programs, in cores, above which the numbers mean little (docs/performance.md)."""

_LOOK_S = 1.0
"""Seconds over which the CPU is measured."""


class Quiet:
    """Waits for a second in which the machine does nearly nothing.

    So it also waits for what the run before has left to do. After `patience_s` seconds it goes on
    in any case; the tables show what other programs took.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s

    def wait(self) -> None:
        """Wait until the machine is quiet, or patience is over."""
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

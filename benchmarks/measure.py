"""The measurements: each drives a server with a load and measures what that costs."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import load
import psutil
from load import Load, Outcome
from servers import Bench, Server

_spawn = multiprocessing.get_context("spawn")


class Generator:
    """A handle of the process that makes the load."""

    def __init__(self, plan: Load) -> None:
        self._orders, theirs = _spawn.Pipe()
        self._process = _spawn.Process(target=load.run, args=(plan, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def open(self, attempts: int) -> None:
        """Open so many attempts."""
        self._ask(attempts)

    def answer(self) -> Outcome:
        """Run the load."""
        outcome = self._ask("answer")
        assert isinstance(outcome, Outcome)
        return outcome

    def end(self) -> None:
        """Close all attempts."""
        if self._process.is_alive():
            self._orders.send(None)
        self._process.join(10)

    def _ask(self, order: Any) -> Any:
        self._orders.send(order)
        answer = self._orders.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def generator(plan: Load) -> Iterator[Generator]:
    """Start a process that has opened all attempts of the plan, and end it afterwards."""
    process = Generator(plan)
    try:
        process.open(plan.attempts)
        yield process
    finally:
        process.end()


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of a load against a server; CPU is in microseconds for each answer.

    `others` is the CPU that other programs took meanwhile, in cores.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    server_us: float
    mongod_us: float
    load_us: float
    others: float


def drive(bench: Bench, server: Server, plan: Load) -> Run:
    """Run the load against the server.

    CPU is counted over the run and its warm-up, without the openings, and divided by all acks.
    """
    with generator(plan) as process:
        bench.quiet.wait()
        before = cpu_seconds([server], [bench.mongod])
        began = time.monotonic()
        outcome = process.answer()
        seconds = time.monotonic() - began
        after = cpu_seconds([server], [bench.mongod])
    of_server, of_mongod, of_machine = (a - b for a, b in zip(after, before, strict=True))
    return Run(
        rate=outcome.rate,
        p50_ms=outcome.percentile(50),
        p99_ms=outcome.percentile(99),
        server_us=of_server / outcome.acks * 1e6,
        mongod_us=of_mongod / outcome.acks * 1e6,
        load_us=outcome.cpu_seconds / outcome.acks * 1e6,
        others=(of_machine - of_server - of_mongod - outcome.cpu_seconds) / seconds,
    )


def cpu_seconds(
    servers: Sequence[Server], mongods: Sequence[psutil.Process]
) -> tuple[float, float, float]:
    """The CPU time that the servers, the mongods and the whole machine have used, in seconds."""
    machine = psutil.cpu_times()
    of_servers = sum(_cpu(server.process) for server in servers)
    return of_servers, sum(map(_cpu, mongods)), sum(machine) - machine.idle - machine.iowait


def middle(runs: list[Run]) -> Run:
    """The median of each number over the runs."""
    return Run(**{name: median(getattr(run, name) for run in runs) for name in vars(runs[0])})


@dataclass(frozen=True, kw_only=True)
class Idle:
    """Memory of an idle attempt in the server's process, in bytes."""

    unique: float
    resident: float


def weigh_idle_attempts(server: Server, *, attempts: int, first: int = 200) -> Idle:
    """Measure how much the process grows by each of `attempts` more idle attempts.

    The `first` ones are not counted, since with them the process loads code, fills caches and grows
    pools that do not depend on the number of attempts.
    """
    with generator(Load(port=server.port, attempts=first, seconds=0, warm_up=0)) as process:
        before = server.process.memory_full_info()
        process.open(attempts)
        after = server.process.memory_full_info()
    return Idle(
        unique=(after.uss - before.uss) / attempts,
        resident=(after.rss - before.rss) / attempts,
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)

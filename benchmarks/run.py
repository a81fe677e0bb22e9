"""The benchmark: `make bench`, or `python benchmarks/run.py --help`.

It drives a gateway process, (a) a bare Tornado echo and (b) the obvious Tornado and Motor server by
turns with the same load, and says which goals are reached. docs/performance.md explains the
numbers.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from attach import attach
from burst import burst
from delay import delay
from failover import failover
from lives import lives
from lives_servers import lives_bench
from load import Load
from measure import Run, drive, middle, weigh_idle_attempts
from partner import growth, partner_bench, share
from profiles import profiles
from push import push
from quiet import Quiet
from reports import reports
from scoring import scoring
from search import LARGE as LARGE_CORPUS
from search import search
from servers import DRIVER, Bench, running

ATTEMPTS = 200
PACE = 1_000.0
IDLE_ATTEMPTS = 2_000
CHANNEL = ("throughput", "paced", "idle")
PARTNER = ("partner", "attach", "growth", "reports")
LIVES = ("lives", "burst")
SECTIONS = (*CHANNEL, *LIVES, *PARTNER, "failover", "delay", "push", "scoring", "search")

LARGE = 1_000_000

TIMES_UPDATES = 5.0
"""The goal: how many times as many answers a second as (b)."""

SHARE_OF_ECHO = 0.50
"""The goal: the share of the answers a second of (a)."""

P99_MS = 10.0
"""The goal: the 99th percentile of the latency at PACE answers a second, in milliseconds."""

IDLE_BYTES = 24 * 1024
"""The goal: most bytes of memory for an idle attempt."""

Goal = tuple[str, str, bool]


def throughput(bench: Bench, *, rounds: int, seconds: float) -> list[Goal]:
    """Answer as fast as acks come. The servers take turns, so a busy moment affects all of them."""
    print(f"\n{ATTEMPTS} attempts, each waiting for its ack, {rounds} x {seconds:.0f} s each")
    _print_head()
    runs: dict[str, list[Run]] = {server.key: [] for server in bench.servers}
    for _ in range(rounds):
        for server in bench.servers:
            plan = Load(port=server.port, attempts=ATTEMPTS, seconds=seconds, warm_up=1)
            runs[server.key].append(drive(bench, server, plan))
            _print_run(server.name, runs[server.key][-1])
    medians = {key: middle(of_one) for key, of_one in runs.items()}
    print("medians")
    for server in bench.servers:
        _print_run(server.name, medians[server.key])
    gateway, echo, updates = (medians[server.key].rate for server in bench.servers)
    times, share = gateway / updates, gateway / echo
    return [
        (
            f"at least {TIMES_UPDATES:.0f} x (b) update_one",
            f"{times:.1f} x",
            times >= TIMES_UPDATES,
        ),
        (f"at least {SHARE_OF_ECHO:.0%} of (a) bare echo", f"{share:.0%}", share >= SHARE_OF_ECHO),
    ]


def paced(bench: Bench, *, rounds: int, seconds: float) -> list[Goal]:
    """Answer at a fixed rate, at random moments; a latency begins when the answer was due."""
    print(f"\n{ATTEMPTS} attempts, {PACE:.0f} answers/s in all, {seconds:.0f} s each")
    _print_head()
    runs = []
    for server in (*[bench.gateway] * rounds, bench.updates):  # (b) runs once, to compare.
        plan = Load(port=server.port, attempts=ATTEMPTS, seconds=seconds, warm_up=1, rate=PACE)
        run = drive(bench, server, plan)
        _print_run(server.name, run)
        if server is bench.gateway:
            runs.append(run)
    p99 = middle(runs).p99_ms
    goal = f"p99 below {P99_MS:.0f} ms at {PACE:.0f} answers/s"
    return [(goal, f"{p99:.1f} ms", p99 < P99_MS)]


def idle(bench: Bench, *, attempts: int) -> list[Goal]:
    """Measure the memory of an open, idle attempt; that of the bare echo is Tornado's share."""
    print(f"\n{attempts} idle attempts: growth of the process by each")
    weights = {}
    for server in (bench.gateway, bench.echo):
        weight = weights[server.key] = weigh_idle_attempts(server, attempts=attempts)
        own, resident = weight.unique / 1024, weight.resident / 1024
        print(
            f"  {server.name:12}{own:>6.1f} KB of its own (USS), {resident:.1f} KB RSS", flush=True
        )
    worst = max(weights["g"].unique, weights["g"].resident)
    goal = f"at most {IDLE_BYTES // 1024} KB an idle attempt"
    return [(goal, f"{worst / 1024:.1f} KB", worst <= IDLE_BYTES)]


def _channel(
    sections: Collection[str], *, quick: bool, rounds: int, seconds: float, quiet: Quiet
) -> Iterator[Goal]:
    with (
        tempfile.TemporaryDirectory(prefix="wg-bench-") as directory,
        running(Path(directory), quiet) as bench,
    ):
        if "idle" in sections:  # It comes first, since it needs a fresh process.
            yield from idle(bench, attempts=IDLE_ATTEMPTS // 4 if quick else IDLE_ATTEMPTS)
        if "throughput" in sections:
            yield from throughput(bench, rounds=rounds, seconds=seconds)
        if "paced" in sections:
            yield from paced(bench, rounds=rounds, seconds=seconds)


def _lives(
    sections: Collection[str], *, rounds: int, seconds: float, quiet: Quiet
) -> Iterator[Goal]:
    with lives_bench(quiet) as bench:
        if "lives" in sections:
            yield from lives(bench, rounds=rounds, seconds=seconds)
        if "burst" in sections:
            yield from burst(bench, rounds=rounds)


def _partner(
    sections: Collection[str], *, quick: bool, rounds: int, seconds: float, quiet: Quiet
) -> Iterator[Goal]:
    with partner_bench(quiet) as bench:
        if "partner" in sections:
            yield from share(bench, rounds=rounds, seconds=seconds)
        if "attach" in sections:
            yield from attach(bench, rounds=rounds, seconds=seconds)
        if "growth" in sections:
            large = LARGE // 20 if quick else LARGE
            yield from growth(bench, large=large, rounds=rounds, seconds=seconds)
        if "reports" in sections:
            yield from reports(bench, rounds=rounds, seconds=seconds)


def measure(
    sections: Collection[str], *, quick: bool, rounds: int, seconds: float, quiet: Quiet
) -> Iterator[Goal]:
    """Run the sections that are asked for, in the order of SECTIONS."""
    asked = set(sections)
    if asked & set(CHANNEL):
        yield from _channel(asked, quick=quick, rounds=rounds, seconds=seconds, quiet=quiet)
    if asked & set(LIVES):
        yield from _lives(asked, rounds=rounds, seconds=seconds, quiet=quiet)
    if asked & set(PARTNER):
        yield from _partner(asked, quick=quick, rounds=rounds, seconds=seconds, quiet=quiet)
    if "failover" in asked:
        yield from failover(rounds=rounds, quiet=quiet)
    if "delay" in asked:
        yield from delay(rounds=rounds, seconds=seconds, quiet=quiet)
    if "push" in asked:
        yield from push(rounds=3 * rounds)
    if "scoring" in asked:
        yield from scoring(rounds=rounds)
        yield from profiles(rounds=rounds)
    if "search" in asked:
        large = LARGE_CORPUS // 5 if quick else LARGE_CORPUS
        yield from search(large=large, rounds=rounds, seconds=seconds)


def _print_head() -> None:
    print(f"  {'':12}{'':10}{'latency, ms':>18}{'CPU an answer, us':>27}{'other CPU,':>12}")
    print(
        f"  {'':12}{'answers/s':>10}{'p50':>9}{'p99':>9}"
        f"{'server':>9}{'mongod':>9}{'load':>9}{'cores':>12}"
    )


def _print_run(name: str, run: Run) -> None:
    print(
        f"  {name:12}{run.rate:>10,.0f}{run.p50_ms:>9.1f}{run.p99_ms:>9.1f}"
        f"{run.server_us:>9.0f}{run.mongod_us:>9.0f}{run.load_us:>9.0f}{run.others:>12.2f}",
        flush=True,
    )


def main() -> None:
    """Measure what is asked for, then print which goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="shorter, rough numbers")
    parser.add_argument("--only", choices=SECTIONS, action="append", help="may be repeated")
    parser.add_argument("--rounds", type=int, help="turns of each server (3; quick: 1)")
    parser.add_argument(
        "--patience",
        type=float,
        default=10,
        help="seconds to wait for a quiet machine before each turn (10)",
    )
    options = parser.parse_args()
    sections = options.only or SECTIONS
    rounds = options.rounds or (1 if options.quick else 3)
    seconds = 3.0 if options.quick else 8.0

    began = time.monotonic()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]}, "
        f"the gateway on {DRIVER}"
    )
    quiet = Quiet(options.patience)
    goals = list(
        measure(sections, quick=options.quick, rounds=rounds, seconds=seconds, quiet=quiet)
    )
    print(f"\nGoals ({time.monotonic() - began:.0f} s)")
    for goal, measured, reached in goals:
        print(f"  {goal:60} {measured:>8}   {'reached' if reached else 'NOT REACHED'}")


if __name__ == "__main__":
    main()

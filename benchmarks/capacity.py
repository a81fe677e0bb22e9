"""What gateways and members of a replica set carry: the measured rows of docs/capacity.md.

    python benchmarks/capacity.py                      # about fifteen minutes
    python benchmarks/capacity.py --only answers idle  # some of its parts

Everything runs on this machine: the load, the gateways and all members share its cores. So answers
a second say little about more machines; the CPU of an answer, a visit and an idle connection does,
and docs/capacity.md computes with it.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import psutil
from delay import measure_delays
from life import VISITS
from lives import drive
from lives_load import LivesPlan
from load import Load
from measure import Generator, cpu_seconds, generator
from quiet import Quiet
from servers import Server
from set_servers import set_bench

from storage.mongod.replica_set import ReplicaSet

PARTS = ("answers", "visits", "idle", "delays")

SETS = (1, 3)
"""How many members the replica sets have."""

GATEWAYS = (1, 2, 4)

ATTEMPTS = 200
UNDER_WAY = 8
"""Answers of each attempt that wait for their ack, so that gateways and members are never idle."""

VISITORS = 200
"""Visitors at a time, in the part with whole visits."""

SOCKETS = 12_500
"""Idle connections of a gateway. Both the gateway and the load need a file for each, of which many
systems allow a process 20,000."""

AT_REST_S = 60.0
"""Seconds over which idle connections are watched: more than two rounds of pings."""

DELAYS_S = (0.0, 0.001, 0.005, 0.020)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Running gateways and the processes of their replica set."""

    gateways: Sequence[Server]
    mongods: Sequence[psutil.Process]


@contextmanager
def stage(*, members: int, gateways: int) -> Iterator[Stage]:
    """Start members and gateways, and end them afterwards."""
    with tempfile.TemporaryDirectory(prefix="wg-bench-") as directory:
        replica_set = ReplicaSet(Path(directory), members=members)
        with replica_set, set_bench(replica_set, gateways=gateways) as bench:
            yield Stage(gateways=bench.gateways, mongods=_mongods(directory))


def _mongods(directory: str) -> list[psutil.Process]:
    """The processes of members that keep their files below `directory`."""
    return [
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "mongod"
        and any(directory in argument for argument in process.info["cmdline"] or ())
    ]


def answers(*, rounds: int, seconds: float, quiet: Quiet) -> None:
    """Answer as fast as acks come, spread evenly over the gateways."""
    print(
        f"\n{ATTEMPTS} attempts with {UNDER_WAY} answers under way each, medians of {rounds} x "
        f"{seconds:.0f} s\n"
        f"  {'':7}{'':10}{'':11}{'latency, ms':>18}{'CPU an answer, us':>22}{'other CPU,':>12}\n"
        f"  {'members':9}{'gateways':8}{'answers/s':>11}{'p50':>9}{'p99':>9}{'gateways':>11}"
        f"{'members':>11}{'cores':>12}"
    )
    for members in SETS:
        for gateways in GATEWAYS:
            with stage(members=members, gateways=gateways) as running:
                rows = [_answer(running, seconds, quiet) for _ in range(rounds)]
            rate, p50, p99, of_gateways, of_members, others = map(median, zip(*rows, strict=True))
            print(
                f"  {members:<9}{gateways:<8}{rate:>11,.0f}{p50:>9.1f}{p99:>9.1f}"
                f"{of_gateways:>11.0f}{of_members:>11.0f}{others:>12.2f}",
                flush=True,
            )


def _answer(running: Stage, seconds: float, quiet: Quiet) -> tuple[float, ...]:
    each = Load(
        port=0,
        attempts=ATTEMPTS // len(running.gateways),
        seconds=seconds,
        warm_up=2,
        under_way=UNDER_WAY,
    )
    with ExitStack() as stack:
        crowds = [
            stack.enter_context(generator(replace(each, port=gateway.port)))
            for gateway in running.gateways
        ]
        threads = stack.enter_context(ThreadPoolExecutor(len(crowds)))
        quiet.wait()
        before, began = cpu_seconds(running.gateways, running.mongods), time.monotonic()
        outcomes = list(threads.map(Generator.answer, crowds))
        after, lasted = cpu_seconds(running.gateways, running.mongods), time.monotonic() - began
    of_gateways, of_members, of_machine = (b - a for a, b in zip(before, after, strict=True))
    acks = sum(outcome.acks for outcome in outcomes)
    of_load = sum(outcome.cpu_seconds for outcome in outcomes)
    latencies = sorted(latency for outcome in outcomes for latency in outcome.latencies)
    whole = replace(outcomes[0], latencies=latencies)
    return (
        whole.rate,
        whole.percentile(50),
        whole.percentile(99),
        of_gateways / acks * 1e6,
        of_members / acks * 1e6,
        (of_machine - of_gateways - of_members - of_load) / lasted,
    )


def visits(*, rounds: int, seconds: float, quiet: Quiet) -> None:
    """Measure whole visits of a free test with 24 questions, with one gateway."""
    print(
        f"\n{VISITORS} visitors at a time, each opens {VISITS.test}, gives {VISITS.answers} "
        f"answers and finishes; {rounds} x {seconds:.0f} s\n"
        f"  {'':9}{'':9}{'CPU a visit, ms':>20}{'other CPU,':>12}\n"
        f"  {'members':9}{'visits/s':>9}{'gateway':>10}{'members':>10}{'cores':>12}"
    )
    for members in SETS:
        with stage(members=members, gateways=1) as running:
            plan = LivesPlan(
                port=running.gateways[0].port,
                way=VISITS,
                visitors=VISITORS,
                seconds=seconds,
                spread=1,
            )
            for _ in range(rounds):
                _, run = drive(running.mongods, quiet, running.gateways[0], plan)
                print(
                    f"  {members:<9}{run.rate:>9,.1f}{run.server_ms:>10.2f}{run.mongod_ms:>10.2f}"
                    f"{run.others:>12.2f}",
                    flush=True,
                )


def idle(*, quiet: Quiet) -> None:
    """Hold connections open, and measure what they cost while nobody answers."""
    print(
        f"\n{SOCKETS:,} idle connections at each gateway, three members, {AT_REST_S:.0f} s at "
        f"rest\n"
        f"  {'':8}{'':13}{'':11}{'memory of each, KB':>22}{'CPU at rest, cores':>22}{'other':>8}\n"
        f"  {'gateways':8}{'connections':>13}{'opens/s':>11}{'unique':>11}{'resident':>11}"
        f"{'gateways':>11}{'members':>11}{'cores':>8}"
    )
    for gateways in GATEWAYS:
        with stage(members=3, gateways=gateways) as running, ExitStack() as stack:
            crowds = []
            for gateway in running.gateways:
                # The first connections grow caches and pools that do not depend on their number.
                plan = Load(port=gateway.port, attempts=200, seconds=0, warm_up=0)
                crowds.append(stack.enter_context(generator(plan)))
            threads = stack.enter_context(ThreadPoolExecutor(len(crowds)))
            first = [gateway.process.memory_full_info() for gateway in running.gateways]
            began = time.monotonic()
            list(threads.map(lambda crowd: crowd.open(SOCKETS), crowds))
            opens = gateways * SOCKETS / (time.monotonic() - began)
            quiet.wait()
            before = cpu_seconds(running.gateways, running.mongods)
            time.sleep(AT_REST_S)
            after = cpu_seconds(running.gateways, running.mongods)
            last = [gateway.process.memory_full_info() for gateway in running.gateways]
        of_gateways, of_members, of_machine = [
            (b - a) / AT_REST_S for a, b in zip(before, after, strict=True)
        ]
        unique, resident = (
            sum(getattr(b, kind) - getattr(a, kind) for a, b in zip(first, last, strict=True))
            / (gateways * SOCKETS * 1024)
            for kind in ("uss", "rss")
        )
        print(
            f"  {gateways:<8}{gateways * SOCKETS:>13,}{opens:>11,.0f}{unique:>11.1f}"
            f"{resident:>11.1f}{of_gateways:>11.2f}{of_members:>11.2f}"
            f"{of_machine - of_gateways - of_members:>8.2f}",
            flush=True,
        )


def main() -> None:
    """Measure the parts that are asked for, and print their rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--patience", type=float, default=10, help="seconds to wait for quiet (10)")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]}")
    quiet = Quiet(options.patience)
    if "answers" in options.only:
        answers(rounds=options.rounds, seconds=options.seconds, quiet=quiet)
    if "visits" in options.only:
        visits(rounds=options.rounds, seconds=options.seconds, quiet=quiet)
    if "idle" in options.only:
        idle(quiet=quiet)
    if "delays" in options.only:
        measure_delays(DELAYS_S, rounds=options.rounds, seconds=options.seconds, quiet=quiet)


if __name__ == "__main__":
    main()

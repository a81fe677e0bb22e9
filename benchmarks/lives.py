"""Whole visits, one after another by each visitor: the gateway beside a server without checks."""

import math
import multiprocessing
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import lives_load
import psutil
from life import OPENS, PAUSES, VISITS, Way
from lives_load import LivesOutcome, LivesPlan
from lives_servers import LivesBench
from measure import cpu_seconds
from quiet import Quiet
from servers import Server

Goal = tuple[str, str, bool]

CROWDS = (1, 50, 200, 1_000)
"""Numbers of visitors at a time."""

PAUSING = 200
"""Visitors of a paid test. A single number will do, since the other parts measure such answers."""

QUIET_OPEN_TIMES = 2.4
"""The goal: a single visitor's `open` takes at most so many times as long as on the bare server. It
did before opens had a group commit: the median of 1.6, 2.4 and 2.9, in disturbed runs."""

COMING_A_SECOND = 250
"""Visitors that come in each second at the beginning of a run, so slowly that it is no burst."""

_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True, kw_only=True)
class LivesRun:
    """A run against a server. Latencies are in milliseconds, CPU in milliseconds for each visit.

    `rate` is how many visits reach their end a second: at an open test, a result or a pause.
    `others` is the CPU that other programs took, in cores.
    """

    opens: float
    rate: float
    open_p50: float
    open_p95: float
    finish_p50: float
    finish_p95: float
    server_ms: float
    mongod_ms: float
    load_ms: float
    others: float
    refused: float


def drive(
    mongods: Sequence[psutil.Process], quiet: Quiet, server: Server, plan: LivesPlan
) -> tuple[LivesOutcome, LivesRun]:
    """Run the plan. CPU is counted only within the measured time."""
    quiet.wait()
    orders, theirs = _spawn.Pipe()
    process = _spawn.Process(target=lives_load.run, args=(plan, theirs), daemon=True)
    process.start()
    theirs.close()
    samples = []
    for _ in ("begin", "end"):
        said = orders.recv()
        if isinstance(said, Exception):
            raise said
        samples.append(cpu_seconds([server], mongods))
    outcome: LivesOutcome = orders.recv()
    process.join()
    of_server, of_mongod, of_machine = (b - a for a, b in zip(*samples, strict=True))
    visits = outcome.ended or math.nan
    others = of_machine - of_server - of_mongod - outcome.cpu_seconds
    return outcome, LivesRun(
        opens=outcome.opened / outcome.seconds,
        rate=outcome.ended / outcome.seconds,
        open_p50=percentile_ms(outcome.open_latencies, 50),
        open_p95=percentile_ms(outcome.open_latencies, 95),
        finish_p50=percentile_ms(outcome.finish_latencies, 50),
        finish_p95=percentile_ms(outcome.finish_latencies, 95),
        server_ms=of_server / visits * 1000,
        mongod_ms=of_mongod / visits * 1000,
        load_ms=outcome.cpu_seconds / visits * 1000,
        others=others / outcome.seconds,
        refused=outcome.refusals.total(),
    )


def percentile_ms(latencies: list[float], percent: float) -> float:
    """A percentile of sorted seconds, in milliseconds; NaN if there are none."""
    if not latencies:
        return math.nan
    return latencies[int((len(latencies) - 1) * percent / 100)] * 1000


def lives(bench: LivesBench, *, rounds: int, seconds: float) -> list[Goal]:
    """Measure visitors who only open, who finish a free test, and who reach a paid test's pause."""
    goals: list[Goal] = []
    opened = {n: _take_turns(bench, OPENS, "opens", n, rounds, seconds) for n in CROWDS}
    lived = {n: _take_turns(bench, VISITS, "visits", n, rounds, seconds) for n in CROWDS}
    _take_turns(bench, PAUSES, "pauses", PAUSING, rounds, seconds)
    for what, runs in (("opens/s", opened), ("visits/s", lived)):
        for visitors in CROWDS[1:]:
            share = runs[visitors]["g"].rate / (runs[visitors]["b"].rate or math.nan)
            goal = f"{what}, {visitors:,} visitors: at least the bare server's"
            goals.append((goal, f"{share:.0%}", share >= 1))
    times = opened[1]["g"].open_p50 / opened[1]["b"].open_p50
    goal = f"one quiet visitor's open: at most {QUIET_OPEN_TIMES} x the bare server's"
    goals.append((goal, f"{times:.2f} x", times <= QUIET_OPEN_TIMES))
    return goals


def _take_turns(  # noqa: PLR0913, PLR0917 - each argument is varied
    bench: LivesBench, way: Way, what: str, visitors: int, rounds: int, seconds: float
) -> dict[str, LivesRun]:
    print(f"\n{visitors:,} visitors, {what} of {way.test}, {rounds} x {seconds:.0f} s each")
    print(
        f"  {'':10}{'':9}{'':9}{'open, ms':>18}{'finish, ms':>18}"
        f"{f'CPU, ms of {what}':>24}{'other CPU,':>12}\n"
        f"  {'':10}{'opens/s':>9}{f'{what}/s':>9}{'p50':>9}{'p95':>9}{'p50':>9}{'p95':>9}"
        f"{'server':>8}{'mongod':>8}{'load':>8}{'cores':>12}{'refused':>9}"
    )
    runs: dict[str, list[LivesRun]] = {server.key: [] for server in bench.servers}
    refusals: Counter[str] = Counter()
    for _ in range(rounds):
        for server in bench.servers:
            plan = LivesPlan(
                port=server.port,
                way=way,
                visitors=visitors,
                seconds=seconds,
                spread=visitors / COMING_A_SECOND,
            )
            outcome, run = drive([bench.mongod], bench.quiet, server, plan)
            runs[server.key].append(run)
            refusals += outcome.refusals
            _print_run(server.name, run)
    print_refusals(refusals)
    medians = {key: _middle(of_one) for key, of_one in runs.items()}
    if rounds > 1:
        print("medians")
        for server in bench.servers:
            _print_run(server.name, medians[server.key])
    return medians


def _middle(runs: list[LivesRun]) -> LivesRun:
    return LivesRun(**{name: median(getattr(run, name) for run in runs) for name in vars(runs[0])})


def _print_run(name: str, run: LivesRun) -> None:
    print(
        f"  {name:10}{run.opens:>9,.0f}{run.rate:>9,.1f}{run.open_p50:>9,.1f}{run.open_p95:>9,.1f}"
        f"{run.finish_p50:>9,.1f}{run.finish_p95:>9,.1f}{run.server_ms:>8.2f}{run.mongod_ms:>8.2f}"
        f"{run.load_ms:>8.2f}{run.others:>12.2f}{run.refused:>9,.0f}",
        flush=True,
    )


def print_refusals(refusals: Counter[str]) -> None:
    """Print the most frequent reasons for which visits ended early, and how often they occurred."""
    for answer, count in refusals.most_common(3):
        print(f"    {count:,} x {answer[:100]}", flush=True)

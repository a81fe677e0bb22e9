"""A network between the members of a replica set that delays each message."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from load import Load, Outcome
from measure import generator
from quiet import Quiet
from servers import HERE
from set_servers import MEMBERS, set_bench

from storage.mongod.replica_set import ReplicaSet

sys.path.append(str(HERE.parent))  # The proxy that delays messages is that of the tests.
from tests.support.proxy import Network

Goal = tuple[str, str, bool]

DELAY_S = 0.020
ATTEMPTS = 200
UNDER_WAY = 8
"""Answers of each attempt that wait for their ack. With a single one, 200 attempts and a round trip
of 45 ms can't have more than 4,400 acks a second, whatever the gateway does."""

SHARE = 0.70
"""The goal: the share of the answers a second that is left with the delay."""


def delay(*, rounds: int, seconds: float, quiet: Quiet) -> list[Goal]:
    """Measure answers with and without delay."""
    rates = measure_delays((0.0, DELAY_S), rounds=rounds, seconds=seconds, quiet=quiet)
    share = rates[DELAY_S] / rates[0.0]
    goal = f"{DELAY_S * 1000:.0f} ms between members: {SHARE:.0%} of the answers/s without"
    return [(goal, f"{share:.0%}", share >= SHARE)]


def measure_delays(
    delays_s: Sequence[float], *, rounds: int, seconds: float, quiet: Quiet
) -> dict[float, float]:
    """Return the median of the answers a second by the delay of each message, in seconds.

    The delays take turns, through the same proxies of the same set.
    """
    print(
        f"\nThree members, one gateway, {ATTEMPTS} attempts with {UNDER_WAY} answers under way "
        f"each, {rounds} x {seconds:.0f} s each\n"
        f"  {'each message between members':30}{'answers/s':>10}{'p50, ms':>9}{'p99':>8}"
    )
    rates: dict[float, list[float]] = {delay_s: [] for delay_s in delays_s}
    with Network() as network, tempfile.TemporaryDirectory(prefix="wg-bench-") as directory:
        proxies = [network.add() for _ in range(MEMBERS)]
        replica_set = ReplicaSet(Path(directory), addresses=[proxy.address for proxy in proxies])
        for proxy, member in zip(proxies, replica_set.members, strict=True):
            proxy.target = member.socket
        with replica_set, set_bench(replica_set, gateways=1) as bench:
            plan = Load(
                port=bench.gateways[0].port,
                attempts=ATTEMPTS,
                seconds=seconds,
                warm_up=2,
                under_way=UNDER_WAY,
            )
            for _ in range(rounds):
                for delay_s, known in rates.items():
                    for proxy in proxies:
                        proxy.members.delay(delay_s)
                    with generator(plan) as visitors:
                        quiet.wait()
                        outcome = visitors.answer()
                    known.append(outcome.rate)
                    _print(delay_s, outcome)
    return {delay_s: median(known) for delay_s, known in rates.items()}


def _print(delay_s: float, outcome: Outcome) -> None:
    name = f"{delay_s * 1000:.0f} ms later" if delay_s else "at once"
    print(
        f"  {name:30}{outcome.rate:>10,.0f}{outcome.percentile(50):>9.1f}"
        f"{outcome.percentile(99):>8.1f}",
        flush=True,
    )

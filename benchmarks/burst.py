"""Many visitors who come within a second: how many can open a test, and how soon."""

from statistics import median

from life import OPENS
from lives import drive, percentile_ms, print_refusals
from lives_load import LivesPlan
from lives_servers import LivesBench

VISITORS = 1_000
WITHIN_S = 1.0
LAST_S = 3.0
"""The goal: seconds from the first visitor's arrival until the last one has opened a test."""

Goal = tuple[str, str, bool]


def burst(bench: LivesBench, *, rounds: int) -> list[Goal]:
    """Connect the visitors evenly over a second; each opens a test as soon as it is connected.

    Visitors who are refused do not try again.
    """
    print(f"\n{VISITORS:,} visitors connect and open within {WITHIN_S:.0f} s, {rounds} rounds")
    print(
        f"  {'':10}{'opened':>8}{'refused':>9}{'last, s':>9}{'p50, ms':>10}{'p95':>8}{'max':>8}"
        f"{'other CPU, cores':>18}"
    )
    lasts: dict[str, list[float]] = {server.key: [] for server in bench.servers}
    refused = 0
    for _ in range(rounds):
        for server in bench.servers:
            plan = LivesPlan(
                port=server.port,
                way=OPENS,
                visitors=VISITORS,
                spread=WITHIN_S,
                again=False,
            )
            outcome, run = drive([bench.mongod], bench.quiet, server, plan)
            lasts[server.key].append(outcome.last_opened_s)
            print(
                f"  {server.name:10}{outcome.opened:>8,}{outcome.refusals.total():>9,}"
                f"{outcome.last_opened_s:>9.2f}{run.open_p50:>10,.0f}{run.open_p95:>8,.0f}"
                f"{percentile_ms(outcome.open_latencies, 100):>8,.0f}{run.others:>18.2f}",
                flush=True,
            )
            print_refusals(outcome.refusals)
            if server is bench.gateway:
                refused += VISITORS - outcome.opened
    last = median(lasts["g"])
    return [
        (f"a burst of {VISITORS:,}: none refused", f"{refused:,}", not refused),
        (f"its last one within {LAST_S:.0f} s", f"{last:.1f} s", last <= LAST_S and not refused),
    ]

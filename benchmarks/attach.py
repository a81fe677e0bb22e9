"""Attaches for many new users of a provider at once, beside a transaction each; other writes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

from http_load import HttpOutcome
from partner import PartnerBench
from partner_data import QUESTIONS, TEST

CROWDS = (32, 200)
"""Numbers of clients that call at once."""

TIMES_TURNS = 4.0
"""The goal: how many times as many calls a second as the bare handler. Before attaches had a group
commit, the gateway reached 0.76 and 0.82 of it in the same run; the goal is five times that."""

CALLS_A_SECOND = 4_000
"""Calls prepared for each second: more than are answered, so that no user is attached twice."""

Goal = tuple[str, str, bool]

_PROGRESS = quote(json.dumps([[str(q), [str(1 + q % 5)]] for q in range(1, QUESTIONS + 1)]))


@dataclass(frozen=True)
class Call:
    """A call that writes; `path` makes its path from a number that has not been used yet."""

    name: str
    path: Callable[[int], str]


OTHERS = (
    Call("user/register", lambda n: f"user/register?user_id=registered-{n}"),
    Call("access/token", lambda n: f"access/token?user_id=visitor-{n}&test={TEST}"),
    Call("progress/save", lambda _: f"progress/save?test={TEST}&progress={_PROGRESS}"),
)
"""The first two register a new user, which issues an access; the third stores a guest's result."""


def attach(bench: PartnerBench, *, rounds: int, seconds: float) -> list[Goal]:
    """Measure `result/attach` of new users beside the bare handler by turns, then other writes."""
    goals = []
    for clients in CROWDS:
        print(f"\nresult/attach of new users, {clients} clients, {rounds} x {seconds:.0f} s each")
        _print_head()
        rates: dict[str, list[float]] = {"gateway": [], "bare": []}
        for _ in range(rounds):
            for server in (bench.bare, bench.gateway):
                numbers = bench.fresh(int(CALLS_A_SECOND * seconds))
                outcome = bench.drive(server, "attach", numbers, seconds, clients)
                rates[server.name].append(outcome.rate)
                _print(server.name, outcome)
        times = median(rates["gateway"]) / median(rates["bare"])
        goal = f"attach, {clients} clients: at least {TIMES_TURNS:.0f} x turns of a bare handler"
        goals.append((goal, f"{times:.1f} x", times >= TIMES_TURNS))
    for clients in CROWDS:
        print(f"\nother writes of the gateway, {clients} clients, {rounds} x {seconds:.0f} s each")
        _print_head()
        for call in OTHERS:
            for _ in range(rounds):
                first = next(bench.numbers) * 10_000_000
                numbers = range(first, first + int(CALLS_A_SECOND * seconds))
                paths = tuple("/partner/api/v3/" + call.path(number) for number in numbers)
                _print(call.name, bench.call(bench.gateway, paths, seconds, clients))
    return goals


def _print_head() -> None:
    print(f"  {'':14}{'calls/s':>9}{'p50, ms':>10}{'p95':>8}{'refused':>9}")


def _print(name: str, outcome: HttpOutcome) -> None:
    p50, p95 = outcome.percentile_ms(50), outcome.percentile_ms(95)
    print(
        f"  {name:14}{outcome.rate:>9,.0f}{p50:>10,.0f}{p95:>8,.0f}{outcome.refused:>9,}",
        flush=True,
    )

"""A thousand reports while visitors answer: their effect on the channel of the same process."""

import threading
from statistics import median

from http_load import HttpLoad, HttpOutcome, drive_http
from load import Load, Outcome
from measure import generator
from partner import PartnerBench, own
from partner_data import result_key

REPORTS = 1_000
ATTEMPTS = 100
RATE = 200.0

Goal = tuple[str, str, bool]


def reports(bench: PartnerBench, *, rounds: int, seconds: float) -> list[Goal]:
    """Measure acks alone, and beside calls that ask for as many results as JSON or as reports."""
    print(f"\n{ATTEMPTS} attempts, {RATE:.0f} answers/s, {rounds} x {seconds:.0f} s each, beside")
    print(f"{REPORTS} different results that are asked for as fast as they come")
    print(f"  {'':12}{'ack p50, ms':>12}{'p99, ms':>10}{'calls/s':>10}")
    acks: dict[str, list[Outcome]] = {"nothing": [], "json": [], "html": []}
    for _ in range(rounds):
        for form, outcomes in acks.items():
            outcome, calls = _beside(bench, form, seconds)
            outcomes.append(outcome)
            rate = f"{calls.rate:>10,.0f}" if calls else ""
            p50, p99 = outcome.percentile(50), outcome.percentile(99)
            print(f"  {form:12}{p50:>12.1f}{p99:>10.1f}{rate}", flush=True)
    html, json = (
        median(outcome.percentile(99) for outcome in acks[form]) for form in ("html", "json")
    )
    goal = f"ack p99 beside {REPORTS} reports: no more than beside JSON"
    return [(goal, f"{html / json:.2f} x", html <= json)]


def _beside(bench: PartnerBench, form: str, seconds: float) -> tuple[Outcome, HttpOutcome | None]:
    """Answer for `seconds`, while a client asks for results that were not asked for before."""
    numbers = bench.fresh(REPORTS)
    own(bench, numbers)
    path = f"/partner/api/v3/result/get?result_key={{}}&format={form}"
    paths = tuple(path.format(result_key(number)) for number in numbers)
    plan = Load(port=bench.gateway.port, attempts=ATTEMPTS, seconds=seconds, warm_up=1, rate=RATE)
    calls: list[HttpOutcome] = []
    load = HttpLoad(bench.gateway.port, paths, 10 * seconds, bench.key)
    asker = threading.Thread(target=lambda: calls.append(drive_http(load)))
    with generator(plan) as visitors:
        if form != "nothing":
            asker.start()
        outcome = visitors.answer()
        if form != "nothing":
            asker.join()
    return outcome, calls[0] if calls else None

"""Ranking 500 profiles by the scales of a result, compared with writing the ranking as JSON."""

import json
import random
import statistics
import time

from widget_gateway.domain.catalogue.profiles import Profile, fitting

PROFILES = 500
SCALES = 35
RESULTS = 50
LIMIT_MS = 5.0

Goal = tuple[str, str, bool]


def profiles(*, rounds: int) -> list[Goal]:
    """Rank the profiles for different results; each has one to four combinations of scales."""
    print(f"\nRanking {PROFILES} profiles by {SCALES} scales, {rounds} x {RESULTS} results, ms")
    print(f"  {'p50':>8}{'p99':>8}{'as JSON':>10}{'times JSON':>12}")
    chance = random.Random(1)
    ranked = [_a_profile(number, chance) for number in range(PROFILES)]
    results = [
        {f"s{scale}": chance.randrange(101) for scale in range(SCALES)} for _ in range(RESULTS)
    ]
    fitting(ranked, results[0])  # This computes what is computed once for a version.
    took, written = [], []
    for _ in range(rounds):
        for percentages in results:
            began = time.perf_counter()
            fits = fitting(ranked, percentages, 20)
            ended = time.perf_counter()
            json.dumps([
                {
                    "id": fit.profile.id,
                    "fit": fit.fit,
                    "combination": dict(fit.profile.combinations[fit.combination]),
                }
                for fit in fits
            ])  # fmt: skip
            took.append(1000 * (ended - began))
            written.append(1000 * (time.perf_counter() - ended))
    p50, as_json = statistics.median(took), statistics.median(written)
    p99 = statistics.quantiles(took, n=100)[-1]
    print(f"  {p50:>8.2f}{p99:>8.2f}{as_json:>10.2f}{p50 / as_json:>12.1f}")
    return [
        (f"{PROFILES} profiles below {LIMIT_MS:.0f} ms", f"{p50:.2f} ms", p50 < LIMIT_MS),
        (
            f"{PROFILES} profiles: at most twice writing them",
            f"{p50 / as_json:.2f} x",
            p50 <= 2 * as_json,
        ),
    ]


def _a_profile(number: int, chance: random.Random) -> Profile:
    return Profile(
        id=str(number),
        name={"en": f"Profile {number}"},
        combinations=tuple(
            {
                f"s{scale}": chance.randrange(1, 100)
                for scale in chance.sample(range(SCALES), chance.randrange(1, 5))
            }
            for _ in range(chance.randrange(1, 5))
        ),
    )

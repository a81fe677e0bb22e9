"""Suggestions over HTTP among 100,000 documents, against a bare handler in the same rounds.

Run by `python benchmarks/suggestions.py`. Each query is the beginning of a title, as it is typed:
its last word lacks up to four letters. The bare handler answers with as many bytes as a search.
"""

import random
import sys
from statistics import median
from urllib.parse import urlencode

from http_load import HttpLoad, drive_http
from search import CLIENTS, search_bench
from search_data import SEED, TITLE_LENGTHS, vocabulary

DOCUMENTS = 100_000
ROUNDS = 3
SECONDS = 6.0
QUERIES_A_ROUND = 20_000


def typed(count: int) -> list[str]:
    """Make unfinished queries of words such as titles have."""
    known, chance = vocabulary(), random.Random(SEED + 2)
    found = []
    for _ in range(count):
        *words, last = known.title(chance, chance.choice(range(1, TITLE_LENGTHS.start + 1)))
        found.append(" ".join([*words, last[: max(2, len(last) - chance.randrange(5))]]))
    return found


def main(documents: int) -> None:
    """Print rates and latencies of each round, and the medians."""
    with search_bench(documents) as bench:
        asked = iter(typed(ROUNDS * QUERIES_A_ROUND))
        rates, p95s, shares = [], [], []
        for _ in range(ROUNDS):
            queries = [urlencode({"query": next(asked)}) for _ in range(QUERIES_A_ROUND)]
            outcomes = [
                drive_http(
                    HttpLoad(
                        server.port,
                        tuple(f"/api/{call}?{query}" for query in queries),
                        SECONDS,
                        bench.token,
                        CLIENTS,
                    )
                )
                for server, call in ((bench.bare, "search"), (bench.gateway, "suggest"))
            ]
            for name, outcome in zip(("bare", "suggest"), outcomes, strict=True):
                print(
                    f"{name:8}{outcome.rate:>8,.0f}/s p50 {outcome.percentile_ms(50):.1f} "
                    f"p95 {outcome.percentile_ms(95):.1f} ms",
                    flush=True,
                )
            bare, suggested = outcomes
            rates.append(suggested.rate)
            p95s.append(suggested.percentile_ms(95))
            shares.append(suggested.rate / bare.rate)
        print(
            f"medians: {median(rates):,.0f}/s, p95 {median(p95s):.1f} ms, "
            f"{median(shares):.2f} of the bare handler's rate"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS)

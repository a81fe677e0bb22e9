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
from search_data import SEED, documents, vocabulary

DOCUMENTS = 100_000
LOADS = (1, CLIENTS, 1, CLIENTS, 1, CLIENTS)
"""Clients of each round; the medians are taken by their number."""

SECONDS = 4.0
QUERIES_A_ROUND = 20_000


def typed(size: int, count: int) -> list[str]:
    """Make unfinished queries: the beginnings of titles of questions."""
    chance = random.Random(SEED + 2)
    titles = [row["title"] for row in documents(vocabulary(), size) if row["url"] is None]
    found = []
    for title in chance.choices(titles, k=count):
        *words, last = title.split()[: chance.randrange(1, 4)]
        found.append(" ".join([*words, last[: max(2, len(last) - chance.randrange(5))]]))
    return found


def main(size: int) -> None:
    """Print rates and latencies of each round, and the medians."""
    with search_bench(size) as bench:
        asked = iter(typed(size, len(LOADS) * QUERIES_A_ROUND))
        measured: dict[int, list[tuple[float, float, float]]] = {}
        for clients in LOADS:
            queries = [urlencode({"query": next(asked)}) for _ in range(QUERIES_A_ROUND)]
            outcomes = [
                drive_http(
                    HttpLoad(
                        server.port,
                        tuple(f"/api/{call}?{query}" for query in queries),
                        SECONDS,
                        bench.token,
                        clients,
                    )
                )
                for server, call in ((bench.bare, "search"), (bench.gateway, "suggest"))
            ]
            for name, outcome in zip(("bare", "suggest"), outcomes, strict=True):
                print(
                    f"{clients:2} clients, {name:8}{outcome.rate:>8,.0f}/s "
                    f"p50 {outcome.percentile_ms(50):.1f} p95 {outcome.percentile_ms(95):.1f} ms",
                    flush=True,
                )
            bare, suggested = outcomes
            row = (suggested.rate, suggested.percentile_ms(95), suggested.rate / bare.rate)
            measured.setdefault(clients, []).append(row)
        for clients, rows in measured.items():
            rate, p95, share = map(median, zip(*rows, strict=True))
            print(
                f"medians with {clients} clients: {rate:,.0f}/s, p95 {p95:.1f} ms, "
                f"{share:.2f} of the bare handler's rate"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS)

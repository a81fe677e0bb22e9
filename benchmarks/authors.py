"""Statistics of a test with very many results, compared with plainly reading the same documents.

    python benchmarks/authors.py --results 1000000

It makes the results in an embedded database of its own. On a machine that has other work, the
seconds of the processor say more than those of the clock. The memory is the highest of the process
while it counts; that of the database is its own cache.
"""

import argparse
import asyncio
import gc
import random
import resource
import tempfile
import time
import uuid
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from storage.attempts.results import GATHERED_AT_ONCE
from storage.client import Database, connect, open_database
from widget_gateway.composition.application import open_backend
from widget_gateway.domain.attempts.durations import packed
from widget_gateway.domain.attempts.results import Selection
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.services.catalogue.definitions import read_definition
from widget_gateway.settings import Settings

LIMIT_S = 60.0
"""Seconds that a million results may take."""

_BATCH = 5_000
_VARIANTS = 997
"""How many different answer sheets there are. Generating each anew would take longer than to count
them, and counting does not profit from repeats."""


async def measure(test_file: str, results: int) -> None:
    """Make the results, count them, read them, and print both times."""
    source = files("widget_gateway").joinpath(f"bundled/{test_file}").read_bytes()
    definition = read_definition(source, test_file)
    with tempfile.TemporaryDirectory(prefix="widget-gateway-bench-") as folder:
        settings = Settings(data_dir=folder)
        async with open_backend(settings, creates=True) as backend:
            await backend.services.public.catalogue.add(Path(test_file), definition)
            assert backend.mongod is not None
            client = connect(backend.mongod.uri, settings.driver, 600)
            database = open_database(client, settings.database)
            await _make(database, definition.test, results)
            before = _memory_mb()
            began, used = time.perf_counter(), _processor_s()
            found = await backend.test_statistics.gather(Selection(test=definition.test.slug))
            [scale.statistics() for scale in found.versions[0].tally.scales]
            counted, used = time.perf_counter() - began, _processor_s() - used
            after = _memory_mb()
            began, used_plain = time.perf_counter(), _processor_s()
            gc.disable()
            read = await _read(database)
            gc.enable()
            plain, used_plain = time.perf_counter() - began, _processor_s() - used_plain
            await client.close()
    assert read == found.versions[0].tally.n == results
    per_million = counted * 1_000_000 / results
    print(
        f"{definition.test.slug}, {len(definition.test.questions)} questions, {results} results: "
        f"{counted:.1f} s ({per_million:.0f} s a million; the goal is {LIMIT_S:.0f}); "
        f"plainly read in {plain:.1f} s, ratio {counted / plain:.1f}; "
        f"of the processor {used:.1f} s and {used_plain:.1f} s; "
        f"memory {before:.0f} MB before, at most {after:.0f} MB"
    )


async def _make(database: Database, test: TestDefinition, results: int) -> None:
    chance = random.Random(1)
    sheets = [_sheet(test, chance) for _ in range(_VARIANTS)]
    took = packed({q.id: chance.randrange(10, 300) for q in test.questions}, test.positions)
    for start in range(0, results, _BATCH):
        rows = [
            {
                "_id": uuid.uuid4(),
                "provider": "college",
                "sandbox": False,
                "test": test.slug,
                "version": test.version,
                "locale": test.locales[number % len(test.locales)],
                "answers": sheets[number % _VARIANTS],
                "attempt": None,
                "created_at": datetime.now(UTC),
                "user_id": None,
                "attached_at": None,
                "took": took,
            }
            for number in range(start, min(start + _BATCH, results))
        ]
        await database["results"].insert_many(rows)


def _sheet(test: TestDefinition, chance: random.Random) -> list[list[object]]:
    trait = chance.random()
    return [
        [question.id, [question.names[_place(trait, len(question.names), chance)]]]
        for question in test.questions
    ]


def _place(trait: float, options: int, chance: random.Random) -> int:
    return min(max(round(trait * (options - 1) + chance.gauss(0, 1)), 0), options - 1)


async def _read(database: Database) -> int:
    found = database["results"].find({}, {"answers": 1, "took": 1}).batch_size(GATHERED_AT_ONCE)
    count = 0
    while rows := await found.to_list(GATHERED_AT_ONCE):
        count += len(rows)
    return count


def _processor_s() -> float:
    """Seconds of the processor that this process and those that it has started have used."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def _memory_mb() -> float:
    """The most memory that the process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=int, default=100_000)
    parser.add_argument("--test", default="work-values.yaml", help="a bundled test of options")
    arguments = parser.parse_args()
    asyncio.run(measure(arguments.test, arguments.results))

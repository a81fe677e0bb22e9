"""Counting results in several processes: the sums are the same, and a dead process is told."""

import os
import random
import signal
from functools import partial

import bson
import pytest

from storage.attempts.results import ResultBatch
from tests.catalogue.test_definitions import VALID, read
from tests.conftest import SEED
from widget_gateway.domain.attempts.results import ResultGroup
from widget_gateway.domain.errors import CountingFailedError
from widget_gateway.services.attempts.counting import count_results
from widget_gateway.services.attempts.statistics import (
    ComparedResults,
    ScoresByGroup,
    StatisticsByLocale,
)

SIZE = 50
"""How many results a batch has."""

TEST = read(VALID).test


class DyingCounts:
    """Sums whose process is killed when it begins to count, unless it is this one."""

    def __init__(self, survivor: int) -> None:
        self.survivor = survivor

    def add(self, _group):
        if os.getpid() != self.survivor:
            os.kill(os.getpid(), signal.SIGKILL)

    def merge(self, _other):
        raise AssertionError


class FaultyCounts(DyingCounts):
    """Sums that can't be made of such results."""

    def add(self, group):
        if os.getpid() != self.survivor:
            raise KeyError(group.locale)


def provider_of(group: ResultGroup) -> str:
    return group.provider


async def some_batches(number):
    """Yield results of two languages and providers, the same ones whenever it is called."""
    chance = random.Random(SEED)
    for _ in range(number):
        rows = [
            {
                "version": 1,
                "locale": chance.choice(["ru", "en"]),
                "provider": chance.choice(["college", "school"]),
                "answers": [["1", [chance.choice("12")]], ["2", [chance.choice("12")]]],
                "took": bytes([0, chance.randrange(100), 0, chance.randrange(100)]),
            }
            for _ in range(SIZE)
        ]
        yield ResultBatch(SIZE, b"".join(map(bson.encode, rows)))


def sums_of(counts):
    """All that is counted, as far as it can be compared."""
    if isinstance(counts, StatisticsByLocale):
        return {
            key: (
                gathered.tally.n,
                [scale.statistics() for scale in gathered.tally.scales],
                gathered.tally.question_tallies(),
                [times.quantiles([0, 0.5, 1]) for times in gathered.times],
            )
            for key, gathered in counts.found.items()
        }
    if isinstance(counts, ScoresByGroup):
        return {name: (tally.n, tally.scores) for name, tally in counts.found.items()}
    return counts.comparison.results, counts.comparison.scales()


@pytest.mark.parametrize(
    "begin",
    [
        partial(StatisticsByLocale, {1: TEST}),
        partial(ScoresByGroup, TEST, provider_of),
        partial(ComparedResults, TEST, TEST),
    ],
    ids=["statistics", "norms", "diff"],
)
@pytest.mark.gen_test
async def test_several_processes_count_what_one_counts(begin):
    together = await count_results(some_batches(12), begin, alone=12 * SIZE)
    apart = await count_results(some_batches(12), begin, alone=2 * SIZE)
    assert sums_of(apart) == sums_of(together)
    assert sums_of(apart) != sums_of(await count_results(some_batches(11), begin))


@pytest.mark.gen_test
async def test_a_process_that_is_killed_is_told():
    with pytest.raises(CountingFailedError):
        await count_results(some_batches(12), partial(DyingCounts, os.getpid()), alone=1)


@pytest.mark.gen_test
async def test_a_fault_in_another_process_is_a_fault_here():
    with pytest.raises(KeyError):
        await count_results(some_batches(12), partial(FaultyCounts, os.getpid()), alone=1)

"""Norms from gathered scores: their mean, deviation and percentiles in a group of people."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from widget_gateway.domain.catalogue.numbers import Number, round_half_away
from widget_gateway.domain.catalogue.scales import NormPercentile, ScaleKey
from widget_gateway.domain.catalogue.tallies import Sheets, keyed_column, scores_of
from widget_gateway.domain.catalogue.tests import TestDefinition

MIN_NORM_N = 30
"""Fewest people of a norm: with fewer, its mean is uncertain by a third of a deviation."""

FIRM_NORM_N = 200
"""The number of people below which a norm is preliminary: percentiles are uncertain by up to seven
percent there, which is what test manuals commonly accept."""


@dataclass(frozen=True, slots=True)
class ScoreDistribution:
    """How the scores of a group of people are distributed, in points."""

    mean: float
    deviation: float
    n: int
    percentiles: tuple[NormPercentile, ...]


class ScoreTally:
    """How often each scale of a test had which score, in units of the scale's key."""

    def __init__(self, test: TestDefinition) -> None:
        self.test = test
        self.n = 0
        self.scores: list[Counter[int]] = [Counter() for _ in test.scales]

    def add(self, sheets: Sheets) -> None:
        """Add sheets."""
        self.n += len(sheets)
        columns = {
            question.id: scores_of(question, [sheet.get(question.id) or () for sheet in sheets])
            for question in self.test.questions
        }
        for scores, key in zip(self.scores, self.test.scale_keys, strict=True):
            keyed = [keyed_column(item, columns[item.question]) for item in key.items]
            scores.update(map(sum, zip(*keyed, strict=True)))

    def merge(self, other: Self) -> None:
        """Add the scores of another tally of the same version."""
        self.n += other.n
        for mine, its in zip(self.scores, other.scores, strict=True):
            mine.update(its)


def differing_scales(test: TestDefinition, other: TestDefinition) -> list[str]:
    """Return the scales of `test` that `other` lacks, or that do not count the same there.

    Scores of such a scale must not be mixed.
    """
    others = dict(zip((scale.id for scale in other.scales), other.scale_keys, strict=True))
    return [
        scale.id
        for scale, key in zip(test.scales, test.scale_keys, strict=True)
        if not _count_alike(key, others.get(scale.id))
    ]


def _count_alike(key: ScaleKey, other: ScaleKey | None) -> bool:
    return other is not None and (
        sorted(key.items),
        key.unit,
        key.low,
        key.high,
    ) == (sorted(other.items), other.unit, other.low, other.high)


def distribution_of(scores: Mapping[int, int], unit: int) -> ScoreDistribution | None:
    """Return the distribution of scores, which are counted in units; None if all are the same."""
    n = sum(scores.values())
    total = sum(score * count for score, count in scores.items())
    squared = sum(score * score * count for score, count in scores.items())
    if len(scores) < 2:  # noqa: PLR2004 - a single score has no deviation
        return None
    variance = Fraction(n * squared - total * total, n * (n - 1) * unit * unit)
    return ScoreDistribution(
        mean=total / (n * unit),
        deviation=float(variance) ** 0.5,
        n=n,
        percentiles=tuple(_percentiles(scores, n, unit)),
    )


def _percentiles(scores: Mapping[int, int], n: int, unit: int) -> list[NormPercentile]:
    """Return a row for each score at which the percentile changes.

    The percentile of a score is the share of people who have less, and half of those who have the
    same, in percent.
    """
    rows: list[NormPercentile] = []
    below = 0
    for score, count in sorted(scores.items()):
        percentile = min(max(round_half_away(100 * (2 * below + count), 2 * n), 1), 99)
        if not rows or percentile != rows[-1].percentile:
            rows.append(NormPercentile(at=_points(score, unit), percentile=percentile))
        below += count
    return rows


def _points(score: int, unit: int) -> Number:
    return score / unit if score % unit else score // unit

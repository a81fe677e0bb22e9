"""Keyed scales of a test definition: which answers they count, their levels and their norms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from widget_gateway.domain.catalogue.numbers import Number
from widget_gateway.domain.catalogue.questions import LocalText, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A band of a scale, up to and including `up_to` percent.

    `color` is `#rrggbb` or one of NAMED_COLORS (report_texts.py).
    """

    up_to: float
    name: LocalText
    color: str | None = None
    text: LocalText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NormPercentile:
    """Scores from `at` on, up to the next row, have this percentile."""

    at: Number
    percentile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NormFilter:
    """From which results a norm was computed; days are like `2026-05-04`."""

    versions: tuple[int, ...] = ()
    provider: str | None = None
    locale: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """Mean and standard deviation of a scale's score among people of a group, or all people.

    `group` and `title` are None for all people. `percentiles` is empty where only the mean and the
    deviation are known. Norms of `test norms` say of how many people they are, when they were
    computed, and from which results.
    """

    mean: float
    deviation: float
    group: str | None = None
    title: LocalText | None = None
    percentiles: tuple[NormPercentile, ...] = ()
    n: int | None = None
    date: str | None = None
    filter: NormFilter | None = None

    def percentile_by_table(self, score: Number) -> int | None:
        """Return the percentile of a score; None where the norm has no table."""
        if not self.percentiles:
            return None
        rows = (row.percentile for row in reversed(self.percentiles) if row.at <= score)
        return next(rows, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionLevel:
    """The text of a section for a scale of up to and including `up_to` percent. It is HTML."""

    up_to: float
    text: LocalText


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A labelled text about a scale, such as where it helps. `text` is HTML.

    The text of the level that the scale has reached follows `text`.
    """

    label: LocalText
    text: LocalText | None = None
    levels: tuple[SectionLevel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A scale adds up the scores of its questions; those in `minus` are reversed.

    `weights` are by question id and default to 1.

    `part_of` is the id of the scale that this one is a sub-scale (a facet) of. A scale that names
    no questions of its own counts those of its sub-scales.

    `judged` says that a high score is good and a low one bad.
    """

    id: str
    title: LocalText | None = None
    description: LocalText | None = None
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    levels: tuple[Level, ...] = ()
    part_of: str | None = None
    norms: tuple[Norm, ...] = ()
    judged: bool = False
    sections: tuple[Section, ...] = ()


class KeyedItem(NamedTuple):
    """A question of a scale: an answer adds `offset + factor * score` to the scale, in units.

    A skipped question adds `lowest`. `ScaleKey` says what a unit is.
    """

    question: str
    factor: int
    offset: int
    lowest: int

    def times(self, number: int) -> "KeyedItem":
        """The same item in units that are `number` times as small."""
        return KeyedItem(
            self.question, self.factor * number, self.offset * number, self.lowest * number
        )


@dataclass(frozen=True, slots=True)
class ScaleKey:
    """What a scale counts, in whole numbers, so that its sums are exact in any order.

    A weight of 1 is `unit` units: with a `unit` of 4, weights of 0.5 and 1.25 are 2 and 5 units.
    `low` and `high` are the lowest and the highest possible score, in units.
    """

    items: tuple[KeyedItem, ...]
    unit: int
    low: int
    high: int


def key_of(scale: Scale, questions: Mapping[str, Question]) -> ScaleKey:
    """The key of the questions that the scale itself names, without those of its sub-scales."""
    weights = {
        name: Fraction(str(scale.weights.get(name, 1))) for name in (*scale.plus, *scale.minus)
    }
    unit = lcm(*(weight.denominator for weight in weights.values()))
    items = []
    low = high = 0
    for names, reverse in ((scale.plus, False), (scale.minus, True)):
        for name in names:
            lowest, highest = questions[name].score_bounds
            weight = int(weights[name] * unit)
            items.append(
                KeyedItem(
                    question=name,
                    factor=-weight if reverse else weight,
                    offset=weight * (lowest + highest) if reverse else 0,
                    lowest=weight * lowest,
                )
            )
            low += weight * lowest
            high += weight * highest
    return ScaleKey(tuple(items), unit, low, high)


def joined_key(parts: Sequence[ScaleKey]) -> ScaleKey:
    """The key of a scale that counts the questions of these sub-scales."""
    unit = lcm(*(part.unit for part in parts))
    return ScaleKey(
        tuple(item.times(unit // part.unit) for part in parts for item in part.items),
        unit,
        sum(part.low * unit // part.unit for part in parts),
        sum(part.high * unit // part.unit for part in parts),
    )

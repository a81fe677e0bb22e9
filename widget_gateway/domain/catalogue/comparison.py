"""What a new definition would make of results of an old one: levels, reliability, questions."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple, Self

from widget_gateway.domain.catalogue.answers import check_value
from widget_gateway.domain.catalogue.estimates import MIN_N, Estimate
from widget_gateway.domain.catalogue.numbers import percent
from widget_gateway.domain.catalogue.questions import Question
from widget_gateway.domain.catalogue.scales import Level, Scale, ScaleKey
from widget_gateway.domain.catalogue.tallies import Column, ScaleTally, Sheets, scores_of
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import AnswerInvalidError


class QuestionChange(NamedTuple):
    """A question that both definitions have, and the names of its fields that differ."""

    question: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScaleComparison:
    """What becomes of a scale's scores.

    `levels` counts people by the index of their old and new level; None is no level. `why_not` says
    why the new scale can't be computed from old results; the rest is empty then.
    """

    scale: Scale
    old_levels: tuple[Level, ...] = ()
    levels: Mapping[tuple[int | None, int | None], int] = field(default_factory=dict)
    old_alpha: Estimate | None = None
    new_alpha: Estimate | None = None
    why_not: str | None = None

    @property
    def moved(self) -> int:
        """How many people change their level."""
        return sum(count for (old, new), count in self.levels.items() if old != new)


class Comparison:
    """Scores results of `old` by the definition `new`, too."""

    def __init__(self, old: TestDefinition, new: TestDefinition) -> None:
        self.old = old
        self.new = new
        self.results = 0
        self.unscorable: Counter[str] = Counter()
        """Why how many results can't be scored by the new definition."""
        self.changed = tuple(_changed_questions(old, new))
        self._suspects = [
            new.by_id[change.question]
            for change in self.changed
            if not {"type", "options", "fields", "count"}.isdisjoint(change.fields)
        ]
        self._accepted: dict[tuple[str, tuple[str, ...]], bool] = {}
        self._pairs: list[_ScalePair] = []
        self._why_not: dict[str, str] = {}
        old_scales = {scale.id: index for index, scale in enumerate(old.scales)}
        for scale, key in zip(new.scales, new.scale_keys, strict=True):
            missing = [item.question for item in key.items if item.question not in old.by_id]
            if scale.id not in old_scales:
                self._why_not[scale.id] = "the scale is new"
            elif missing:
                self._why_not[scale.id] = f"it counts new questions: {', '.join(missing)}"
            else:
                index = old_scales[scale.id]
                before = (old.scales[index], old.scale_keys[index])
                self._pairs.append(_ScalePair(before, (scale, key)))

    @property
    def vanished(self) -> list[str]:
        """The questions that the new definition lacks."""
        return [question.id for question in self.old.questions if question.id not in self.new.by_id]

    @property
    def appeared(self) -> list[str]:
        """The questions that the old definition lacks."""
        return [question.id for question in self.new.questions if question.id not in self.old.by_id]

    @property
    def vanished_scales(self) -> list[str]:
        """The scales that the new definition lacks."""
        kept = {scale.id for scale in self.new.scales}
        return [scale.id for scale in self.old.scales if scale.id not in kept]

    @property
    def changed_scales(self) -> list[str]:
        """The scales of both definitions that differ, or count other questions or otherwise."""
        before = _scales_of(self.old)
        return [
            name
            for name, parts in _scales_of(self.new).items()
            if name in before and before[name] != parts
        ]

    @property
    def changed_fields(self) -> list[str]:
        """The fields of the test that differ, but for its version, questions and scales."""
        apart = {"slug", "version", "questions", "scales"}
        return [
            each.name
            for each in fields(TestDefinition)
            if each.name not in apart
            and getattr(self.old, each.name) != getattr(self.new, each.name)
        ]

    @property
    def is_reordered(self) -> bool:
        """Whether the questions that both have stand in another order."""
        before = [question.id for question in self.old.questions if question.id in self.new.by_id]
        after = [question.id for question in self.new.questions if question.id in self.old.by_id]
        return before != after

    @property
    def scored(self) -> int:
        """How many results both definitions can score."""
        return self.results - self.unscorable.total()

    def add(self, sheets: Sheets) -> None:
        """Add results of the old definition."""
        self.results += len(sheets)
        fitting = [sheet for sheet in sheets if self._fits(sheet)]
        before = _columns(self.old, fitting)
        after = _columns(self.new, fitting)
        for pair in self._pairs:
            pair.add(before, after)

    def merge(self, other: Self) -> None:
        """Add the results of another comparison of the same definitions."""
        self.results += other.results
        self.unscorable.update(other.unscorable)
        for mine, its in zip(self._pairs, other._pairs, strict=True):
            mine.merge(its)

    def _fits(self, sheet: Mapping[str, Sequence[str]]) -> bool:
        """Whether the new definition accepts the answers; the first reason against is counted."""
        for question in self._suspects:
            if not self._accepts(question, tuple(sheet.get(question.id) or ())):
                self.unscorable[f"question {question.id} no longer takes the answer"] += 1
                return False
        return True

    def _accepts(self, question: Question, answer: tuple[str, ...]) -> bool:
        known = self._accepted.get((question.id, answer))
        if known is not None:
            return known
        try:
            check_value(question, answer)
        except AnswerInvalidError:
            accepted = False
        else:
            accepted = True
        if question.options:  # There is no end to what people write.
            self._accepted[question.id, answer] = accepted
        return accepted

    def scales(self) -> list[ScaleComparison]:
        """Return what becomes of each scale of the new definition."""
        pairs = {pair.new.scale.id: pair for pair in self._pairs}
        return [
            pairs[scale.id].comparison()
            if scale.id in pairs
            else ScaleComparison(scale, why_not=self._why_not[scale.id])
            for scale in self.new.scales
        ]


class _ScalePair:
    """A scale in both definitions."""

    def __init__(self, old: tuple[Scale, ScaleKey], new: tuple[Scale, ScaleKey]) -> None:
        self.old = ScaleTally(*old)
        self.new = ScaleTally(*new)
        self._levels: Counter[tuple[int | None, int | None]] = Counter()

    def add(self, before: Mapping[str, Column], after: Mapping[str, Column]) -> None:
        old = _level_indexes(self.old, self.old.add(before))
        self._levels.update(zip(old, _level_indexes(self.new, self.new.add(after)), strict=True))

    def merge(self, other: Self) -> None:
        self.old.merge(other.old)
        self.new.merge(other.new)
        self._levels.update(other._levels)

    def comparison(self) -> ScaleComparison:
        is_enough = self.old.n >= MIN_N
        return ScaleComparison(
            scale=self.new.scale,
            old_levels=self.old.scale.levels,
            levels=dict(self._levels),
            old_alpha=self.old.alpha if is_enough else None,
            new_alpha=self.new.alpha if is_enough else None,
        )


def _scales_of(test: TestDefinition) -> dict[str, tuple[Scale, ScaleKey]]:
    pairs = zip(test.scales, test.scale_keys, strict=True)
    return {scale.id: (scale, key) for scale, key in pairs}


def _columns(test: TestDefinition, sheets: Sheets) -> dict[str, Column]:
    return {
        question.id: scores_of(question, [sheet.get(question.id) or () for sheet in sheets])
        for question in test.questions
    }


def _level_indexes(tally: ScaleTally, totals: Sequence[int]) -> list[int | None]:
    key, levels = tally.key, tally.scale.levels
    known: dict[int, int | None] = {}
    for total in set(totals):
        percentage = percent(total - key.low, key.high - key.low)
        known[total] = next(
            (index for index, level in enumerate(levels) if percentage <= level.up_to), None
        )
    return list(map(known.__getitem__, totals))


def _changed_questions(old: TestDefinition, new: TestDefinition) -> Iterator[QuestionChange]:
    for question in new.questions:
        before = old.by_id.get(question.id)
        if before is None:
            continue
        names = tuple(
            each.name
            for each in fields(Question)
            if getattr(before, each.name) != getattr(question, each.name)
        )
        if names:
            yield QuestionChange(question.id, names)

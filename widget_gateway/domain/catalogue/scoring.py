"""Scoring: pure functions of a definition and answers (docs/protocol/definitions.md, "Scoring").

An answer sheet is scored in two ways: by keyed scales, which new tests use, and by the automatic
variables, which the predecessor's tests use. Percentages are rounded half away from zero.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import erfc, sqrt

from widget_gateway.domain.catalogue.answers import Answer, AnswerSheet
from widget_gateway.domain.catalogue.numbers import Number, numeric, percent, round_half_away
from widget_gateway.domain.catalogue.questions import Question, QuestionType
from widget_gateway.domain.catalogue.scales import Level, Norm, Scale, ScaleKey
from widget_gateway.domain.catalogue.tests import TestDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class NormScore:
    """A score compared with those of a group of people.

    `t_score` is 50 at their mean and 10 more for each standard deviation above it, rounded half
    away from zero. `percentile` is the percentage of them that score lower: by the norm's table if
    it has one, else as if their scores were normally distributed. It is from 1 to 99, as is
    customary, since samples do not show more.
    """

    norm: Norm
    t_score: int
    percentile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleScore:
    """The score of a scale; `percentage` is where it lies between `min` (0) and `max` (100)."""

    scale: Scale
    score: Number
    min: Number
    max: Number
    percentage: int
    level: Level | None = None
    norms: tuple[NormScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """The scales and the automatic variables (docs/protocol/definitions.md, "Scoring", 1 and 2)."""

    scales: list[ScaleScore]
    variables: dict[str, object]


def is_right(question: Question, answer: Answer) -> bool:
    """Whether `answer` is right; a skipped question never is."""
    if not answer:
        return False
    if question.type is QuestionType.TEXT:
        return len(answer) == len(question.fields) and not any(
            right and text.strip() not in right
            for text, right in zip(answer, question.right_texts, strict=True)
        )
    right = question.right_names
    if question.type is QuestionType.CHECKBOX:
        return len(answer) == (question.count or len(right)) and right.issuperset(answer)
    return right.issuperset(answer)


def item_score(question: Question, answer: Answer) -> int:
    """The score of an answer: what it adds to `SUM` and, before keying, to a scale."""
    if question.has_right_answers:
        return int(is_right(question, answer))
    if question.type is QuestionType.TEXT:
        return sum(map(numeric, answer))
    if len(answer) == 1:  # Most answers have one value, and this is faster for them.
        return question.numbers[answer[0]]
    return sum([question.numbers[value] for value in answer])


def score_answers(test: TestDefinition, answers: AnswerSheet) -> Score:
    """Score the answers; the scales are in the order of the definition."""
    items = {
        question.id: item_score(question, answer)
        for question in test.questions
        if (answer := answers.get(question.id))
    }
    scales = [
        _score_scale(scale, key, items)
        for scale, key in zip(test.scales, test.scale_keys, strict=True)
    ]
    return Score(scales, _automatic_variables(test, answers, items))


def _score_scale(scale: Scale, key: ScaleKey, items: Mapping[str, int]) -> ScaleScore:
    """Score one scale. A skipped question counts as its lowest score, which keeps to the bounds."""
    total = 0
    for question, factor, offset, lowest in key.items:
        item = items.get(question)
        total += lowest if item is None else offset + factor * item
    percentage = percent(total - key.low, key.high - key.low)
    score = _in_points(total, key.unit)
    return ScaleScore(
        scale=scale,
        score=score,
        min=_in_points(key.low, key.unit),
        max=_in_points(key.high, key.unit),
        percentage=percentage,
        level=next((level for level in scale.levels if percentage <= level.up_to), None),
        norms=tuple(_compared(norm, score) for norm in scale.norms),
    )


def _in_points(units: int, unit: int) -> Number:
    """Convert units of a ScaleKey into points; an integer where it is whole."""
    return units / unit if units % unit else units // unit


def _compared(norm: Norm, score: Number) -> NormScore:
    from_mean = score - norm.mean
    percentile = norm.percentile_by_table(score)
    if percentile is None:
        below = erfc(-from_mean / norm.deviation / sqrt(2)) / 2
        percentile = min(max(percent(below, 1), 1), 99)
    return NormScore(
        norm=norm,
        t_score=round_half_away(50 * norm.deviation + 10 * from_mean, norm.deviation),
        percentile=percentile,
    )


def _automatic_variables(
    test: TestDefinition, answers: AnswerSheet, items: Mapping[str, int]
) -> dict[str, object]:
    chosen = Counter(
        chain.from_iterable(
            question.values_in(answers[question.id])
            for question in test.questions
            if question.id in answers
        )
    )
    written = [
        answers.get(question.id, ())
        for question in test.questions
        if question.type is QuestionType.TEXT
    ]
    possible = Counter(chain.from_iterable(written))
    possible.update(test.offers)
    total, scale = _sum_and_scale(test.questions, items)
    largest = sum([question.largest_score for question in test.questions])
    return {
        "SUM": total,
        "SCALE": scale,
        "VALUES": _shares(possible, chosen, largest),
        "REPEATS": _shares(possible, chosen, len(test.questions)),
        "GROUPS": {
            name: dict(zip(("SUM", "SCALE"), _sum_and_scale(members, items), strict=True))
            for name, members in test.questions_by_group.items()
        },
        "NON_NEGATIVE_ANSWER_VALUES_SUM": sum(
            count for value, count in chosen.items() if numeric(value) >= 0
        ),
    }


def _sum_and_scale(questions: Sequence[Question], items: Mapping[str, int]) -> tuple[int, int]:
    total = sum([items.get(question.id, 0) for question in questions])
    return total, percent(total, sum([question.largest_score for question in questions]))


def _shares(
    possible: Mapping[str, int], chosen: Mapping[str, int], whole: int
) -> dict[str, dict[str, int]]:
    return {
        value: {
            "sum": chosen.get(value, 0),
            "percentage": percent(chosen.get(value, 0), whole),
            "percentage_value": percent(chosen.get(value, 0), often),
        }
        for value, often in possible.items()
    }

"""Scoring: pure functions of a definition and answers (docs/protocol/definitions.md, "Scoring").

Two views of one answer sheet: keyed scales, which new tests are written with, and the automatic
variables, which the predecessor's tests read. Percentages round half away from zero.
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
    """A score beside those of a group of people.

    `t_score` is 50 at their mean and 10 more each standard deviation, rounded half away from zero.
    `percentile` is the share of them, if their scores are normally distributed, that score lower:
    1 to 99, as is the custom, since no sample shows more.
    """

    norm: Norm
    t_score: int
    percentile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleScore:
    """What one scale came to. `percentage` is of the way from `min` to `max`, 0 to 100."""

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
            right and given.strip() not in right
            for given, right in zip(answer, question.right_texts, strict=True)
        )
    right = question.right_values
    if question.type is QuestionType.CHECKBOX:
        return len(answer) == (question.count or len(right)) and right.issuperset(answer)
    return right.issuperset(answer)


def item_score(question: Question, answer: Answer) -> int:
    """What an answer adds to `SUM`."""
    if question.has_right_answers:
        return int(is_right(question, answer))
    if question.type is QuestionType.TEXT:
        return sum(map(numeric, answer))
    if len(answer) == 1:  # as most are
        return question.numbers[answer[0]]
    return sum([question.numbers[value] for value in answer])


def score_answers(test: TestDefinition, answers: AnswerSheet) -> Score:
    """What the answers come to; scales in the order of the definition."""
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
    """A skipped question counts as its lowest score, so that the bounds always hold."""
    total = 0
    for question, factor, offset, lowest in key.items:
        one = items.get(question)
        total += lowest if one is None else offset + factor * one
    percentage = percent(total - key.low, key.high - key.low)
    in_ones = _in_ones(total, key.unit)
    return ScaleScore(
        scale=scale,
        score=in_ones,
        min=_in_ones(key.low, key.unit),
        max=_in_ones(key.high, key.unit),
        percentage=percentage,
        level=next((one for one in scale.levels if percentage <= one.up_to), None),
        norms=tuple(_beside(norm, in_ones) for norm in scale.norms),
    )


def _in_ones(units: int, unit: int) -> Number:
    return units / unit if units % unit else units // unit


def _beside(norm: Norm, score: Number) -> NormScore:
    from_mean = score - norm.mean
    below = erfc(-from_mean / norm.deviation / sqrt(2)) / 2
    return NormScore(
        norm=norm,
        t_score=round_half_away(50 * norm.deviation + 10 * from_mean, norm.deviation),
        percentile=min(max(percent(below, 1), 1), 99),
    )


def _automatic_variables(
    test: TestDefinition, answers: AnswerSheet, items: Mapping[str, int]
) -> dict[str, object]:
    chosen = Counter(chain.from_iterable(answers.values()))
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
            for name, members in test.groups.items()
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

"""Scoring: pure functions of (definition, answers), as test-definition.md "Scoring" words them.

Two views of one answer sheet: keyed scales, which new tests are written with, and the automatic
variables, which the predecessor's tests read. Percentages round half away from zero.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from widget_gateway.domain.answers import Answer, AnswerSheet
from widget_gateway.domain.tests import Level, Question, QuestionType, Scale, TestDefinition

_LEADING_INTEGER = re.compile(r"\s*(-?\d+)", re.ASCII)

Number = int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleScore:
    """What one scale came to. `percentage` is of the way from `min` to `max`, 0 to 100."""

    scale: Scale
    score: Number
    min: Number
    max: Number
    percentage: int
    level: Level | None


def numeric(value: str) -> int:
    """A value counts as its leading integer: `"3b"` as 3, `"-1"` as -1, `"q"` as 0."""
    match = _LEADING_INTEGER.match(value)
    return int(match[1]) if match else 0


def round_half_away(numerator: Number, denominator: Number) -> int:
    """`numerator / denominator`, rounded half away from zero; 0 where the denominator is 0."""
    if not denominator:
        return 0
    quotient = abs(numerator) * 2 // abs(denominator)  # in halves, exact for integers
    rounded = int(quotient + 1) // 2
    return rounded if (numerator < 0) == (denominator < 0) else -rounded


def percent(part: Number, whole: Number) -> int:
    """`part` of `whole` as a whole percentage."""
    return round_half_away(part * 100, whole)


def has_right_answers(question: Question) -> bool:
    """Whether answers to the question are right or wrong rather than more or less."""
    return any(option.correct for option in question.options) or any(
        field.correct for field in question.fields
    )


def is_right(question: Question, answer: Answer) -> bool:
    """Whether `answer` is right; a skipped question never is."""
    if not answer:
        return False
    if question.type is QuestionType.TEXT:
        return len(answer) == len(question.fields) and all(
            given.strip() in field.correct.values() if field.correct else True
            for given, field in zip(answer, question.fields, strict=True)
        )
    right = {option.value for option in question.options if option.correct}
    if question.type is QuestionType.CHECKBOX:
        return len(answer) == (question.count or len(right)) and right.issuperset(answer)
    return right.issuperset(answer)


def item_score(question: Question, answer: Answer) -> int:
    """What an answer adds to `SUM`."""
    if has_right_answers(question):
        return int(is_right(question, answer))
    return sum(map(numeric, answer))


def largest_score(question: Question) -> int:
    """The question's share of the largest possible `SUM`, to the letter of the specification."""
    if question.type is QuestionType.TEXT:
        return 0
    right = sum(option.correct for option in question.options)
    return right or max(0, *map(numeric, question.values), 0)


def item_bounds(question: Question) -> tuple[int, int]:
    """The lowest and the highest score that an answer to the question can have on a scale."""
    if has_right_answers(question):
        return 0, 1
    scores = sorted(map(numeric, question.values))
    if not scores:
        return 0, 0
    if question.type is QuestionType.RATING:
        return sum(scores), sum(scores)
    if question.type is QuestionType.CHECKBOX:
        if question.count is not None:
            return sum(scores[: question.count]), sum(scores[-question.count :])
        return sum(s for s in scores if s < 0), sum(s for s in scores if s > 0)
    return scores[0], scores[-1]


def score_scales(test: TestDefinition, answers: AnswerSheet) -> list[ScaleScore]:
    """The keyed scales, in the order of the definition."""
    return [_score_scale(test, scale, answers) for scale in test.scales]


def _score_scale(test: TestDefinition, scale: Scale, answers: AnswerSheet) -> ScaleScore:
    """A skipped question counts as its lowest score, so that the bounds always hold."""
    score: Number = 0
    low: Number = 0
    high: Number = 0
    for keyed, reverse in ((scale.plus, False), (scale.minus, True)):
        for question_id in keyed:
            question = test.questions[test.positions[question_id]]
            weight = scale.weights.get(question_id, 1)
            item_low, item_high = item_bounds(question)
            answer = answers.get(question_id, ())
            item: Number = item_low
            if answer:
                item = item_score(question, answer)
                item = item_low + item_high - item if reverse else item
            score += weight * item
            low += weight * item_low
            high += weight * item_high
    percentage = percent(score - low, high - low)
    level = next((one for one in scale.levels if percentage <= one.up_to), None)
    return ScaleScore(
        scale=scale, score=score, min=low, max=high, percentage=percentage, level=level
    )


def automatic_variables(test: TestDefinition, answers: AnswerSheet) -> dict[str, object]:
    """`SUM`, `SCALE`, `VALUES`, `REPEATS`, `GROUPS`, `NON_NEGATIVE_ANSWER_VALUES_SUM`."""
    chosen: Counter[str] = Counter()
    possible: Counter[str] = Counter()
    for question in test.questions:
        answer = answers.get(question.id, ())
        offered = answer if question.type is QuestionType.TEXT else question.values
        possible.update(offered)
        chosen.update(answer)
    total, scale = _sum_and_scale(test.questions, answers)
    largest = sum(map(largest_score, test.questions))
    groups: dict[str, list[Question]] = {}
    for question in test.questions:
        if question.group is not None:
            groups.setdefault(question.group, []).append(question)
    return {
        "SUM": total,
        "SCALE": scale,
        "VALUES": _shares(possible, chosen, largest),
        "REPEATS": _shares(possible, chosen, len(test.questions)),
        "GROUPS": {
            name: dict(zip(("SUM", "SCALE"), _sum_and_scale(members, answers), strict=True))
            for name, members in groups.items()
        },
        "NON_NEGATIVE_ANSWER_VALUES_SUM": sum(
            count for value, count in chosen.items() if numeric(value) >= 0
        ),
    }


def _sum_and_scale(questions: Iterable[Question], answers: AnswerSheet) -> tuple[int, int]:
    total = largest = 0
    for question in questions:
        total += item_score(question, answers.get(question.id, ()))
        largest += largest_score(question)
    return total, percent(total, largest)


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

"""Scoring a whole result of 120 questions, compared with the time of writing it as JSON."""

import json
import random
import statistics
import time
from collections.abc import Iterator
from importlib.resources import files

from widget_gateway.domain.catalogue.answers import AnswerSheet, check_value
from widget_gateway.domain.catalogue.questions import Field, Option, Question, QuestionType
from widget_gateway.domain.catalogue.scales import Norm, Scale
from widget_gateway.domain.catalogue.scoring import score_answers
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.services.catalogue.definitions import read_definition

QUESTIONS = 120
SHEETS = 200
LIMIT_MS = 1.0

Goal = tuple[str, str, bool]


def scoring(*, rounds: int) -> list[Goal]:
    """Score different answer sheets of the bundled test, and of one with every type of question."""
    print(f"\nScoring {QUESTIONS} questions, {rounds} x {SHEETS} answer sheets, ms")
    print(f"  {'':24}{'p50':>8}{'p99':>8}{'as JSON':>10}{'times JSON':>12}")
    source = files("widget_gateway").joinpath("bundled/career-interests.yaml").read_bytes()
    goals = []
    for name, test in (
        ("career-interests", read_definition(source, "career-interests.yaml").test),
        ("every type, 30 facets", _every_type()),
    ):
        sheets = [_a_sheet(test, random.Random(seed)) for seed in range(SHEETS)]
        score_answers(test, sheets[0])  # This computes what is computed once for a version.
        scored, written = [], []
        for _ in range(rounds):
            for sheet in sheets:
                began = time.perf_counter()
                result = _result(test, sheet)
                ended = time.perf_counter()
                json.dumps(result)
                scored.append(1000 * (ended - began))
                written.append(1000 * (time.perf_counter() - ended))
        p50 = statistics.median(scored)
        p99 = statistics.quantiles(scored, n=100)[-1]
        as_json = statistics.median(written)
        print(f"  {name:24}{p50:>8.2f}{p99:>8.2f}{as_json:>10.2f}{p50 / as_json:>12.1f}")
        goal = f"{QUESTIONS} questions ({name}) below {LIMIT_MS:.0f} ms"
        goals.append((goal, f"{p50:.2f} ms", p50 < LIMIT_MS))
    return goals


def _result(test: TestDefinition, sheet: AnswerSheet) -> dict[str, object]:
    scored = score_answers(test, sheet)
    scales = [(scale.score, scale.percentage) for scale in scored.scales]
    return {"scales": scales, "variables": scored.variables}


def _every_type() -> TestDefinition:
    """A test like a personality inventory: 24 questions of each type, 5 scales of 6 facets."""
    text = {"en": "text"}
    kinds = list(QuestionType)
    questions = []
    for number in range(QUESTIONS):
        kind = kinds[number % len(kinds)]
        is_text = kind is QuestionType.TEXT
        options = tuple(Option(value=str(value), text=text) for value in range(1, 6))
        fields = (Field(correct={"en": "7"}), Field(input="number", correct={"en": "7"}))
        questions.append(
            Question(
                id=str(number + 1),
                type=kind,
                text=text,
                group=f"group {number % 7}",
                count=2 if kind is QuestionType.CHECKBOX else None,
                options=() if is_text else options,
                fields=fields if is_text else (),
            )
        )
    return TestDefinition(
        slug="every-type",  # type: ignore[arg-type]
        title=text,
        questions=tuple(questions),
        scales=tuple(_scales(text)),
    )


def _scales(text: dict[str, str]) -> Iterator[Scale]:
    norms = (Norm(mean=12, deviation=3.5),)
    for domain in range(5):
        yield Scale(id=f"{domain}", title=text, norms=norms)
        for facet in range(6):
            numbers = [str(domain + facet * 5 + 30 * turn + 1) for turn in range(4)]
            yield Scale(
                id=f"{domain}.{facet}",
                title=text,
                part_of=f"{domain}",
                plus=tuple(numbers[:3]),
                minus=tuple(numbers[3:]),
                weights={numbers[0]: 1.5},
                norms=norms,
            )


def _a_sheet(test: TestDefinition, chance: random.Random) -> AnswerSheet:
    return {
        question.id: check_value(question, _an_answer(question, chance))
        for question in test.questions
    }


def _an_answer(question: Question, chance: random.Random) -> list[str]:
    match question.type:
        case QuestionType.TEXT:
            return [str(chance.randrange(10)) for _ in question.fields]
        case QuestionType.RATING:
            return chance.sample(question.values, len(question.values))
        case QuestionType.CHECKBOX:
            return chance.sample(question.values, question.count or 1)
        case _:
            return [chance.choice(question.values)]

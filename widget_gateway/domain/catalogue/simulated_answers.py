"""Answers that nobody has given, to look at the report of a test."""

import random

from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.catalogue.questions import Question, QuestionType
from widget_gateway.domain.catalogue.tests import TestDefinition


def simulated_sheet(test: TestDefinition, seed: str) -> dict[str, Answer]:
    """Return an answer to each question, the same ones for a seed."""
    chance = random.Random(seed)  # noqa: S311 - answers to look at
    return {question.id: _answer_to(question, chance) for question in test.questions}


def _answer_to(question: Question, chance: random.Random) -> Answer:
    values = list(question.names)
    if question.type is QuestionType.TEXT:
        return tuple(
            next(iter(field.correct.values())) if field.correct and chance.random() < 0.5 else "…"  # noqa: PLR2004 - half of them are right
            for field in question.fields
        )
    if question.type is QuestionType.RATING:
        return tuple(chance.sample(values, len(values)))
    if question.type is QuestionType.CHECKBOX:
        return tuple(chance.sample(values, question.count or chance.randint(1, len(values))))
    return (chance.choice(values),)

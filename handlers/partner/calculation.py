"""The calculation of a result as JSON (docs/protocol/definitions.md, "Scoring", 3)."""

from typing import Any

import msgspec

from handlers.contract.operations import Moment
from handlers.partner.base import Marked
from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.catalogue.scoring import ScaleScore, score_answers
from widget_gateway.domain.clock import iso
from widget_gateway.services.attempts.results import AnsweredTest

CALCULATION_EXAMPLE = {
    "test": "career-interests",
    "version": 1,
    "created_at": "2026-05-04T12:55:00.000Z",
    "scales": [
        {
            "id": "realistic",
            "title": "Реалистический тип",
            "description": None,
            "score": 61,
            "min": 20,
            "max": 100,
            "percentage": 51,
            "level": "Средний",
            "level_text": None,
            "color": "#3d7a4a",
            "part_of": None,
            "norms": [{"group": None, "title": None, "t_score": 55, "percentile": 69}],
        }
    ],
    "variables": {"SUM": 342, "SCALE": 57},
}


class NormValue(msgspec.Struct):
    """A score compared with a group of people; the group is null if it is everybody."""

    group: str | None
    title: str | None
    t_score: int
    percentile: int


class Scale(msgspec.Struct):
    """One scale of a test; texts in the locale asked for."""

    id: str
    title: str | None
    description: str | None
    score: int | float
    min: int | float
    max: int | float
    percentage: int
    level: str | None
    level_text: str | None
    color: str | None
    part_of: str | None = None
    norms: list[NormValue] = []


class Calculation(Marked):
    """The scales of a test, and the automatic variables that its texts may use."""

    test: str
    version: int
    created_at: Moment
    scales: list[Scale]
    variables: dict[str, Any]


def calculate(answered: AnsweredTest, locale: str) -> Calculation:
    """Score the answers, with the texts of the scales in the locale."""
    scored = score_answers(answered.test, answered.sheet)
    return Calculation(
        test=answered.test.slug,
        version=answered.test.version,
        created_at=iso(answered.created_at),
        scales=[_scale(score, locale) for score in scored.scales],
        variables=scored.variables,
        sandbox=answered.sandbox,
    )


def _scale(score: ScaleScore, locale: str) -> Scale:
    level = score.level
    return Scale(
        id=score.scale.id,
        title=localized(score.scale.title, locale),
        description=localized(score.scale.description, locale),
        score=score.score,
        min=score.min,
        max=score.max,
        percentage=score.percentage,
        level=localized(level.name, locale) if level else None,
        level_text=localized(level.text, locale) if level else None,
        color=level.color if level else None,
        part_of=score.scale.part_of,
        norms=[
            NormValue(
                group=placed.norm.group,
                title=localized(placed.norm.title, locale),
                t_score=placed.t_score,
                percentile=placed.percentile,
            )
            for placed in score.norms
        ],
    )

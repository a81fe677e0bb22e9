"""The calculation of a result as JSON (docs/protocol/definitions.md, "Scoring", 3)."""

from typing import Any

import msgspec

from handlers.contract.operations import Moment
from handlers.partner.base import Marked
from widget_gateway.domain.catalogue.numbers import round_half_away
from widget_gateway.domain.catalogue.questions import Image, localized
from widget_gateway.domain.catalogue.reports import percentages_of, profile_fits, title_of
from widget_gateway.domain.catalogue.scoring import ScaleScore, Score, score_answers
from widget_gateway.domain.catalogue.tests import TestDefinition
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
    "profiles": [
        {
            "id": "engineer",
            "name": "Инженер",
            "fit": 78,
            "combination": [
                {"scale": "realistic", "title": "Реалистический", "weight": 60, "percentage": 82},
                {"scale": "investigative", "title": "Научный", "weight": 40, "percentage": 72},
            ],
            "text": "<p>Придумывает машины.</p>",
            "image": None,
            "link": "https://example.org/engineer",
            "values": ["salary"],
            "kinds": [{"name": "Конструктор", "text": None, "image": None, "link": None}],
        }
    ],
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


class Picture(msgspec.Struct):
    """A picture, with what it shows, and its size in pixels; the rest is null if unknown."""

    src: str
    alt: str | None
    width: int | None
    height: int | None


class Kind(msgspec.Struct):
    """A variant of a profile. Its text is sanitised HTML."""

    name: str | None
    text: str | None
    image: Picture | None
    link: str | None


class CombinedScale(msgspec.Struct):
    """A scale, or a group of questions, that made a profile's fit."""

    scale: str
    title: str | None
    weight: int | float
    percentage: int


class Profile(msgspec.Struct):
    """A profile that reaches the test's threshold, with the combination that fits best.

    `fit` is in percent, `text` is sanitised HTML.
    """

    id: str
    name: str | None
    fit: int
    combination: list[CombinedScale]
    text: str | None
    image: Picture | None
    link: str | None
    values: list[str]
    kinds: list[Kind]


class Calculation(Marked):
    """The scales of a test, the automatic variables that its texts may use, and its profiles.

    The profile that fits best comes first. A test without profiles has no such field.
    """

    test: str
    version: int
    created_at: Moment
    scales: list[Scale]
    variables: dict[str, Any]
    profiles: list[Profile] | msgspec.UnsetType = msgspec.UNSET


def calculate(answered: AnsweredTest, locale: str) -> Calculation:
    """Score the answers, with the texts of the scales in the locale."""
    scored = score_answers(answered.test, answered.sheet)
    return Calculation(
        test=answered.test.slug,
        version=answered.test.version,
        created_at=iso(answered.created_at),
        scales=[_scale(score, locale) for score in scored.scales],
        variables=scored.variables,
        profiles=(
            _profiles(answered.test, scored, locale) if answered.test.profiles else msgspec.UNSET
        ),
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


def _profiles(test: TestDefinition, scored: Score, locale: str) -> list[Profile]:
    percentages = percentages_of(scored)
    return [
        Profile(
            id=fit.profile.id,
            name=localized(fit.profile.name, locale),
            fit=round_half_away(fit.fit, 1),
            combination=[
                CombinedScale(
                    scale=name,
                    title=localized(title_of(test, name), locale),
                    weight=weight,
                    percentage=percentages[name],
                )
                for name, weight in fit.profile.combinations[fit.combination].items()
            ],
            text=localized(fit.profile.text, locale),
            image=_picture(fit.profile.image, locale),
            link=fit.profile.link,
            values=list(fit.profile.values),
            kinds=[
                Kind(
                    name=localized(kind.name, locale),
                    text=localized(kind.text, locale),
                    image=_picture(kind.image, locale),
                    link=kind.link,
                )
                for kind in fit.profile.kinds
            ],
        )
        for fit in profile_fits(test, scored)
    ]


def _picture(image: Image | None, locale: str) -> Picture | None:
    if image is None:
        return None
    return Picture(image.src, localized(image.alt, locale), image.width, image.height)

"""What the report of a result shows in a locale (docs/protocol/definitions.md, "Report")."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, gt, le, lt

from widget_gateway.domain.catalogue.answers import AnswerSheet
from widget_gateway.domain.catalogue.numbers import Number
from widget_gateway.domain.catalogue.questions import localized
from widget_gateway.domain.catalogue.report_texts import Bar, Condition, Operator, Scenario
from widget_gateway.domain.catalogue.scoring import ScaleScore, score_answers
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.catalogue.variables import PLACEHOLDER, value_of

RADAR_SCALES = range(3, 13)
"""Numbers of scales that a radar can show: two have no area, and more than twelve no room."""

_COMPARISONS = {
    Operator.GREATER: gt,
    Operator.GREATER_OR_EQUAL: ge,
    Operator.LESS: lt,
    Operator.LESS_OR_EQUAL: le,
    Operator.EQUAL: eq,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNorm:
    """A score compared with those of a group of people; `title` is None for all people."""

    title: str | None
    t_score: int
    percentile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBar:
    """A bar whose length is `percentage`, from 0 to 100. `parts` are the bars of sub-scales."""

    label: str | None
    percentage: int
    score: Number | None = None
    low: Number | None = None
    high: Number | None = None
    color: str | None = None
    level: str | None = None
    level_text: str | None = None
    description: str | None = None
    norms: tuple[ReportNorm, ...] = ()
    parts: tuple["ReportBar", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSection:
    """A scenario whose conditions hold. `html` was sanitised when the definition was read."""

    name: str | None
    html: str | None
    bar: ReportBar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report shows. Texts contain names like `{{ SCALE }}`; `variables` has their values."""

    title: str
    locale: str
    created_at: datetime
    sandbox: bool
    intro: str | None
    outro: str | None
    bars: tuple[ReportBar, ...]
    sections: tuple[ReportSection, ...]
    variables: Mapping[str, Number]

    @property
    def radar(self) -> tuple[ReportBar, ...]:
        """The bars to show as a radar; empty if there are too few or too many."""
        return self.bars if len(self.bars) in RADAR_SCALES else ()


def make_report(
    test: TestDefinition, answers: AnswerSheet, locale: str, created_at: datetime, *, sandbox: bool
) -> Report:
    """Score the answers and choose which of the definition's texts are shown.

    A test with neither keyed scales nor scenarios shows its groups as bars, or its whole sum if
    it has no groups.
    """
    scored = score_answers(test, answers)
    scales = {
        score.scale.id: {"score": score.score, "percentage": score.percentage}
        for score in scored.scales
    }
    variables = scored.variables | {"SCALES": scales}
    bars = tuple(_scale_bars(scored.scales, locale))
    if not bars and not test.report.scenarios:
        bars = tuple(_plain_bars(test, variables))
    sections = tuple(
        _section(scenario, variables, locale)
        for scenario in test.report.scenarios
        if all(_holds(condition, variables) for condition in scenario.conditions)
    )
    intro, outro = (localized(text, locale) for text in (test.report.intro, test.report.outro))
    names = {
        name
        for text in (intro, outro, *_texts(bars), *_section_texts(sections))
        for name in PLACEHOLDER.findall(text or "")
    }
    return Report(
        title=localized(test.title, locale) or test.slug,
        locale=locale,
        created_at=created_at,
        sandbox=sandbox,
        intro=intro,
        outro=outro,
        bars=bars,
        sections=sections,
        variables={name: value_of(variables, name) for name in names},
    )


def _holds(condition: Condition, variables: Mapping[str, object]) -> bool:
    value = value_of(variables, condition.variable)
    return bool(_COMPARISONS[condition.operator](value, condition.value))


def _scale_bars(scores: list[ScaleScore], locale: str) -> Iterator[ReportBar]:
    for score in scores:
        if score.scale.part_of is None:
            parts = [part for part in scores if part.scale.part_of == score.scale.id]
            yield _scale_bar(score, locale, tuple(_scale_bar(part, locale) for part in parts))


def _scale_bar(score: ScaleScore, locale: str, parts: tuple[ReportBar, ...] = ()) -> ReportBar:
    level = score.level
    return ReportBar(
        label=localized(score.scale.title, locale),
        percentage=score.percentage,
        score=score.score,
        low=score.min,
        high=score.max,
        color=level.color if level else None,
        level=localized(level.name, locale) if level else None,
        level_text=localized(level.text, locale) if level else None,
        description=localized(score.scale.description, locale),
        norms=tuple(
            ReportNorm(
                title=localized(norm_score.norm.title, locale) or norm_score.norm.group,
                t_score=norm_score.t_score,
                percentile=norm_score.percentile,
            )
            for norm_score in score.norms
        ),
        parts=parts,
    )


def _plain_bars(test: TestDefinition, variables: Mapping[str, object]) -> Iterator[ReportBar]:
    groups: list[tuple[str | None, str]] = [
        (name, f"GROUPS.{name}.") for name in test.questions_by_group
    ]
    for label, prefix in groups or [(None, "")]:
        yield ReportBar(
            label=label,
            percentage=_within(value_of(variables, f"{prefix}SCALE")),
            score=value_of(variables, f"{prefix}SUM"),
        )


def _section(scenario: Scenario, variables: Mapping[str, object], locale: str) -> ReportSection:
    return ReportSection(
        name=localized(scenario.name, locale),
        html=localized(scenario.text, locale),
        bar=_scenario_bar(scenario.bar, variables, locale) if scenario.bar else None,
    )


def _scenario_bar(bar: Bar, variables: Mapping[str, object], locale: str) -> ReportBar:
    percentage = _within(value_of(variables, bar.percentage))
    level = next((level for level in bar.levels if percentage <= level.up_to), None)
    return ReportBar(
        label=localized(bar.label, locale),
        percentage=percentage,
        score=value_of(variables, bar.shown) if bar.shown else None,
        high=bar.maximum,
        color=level.color if level else None,
    )


def _within(percentage: Number) -> int:
    """Clip a percentage to 0 to 100; negative values can lead to sums beyond both."""
    return int(min(max(percentage, 0), 100))


def _texts(bars: tuple[ReportBar, ...]) -> Iterator[str | None]:
    for bar in bars:
        yield from (bar.label, bar.level, bar.level_text)
        yield from _texts(bar.parts)


def _section_texts(sections: tuple[ReportSection, ...]) -> Iterator[str | None]:
    for section in sections:
        yield from (section.name, section.html)
        if section.bar:
            yield section.bar.label

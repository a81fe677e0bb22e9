"""Makes the report of a result: scores it, and chooses what is shown in a locale."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from operator import eq, ge, gt, le, lt
from typing import Any

from widget_gateway.domain.catalogue.answers import AnswerSheet
from widget_gateway.domain.catalogue.numbers import Number, round_half_away
from widget_gateway.domain.catalogue.profiles import Kind, Profile, ProfileFit, fitting
from widget_gateway.domain.catalogue.questions import Image, LocalText, localized
from widget_gateway.domain.catalogue.report_shapes import (
    Report,
    ReportAbout,
    ReportBar,
    ReportKind,
    ReportNorm,
    ReportPassage,
    ReportPicture,
    ReportProfile,
    ReportScenario,
    ReportSections,
    distinct_labels,
    texts_of,
)
from widget_gateway.domain.catalogue.report_texts import (
    Bar,
    Condition,
    Operator,
    Scenario,
    placed_text,
)
from widget_gateway.domain.catalogue.scales import Level, Scale
from widget_gateway.domain.catalogue.scoring import ScaleScore, Score, score_answers
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.catalogue.variables import PLACEHOLDER, has_variable, value_of

RADAR_SCALES = range(3, 13)
"""Numbers of scales that a radar can show: two have no area, and more than twelve no room."""

_JUDGED_COLORS = ("danger", "warning", "success")
"""Colours of the levels of a judged scale, from the lowest to the highest."""

_COMPARISONS = {
    Operator.GREATER: gt,
    Operator.GREATER_OR_EQUAL: ge,
    Operator.LESS: lt,
    Operator.LESS_OR_EQUAL: le,
    Operator.EQUAL: eq,
}


def make_report(
    test: TestDefinition, answers: AnswerSheet, locale: str, created_at: datetime, *, sandbox: bool
) -> Report:
    """Score the answers and choose which of the definition's texts are shown.

    A test without keyed scales shows the groups that have a title, unless scenarios have bars for
    them. If then nothing is shown, the report has a bar for the whole test.
    """
    scored = score_answers(test, answers)
    scales = {
        score.scale.id: {"score": score.score, "percentage": score.percentage}
        for score in scored.scales
    }
    maker = _Maker(test, locale, scored, scored.variables | {"SCALES": scales})
    bars = maker.scale_bars()
    scenarios = maker.scenarios()
    is_ranked = bool(bars) and _are_alike(bars)
    headline = _highest(bars)[: test.report.headline]
    if not bars:
        bars = maker.group_bars()
    if not bars and not scenarios:
        bars = (maker.whole_bar(),)
    fits = profile_fits(test, scored)
    report = Report(
        title=localized(test.title, locale) or test.slug,
        locale=locale,
        created_at=created_at,
        sandbox=sandbox,
        intro=maker.html(test.report.intro),
        outro=maker.html(test.report.outro),
        headline=tuple(replace(bar, parts=()) for bar in headline),
        bars=tuple(_highest(bars)) if is_ranked else bars,
        is_ranked=is_ranked,
        radar=bars if len(bars) in RADAR_SCALES else (),
        scenarios=scenarios,
        sections=maker.sections(),
        profiles_title=localized(test.report.profiles.title, locale),
        profiles=tuple(map(maker.profile, fits[: test.report.profiles.shown])),
        profile_count=len(fits),
        texts=maker.other_texts(),
        about=ReportAbout(
            description=localized(test.description, locale),
            authors=tuple(filter(None, (localized(author, locale) for author in test.authors))),
            duration=test.duration,
        ),
        variables={},
    )
    names = {name for text in texts_of(report) for name in PLACEHOLDER.findall(text or "")}
    return replace(report, variables=maker.values(names))


def profile_fits(test: TestDefinition, scored: Score) -> list[ProfileFit]:
    """Return the profiles that reach the threshold of the test, best first."""
    if not test.profiles:
        return []
    return fitting(test.profiles, percentages_of(scored), test.report.profiles.threshold)


def percentages_of(scored: Score) -> dict[str, int]:
    """Return what combinations name: the percentages of scales by id, and of groups by name.

    A scale's id wins over a group's name.
    """
    groups: Any = scored.variables["GROUPS"]
    percentages = {name: _within(group["SCALE"]) for name, group in groups.items()}
    return percentages | {score.scale.id: score.percentage for score in scored.scales}


def title_of(test: TestDefinition, name: str) -> LocalText | None:
    """Return the title of the scale, else of the group, that a combination names."""
    for scale in test.scales:
        if scale.id == name:
            return scale.title
    return test.groups[name].title if name in test.groups else None


class _Maker:
    """Makes the parts of one report."""

    def __init__(
        self, test: TestDefinition, locale: str, scored: Score, variables: dict[str, Any]
    ) -> None:
        self._test = test
        self._locale = locale
        self._scored = scored
        self._variables = variables
        self._percentages = percentages_of(scored)

    def _local(self, text: LocalText | None) -> str | None:
        return localized(text, self._locale)

    def values(self, names: Iterable[str]) -> dict[str, Number]:
        """Return the values of the variables that the test has."""
        return {
            name: value_of(self._variables, name)
            for name in names
            if has_variable(self._test, name)
        }

    def html(self, text: LocalText | None) -> str | None:
        """Return a text in which the placed texts of the report stand where they are named."""
        found = self._local(text)
        texts = self._test.report.texts

        def placed(name: str) -> str | None:
            key = placed_text(name)
            return self._local(texts.get(key)) if key is not None else None

        return found and PLACEHOLDER.sub(lambda match: placed(match[1]) or match[0], found)

    def other_texts(self) -> tuple[str, ...]:
        """Return the texts of the report that are placed nowhere and name no profile's value."""
        placed = placed_texts(self._test)
        placed.update(value for profile in self._test.profiles for value in profile.values)
        shown = (self._local(text) for key, text in self._test.report.texts.items()
                 if key not in placed)  # fmt: skip
        return tuple(filter(None, shown))

    def scale_bars(self) -> tuple[ReportBar, ...]:
        """Return the bars of the scales that have titles, each with those of its sub-scales."""
        parts: dict[str, list[ReportBar]] = {}
        for score in self._scored.scales:
            if score.scale.part_of is not None and score.scale.title:
                parts.setdefault(score.scale.part_of, []).append(self._scale_bar(score))
        return tuple(
            replace(self._scale_bar(score), parts=tuple(parts.get(score.scale.id, ())))
            for score in self._scored.scales
            if score.scale.part_of is None and score.scale.title
        )

    def _scale_bar(self, score: ScaleScore) -> ReportBar:
        level, scale = score.level, score.scale
        return ReportBar(
            label=self._local(scale.title),
            percentage=score.percentage,
            score=score.score,
            low=score.min,
            high=score.max,
            color=_color(scale, level),
            level=self._local(level.name) if level else None,
            level_text=self._local(level.text) if level else None,
            description=self._local(scale.description),
            bounds=tuple(each.up_to for each in scale.levels if each.up_to < 100),  # noqa: PLR2004
            norms=tuple(
                ReportNorm(
                    title=self._local(norm.norm.title),
                    t_score=norm.t_score,
                    percentile=norm.percentile,
                )
                for norm in score.norms
                if norm.norm.title or not norm.norm.group
            ),
        )

    def group_bars(self) -> tuple[ReportBar, ...]:
        """Return the bars of groups that have a title, unless a scenario has a bar for them."""
        told = {
            scenario.bar.percentage.rpartition(".")[0]
            for scenario in self._test.report.scenarios
            if scenario.bar
        }
        return tuple(
            replace(
                self._sum_bar(f"GROUPS.{name}."),
                label=self._local(group.title),
                description=self._local(group.description),
            )
            for name, group in self._test.groups.items()
            if f"GROUPS.{name}" not in told
        )

    def whole_bar(self) -> ReportBar:
        """Return the bar of the whole test."""
        return replace(self._sum_bar(""), is_whole=True)

    def _sum_bar(self, prefix: str) -> ReportBar:
        score, high = self._out_of(f"{prefix}SUM")
        percentage = _within(value_of(self._variables, f"{prefix}SCALE"))
        return ReportBar(label=None, percentage=percentage, score=score, high=high)

    def _out_of(
        self, variable: str | None, maximum: Number | None = None
    ) -> tuple[Number | None, Number | None]:
        """Return the value of a variable, and its maximum where that makes sense beside it."""
        if variable is None:
            return None, None
        value = value_of(self._variables, variable)
        high = maximum if maximum is not None else _largest(self._test, variable)
        return value, high if high and 0 <= value <= high else None

    def scenarios(self) -> tuple[ReportScenario, ...]:
        """Return the scenarios whose conditions hold. None of their bars share a label."""
        held = [
            scenario
            for scenario in self._test.report.scenarios
            if all(_holds(condition, self._variables) for condition in scenario.conditions)
        ]
        barred = [scenario for scenario in held if scenario.bar]
        labels = distinct_labels([self._labels(scenario) for scenario in barred])
        bars = {
            id(scenario): self._scenario_bar(scenario.bar, label, number)
            for scenario, (label, number) in zip(barred, labels, strict=True)
            if scenario.bar
        }
        return tuple(
            ReportScenario(
                name=self._local(scenario.name),
                html=self.html(scenario.text),
                bar=bars.get(id(scenario)),
            )
            for scenario in held
        )

    def _labels(self, scenario: Scenario) -> list[str]:
        """Return what the bar of a scenario may be called, the best label first."""
        assert scenario.bar  # noqa: S101 - only scenarios with bars come here
        family, _, rest = scenario.bar.percentage.partition(".")
        name = rest.rpartition(".")[0]
        title = title_of(self._test, name) if family in ("GROUPS", "SCALES") else None
        texts = (scenario.bar.label, scenario.name, title)
        return [label for label in map(self._local, texts) if label]

    def _scenario_bar(self, bar: Bar, label: str | None, number: int | None) -> ReportBar:
        percentage = _within(value_of(self._variables, bar.percentage))
        level = next((level for level in bar.levels if percentage <= level.up_to), None)
        shown = bar.shown if bar.shown != bar.percentage else None
        score, high = self._out_of(shown, bar.maximum)
        return ReportBar(
            label=label,
            number=number,
            is_whole=bar.percentage == "SCALE",
            percentage=percentage,
            score=score,
            high=high,
            color=level.color if level else None,
            bounds=tuple(each.up_to for each in bar.levels if each.up_to < 100),  # noqa: PLR2004
        )

    def sections(self) -> tuple[ReportSections, ...]:
        """Return the sections of the highest of the scales that have some."""
        scales = self._scored.scales
        scores = [score for score in scales if score.scale.sections and score.scale.title]
        scores.sort(key=lambda score: -score.percentage)
        made = (
            ReportSections(bar=self._scale_bar(score), passages=tuple(self._passages(score)))
            for score in scores[: self._test.report.sections_for]
        )
        return tuple(each for each in made if each.passages)

    def _passages(self, score: ScaleScore) -> Iterator[ReportPassage]:
        for section in score.scale.sections:
            level = next((each for each in section.levels if score.percentage <= each.up_to), None)
            texts = (self._local(section.text), self._local(level.text) if level else None)
            if html := "\n".join(filter(None, texts)):
                yield ReportPassage(label=self._local(section.label) or "", html=html)

    def profile(self, fit: ProfileFit) -> ReportProfile:
        """Return a profile with the scales that made its fit, as far as they have titles."""
        profile = fit.profile
        texts = self._test.report.texts
        return ReportProfile(
            name=self._local(profile.name) or "",
            fit=round_half_away(fit.fit, 1),
            made_of=tuple(self._parts_of(profile, fit.combination)),
            html=self._local(profile.text),
            picture=self._picture(profile.image),
            link=profile.link,
            kinds=tuple(map(self._kind, profile.kinds)),
            values=tuple(filter(None, (self._local(texts.get(value)) for value in profile.values))),
        )

    def _parts_of(self, profile: Profile, combination: int) -> Iterator[ReportBar]:
        for name in profile.combinations[combination]:
            if label := self._local(title_of(self._test, name)):
                yield ReportBar(label=label, percentage=self._percentages[name])

    def _kind(self, kind: Kind) -> ReportKind:
        return ReportKind(
            name=self._local(kind.name) or "",
            html=self._local(kind.text),
            picture=self._picture(kind.image),
            link=kind.link,
        )

    def _picture(self, image: Image | None) -> ReportPicture | None:
        if image is None:
            return None
        return ReportPicture(
            src=image.src, alt=self._local(image.alt), width=image.width, height=image.height
        )


def placed_texts(test: TestDefinition) -> set[str]:
    """Return the names of the texts of the report that its other texts place."""
    report = test.report
    places = (report.intro, report.outro, *(scenario.text for scenario in report.scenarios))
    found = {
        placed_text(name)
        for text in places
        for written in (text or {}).values()
        for name in PLACEHOLDER.findall(written)
    }
    return {name for name in found if name is not None}


def _holds(condition: Condition, variables: Mapping[str, object]) -> bool:
    value = value_of(variables, condition.variable)
    return bool(_COMPARISONS[condition.operator](value, condition.value))


def _color(scale: Scale, level: Level | None) -> str | None:
    """Return the author's colour, else the colour of a judgement if the scale may be judged."""
    if level is None or level.color:
        return level.color if level else None
    last = len(scale.levels) - 1
    if not scale.judged or not last:
        return None
    step = round_half_away(scale.levels.index(level) * (len(_JUDGED_COLORS) - 1), last)
    return _JUDGED_COLORS[step]


def _are_alike(bars: Sequence[ReportBar]) -> bool:
    """Whether bars can be ranked: they have the same bounds, and none has parts of its own."""
    return len({(bar.low, bar.high) for bar in bars}) == 1 and not any(bar.parts for bar in bars)


def _highest(bars: Iterable[ReportBar]) -> list[ReportBar]:
    """Sort the bars, the highest first; equal ones stay in their order."""
    return sorted(bars, key=lambda bar: -bar.percentage)


def _largest(test: TestDefinition, variable: str) -> Number | None:
    """Return the largest value that a variable can have, if it is known."""
    family, _, rest = variable.partition(".")
    key, _, member = rest.rpartition(".")
    if variable == "SUM":
        return sum(question.largest_score for question in test.questions)
    if family == "GROUPS" and member == "SUM":
        return sum(question.largest_score for question in test.questions_by_group[key])
    if family in ("VALUES", "REPEATS") and member == "sum":
        return test.offers.get(key)
    if family == "SCALES" and member == "score":
        index = next(number for number, scale in enumerate(test.scales) if scale.id == key)
        highest = Fraction(test.scale_keys[index].high, test.scale_keys[index].unit)
        return int(highest) if highest.denominator == 1 else float(highest)
    return 100 if member or variable == "SCALE" else None


def _within(percentage: Number) -> int:
    """Clip a percentage to 0 to 100; negative values can lead to sums beyond both."""
    return int(min(max(percentage, 0), 100))

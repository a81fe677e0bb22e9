"""What a report in a locale consists of (docs/protocol/definitions.md, "Report")."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from widget_gateway.domain.catalogue.numbers import Number


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNorm:
    """A score compared with those of a group of people; `title` is None for all people."""

    title: str | None
    t_score: int
    percentile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBar:
    """A bar whose length is `percentage`, from 0 to 100. `parts` are the bars of sub-scales.

    `label` is None where the author gave none. Bars that would have the same label are told apart
    by `number`, from 1. `is_whole` says that it is about the whole test. `score` is out of `high`,
    and at least `low`. `color` is `#rrggbb`, a name of NAMED_COLORS, or None where the author chose
    none. `bounds` are the percentages at which its levels end.
    """

    label: str | None
    percentage: int
    number: int | None = None
    is_whole: bool = False
    score: Number | None = None
    low: Number | None = None
    high: Number | None = None
    color: str | None = None
    level: str | None = None
    level_text: str | None = None
    description: str | None = None
    bounds: tuple[float, ...] = ()
    norms: tuple[ReportNorm, ...] = ()
    parts: tuple["ReportBar", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportScenario:
    """A scenario whose conditions hold. `html` was sanitised when the definition was read."""

    name: str | None
    html: str | None
    bar: ReportBar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPassage:
    """A labelled text about a scale. `html` was sanitised when the definition was read."""

    label: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSections:
    """The labelled texts about one of the highest scales."""

    bar: ReportBar
    passages: tuple[ReportPassage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPicture:
    """A picture at the address `src`."""

    src: str
    alt: str | None
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportKind:
    """A variant of a profile. `html` was sanitised when the definition was read."""

    name: str
    html: str | None
    picture: ReportPicture | None
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProfile:
    """A profile and how well it fits, in percent. `made_of` are the bars of its combination.

    `html` was sanitised when the definition was read, and so were `values`, texts of the report.
    """

    name: str
    fit: int
    made_of: tuple[ReportBar, ...]
    html: str | None
    picture: ReportPicture | None
    link: str | None
    kinds: tuple[ReportKind, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAbout:
    """What the definition says about the test itself; `duration` is in minutes."""

    description: str | None
    authors: tuple[str, ...]
    duration: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBrand:
    """The mark of the partner: its name, its colour `#rrggbb`, its logo as a `data:` address."""

    name: str | None = None
    color: str | None = None
    logo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a report shows. Texts contain names like `{{ SCALE }}`; `variables` has their values.

    `headline` are the highest scales. `bars` are all of them, the highest first if `is_ranked`,
    else in the order of the definition, as in `radar`, which is empty if a radar can't show them.
    `texts` are HTML. `profile_count` is how many profiles reach the threshold, of which `profiles`
    are the best.
    """

    title: str
    locale: str
    created_at: datetime
    sandbox: bool
    intro: str | None
    outro: str | None
    headline: tuple[ReportBar, ...]
    bars: tuple[ReportBar, ...]
    is_ranked: bool
    radar: tuple[ReportBar, ...]
    scenarios: tuple[ReportScenario, ...]
    sections: tuple[ReportSections, ...]
    profiles_title: str | None
    profiles: tuple[ReportProfile, ...]
    profile_count: int
    texts: tuple[str, ...]
    about: ReportAbout
    variables: Mapping[str, Number]
    brand: ReportBrand = field(default_factory=ReportBrand)


def texts_of(report: Report) -> Iterator[str | None]:
    """Yield all texts of the report that may name variables."""
    yield from (report.intro, report.outro, report.profiles_title, *report.texts)
    yield from _bar_texts(report.bars)
    for scenario in report.scenarios:
        yield from (scenario.name, scenario.html)
        yield from _bar_texts(filter(None, (scenario.bar,)))
    for section in report.sections:
        yield from _bar_texts((section.bar,))
        for passage in section.passages:
            yield from (passage.label, passage.html)
    for profile in report.profiles:
        yield from (profile.name, profile.html, *profile.values)
        yield from _bar_texts(profile.made_of)
        for kind in profile.kinds:
            yield from (kind.name, kind.html)


def _bar_texts(bars: Iterable[ReportBar]) -> Iterator[str | None]:
    for bar in bars:
        yield from (bar.label, bar.level, bar.level_text, bar.description)
        yield from _bar_texts(bar.parts)


def distinct_labels(
    candidates: Sequence[Sequence[str]],
) -> list[tuple[str | None, int | None]]:
    """Choose a label for each bar from its candidates, the best first, so that no two are equal.

    Bars whose labels are equal for want of other candidates get numbers, from 1; others get None.
    """
    chosen = [0] * len(candidates)

    def label(index: int) -> str | None:
        return candidates[index][chosen[index]] if chosen[index] < len(candidates[index]) else None

    while True:
        counts = Counter(map(label, range(len(candidates))))
        advanced = False
        for index, names in enumerate(candidates):
            if counts[label(index)] > 1 and chosen[index] + 1 < len(names):
                chosen[index] += 1
                advanced = True
        if not advanced:
            break
    taken: Counter[str | None] = Counter()
    labels: list[tuple[str | None, int | None]] = []
    for each in map(label, range(len(candidates))):
        taken[each] += 1
        labels.append((each, taken[each] if counts[each] > 1 else None))
    return labels

"""The report's part of a test definition: texts, and scenarios with conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from widget_gateway.domain.catalogue.questions import LocalText

DEFAULT_HEADLINE = 3
"""With how many scales a report begins: people remember two or three."""

DEFAULT_SECTIONS_FOR = 3
"""How many scales show their sections: as many as a report begins with."""

DEFAULT_PROFILES_SHOWN = 15
"""How many profiles a report shows: they fill about two printed pages."""

_TEXTS = "TEXTS."
"""The beginning of a name that stands for a text of the report: `{{ TEXTS.advice }}`."""

NAMED_COLORS = ("primary", "success", "warning", "danger")
"""Colours by name, which levels may have instead of `#rrggbb`; documents choose their shades."""


def placed_text(name: str) -> str | None:
    """The key in `texts` of the text that a name in braces stands for; None for a variable."""
    return name.removeprefix(_TEXTS) if name.startswith(_TEXTS) else None


class Operator(StrEnum):
    """How a condition compares its variable with its value."""

    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    EQUAL = "="


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A comparison of a computed variable, such as `GROUPS.x.SCALE`, with a number."""

    variable: str
    operator: Operator
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BarLevel:
    """The color of a scenario's bar up to and including `up_to` percent.

    It is `#rrggbb` or one of NAMED_COLORS.
    """

    up_to: float
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A scenario's bar. `percentage` names the variable that is its length.

    `shown` names the variable that is written beside it, and `maximum` is that variable's largest
    value.
    """

    percentage: str
    shown: str | None = None
    maximum: float | None = None
    label: LocalText | None = None
    levels: tuple[BarLevel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A part of the report that is shown when all its conditions hold. `text` is HTML."""

    conditions: tuple[Condition, ...] = ()
    name: LocalText | None = None
    text: LocalText | None = None
    bar: Bar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProfiles:
    """The list of profiles: its heading, its greatest length, and the lowest fit in percent."""

    title: LocalText | None = None
    shown: int = DEFAULT_PROFILES_SHOWN
    threshold: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTexts:
    """The texts around the report's charts: HTML with variables such as `{{ SCALE }}`.

    `texts` holds further ones under names of the author's choice. `{{ TEXTS.<name> }}` in the
    intro, the outro or a scenario's text places such a text; those placed nowhere are shown before
    the outro. The report begins with the
    `headline` highest scales; the `sections_for` highest ones show their sections.
    """

    intro: LocalText | None = None
    outro: LocalText | None = None
    texts: Mapping[str, LocalText] = field(default_factory=dict)
    scenarios: tuple[Scenario, ...] = ()
    headline: int = DEFAULT_HEADLINE
    sections_for: int = DEFAULT_SECTIONS_FOR
    profiles: ShownProfiles = field(default_factory=ShownProfiles)

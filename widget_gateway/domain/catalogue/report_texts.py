"""The report's part of a test definition: texts, and scenarios with conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from widget_gateway.domain.catalogue.questions import LocalText


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
    """The color of a scenario's bar up to and including `up_to` percent."""

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
class ReportTexts:
    """The texts around the report's charts: HTML with variables such as `{{ SCALE }}`.

    `texts` holds further ones under names of the author's choice.
    """

    intro: LocalText | None = None
    outro: LocalText | None = None
    texts: Mapping[str, LocalText] = field(default_factory=dict)
    scenarios: tuple[Scenario, ...] = ()

"""What a test definition says in its report: texts, and scenarios that hold for some answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from widget_gateway.domain.catalogue.questions import LocalText


class Operator(StrEnum):
    """How a condition compares."""

    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    EQUAL = "="


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A computed variable, such as `GROUPS.x.SCALE`, against a number."""

    variable: str
    operator: Operator
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BarLevel:
    """A band of a scenario's bar: up to and including `up_to` percent."""

    up_to: float
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A scenario's scale bar: as long as `percentage`; `shown` is the variable written beside it.

    `maximum` is the number written as the most that `shown` can be.
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
    """What the report says around its charts: HTML with `{{ SCALE }}`-style variables.

    `texts` are further ones by free names.
    """

    intro: LocalText | None = None
    outro: LocalText | None = None
    texts: Mapping[str, LocalText] = field(default_factory=dict)
    scenarios: tuple[Scenario, ...] = ()

"""The worker process that writes reports: it gets their contents, and answers HTML or SVG."""

import re
from typing import Any, Literal

import msgspec
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup

from handlers.documents.report_charts import (
    CENTRE,
    MARGIN,
    RADAR_SIZE,
    TRACK,
    WIDTH,
    radar_of,
    rows_of,
)
from handlers.documents.worker import work
from handlers.documents.worker_pool import make_environment
from widget_gateway.domain.catalogue.numbers import Number
from widget_gateway.domain.catalogue.reports import Report, ReportBar
from widget_gateway.domain.catalogue.variables import PLACEHOLDER

TEXTS = {
    "ru": {
        "report": "Результат теста",
        "sandbox": "Песочница: это пробный результат.",
        "profile": "Профиль",
        "scales": "Шкалы",
        "total": "Общий результат",
        "range": "{score} (от {low} до {high})",
        "share": "{score} из {high}",
        "everybody": "Все",
        "norm": "{title}: T-балл {t_score}, процентиль {percentile}",
        "parts": "Составляющие",
        "radar": "Лепестковая диаграмма: {values}",
        "bar": "{label}: {percentage}",
    },
    "en": {
        "report": "Test result",
        "sandbox": "Sandbox: this result is a trial one.",
        "profile": "Profile",
        "scales": "Scales",
        "total": "Overall result",
        "range": "{score} ({low} to {high})",
        "share": "{score} of {high}",
        "everybody": "Everybody",
        "norm": "{title}: T score {t_score}, percentile {percentile}",
        "parts": "Facets",
        "radar": "Radar chart: {values}",
        "bar": "{label}: {percentage}",
    },
}

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Control characters, which are not allowed in XML."""

_environment = make_environment()


class Request(msgspec.Struct):
    """A request to the worker."""

    form: Literal["html", "svg"]
    report: Report


class _Words:
    """The words, numbers and dates of a report in its language, for the templates."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._locale = report.locale
        self._texts = TEXTS[report.locale]

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def number(self, number: Number) -> str:
        return format_decimal(number, locale=self._locale)

    def percent(self, percentage: int) -> str:
        return format_percent(percentage / 100, locale=self._locale)

    @property
    def date(self) -> str:
        return format_date(self._report.created_at, format="long", locale=self._locale)

    def filled(self, text: str | None) -> str:
        """A text with the values of its variables, and without control characters."""
        values = self._report.variables
        return _CONTROL.sub("", PLACEHOLDER.sub(lambda m: self.number(values[m[1]]), text or ""))

    def html(self, text: str) -> Markup:
        """A text that is HTML, which was sanitised when the definition was read."""
        return Markup(self.filled(text))  # noqa: S704

    def name(self, bar: ReportBar) -> str:
        return self.filled(bar.label) or self["total"]

    def score(self, bar: ReportBar) -> str:
        """The score with its known bounds; empty if the bar has no score."""
        if bar.score is None:
            return ""
        known = {
            name: self.number(value)
            for name in ("score", "low", "high")
            if (value := getattr(bar, name)) is not None
        }
        form = "range" if bar.low is not None else "share" if bar.high is not None else None
        return self[form].format(**known) if form else known["score"]

    def norms(self, bar: ReportBar) -> list[str]:
        return [
            self["norm"].format(
                title=norm.title or self["everybody"],
                t_score=self.number(norm.t_score),
                percentile=self.number(norm.percentile),
            )
            for norm in bar.norms
        ]

    def spoken(self, bar: ReportBar) -> str:
        """The description of a bar for screen readers."""
        return self["bar"].format(label=self.name(bar), percentage=self.percent(bar.percentage))

    def spoken_radar(self) -> str:
        return self["radar"].format(values="; ".join(map(self.spoken, self._report.radar)))


def written(request: bytes) -> bytes:
    """Write a report as a self-contained HTML page, or its charts as an SVG image."""
    asked = msgspec.json.decode(request, type=Request)
    report, words = asked.report, _Words(asked.report)
    shown: dict[str, Any] = {
        "report": report,
        "locale": report.locale,
        "words": words,
        "radar": None,
        "radar_size": RADAR_SIZE,
        "centre": CENTRE,
    }
    if report.radar:
        shown["radar"] = radar_of(report.radar, [words.name(bar) for bar in report.radar])
    if asked.form == "svg":
        shown |= _svg(report, words)
    return _environment.get_template(f"report.{asked.form}").render(shown).encode()


def _svg(report: Report, words: _Words) -> dict[str, Any]:
    whole = report.bars or [section.bar for section in report.sections if section.bar]
    bars = [bar for parent in whole for bar in (parent, *parent.parts)]
    head = 118
    top = head + (RADAR_SIZE[1] if report.radar else 0)
    rows, bottom = rows_of([(bar, words.name(bar), _below(bar, words)) for bar in bars], top)
    return {"rows": rows, "head": head, "width": WIDTH, "height": bottom, "margin": MARGIN,
            "track": TRACK}  # fmt: skip


def _below(bar: ReportBar, words: _Words) -> list[str]:
    first = " · ".join(filter(None, (words.filled(bar.level), words.score(bar))))
    return [text for text in (first, *words.norms(bar), words.filled(bar.level_text)) if text]


if __name__ == "__main__":
    work(written)

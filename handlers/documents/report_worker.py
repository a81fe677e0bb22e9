"""The worker process that writes reports: it gets their contents, and answers HTML or SVG."""

import re
import textwrap
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from markupsafe import Markup

from handlers.documents.colors import Shades, accent_of, shades_of
from handlers.documents.report_charts import (
    MARGIN,
    NUMBERED_BOX,
    RADAR_SIZE,
    WIDTH,
    radar_of,
    rows_of,
)
from handlers.documents.words import Words
from handlers.documents.worker import work
from handlers.documents.worker_pool import make_environment
from widget_gateway.domain.catalogue.report_shapes import Report, ReportBar
from widget_gateway.domain.catalogue.variables import PLACEHOLDER

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Control characters, which are not allowed in XML."""

_HEAD = 118
"""Height of an SVG image's title, in its units, and of the partner's mark above it."""

_MARK = 64
_TITLE_TOP = 62
_TITLE_LINE = 32
TITLE_CHARACTERS = 42
"""Characters in a line of the title, in 24 units' type of the widest usual font."""

_environment = make_environment()


class Request(msgspec.Struct):
    """A request to the worker."""

    form: Literal["html", "svg"]
    report: Report


class _Phrases(Words):
    """The words of a report, and its texts with their variables filled in, for the templates."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.locale)
        self._report = report
        self._accent = accent_of(report.brand.color)

    @property
    def accent(self) -> Shades:
        return self._accent

    def filled(self, text: str | None) -> str:
        """A text with the values of its variables, and without control characters."""
        values = self._report.variables

        def value(match: re.Match[str]) -> str:
            found = values.get(match[1])
            return match[0] if found is None else self.number(found)

        return _CONTROL.sub("", PLACEHOLDER.sub(value, text or ""))

    def html(self, text: str) -> Markup:
        """A text that is HTML, which was sanitised when the definition was read."""
        return Markup(self.filled(text))  # noqa: S704

    def paragraphs(self, text: str) -> list[str]:
        """The paragraphs of a text without markup: its lines."""
        return [line for line in self.filled(text).splitlines() if line.strip()]

    def name(self, bar: ReportBar) -> str:
        label = self.filled(bar.label) or self["total" if bar.is_whole else "result"]
        return label if bar.number is None else f"{label} {self.number(bar.number)}"

    def shades(self, bar: ReportBar) -> Shades:
        return shades_of(bar.color, self._accent)

    def score(self, bar: ReportBar) -> str:
        """The score and what it is out of; empty if the bar has no score."""
        if bar.score is None:
            return ""
        if bar.low:
            points = self.plural("points", bar.score)
            low, high = self.number(bar.low), self.number(bar.high or 0)
            return self.text("range", points=points, low=low, high=high)
        if bar.high is None:
            return self.plural("points", bar.score)
        return self.plural("share", bar.high, score=self.number(bar.score))

    def norms(self, bar: ReportBar) -> list[str]:
        return [
            self.text(
                "norm_of" if norm.title else "norm",
                title=self.filled(norm.title),
                t_score=self.number(norm.t_score),
                percentile=self.number(norm.percentile),
            )
            for norm in bar.norms
        ]

    def spoken(self, bar: ReportBar) -> str:
        """The description of a bar for screen readers."""
        return self.text("bar", label=self.name(bar), percentage=self.percent(bar.percentage))

    def made_of(self, bars: tuple[ReportBar, ...]) -> str:
        """The scales that made a profile's fit, each with its percentage."""
        return self.listed([f"{self.name(bar)} {self.percent(bar.percentage)}" for bar in bars])

    def shown_of(self, shown: int, whole: int) -> str:
        return self.text("shown", shown=self.number(shown), number=self.number(whole))

    def authors(self, names: tuple[str, ...]) -> str:
        """The sentence on the authors; empty if none are named."""
        name = "author" if len(names) == 1 else "authors"
        return self.text(name, names=self.listed(names)) if names else ""

    def duration(self, minutes: int | None) -> str:
        """The sentence on how long the test takes; empty if that is not said."""
        return self.plural("duration", minutes) if minutes else ""

    def spoken_all(self, bars: tuple[ReportBar, ...]) -> str:
        return self.listed([self.spoken(bar) for bar in bars])


def written(request: bytes) -> bytes:
    """Write a report as a self-contained HTML page, or its charts as an SVG image."""
    asked = msgspec.json.decode(request, type=Request)
    report, words = asked.report, _Phrases(asked.report)
    radar = None
    if report.radar:
        radar = radar_of(report.radar, [words.name(bar) for bar in report.radar])
    shown: dict[str, Any] = {
        "report": report,
        "locale": report.locale,
        "direction": words.direction,
        "words": words,
        "radar": radar,
        "radar_size": RADAR_SIZE,
        "numbered_box": NUMBERED_BOX,
    }
    shown |= _svg(report, words) if asked.form == "svg" else _page(report)
    return _environment.get_template(f"report.{asked.form}").render(shown).encode()


def _page(report: Report) -> dict[str, Any]:
    """What only the page needs."""
    scale_bars = [bar for top in report.bars for bar in (top, *top.parts)]
    # If the report begins with all scales, and they have nothing more to tell, it lists them once.
    is_told = bool(report.headline) and len(report.headline) == len(scale_bars)
    return {
        "listed": () if is_told else report.bars,
        "told": {bar.label for bar in report.headline},
        "has_norms": any(bar.norms for bar in scale_bars),
    }


def _svg(report: Report, words: _Phrases) -> dict[str, Any]:
    title = textwrap.wrap(report.title, TITLE_CHARACTERS) or [report.title]
    mark = _MARK if report.brand.logo or report.brand.name else 0
    head = _HEAD + mark + _TITLE_LINE * (len(title) - 1)
    top = head + (RADAR_SIZE[1] if report.radar else 0)
    bars = [
        (bar, words.name(bar), _below(bar, words), is_part) for bar, is_part in _svg_bars(report)
    ]
    rows, bottom = rows_of(bars, top)
    titles = [(_TITLE_TOP + mark + _TITLE_LINE * number, line) for number, line in enumerate(title)]
    return {
        "titles": titles,
        "rows": rows,
        "head": head,
        "width": WIDTH,
        "height": bottom,
        "margin": MARGIN,
    }


def _svg_bars(report: Report) -> Iterator[tuple[ReportBar, bool]]:
    """Yield the bars of the image, and whether each belongs to a sub-scale."""
    for scenario in report.scenarios:
        if scenario.bar and not report.headline:
            yield scenario.bar, False
    for bar in report.bars:
        yield bar, False
        for part in bar.parts:
            yield part, True
    for scenario in report.scenarios:
        if scenario.bar and report.headline:
            yield scenario.bar, False


def _below(bar: ReportBar, words: _Phrases) -> list[str]:
    first = " · ".join(filter(None, (words.filled(bar.level), words.score(bar))))
    return [text for text in (first, *words.norms(bar), words.filled(bar.level_text)) if text]


if __name__ == "__main__":
    work(written)

"""The geometry of a report's charts, a radar and rows of bars. All lengths are in SVG units."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from widget_gateway.domain.catalogue.report_shapes import ReportBar

RADIUS = 140
CENTRE = (320, 190)
RADAR_SIZE = (640, 380)
NUMBERED_BOX = (140, 0, 360, 380)
"""The part of a radar that is shown on a narrow screen, with numbers in place of names: left, top,
width and height."""

RINGS = (25, 50, 75, 100)
"""The percentages at which the radar has rings."""

_LABEL_DISTANCE = 18
_LABEL_CHARACTERS = 20
_LABEL_LINE = 17
_MAX_LABEL_LINES = 3
"""Lines of a name beside a radar. A fourth would touch the next name; the legend has all of it."""

_NUMBER_DROP = 6
"""How far the baseline of a number is below its middle."""

_UPRIGHT = 0.3
"""The cosine of a direction below which a name is centred above or below its axis."""

WIDTH = 720
MARGIN = 40
TRACK = WIDTH - 2 * MARGIN
PART_INDENT = 24
TEXT_CHARACTERS = 72
"""Characters in a line of text as wide as the track, in 14 units' type of the widest usual font."""

NAME_CHARACTERS = 54
"""Characters in a line of a name, in 17 units' type, that leave room for the percentage."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its position: `y` is its baseline."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale of a radar, from the centre to `x` and `y`; `anchor` is its name's `text-anchor`.

    `number` is its number, from 1, which a narrow screen shows in place of its name.
    """

    x: float
    y: float
    anchor: str
    lines: tuple[Line, ...]
    number: Line


@dataclass(frozen=True, slots=True)
class Radar:
    """A radar chart. `rings` and `area` are values of the SVG attribute `points`.

    `points` are the corners of the area.
    """

    centre: tuple[int, int]
    rings: tuple[str, ...]
    area: str
    points: tuple[tuple[float, float], ...]
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A bar with its name above and its texts below. `y` is the top of the track.

    `indent` is how far it begins to the right of the margin, and `width` the width of its track.
    """

    bar: ReportBar
    y: float
    indent: int
    width: int
    names: tuple[Line, ...]
    texts: tuple[Line, ...]


def radar_of(bars: Sequence[ReportBar], names: Sequence[str]) -> Radar:
    """The radar of at least one bar. Axes go clockwise from the top; 0 % is in the middle."""
    directions = [2 * pi * index / len(bars) - pi / 2 for index in range(len(bars))]
    corners = _corners(directions, [bar.percentage for bar in bars])
    return Radar(
        centre=CENTRE,
        rings=tuple(_written(_corners(directions, [ring] * len(bars))) for ring in RINGS),
        area=_written(corners),
        points=corners,
        axes=tuple(map(_axis, range(1, len(names) + 1), names, directions)),
    )


def _axis(number: int, name: str, direction: float) -> Axis:
    across, down = cos(direction), sin(direction)
    lines = textwrap.wrap(
        name, _LABEL_CHARACTERS, max_lines=_MAX_LABEL_LINES, placeholder=" \N{HORIZONTAL ELLIPSIS}"
    )
    x = CENTRE[0] + (RADIUS + _LABEL_DISTANCE) * across
    middle = CENTRE[1] + (RADIUS + _LABEL_DISTANCE) * down
    # The lines of a name end above an upper axis, begin below a lower one, else are centred on it.
    top = middle - _LABEL_LINE * (len(lines) - 1) * (1 - down) / 2 + 5 * (1 + down) / 2
    anchor = "middle" if abs(across) < _UPRIGHT else "start" if across > 0 else "end"
    return Axis(
        x=_rounded(CENTRE[0] + RADIUS * across),
        y=_rounded(CENTRE[1] + RADIUS * down),
        anchor=anchor,
        lines=tuple(
            Line(_rounded(x), _rounded(top + _LABEL_LINE * place), line)
            for place, line in enumerate(lines)
        ),
        number=Line(_rounded(x), _rounded(middle + _NUMBER_DROP), str(number)),
    )


def _corners(
    directions: Sequence[float], percentages: Sequence[float]
) -> tuple[tuple[float, float], ...]:
    return tuple(
        (
            _rounded(CENTRE[0] + RADIUS * share / 100 * cos(direction)),
            _rounded(CENTRE[1] + RADIUS * share / 100 * sin(direction)),
        )
        for direction, share in zip(directions, percentages, strict=True)
    )


def _written(corners: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in corners)


def _rounded(length: float) -> float:
    return round(length, 1)


def rows_of(
    bars: Sequence[tuple[ReportBar, str, Sequence[str], bool]], top: float
) -> tuple[list[Row], float]:
    """The rows of bars, each with its name and texts, and the lower end of the last one.

    The last member of a bar tells whether it belongs to a sub-scale, which is indented.
    """
    rows = []
    for bar, name, texts, is_part in bars:
        indent = PART_INDENT if is_part else 0
        left = MARGIN + indent
        narrower = indent // 8  # Characters that the indentation takes of a line.
        names = list(_lines(name, NAME_CHARACTERS - narrower, left, top + 20, 21))
        track = top + 21 * max(1, len(names)) + 8
        below = track + 16
        lines: list[Line] = []
        for text in texts:
            lines += _lines(text, TEXT_CHARACTERS - narrower, left, below + 18, 19)
            below = lines[-1].y + 3 if lines else below
        rows.append(Row(bar, track, indent, TRACK - indent, tuple(names), tuple(lines)))
        top = below + 24
    return rows, top


def _lines(text: str, characters: int, left: float, foot: float, height: float) -> Iterator[Line]:
    for number, line in enumerate(textwrap.wrap(text, characters)):
        yield Line(left, foot + height * number, line)

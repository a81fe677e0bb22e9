"""Colours of reports: shades of them that are seen well on light and on dark ground."""

import colorsys
from dataclasses import dataclass
from functools import cache

LIGHT_GROUND = "#ffffff"
DARK_GROUND = "#171a26"
"""The grounds of a report's cards, as in handlers/templates/document.html."""

MARK_CONTRAST = 3.0
"""The least contrast of bars and marks with their ground (WCAG 2.2, 1.4.11)."""

TEXT_CONTRAST = 4.5
"""The least contrast of text with its ground (WCAG 2.2, 1.4.3)."""

DEFAULT_ACCENT = "#4353b3"

_NAMED = {
    "primary": ("#1d6fd8", "#7db4ff"),
    "success": ("#1f7f4c", "#5fd39a"),
    "warning": ("#a35b00", "#ffb454"),
    "danger": ("#c0263b", "#ff8a94"),
}
"""The colours by name, on light and on dark ground."""

_STEPS = 100
"""In how many steps a colour gets darker or lighter until its contrast suffices."""


@dataclass(frozen=True, slots=True)
class Shades:
    """A colour as it is shown on light and on dark ground."""

    light: str
    dark: str


def shades_of(color: str | None, accent: Shades) -> Shades:
    """The shades of a bar's colour: `#rrggbb`, a name, or None for the accent."""
    if color is None:
        return accent
    if color in _NAMED:
        return Shades(*_NAMED[color])
    return _shades(color, MARK_CONTRAST)


def accent_of(color: str | None) -> Shades:
    """The shades of the colour of a partner, or of reports; they are legible as text."""
    return _shades(color or DEFAULT_ACCENT, TEXT_CONTRAST)


@cache
def _shades(color: str, least: float) -> Shades:
    return Shades(legible(color, LIGHT_GROUND, least), legible(color, DARK_GROUND, least))


def legible(color: str, ground: str, least: float) -> str:
    """The shade of a colour, as near to it as possible, that has this contrast with the ground."""
    if contrast(color, ground) >= least:
        return color
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(color))
    end = 0.0 if _luminance(ground) > _luminance("#808080") else 1.0
    for step in range(1, _STEPS + 1):
        nearer = lightness + (end - lightness) * step / _STEPS
        shade = _written(*colorsys.hls_to_rgb(hue, nearer, saturation))
        if contrast(shade, ground) >= least:
            return shade
    return _written(end, end, end)


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2), from 1 to 21."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB
        for part in _parts(color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _written(*parts: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)

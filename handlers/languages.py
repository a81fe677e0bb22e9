"""The language that a caller prefers, of the two that the gateway speaks."""

from typing import Literal

Locale = Literal["ru", "en"]

DEFAULT_LOCALE: Locale = "ru"
"""The language of callers that state no preference."""


def locale_of(accept_language: str) -> Locale:
    """The language that an `Accept-Language` header prefers (RFC 9110, 12.5.4)."""
    liked: dict[Locale, float] = {}
    otherwise = 0.0
    for item in accept_language.split(","):
        language, _, weight = item.partition(";")
        tag = language.strip().lower().partition("-")[0]
        quality = _quality(weight)
        if tag == "ru":
            liked["ru"] = max(quality, liked.get("ru", 0.0))
        elif tag == "en":
            liked["en"] = max(quality, liked.get("en", 0.0))
        elif tag == "*":
            otherwise = quality
    russian, english = liked.get("ru", otherwise), liked.get("en", otherwise)
    return "en" if english > russian else DEFAULT_LOCALE


def _quality(weight: str) -> float:
    name, _, number = weight.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(number), 0.0), 1.0)
    except ValueError:
        return 0.0

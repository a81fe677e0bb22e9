"""The languages that a caller prefers, and which of the two that the APIs speak."""

from operator import itemgetter
from typing import Literal

from widget_gateway.services.language_tags import canonical_tag

Locale = Literal["ru", "en"]

DEFAULT_LOCALE: Locale = "ru"
"""The language of callers that state no preference."""

MAX_ACCEPTED = 20
"""How many languages of a header are looked at. Browsers send fewer than ten."""


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


def accepted_languages(header: str) -> list[str]:
    """The tags of an `Accept-Language` header, the most wanted one first; others are left out."""
    wishes: list[tuple[float, str]] = []
    for item in header.split(",", MAX_ACCEPTED)[:MAX_ACCEPTED]:
        language, _, weight = item.partition(";")
        tag, quality = canonical_tag(language.strip().replace("_", "-")), _quality(weight)
        if tag is not None and quality > 0:
            wishes.append((-quality, tag))
    return [tag for _, tag in sorted(wishes, key=itemgetter(0))]


def _quality(weight: str) -> float:
    name, _, number = weight.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(number), 0.0), 1.0)
    except ValueError:
        return 0.0

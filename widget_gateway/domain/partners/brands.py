"""The mark of a provider on reports: its name, its colour and its logo."""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

MAX_BRAND_NAME = 50
"""Characters of a brand's name, which has to fit on a line of the SVG image beside the logo."""

_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Logo:
    """A picture that is safe to show: a PNG, or an SVG without scripts and addresses."""

    media_type: str
    content: bytes

    @cached_property
    def digest(self) -> str:
        """The hash of the logo, by which it is stored."""
        return hashlib.sha256(self.media_type.encode() + b"\n" + self.content).hexdigest()

    @property
    def address(self) -> str:
        """The logo as a `data:` address."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True, slots=True)
class Brand:
    """What reports show of a provider. `color` is `#rrggbb`, `logo` the digest of its logo."""

    name: str | None = None
    color: str | None = None
    logo: str | None = None


def parse_brand_name(text: str) -> str | None:
    """Check the name of a brand: 1 to 50 characters on a line; None if it is wrong."""
    name = text.strip()
    return name if 0 < len(name) <= MAX_BRAND_NAME and name.isprintable() else None


def parse_color(text: str) -> str | None:
    """Normalise a colour `#rrggbb`; returns None for anything else."""
    color = text.strip().lower()
    return color if _COLOR.fullmatch(color) else None

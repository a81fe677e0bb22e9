"""The code by which a page gets the widget: a script of one version with its hash, and an element.

A browser runs the script only if each of its bytes is as the hash says.
"""

from dataclasses import dataclass
from html import escape

from widget_gateway.domain.ids import WidgetVersion

ELEMENTS = {"widget.js": "test-widget", "frame.js": "test-widget-frame"}
"""The elements that the scripts define."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedScript:
    """A script in one version, at the gateway of this origin."""

    gateway: str
    name: str
    version: WidgetVersion
    integrity: str

    @property
    def url(self) -> str:
        """The address, at which the content never changes."""
        return f"{self.gateway}/static/widget/{self.version}/{self.name}"


def snippet(script: PinnedScript, attributes: dict[str, str | None]) -> str:
    """Return the HTML of a script and its element, with those attributes that are not None.

    An attribute with an empty text is written without a value.
    """
    element = ELEMENTS[script.name]
    written = "".join(
        f" {name}" if value == "" else f' {name}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return (
        f'<script type="module" src="{escape(script.url)}"\n'
        f'  integrity="{script.integrity}"\n'
        '  crossorigin="anonymous"></script>\n'
        f"<{element}{written}></{element}>\n"
    )

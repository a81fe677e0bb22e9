"""Reads `config.xml`: its texts and scenarios become the report of a definition's document."""

import re
from collections.abc import Collection, Iterator
from typing import Any

import tinycss2.color3

from widget_gateway.domain.catalogue.report_texts import NAMED_COLORS
from widget_gateway.services.catalogue.predecessor.config_texts import ConfigTexts
from widget_gateway.services.catalogue.predecessor.elements import (
    Element,
    name_of,
    value_in,
)
from widget_gateway.services.catalogue.predecessor.quiz import present
from widget_gateway.services.catalogue.predecessor.texts import LOCALES, LocalTexts

_OPERATORS = {
    "больше": ">",
    "больше_или_равно": ">=",
    "меньше": "<",
    "меньше_или_равно": "<=",
    "равно": "=",
    ">": ">",
    ">=": ">=",
    "≥": ">=",
    "<": "<",
    "<=": "<=",
    "≤": "<=",
    "=": "=",
    "==": "=",
}
_DECIMAL = re.compile(r"([+-]?\d{1,12}(?:[.,]\d{1,6})?)\s*%?", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{3}(?:[0-9a-f]{3})?", re.IGNORECASE)

_NO_COLOUR = "#808080"
"""Grey, for a level whose colour can't be read: the level still has its bound."""

_SCALE_MEMBERS = ("percentVar", "showVar", "showMaxVal")


_LABELS = ("label", *(f"label-{locale}" for locale in LOCALES))

_READ_ELSEWHERE = ("skills", "types", "clusters", "values")
"""Parts of a `<config>` that become scales (scales.py), and texts of values (`read_values`)."""


_VALUE_TEXTS = ("name", "text", "description")
"""Elements that hold the text of a value; the first of them that it has."""


class ReportReader:
    """Reads the texts and scenarios of one `<config>`."""

    def __init__(self, texts: ConfigTexts) -> None:
        self._texts = texts
        self._findings = texts.findings
        self._has_variable = texts.has_variable

    def read(self, config: Element) -> dict[str, Any]:
        """Return the report's members. Free texts get the dotted names of their elements."""
        self._findings.lose_unknown(config, (), None)
        for child in config:
            self._lose_foreign(child)
        report: dict[str, Any] = {}
        for texts in config.findall("texts"):
            for name, element in self._named_texts(texts, ()):
                self._add_text(report, name, element)
        scenarios: list[dict[str, Any]] = []
        for container in config.findall("scenarios"):
            self._findings.lose_unknown(container, (), ("scenario",))
            for element in container.findall("scenario"):
                if scenario := self._scenario(element):
                    path = ("report", "scenarios", len(scenarios))
                    self._findings.place(path, element, f"scenario {len(scenarios) + 1}")
                    scenarios.append(scenario)
        return report | present({"scenarios": scenarios or None})

    def read_values(self, config: Element, used: Collection[str]) -> dict[str, LocalTexts]:
        """Return the texts of the values that professions name, which the report shows with them.

        The texts of others depend on more than conditions of a scenario can say. They are noted.
        """
        found: dict[str, LocalTexts] = {}
        for container in config.findall("values"):
            self._findings.lose_unknown(container, (), None)
            for value in container:
                name = name_of(value)
                text = next(
                    (value.find(tag) for tag in _VALUE_TEXTS if len(value.findall(tag))), value
                )
                if name not in used:
                    self._findings.lost(value, f'the text of the value "{name}"')
                elif (words := self._texts.html(text)) is not None:
                    found.setdefault(name, words)
        return found

    def _lose_foreign(self, child: Element) -> None:
        """Note a part of the config that has no place, with the number of its texts."""
        name = name_of(child)
        if name not in ("texts", "scenarios", *_READ_ELSEWHERE):
            count = len({inner.getparent() for inner in child.iter(*LOCALES)})
            texts = f"{count} texts" if count > 1 else "a text"
            told = f" with {texts}, of which nothing says when to show it" if count else ""
            self._findings.lost(child, f"<{name}> in <config>{told}")

    def _named_texts(
        self, element: Element, names: tuple[str, ...]
    ) -> Iterator[tuple[str, Element]]:
        """Yield the texts with their dotted names.

        An element with `<ru>` or `<en>` deeper than its children is part of a name, not a text.
        """
        self._findings.lose_unknown(element, (), None)
        for child in element:
            here = (*names, name_of(child))
            inside = {name_of(inner) for inner in child.iterdescendants()}
            if inside & set(LOCALES) and not {name_of(inner) for inner in child} & set(LOCALES):
                yield from self._named_texts(child, here)
            else:
                yield ".".join(here), child

    def _add_text(self, report: dict[str, Any], name: str, element: Element) -> None:
        text = self._texts.html(element)
        if text is None:
            return
        whole = name in ("intro", "outro")
        into = report if whole else report.setdefault("texts", {})
        if name in into:
            self._findings.lost(element, f'a second text of the name "{name}"')
            return
        into[name] = text
        path = ("report", name) if whole else ("report", "texts", name)
        self._findings.place(path, element, f"texts > {name}")

    def _scenario(self, scenario: Element) -> dict[str, Any] | None:
        self._findings.lose_unknown(scenario, (), ("conditions", "name", "text", "scale"))
        for container in scenario.findall("conditions"):
            self._findings.lose_unknown(container, (), ("condition",))
        conditions = [
            self._condition(condition) for condition in scenario.findall("conditions/condition")
        ]
        if None in conditions:
            return None
        read = present(
            {
                "conditions": conditions or None,
                "name": self._texts.plain(scenario.find("name")),
                "text": self._texts.html(scenario.find("text")),
                "bar": self._bar(scenario.find("scale")),
            }
        )
        if set(read) <= {"conditions"}:
            self._findings.lost(scenario, "a scenario that shows nothing")
            return None
        return read

    def _condition(self, condition: Element) -> dict[str, Any] | None:
        """Return the condition, or None if it can't be evaluated; its scenario is left out then."""
        self._findings.lose_unknown(
            condition, ("var", "operator", "value"), ("var", "operator", "value")
        )
        variable, written = value_in(condition, "var"), value_in(condition, "operator")
        operator = _OPERATORS.get(re.sub(r"[\s_-]+", "_", written.lower()))
        value = _decimal(value_in(condition, "value"))
        if not self._has_variable(variable):
            why = f'"{variable}" is no variable of this test'
        elif operator is None:
            why = f'"{written}" is no operator'
        elif value is None:
            why = f'"{value_in(condition, "value")}" is no number'
        else:
            return {"variable": variable, "operator": operator, "value": value}
        self._findings.lost(condition, f"a scenario, in whose condition {why}")
        return None

    def _bar(self, scale: Element | None) -> dict[str, Any] | None:
        if scale is None:
            return None
        self._findings.lose_unknown(
            scale, (*_SCALE_MEMBERS, *_LABELS), (*_SCALE_MEMBERS, "label", "levels")
        )
        percentage, shown, most = (value_in(scale, name) for name in _SCALE_MEMBERS)
        if not self._has_variable(percentage):
            why = f'whose percentVar "{percentage}" is no variable of this test'
            self._findings.lost(scale, f"a scale, {why}")
            return None
        if shown and not self._has_variable(shown):
            self._findings.lost(scale, f'showVar="{shown}", which is no variable of this test')
            shown = ""
        maximum = _decimal(most)
        if most and maximum is None:
            self._findings.lost(scale, f'showMaxVal="{most}", which is no number')
        label = self._texts.plain(scale.find("label")) or self._texts.attributes(scale, "label")
        return present(
            {
                "percentage": percentage,
                "shown": shown or None,
                "maximum": maximum,
                "label": label,
                "levels": self._levels(scale) or None,
            }
        )

    def _levels(self, scale: Element) -> list[dict[str, Any]]:
        """Return the levels, sorted by bound. A bound beyond 100 percent becomes 100."""
        levels: dict[float, str] = {}
        for container in scale.findall("levels"):
            self._findings.lose_unknown(container, (), ("level",))
        for level in scale.findall("levels/level"):
            self._findings.lose_unknown(level, ("up", "color"), ("up", "color"))
            bound = _decimal(value_in(level, "up"))
            color = self._color(level)
            if bound is None or bound < 0 or (bound := min(bound, 100)) in levels:
                self._findings.lost(level, f'a level up to "{value_in(level, "up")}" percent')
            else:
                levels[bound] = color
        return [{"up_to": bound, "color": levels[bound]} for bound in sorted(levels)]

    def _color(self, level: Element) -> str:
        written = value_in(level, "color")
        if written in NAMED_COLORS:
            return written
        hashed = f"#{written}" if _HEX.fullmatch(written) else written
        color = tinycss2.color3.parse_color(hashed)
        if not isinstance(color, tinycss2.color3.RGBA):
            self._findings.lost(level, f'the colour "{written}" of a level, which is grey now')
            return _NO_COLOUR
        return "#" + "".join(f"{round(part * 255):02x}" for part in color[:3])


def _decimal(written: str) -> float | int | None:
    match = _DECIMAL.fullmatch(written)
    if match is None:
        return None
    number = float(match[1].replace(",", "."))
    return int(number) if number.is_integer() else number

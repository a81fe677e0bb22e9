"""Reads `<skills>` and `<types>` of a config: each name in them becomes a scale of the document.

A scale counts the questions of the group of its name. Groups `NAME-aspect` become its sub-scales.
A group `A-B` of two names holds gradients between A and B: they count for B, and reversed for A.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from widget_gateway.services.catalogue.predecessor.config_texts import ConfigTexts
from widget_gateway.services.catalogue.predecessor.elements import Element, Findings, name_of
from widget_gateway.services.catalogue.predecessor.own_words import ASPECTS, LEVELS
from widget_gateway.services.catalogue.predecessor.quiz import Document, present
from widget_gateway.services.catalogue.predecessor.texts import ANY, LOCALES, LocalTexts

BOUNDS = {"min": 32, "mid": 65, "max": 100}
"""The highest percentage of each level. The predecessor shows `mid` from 33 percent on and `max`
from 66 on; the percentages of scales are whole numbers."""

_LEVEL_NAMES = {
    "min": "min",
    "minus": "min",
    "mid": "mid",
    "avg": "mid",
    "normal": "mid",
    "max": "max",
    "plus": "max",
}
"""The names of levels in the files."""

_HEADINGS = ("name", "title", "text")
"""Elements that hold the title of a scale; the first of them that it has."""

_UNTITLED = "has no title, so reports do not show it"

_DESCRIPTIONS = ("description", "text")

_CONTAINERS = ("skills", "types")


class _Key(NamedTuple):
    """Which questions a scale counts itself, and those of each of its aspects."""

    plus: list[Document]
    minus: list[Document]
    aspects: dict[str, list[Document]]


class _Place(NamedTuple):
    """The element that a scale was read from, and the findings of its file."""

    element: Element
    findings: Findings


class ScaleReader:
    """Makes scales of the names in a config. `scales` and `texts` are what was read so far.

    `texts` are those of names without questions; the report shows them to everybody.
    """

    def __init__(self, texts: ConfigTexts, questions: Sequence[Document]) -> None:
        self.scales: list[Document] = []
        self.texts: dict[str, LocalTexts] = {}
        self._texts = texts
        self._findings = texts.findings
        self._groups: dict[str, list[Document]] = {}
        for question in questions:
            if group := question.get("group"):
                self._groups.setdefault(group, []).append(question)
        self._names: set[str] = set()

    @property
    def known(self) -> set[str]:
        """The names of all scales and groups: what a profession can combine."""
        return {scale["id"] for scale in self.scales} | self._groups.keys()

    def read(self, config: Element) -> None:
        """Read the scales of a config."""
        found = dict(self._described(config))
        self._names |= found.keys()
        for name, element in found.items():
            self._read_scale(name, element)

    def add_missing(self, name: str, element: Element, findings: Findings) -> None:
        """Make a scale of a name that only groups of its aspects have.

        It has no words in the files, so reports do not show it, which is noted at `element`.
        """
        key = self._key(name)
        if name not in self.known and key.aspects:
            findings.note(element, f'the scale "{name}" {_UNTITLED}')
            self._add({"id": name}, key, _Place(element, findings), {})

    def _described(self, config: Element) -> Iterator[tuple[str, Element]]:
        """Yield names with the elements that describe them, and note what can't be kept."""
        parents = [parent for kind in _CONTAINERS for parent in config.findall(kind)]
        for container in config.findall("clusters"):
            self._findings.lose_unknown(container, (), None)
            for cluster in container:
                self._findings.lost(cluster, f'the cluster "{name_of(cluster)}" of scales')
                parents += cluster.findall("skills")
        seen: set[str] = set()
        for parent in parents:
            self._findings.lose_unknown(parent, (), None)
            for element in parent:
                name = name_of(element)
                if name not in seen:
                    seen.add(name)
                    yield name, element
                elif len(element):
                    self._findings.lost(element, f'a second description of "{name}"')

    def _key(self, name: str) -> _Key:
        key = _Key(plus=list(self._groups.get(name, ())), minus=[], aspects={})
        for group, members in self._groups.items():
            after, before = group.removeprefix(f"{name}-"), group.removesuffix(f"-{name}")
            longer = (other for other in self._names if other.startswith(f"{name}-"))
            if after in self._names and after != group:
                key.minus.extend(members)
            elif before in self._names and before != group:
                key.plus.extend(members)
            elif after not in ("", group) and not any(
                group == other or group.startswith(f"{other}-") for other in longer
            ):
                key.aspects[after] = members
        return key

    def _read_scale(self, name: str, element: Element) -> None:
        self._findings.lose_unknown(element, (), None)
        found = (child for tag in _HEADINGS for child in element.findall(tag))
        heading = next(found, None)
        title = self._texts.plain(heading)
        if title is None:
            self._findings.note(element, f'the scale "{name}" {_UNTITLED}')
        key = self._key(name)
        rest = [child for child in element if child is not heading]
        if not any(key):
            self._keep_texts(name, element, title, rest)
            return
        scale: Document = present({"id": name, "title": title})
        if levels := _levels_in(rest):
            scale["levels"] = self._levels(levels)
        sides: dict[str, Element] = {}
        for child in rest:
            kind = name_of(child)
            if kind in key.aspects and kind not in sides:
                sides[kind] = child
            elif kind in _DESCRIPTIONS and "description" not in scale and not _parts_of(child):
                scale |= present({"description": self._texts.plain(child)})
            elif kind not in _LEVEL_NAMES and (section := self._section(child)):
                scale.setdefault("sections", []).append(section)
        self._add(scale, key, _Place(element, self._findings), sides)

    def _add(self, scale: Document, key: _Key, place: _Place, sides: dict[str, Element]) -> None:
        """Add a scale and its sub-scales; one without questions of its own counts theirs."""
        name, title = scale["id"], scale.get("title")
        if key.plus or key.minus:
            aspects = [question for members in key.aspects.values() for question in members]
            scale["plus"] = _countable([*key.plus, *aspects], name, place)
            scale["minus"] = _countable(key.minus, name, place)
        self._append(scale, place)
        for aspect, members in key.aspects.items():
            side = sides.get(aspect)
            part: Document = present(
                {
                    "id": f"{name}-{aspect}",
                    "title": self._aspect_title(title, aspect, side, place),
                    "part_of": name,
                    "plus": _countable(members, name, place),
                }
            )
            if side is not None:
                self._findings.lose_unknown(side, (), ("name", *_LEVEL_NAMES))
                part["levels"] = self._levels(_levels_in(side))
            self._append(part, place if side is None else place._replace(element=side))

    def _append(self, scale: Document, place: _Place) -> None:
        path = ("scales", len(self.scales))
        place.findings.place(path, place.element, f'scale "{scale["id"]}"')
        self.scales.append({name: value for name, value in scale.items() if value != []})

    def _aspect_title(
        self, whole: LocalTexts | None, aspect: str, side: Element | None, place: _Place
    ) -> LocalTexts | None:
        """Return the title of a sub-scale: its own, or that of its scale and the aspect, if any."""
        if side is not None and (said := self._texts.plain(side.find("name"))):
            return said
        words = ASPECTS.get(aspect)
        if words is None:
            place.findings.note(place.element, f'the aspect "{aspect}" {_UNTITLED}')
        if words is None or whole is None:
            return None
        locales = [*(whole.keys() - {ANY} or words)]
        return self._texts.own(
            {
                locale: f"{_in(whole, locale)}: {_in(words, locale)}"
                for locale in LOCALES
                if locale in locales
            }
        )

    def _levels(self, found: dict[str, Element]) -> list[Document]:
        """Return the levels of a scale; one without a text has only a name."""
        return [
            present(
                {
                    "up_to": bound,
                    "name": self._texts.own(LEVELS[key]),
                    "text": self._texts.plain(found.get(key)),
                }
            )
            for key, bound in BOUNDS.items()
        ]

    def _section(self, element: Element) -> Document | None:
        """Return a labelled text, or None if it says nothing."""
        name, parts, levels = name_of(element), _parts_of(element), _levels_in(element)
        if parts:
            self._findings.lose_unknown(element, (), ("label", "name", "text", *_LEVEL_NAMES))
        text = self._texts.html(parts.get("text") if parts else element)
        label = self._texts.plain(parts.get("label", parts.get("name")))
        shown = {key: self._texts.html(levels.get(key)) for key in BOUNDS}
        if levels and not all(shown.values()):
            self._findings.lost(element, f"the levels of <{name}>, one of which has no text")
            levels = {}
        if text is None and not levels:
            self._findings.lost(element, f"<{name}>, which has no text")
            return None
        if label is None:
            if name not in ASPECTS:
                self._findings.note(element, f"<{name}> has no label; its name stands in")
            label = self._texts.own(ASPECTS.get(name, {"en": name}))
        section = {"label": label, "text": text}
        by_level = [{"up_to": BOUNDS[key], "text": said} for key, said in shown.items()]
        return present({**section, "levels": by_level if levels else None})

    def _keep_texts(
        self, name: str, element: Element, title: LocalTexts | None, rest: Sequence[Element]
    ) -> None:
        """Keep the texts of a name that has no questions, each under a name of its own."""
        kept = False
        for child in rest:
            parts = _parts_of(child)
            if _levels_in(child) or name_of(child) in _LEVEL_NAMES:
                text = None
            else:
                text = self._texts.html(parts.get("text") if parts else child)
            if text is None:
                self._findings.lost(
                    child, f'<{name_of(child)}> of "{name}", which has no questions'
                )
                continue
            for locale, words in text.items():
                heading = f"<h3>{escape(_in(title, locale))}</h3>" if title else ""
                text[locale] = f"{heading}{words}"
            self.texts[f"{name}.{name_of(child)}"] = text
            kept = True
        if kept:
            why = f'"{name}" has no questions; the report shows its text to everybody'
            self._findings.note(element, why)
        elif not rest:
            self._findings.lost(element, f'"{name}", which has no questions')


def _countable(members: Sequence[Document], name: str, place: _Place) -> list[str]:
    """Return the ids of the questions that a scale can count, and note the others."""
    counted = []
    for question in members:
        id_, fields = question.get("id"), question.get("fields", ())
        if question["type"] == "text" and not any("correct" in field for field in fields):
            what = f'the question "{id_}", without right values, in "{name}"'
            place.findings.lost(place.element, what)
        elif id_ is not None:
            counted.append(id_)
    return counted


def _levels_in(elements: Element | Sequence[Element]) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for element in elements:
        if key := _LEVEL_NAMES.get(name_of(element)):
            found.setdefault(key, element)
    return found


def _parts_of(element: Element) -> dict[str, Element]:
    """Return the parts of a labelled text by name; none if the element itself is a text."""
    parts = {name_of(child): child for child in element}
    return parts if {"label", "text", *_LEVEL_NAMES} & parts.keys() else {}


def _in(text: LocalTexts, locale: str) -> str:
    return text.get(locale, next(iter(text.values())))

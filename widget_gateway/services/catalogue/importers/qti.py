"""Reads QTI 2.2 and 3.0: packages, folders with a manifest, single assessments and single items.

Version 3 spells names with hyphens (`qti-choice-interaction`, `max-choices`), version 2 in camel
case (`choiceInteraction`, `maxChoices`). Elements get the names of version 2 when they are read.
"""

import copy
import re
from collections.abc import Mapping
from fractions import Fraction
from html import escape
from itertools import islice
from pathlib import PurePosixPath
from typing import Any, Protocol
from urllib.parse import unquote

from lxml import etree

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import Definition
from widget_gateway.services.catalogue.importers.archives import (
    MAX_UNPACKED_BYTES,
    QTI_MANIFEST,
    Archive,
)
from widget_gateway.services.catalogue.importers.draft_scales import (
    Choice,
    Document,
    graded,
    share_of,
)
from widget_gateway.services.catalogue.importers.drafts import (
    MAX_OPTIONS,
    MAX_QUESTIONS,
    MAX_TEXT,
    Draft,
    locale_tag,
    present,
)
from widget_gateway.services.catalogue.importers.sources import (
    MAX_BYTES,
    ImportOptions,
    Source,
    parse_foreign_xml,
    read_foreign,
)
from widget_gateway.services.catalogue.predecessor.elements import (
    Element,
    line_of,
    name_of,
)

_ITEM, _TEST = "assessmentItem", "assessmentTest"
_ROOTS = frozenset({_ITEM, _TEST, "qti-assessment-item", "qti-assessment-test", "manifest"})

_CHOICE, _TEXT, _SLIDER = "choiceInteraction", "textEntryInteraction", "sliderInteraction"
_READ = frozenset(
    {_CHOICE, _TEXT, _SLIDER, "orderInteraction", "extendedTextInteraction"}
    | {"inlineChoiceInteraction"}
)
_INLINE = frozenset({_TEXT, "inlineChoiceInteraction"})
"""Interactions that stand inside of a sentence."""

_GAP = "_____"
"""Stands in the text of an item where an answer belongs."""

_MARK = "\ue000"
"""A private character around the number of an interaction, while its item's text is taken apart."""

_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")

_STEPS = 5
_MOST = 10**6
"""Numbers of mappings, bounds and weights are below this one."""

_LOST_OF_ITEMS = frozenset(
    {"templateDeclaration", "templateProcessing", "modalFeedback", "catalogInfo"}
    | {"assessmentStimulusRef"}
)
"""Elements of an item that change what it asks or says, and can't be carried over."""

_MAX_SECTIONS = 20
"""Most levels of sections inside each other."""


def recognises(source: Source) -> bool:
    """Whether this is a zip archive, or XML whose root is an item, an assessment or a manifest."""
    return source.is_zip or source.root_name in _ROOTS


def read(source: Source, changes: Mapping[str, Any] | None) -> Definition:
    """Read an assessment as a definition; `changes` replace top-level fields.

    Raises:
        DefinitionError: it has a message for each fault.
    """
    return _Reader(source).read().finish(changes)


class _Package(Protocol):
    """The files beside the one that is imported."""

    def find(self, name: str) -> bytes | None:
        """Return a file of the package, or None if it has none of this name."""


class _Zip:
    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def find(self, name: str) -> bytes | None:
        return self._archive.read(name) if name in self._archive.names else None


class _Folder:
    """The folder that holds the imported file. Links that lead out of it are not followed."""

    def __init__(self, source: Source) -> None:
        self._folder = source.path.parent.resolve()

    def find(self, name: str) -> bytes | None:
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            return None
        return read_foreign(path, ImportOptions()).content


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._package: _Package = _Folder(source)
        self._start = source.path.name
        self._members_read: set[str] = set()
        self._bytes_read = 0
        if source.is_zip:
            archive = Archive(source)
            self._package, self._start = _Zip(archive), _manifest_of(archive, source)
        self._draft = Draft(source, "QTI 2")
        root = self._parse(self._start)
        if root is None:
            raise DefinitionError([f"{source.name}:1: {self._start} is not in the package"])
        self._root = root

    def read(self) -> Draft:
        self._draft.turn_to(self._start)
        self._members_read.add(self._start)
        if name_of(self._root) == "manifest":
            self._read_manifest(self._root, PurePosixPath(self._start).parent)
        elif name_of(self._root) == _TEST:
            self._read_test(self._root, PurePosixPath(self._start).parent)
        else:
            self._title_from(self._root)
            self._read_item(self._root, None, Fraction(1), None)
        return self._draft

    def _parse(self, name: str) -> Element | None:
        """Return the root of a file of the package, with the names of version 2."""
        if not self._source.is_zip and name == self._source.path.name:
            return self._renamed(self._source.xml())
        content = self._package.find(name)
        if content is None:
            return None
        self._bytes_read += len(content)
        if len(content) > MAX_BYTES or self._bytes_read > MAX_UNPACKED_BYTES:
            largest, all_ = MAX_BYTES // 2**20, MAX_UNPACKED_BYTES // 2**20
            why = f"{name}: a file has at most {largest} MiB, and all of them {all_} MiB"
            raise DefinitionError([f"{self._source.name}:1: {why}"])
        return self._renamed(parse_foreign_xml(content, f"{self._source.name}/{name}"))

    def _renamed(self, root: Element) -> Element:
        """Give the elements and attributes of version 3 the names that they have in version 2."""
        if name_of(root).startswith("qti-"):
            self._draft.form = "QTI 3"
        for element in root.iter(etree.Element):
            element.tag = _camel(name_of(element).removeprefix("qti-"))
            for name, value in list(element.attrib.items()):
                local = _camel(etree.QName(str(name)).localname)
                if local != name:
                    del element.attrib[name]
                    element.set(local, value)
        return root

    # Packages and assessments

    def _read_manifest(self, manifest: Element, folder: PurePosixPath) -> None:
        """Read the assessment that a manifest names, or else its items in their order."""
        resources = manifest.findall("resources/resource")
        tests = [r for r in resources if re.search("_test_|_assessment_", r.get("type", ""))]
        items = [r for r in resources if "_item_" in r.get("type", "")]
        for other in resources:
            if other not in tests and other not in items and "qti" in other.get("type", ""):
                self._draft.findings.lost(other, f"a resource of type {other.get('type')}")
        for other in tests[1:]:
            self._draft.findings.lost(other, f"a second assessment, {other.get('href')}")
        if tests:
            test = self._member(tests[0], folder)
            if test is not None:
                name, root = test
                self._draft.turn_to(name)
                self._read_test(root, PurePosixPath(name).parent)
            return
        self._draft.slug = manifest.get("identifier")
        for item in items:
            if (member := self._member(item, folder)) is not None:
                self._draft.turn_to(member[0])
                self._read_item(member[1], None, Fraction(1), None)
                self._draft.turn_to(self._start)

    def _member(self, reference: Element, folder: PurePosixPath) -> tuple[str, Element] | None:
        """Return the name and the root of the file that an element refers to."""
        href = unquote(reference.get("href", ""))
        name = _normal(folder / href)
        if name is None:
            self._draft.findings.lost(reference, f'a file outside of the package, "{href}"')
            return None
        if name in self._members_read:
            self._draft.findings.lost(reference, f'the file "{href}" for a second time')
            return None
        self._members_read.add(name)
        root = self._parse(name)
        if root is None:
            self._draft.findings.lost(reference, f'the file "{href}", which is not in the package')
            return None
        return name, root

    def _title_from(self, root: Element) -> None:
        draft = self._draft
        draft.slug = root.get("identifier")
        draft.about |= present({"title": draft.text(root.get("title"))})
        self._language_from(root)

    def _language_from(self, root: Element) -> None:
        if self._draft.default_locale is None and (written := root.get("lang")):
            self._draft.default_locale = locale_tag(written)

    def _read_test(self, test: Element, folder: PurePosixPath) -> None:
        self._title_from(test)
        self._tell_limits(test)
        for part in test.findall("testPart"):
            self._tell_limits(part)
            for section in part.findall("assessmentSection"):
                self._read_section(section, folder, 1)
        for child in test:
            if name_of(child) in ("outcomeProcessing", "testFeedback"):
                self._draft.findings.lost(child, f"<{name_of(child)}> of an assessment")

    def _read_section(self, section: Element, folder: PurePosixPath, level: int) -> None:
        draft = self._draft
        if level > _MAX_SECTIONS:
            draft.findings.lost(section, f"sections more than {_MAX_SECTIONS} deep")
            return
        title = draft.text(section.get("title")) if section.get("visible") != "false" else None
        group = draft.group(section.get("title", ""), title) if title else None
        self._tell_limits(section)
        if (selection := section.find("selection")) is not None:
            chosen = selection.get("select")
            draft.findings.lost(selection, f"a selection of {chosen} items: all are asked")
        before = len(draft.questions)
        for child in section:
            name = name_of(child)
            if name == "assessmentSection":
                self._read_section(child, folder, level + 1)
            elif name == "assessmentItemRef":
                self._read_reference(child, folder, group)
            elif name == "rubricBlock":
                draft.before(_inner(child), child, "a rubric")
            elif name in ("assessmentSectionRef", "preCondition", "branchRule"):
                draft.findings.lost(child, f"<{name}>")
        ordering = section.find("ordering")
        if ordering is not None and ordering.get("shuffle") == "true":
            draft.block([question["id"] for question in draft.questions[before:]], section)

    def _read_reference(self, reference: Element, folder: PurePosixPath, group: str | None) -> None:
        draft = self._draft
        for child in reference:
            if name_of(child) in ("preCondition", "branchRule", "templateDefault"):
                draft.findings.lost(child, f"<{name_of(child)}>")
        if reference.get("fixed") == "true":
            draft.findings.lost(reference, "the fixed place of an item")
        member = self._member(reference, folder)
        if member is None:
            return
        weights = [_number(weight.get("value")) for weight in reference.findall("weight")]
        limits = reference.find("timeLimits")
        timer = int(_number(limits.get("maxTime")) or 0) if limits is not None else 0
        here = draft.findings
        draft.turn_to(member[0])
        weight = share_of(weights[0] if weights and weights[0] is not None else 1, 1)
        self._read_item(member[1], group, weight, timer or None)
        draft.findings = here

    def _tell_limits(self, element: Element) -> None:
        limits = element.find("timeLimits")
        if limits is not None and limits.get("maxTime"):
            seconds, name = limits.get("maxTime"), name_of(element)
            self._draft.findings.lost(limits, f"{seconds} seconds for <{name}>")

    # Items

    def _read_item(
        self, item: Element, group: str | None, weight: Fraction, timer: int | None
    ) -> None:
        """Add a question for each interaction of an item."""
        draft = self._draft
        if name_of(item) != _ITEM:
            draft.findings.lost(item, f"<{name_of(item)}>, which is no item")
            return
        self._language_from(item)
        body = item.find("itemBody")
        found = [e for e in body.iter(etree.Element) if _interacts(e)] if body is not None else []
        if body is None or not found:
            inner = _inner(body) if body is not None else ""
            draft.before(inner, item, "an item without a question")
            return
        self._tell_lost(item)
        if len(found) > MAX_QUESTIONS:
            why = f"an item with more than {MAX_QUESTIONS} questions"
            raise DefinitionError([f"{draft.findings.file}:{line_of(item)}: {why}"])
        raw = _with_gaps(body)
        if len(raw) > MAX_TEXT:
            draft.findings.lost(body, f"the text of an item with more than {MAX_TEXT} characters")
            raw = ""
        declared = {d.get("identifier"): d for d in item.findall("responseDeclaration")}
        for number, interaction in enumerate(found, 1):
            name = name_of(interaction)
            if name not in _READ:
                draft.findings.lost(interaction, f"a question ({name})")
                continue
            id_ = item.get("identifier", "")
            common: Document = {
                "id": draft.id_for(id_ if len(found) == 1 else f"{id_}-{number}"),
                "group": group,
                "timer": timer,
                **self._words(_with_gap(raw, number), interaction),
            }
            declaration = declared.get(interaction.get("responseIdentifier"))
            response = _Response(item, declaration, draft)
            self._read_interaction(interaction, present(common), response, weight)

    def _tell_lost(self, item: Element) -> None:
        for child in item:
            name = name_of(child)
            if name in _LOST_OF_ITEMS:
                self._draft.findings.lost(child, f"<{name}> of an item")

    def _words(self, raw: str, interaction: Element) -> Document:
        """Return the text of a question: its prompt, or the item's text with a gap for it."""
        prompt = interaction.find("prompt")
        if prompt is not None and _inner(prompt).strip():
            return self._draft.wording(_inner(prompt), interaction, raw)
        return self._draft.wording(raw, interaction)

    def _read_interaction(
        self, interaction: Element, common: Document, response: "_Response", weight: Fraction
    ) -> None:
        name, draft = name_of(interaction), self._draft
        if name == "orderInteraction":
            if response.right:
                draft.findings.lost(interaction, "the right order; a rating has no right answer")
            choices = self._choices(interaction, "simpleChoice")
            self._add_choices(interaction, common, "rating", choices)
        elif name == "extendedTextInteraction":
            self._add_text(interaction, common, {}, None)
        elif name == _TEXT:
            number = response.kind in ("integer", "float")
            right, point = response.written(interaction)
            field = {"input": "number" if number else None, "correct": draft.text(right)}
            self._add_text(interaction, common, present(field), point and point * weight)
        elif name == _SLIDER:
            self._add_slider(interaction, common, response, weight)
        else:
            kind = "simpleChoice" if name == _CHOICE else "inlineChoice"
            choices = self._choices(interaction, kind)
            several = name == _CHOICE and interaction.get("maxChoices", "1") != "1"
            point = response.grade(choices, several=several)
            id_ = self._add_choices(
                interaction, common, "checkbox" if several else "option", choices
            )
            draft.scales.count(id_, (point or 0) * weight, common.get("group"))

    def _choices(self, interaction: Element, name: str) -> list[Choice]:
        draft = self._draft
        found = []
        for element in islice(interaction.iter(name), MAX_OPTIONS + 1):
            if element.get("fixed") == "true":
                draft.findings.lost(element, "the fixed place of an option")
            text, image = draft.option_words(_inner(element), element)
            found.append(Choice(element.get("identifier", ""), text, image))
        return found

    def _add_choices(
        self, interaction: Element, common: Document, kind: str, choices: list[Choice]
    ) -> str | None:
        fields: Document = {"options": self._draft.options(choices, interaction)}
        if interaction.get("shuffle") == "true" and kind != "gradient":
            fields["order"] = "random"
        most, least = (interaction.get(f"{m}Choices", "0") for m in ("max", "min"))
        if kind == "checkbox" and most == least != "0":
            fields["count"] = int(_number(most) or 1)
        elif kind == "checkbox" and (most != "0" or least != "0"):
            self._draft.findings.lost(interaction, f"from {least} to {most} choices; 0 is no bound")
        return self._draft.add(
            name_of(interaction), interaction, {**common, "type": kind, **fields}
        )

    def _add_text(
        self, interaction: Element, common: Document, field: Document, point: Fraction | None
    ) -> None:
        if interaction.get("patternMask"):
            self._draft.findings.lost(interaction, "the pattern of an answer")
        question = {**common, "type": "text", "fields": [field]}
        id_ = self._draft.add(name_of(interaction), interaction, question)
        self._draft.scales.count(id_, point or Fraction(0), common.get("group"))

    def _add_slider(
        self, interaction: Element, common: Document, response: "_Response", weight: Fraction
    ) -> None:
        """Add the steps of a slider as options; five of them without a right one as a gradient."""
        draft = self._draft
        bounds = [_number(interaction.get(name)) for name in ("lowerBound", "upperBound", "step")]
        low, high, step = (None if bound is None else int(bound) for bound in bounds)
        if low is None or high is None or high <= low:
            draft.findings.lost(interaction, "a slider without bounds")
            return
        values = range(low, high + 1, max(step or 1, 1))
        if len(values) > MAX_OPTIONS:
            draft.findings.lost(interaction, f"a slider of {len(values)} steps")
            return
        if interaction.get("reverse") == "true":
            draft.findings.lost(interaction, "the reverse direction of a slider")
        choices = [Choice(str(value), draft.text(str(value))) for value in values]
        point = response.grade(choices, several=False)
        if len(choices) == _STEPS and point is None:
            ends = (0, _STEPS - 1)
            options = [
                present({"value": choice.value, "text": choice.text if n in ends else None})
                for n, choice in enumerate(choices)
            ]
            question = {**common, "type": "gradient", "options": options}
            draft.add(name_of(interaction), interaction, question)
            return
        id_ = self._add_choices(interaction, common, "option", choices)
        draft.scales.count(id_, (point or 0) * weight, common.get("group"))


class _Response:
    """What a response declaration says is right, and what its mapping gives."""

    def __init__(self, item: Element, declaration: Element | None, draft: Draft) -> None:
        self._draft = draft
        self.kind = declaration.get("baseType") if declaration is not None else None
        values = declaration.findall("correctResponse/value") if declaration is not None else []
        self.right = ["".join(value.itertext()).strip() for value in values]
        mapping = declaration.find("mapping") if declaration is not None else None
        processing = item.find("responseProcessing")
        template = processing.get("template", "") if processing is not None else ""
        self._mapped: dict[str, float] = {}
        if mapping is not None and "match_correct" not in template:
            self._read_mapping(mapping)
        if processing is not None and not template and len(processing):
            draft.findings.lost(processing, "a response processing of its own")
        if declaration is not None and declaration.find("areaMapping") is not None:
            draft.findings.lost(declaration, "a mapping of areas")

    def _read_mapping(self, mapping: Element) -> None:
        for entry in mapping.findall("mapEntry"):
            number = _number(entry.get("mappedValue"))
            self._mapped[entry.get("mapKey", "")] = number or 0
        if _number(mapping.get("defaultValue")):
            self._draft.findings.lost(mapping, "the default value of a mapping")
        for bound in ("lowerBound", "upperBound"):
            if mapping.get(bound):
                self._draft.findings.lost(mapping, f"the {bound} of a mapping")

    def grade(self, choices: list[Choice], *, several: bool) -> Fraction | None:
        """Set what is right, or what each option counts; return what a point of it is worth."""
        if self._mapped:
            for choice in choices:
                choice.share = share_of(self._mapped.get(choice.value, 0), 1)
            return graded(choices, several=several)
        for choice in choices:
            choice.correct = choice.value in self.right
        return Fraction(1) if any(choice.correct for choice in choices) else None

    def written(self, interaction: Element) -> tuple[str | None, Fraction | None]:
        """Return the text that is right, and what it is worth."""
        best = max(self._mapped, key=lambda key: self._mapped[key], default=None)
        accepted = list(dict.fromkeys([*self.right, *self._mapped]))
        right = self.right[0] if self.right else best
        for other in accepted:
            if other != right:
                self._draft.findings.lost(interaction, f'a second accepted answer, "{other}"')
        if not right:
            return None, None
        return right, share_of(max(self._mapped.get(right, 1), 0), 1)


def _manifest_of(archive: Archive, source: Source) -> str:
    """Return the manifest that lies nearest to the root of a package."""
    found = [name for name in archive.names if PurePosixPath(name).name == QTI_MANIFEST]
    if not found:
        why = f"a zip archive without {QTI_MANIFEST}: neither a QTI package nor a workbook"
        raise DefinitionError([f"{source.name}:1: {why}"])
    return min(found, key=lambda name: (name.count("/"), name))


def _normal(path: PurePosixPath) -> str | None:
    """Return a path without `..`, or None if it leads out of its package."""
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part == "/" or ":" in part:
            return None
        else:
            parts.append(part)
    return "/".join(parts)


def _camel(name: str) -> str:
    first, *others = name.split("-")
    return first + "".join(part.title() for part in others)


def _interacts(element: Element) -> bool:
    return name_of(element).endswith("Interaction")


def _with_gaps(body: Element) -> str:
    """Return the item's text as HTML, with a numbered mark in place of each inline interaction."""
    copied = copy.deepcopy(body)
    found = [element for element in copied.iter(etree.Element) if _interacts(element)]
    for number, interaction in enumerate(found, 1):
        parent, before = interaction.getparent(), interaction.getprevious()
        if parent is None:
            continue
        mark = f"{_MARK}{number}{_MARK}" if name_of(interaction) in _INLINE else ""
        said = mark + (interaction.tail or "")
        if before is not None:
            before.tail = (before.tail or "") + said
        else:
            parent.text = (parent.text or "") + said
        parent.remove(interaction)
    return _inner(copied)


def _with_gap(text: str, number: int) -> str:
    """Return the text with a gap for the interaction of this number, and dots for the others."""
    return _MARKED.sub(lambda match: _GAP if int(match[1]) == number else "…", text)


def _inner(element: Element) -> str:
    """Return the content of an element as HTML."""
    parts = [etree.tostring(child, method="html", encoding="unicode") for child in element]
    return (escape(element.text or "", quote=False) + "".join(parts)).strip()


def _number(written: str | None) -> float | None:
    try:
        number = float(written or "")
    except ValueError:
        return None
    return number if abs(number) < _MOST else None

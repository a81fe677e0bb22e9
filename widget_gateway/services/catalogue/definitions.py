"""Reads test definitions (docs/protocol/definitions.md). Faults name file, line and field."""

import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import jsonschema_rs
import msgspec
import nh3
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from widget_gateway.domain.catalogue.definitions import definition_faults, definition_notes
from widget_gateway.domain.catalogue.tests import DEFAULT_LOCALES, TestDefinition
from widget_gateway.domain.catalogue.unshown_texts import unshown_texts
from widget_gateway.domain.errors import DefinitionError, NoDefinitionError
from widget_gateway.services.catalogue.markup import read_markup
from widget_gateway.services.catalogue.yaml_documents import line_of, read_yaml
from widget_gateway.services.catalogue.yaml_mistakes import comments_in_texts, lines_of, remedy_at
from widget_gateway.services.language_tags import canonical_tag, is_registered

MAX_BYTES = 2 * 2**20
"""Largest file: ten times a definition of 300 questions in two languages."""

MAX_NOTES = 100
"""The most notes about missing translations of a test, so that others are not lost among them."""

Path = Sequence[str | int]
"""A place in a document: names of fields and indexes, from the outermost to the innermost."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A checked definition: its value, the document that it was made of, and the document's hash.

    `notes` tell what the import of a foreign format has changed or left out, which texts lack a
    language of the test, and which are never shown.
    """

    test: TestDefinition
    document: dict[str, Any]
    digest: str
    notes: tuple[str, ...] = ()


class Place(NamedTuple):
    """A place in a source: the file, the line from 1, and the field as its author writes it."""

    file: str
    line: int
    field: str


def definition_schema() -> dict[str, Any]:
    """Return the published JSON Schema (draft 2020-12) of definitions."""
    return bundled_schema("test-definition.schema.json")


def bundled_schema(name: str) -> dict[str, Any]:
    """Return a JSON Schema that comes with the gateway, by its file name."""
    text = files("widget_gateway").joinpath(f"bundled/{name}").read_text("utf-8")
    return json.loads(text)  # type: ignore[no-any-return]


def read_source(path: FilePath) -> bytes:
    """Return the content of a file, at most one byte more than MAX_BYTES.

    Raises:
        NoDefinitionError: it is no file but a pipe, a socket or a device, which could block.
        DefinitionError: the file can't be read.
    """
    try:
        # A pipe that nobody writes to would block when it is opened, too.
        with open(path, "rb", opener=_without_blocking) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NoDefinitionError([f"{path}: is no file but a pipe, a socket or a device"])
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        if error.errno == errno.ENXIO:  # so a socket answers when it is opened
            raise NoDefinitionError([f"{path}: is a socket or a device"]) from None
        raise DefinitionError([f"{path}: can't be read: {error.strerror}"]) from None


def _without_blocking(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def check_size(source: bytes, name: str) -> None:
    """Refuse a source that is too large, before it is parsed.

    Raises:
        DefinitionError: it is larger than MAX_BYTES.
    """
    if len(source) > MAX_BYTES:
        raise DefinitionError([f"{name}:1: the file is larger than {MAX_BYTES // 2**20} MiB"])


def read_definition(
    source: bytes, name: str, changes: Mapping[str, Any] | None = None
) -> Definition:
    """Read a definition from YAML (or JSON, which is YAML); `changes` replace top-level fields.

    Raises:
        DefinitionError: it has a message for each fault, `name:line: field: what is allowed`.
    """
    check_size(source, name)
    root, document = read_yaml(source, name)
    if not {"slug", "questions"} & document.keys():
        why = "is no definition of a test: it has neither a slug nor questions"
        raise NoDefinitionError([f"{name}:1: {why}"])
    lines = lines_of(source)

    def place_of(path: Path) -> Place:
        return Place(name, line_of(root, path), field_of(path))

    definition = check_document(
        document, place_of, changes, reword=partial(remedy_at, root, lines=lines)
    )
    found = [*comments_in_texts(root, lines), *_dropped_markup(definition.document)]
    return replace(definition, notes=(*definition.notes, *placed(found, place_of)))


def check_document(
    document: Mapping[str, Any],
    place_of: Callable[[Path], Place],
    changes: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
    reword: Callable[[Path, str], str] = lambda _, why: why,
) -> Definition:
    """Check a document that was read from any format; `changes` replace top-level fields.

    `reword` returns the message of a fault at a path in words of the format.

    Raises:
        DefinitionError: it has a message for each fault; `place_of` tells the fault's place.
    """
    document = {**document, **(changes or {})}
    if changes and changes.get("access") != "paid" and "pause_after" not in changes:
        document.pop("pause_after", None)  # a paid test that becomes free has no pause any more
    faults = _definition_faults(document)
    if not faults:
        test = definition_from(document)
        faults = [(tuple(path), why) for path, why in definition_faults(test)]
    if faults:
        worded = [(path, reword(path, why)) for path, why in faults]
        raise DefinitionError(placed(worded, place_of))
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    own = placed(((tuple(path), why) for path, why in definition_notes(test)), place_of)
    if len(own) > MAX_NOTES:
        own[MAX_NOTES:] = [f"… and {len(own) - MAX_NOTES} more texts"]
    unshown = [f"never shown: {text}" for text in unshown_texts(test)]
    return Definition(test, document, digest, (*notes, *own, *unshown))


@cache
def _fits_definition() -> Callable[[Any], bool]:
    """Return a fast check whether a document fits the schema of definitions.

    It takes a hundredth of the time that finding the faults does, which matters for a catalogue.
    """
    formats = {name: check for name, (check, _) in _FORMATS.checkers.items()}
    return jsonschema_rs.Draft202012Validator(
        definition_schema(), formats=formats, validate_formats=True, ignore_unknown_formats=False
    ).is_valid


def _definition_faults(document: Mapping[str, Any]) -> list[tuple[Path, str]]:
    fits = _fits_definition()
    with suppress(ValueError):  # a value that JSON doesn't have, which the slow check names
        if fits(document):
            return []
    return schema_faults(document, definition_schema())


def schema_faults(document: Any, schema: dict[str, Any]) -> list[tuple[Path, str]]:
    """Return the places where the document does not fit the schema, and what is allowed there."""
    errors = Draft202012Validator(schema, format_checker=_FORMATS).iter_errors(document)
    return [(tuple(error.absolute_path), _explain(error)) for error in errors]


_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("language-tag")
def _is_language(text: object) -> bool:
    """Whether a language is named as it should be. The pattern refuses what is no tag at all."""
    tag = canonical_tag(text) if isinstance(text, str) else None
    return tag is None or (tag == text and is_registered(tag))


def _explain_language(text: str) -> str:
    tag = canonical_tag(text)
    if tag and is_registered(tag):
        return f'the language "{text}" is written "{tag}"'
    why = "a part of it is not registered" if tag else "it is a tag such as ru, hy or zh-Hant"
    return f'"{text}" is no language (BCP 47): {why}'


def placed(faults: Iterable[tuple[Path, str]], place_of: Callable[[Path], Place]) -> list[str]:
    """Return the messages for faults, in the order of the file."""
    told = sorted((*place_of(path), why) for path, why in faults)
    return [f"{file}:{line}: {field}: {why}" for file, line, field, why in told]


def definition_from(source: Mapping[str, Any]) -> TestDefinition:
    """Convert a document that fits the schema into its value, and sanitise its HTML."""
    document: dict[str, Any] = _in_order(source, source.get("locales", DEFAULT_LOCALES))
    document["questions"] = [
        _pictured(_cleaned(question, "html", "right", "wrong"))
        | {"options": [_pictured(o) for o in question.get("options", ())]}
        for question in document["questions"]
    ]
    document["scales"] = [
        scale | {"sections": [_section(section) for section in scale.get("sections", ())]}
        for scale in document.get("scales", ())
    ]
    document["profiles"] = [
        {"id": str(number)}
        | _pictured(_cleaned(profile, "text"))
        | {"kinds": [_pictured(_cleaned(kind, "text")) for kind in profile.get("kinds", ())]}
        for number, profile in enumerate(document.get("profiles", ()), start=1)
    ]
    if report := document.get("report"):
        document["report"] = _cleaned(report, "intro", "outro") | {
            "texts": {name: _clean(text) for name, text in report.get("texts", {}).items()},
            "scenarios": [_cleaned(scenario, "text") for scenario in report.get("scenarios", ())],
        }
    return msgspec.convert(document, TestDefinition)


def _in_order(part: Any, locales: Sequence[str]) -> Any:
    """Put the languages of all texts into the test's order, so that the first one stands in."""
    if isinstance(part, dict):
        spoken = [locale for locale in locales if locale in part]
        names = dict.fromkeys([*spoken, *part]) if spoken else part
        return {name: _in_order(part[name], locales) for name in names}
    if isinstance(part, list | tuple):
        return [_in_order(each, locales) for each in part]
    return part


def _section(section: dict[str, Any]) -> dict[str, Any]:
    levels = [_cleaned(level, "text") for level in section.get("levels", ())]
    return _cleaned(section, "text") | {"levels": levels}


def _dropped_markup(document: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Find markup in HTML that the sanitiser drops, each kind once in a text."""
    for path, text in _html_texts(document, ()):
        for locale, html in text.items():
            for lost in read_markup(html, str).lost:
                why = f"{lost} was dropped: texts have formatting, links and pictures; leave it out"
                yield (*path, locale), why


def _html_texts(part: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """Yield the texts that are HTML, with their paths."""
    if isinstance(part, Mapping):
        for name, value in part.items():
            here = (*path, name)
            if isinstance(value, Mapping) and _is_html(here):
                yield here, value
            else:
                yield from _html_texts(value, here)
    elif isinstance(part, list | tuple):
        for index, value in enumerate(part):
            yield from _html_texts(value, (*path, index))


def _is_html(path: Path) -> bool:
    name, *inside = path[-1], *path[:-1]
    if name in ("html", "right", "wrong", "intro", "outro"):
        return True
    if name == "text":
        return not {"sections", "scenarios", "profiles"}.isdisjoint(inside)
    return inside == ["report", "texts"]


def _pictured(part: dict[str, Any]) -> dict[str, Any]:
    image = part.get("image")
    return part | {"image": {"src": image}} if isinstance(image, str) else part


def _cleaned(part: dict[str, Any], *names: str) -> dict[str, Any]:
    return part | {name: _clean(part[name]) for name in names if name in part}


def _clean(html: Mapping[str, str]) -> dict[str, str]:
    return {locale: nh3.clean(text) for locale, text in html.items()}


_EXPLANATIONS: dict[str, Callable[[Any], str]] = {
    "type": lambda e: f"must be {_a(e.validator_value)}{_by_language(e.schema)}",
    "enum": lambda e: f"must be one of: {', '.join(map(str, e.validator_value))}",
    "required": lambda e: f"{e.message.split(chr(39))[1]} is required",
    "additionalProperties": lambda e: (
        f"{_unknown(e)}; allowed: {', '.join(e.schema['properties'])}"
    ),
    "minItems": lambda e: f"needs at least {e.validator_value} entries",
    "maxItems": lambda e: f"takes at most {e.validator_value} entries",
    "minLength": lambda _: "must not be empty",
    "maxLength": lambda e: f"takes at most {e.validator_value} characters",
    "minimum": lambda e: f"must be at least {e.validator_value}",
    "exclusiveMinimum": lambda e: f"must be more than {e.validator_value}",
    "minProperties": lambda _: "must not be empty",
    "dependentRequired": lambda _: "width and height are given together",
    "maxProperties": lambda e: f"takes at most {e.validator_value} entries",
    "maximum": lambda e: f"must be at most {e.validator_value}",
    "pattern": lambda e: (
        _explain_language(e.instance)
        if "format" in e.schema
        else e.schema.get("description", f"must match {e.validator_value}")
    ),
    "anyOf": lambda _: "needs a text or an image",
    "uniqueItems": lambda _: "lists an entry twice",
    "format": lambda e: _explain_language(e.instance),
}

_TYPE_NAMES = {
    "object": "a mapping of fields",
    "array": "a list",
    "string": 'a text (put it in quotes: "1")',
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def _a(kind: str | list[str]) -> str:
    return " or ".join(_TYPE_NAMES.get(k, k) for k in ([kind] if isinstance(kind, str) else kind))


def _by_language(schema: Mapping[str, Any]) -> str:
    is_text = str(schema.get("description")).startswith("A text by language")
    return ", one for each language: {ru: …, en: …}" if is_text else ""


def _unknown(error: Any) -> str:
    extra = sorted(set(error.instance) - set(error.schema["properties"]))
    return f"unknown field {', '.join(map(str, extra))}"


def _explain(error: ValidationError) -> str:
    explanation = _EXPLANATIONS.get(str(error.validator))
    return explanation(error) if explanation else error.message


def field_of(path: Path) -> str:
    """Return a place in a document as its author writes it: `questions[0].text.en`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "the definition"

"""Files of norms: written by `test norms`, and taken over by the import of a new version.

A file has the norms of some scales of a test. It says of which versions the results were, and what
each scale counted then, so that no scale gets norms of another one that happens to have its name.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from widget_gateway.domain.catalogue.numbers import Number
from widget_gateway.domain.catalogue.scales import Norm
from widget_gateway.domain.catalogue.tests import TestDefinition
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import (
    Definition,
    Place,
    check_document,
    check_size,
    field_of,
    read_source,
)
from widget_gateway.services.catalogue.yaml_documents import read_yaml, written_yaml


class ScaleNorms(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The norms of a scale, and what it counts: its bounds in points and its questions."""

    min: Number
    max: Number
    questions: list[str]
    norms: list[Norm]


class NormsFile(msgspec.Struct, forbid_unknown_fields=True):
    """The content of a file of norms."""

    test: str
    versions: Annotated[list[int], msgspec.Meta(min_length=1)]
    date: str
    scales: dict[str, ScaleNorms]


@dataclass(frozen=True, slots=True)
class ScaleShape:
    """What a scale counts: its bounds in points, and its questions."""

    min: Number
    max: Number
    questions: list[str]


def shapes_of(test: TestDefinition) -> dict[str, ScaleShape]:
    """Return what each scale of a test counts."""
    return {
        scale.id: ScaleShape(
            key.low / key.unit, key.high / key.unit, sorted(item.question for item in key.items)
        )
        for scale, key in zip(test.scales, test.scale_keys, strict=True)
    }


def norms_yaml(norms: NormsFile) -> str:
    """Return the file's text: YAML, which people can read and compare."""
    return written_yaml(_plain(norms))


def _plain(value: Any) -> Any:
    """Return the value as YAML or JSON writes it, without what is absent."""
    return _without_absent(msgspec.json.decode(msgspec.json.encode(value)))


def _without_absent(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_absent(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {name: _without_absent(part) for name, part in value.items() if part not in (None, [])}


def read_norms(path: Path) -> NormsFile:
    """Read a file of norms.

    Raises:
        DefinitionError: it can't be read, or is no such file.
    """
    source = read_source(path)
    check_size(source, str(path))
    _, document = read_yaml(source, str(path))
    try:
        return msgspec.convert(document, NormsFile)
    except msgspec.ValidationError as error:
        raise DefinitionError([f"{path}:1: not a file of norms: {error}"]) from None


def with_norms(definition: Definition, norms: NormsFile, name: str) -> Definition:
    """Return the definition with these norms in place of those that its scales had.

    Raises:
        DefinitionError: they are another test's, or a scale no longer counts what it did. `name` is
            the file of the definition.
    """
    test = definition.test
    faults = []
    if norms.test != test.slug:
        faults.append(f"{name}:1: slug: the norms are those of {norms.test}, not of {test.slug}")
    shapes = shapes_of(test)
    for scale, its in norms.scales.items():
        shape = shapes.get(scale)
        if shape is None:
            faults.append(f"{name}:1: scales: there is no scale {scale}, which has norms")
        elif shape != ScaleShape(its.min, its.max, sorted(its.questions)):
            faults.append(
                f"{name}:1: scales: {scale} does not count what it did when its norms were "
                f"computed: {_described(its)} then, {_described(shape)} now"
            )
    if faults:
        raise DefinitionError(faults)
    scales = [
        scale | {"norms": _plain(norms.scales[scale["id"]].norms)}
        if scale["id"] in norms.scales
        else scale
        for scale in definition.document["scales"]
    ]
    return check_document(
        definition.document | {"scales": scales},
        lambda path: Place(name, 1, field_of(path)),
        notes=definition.notes,
    )


def _described(shape: ScaleShape | ScaleNorms) -> str:
    return f"{len(shape.questions)} questions, {shape.min:g} to {shape.max:g} points"

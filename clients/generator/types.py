"""The types of parameters and answers, as expressions that know no programming language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]


@dataclass(frozen=True)
class Scalar:
    """A value of JSON that is no list and no object: `string`, `integer`, `number` or `boolean`.

    A string has a `format` if it is a `uuid`, a `date` (2026-05-04) or a `date-time` in UTC.
    """

    kind: str
    format: str | None = None


@dataclass(frozen=True)
class Words:
    """One of a few strings. A newer gateway may answer with others."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class ListOf:
    """A list of any length."""

    item: Type


@dataclass(frozen=True)
class TupleOf:
    """A list of a fixed length whose places have their own types."""

    items: tuple[Type, ...]


@dataclass(frozen=True)
class MapOf:
    """An object with any keys."""

    value: Type


@dataclass(frozen=True)
class OneOf:
    """A value of one of several types."""

    options: tuple[Type, ...]


@dataclass(frozen=True)
class Nullable:
    """A value of the type, or null."""

    inner: Type


@dataclass(frozen=True)
class Named:
    """A structure or an enumeration of the model, by its name."""

    name: str


@dataclass(frozen=True)
class Anything:
    """Any value of JSON."""


Type = Scalar | Words | ListOf | TupleOf | MapOf | OneOf | Nullable | Named | Anything

_ANY_FLAG = [0, 1, "0", "1", False, True]
"""What a flag accepts in JSON. Clients have a boolean for it."""


def type_of(schema: Node) -> Type:
    """Read a JSON Schema. What it says of lengths, ranges and patterns is left to the gateway.

    Raises:
        ValueError: the schema has a form that the model does not know.
    """
    if "$ref" in schema:
        return Named(name_of(schema["$ref"]))
    if "anyOf" in schema:
        return _any_of([option for option in schema["anyOf"] if not _is_absence(option)])
    if "enum" in schema:
        return _enumerated(schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return OneOf(tuple(type_of(schema | {"type": name}) for name in kind))
    return _typed(kind, schema)


def _typed(kind: str | None, schema: Node) -> Type:
    if kind == "array":
        if "prefixItems" in schema:
            return TupleOf(tuple(map(type_of, schema["prefixItems"])))
        return ListOf(type_of(schema["items"]))
    if kind == "object":
        values = schema.get("additionalProperties")
        return MapOf(type_of(values) if isinstance(values, dict) else Anything())
    if kind is None and not schema.keys() - {"description", "examples", "default"}:
        return Anything()
    if kind not in {"string", "integer", "number", "boolean"}:
        raise ValueError(f"The model does not know this schema: {schema}")
    return Scalar(kind, schema.get("format") if kind == "string" else None)


def name_of(reference: str) -> str:
    """The name of a component without the module that msgspec puts before it."""
    return reference.rpartition("/")[2].rpartition(".")[2]


def _is_absence(option: Node) -> bool:
    """Whether the option only says that an optional parameter may be empty."""
    return "enum" in option and not set(option["enum"]) - {"", None}


def _enumerated(values: list[Any]) -> Type:
    if values == _ANY_FLAG:
        return Scalar("boolean")
    if all(isinstance(value, str) for value in values):
        return Words(tuple(values))
    raise ValueError(f"The model does not know these values: {values}")


def _any_of(options: list[Node]) -> Type:
    kept = [option for option in options if option != {"type": "null"}]
    types = tuple(dict.fromkeys(map(type_of, kept)))
    if set(types) == {Scalar("integer"), Scalar("number")}:
        types = (Scalar("number"),)
    inner = types[0] if len(types) == 1 else OneOf(types)
    return inner if len(kept) == len(options) else Nullable(inner)

"""How PHP writes the types of the model: for PHP itself, for PHPDoc, and as readers of JSON."""

import json
import re
from typing import Any

from clients.generator.model import Model
from clients.generator.types import (
    Anything,
    ListOf,
    MapOf,
    Named,
    Nullable,
    OneOf,
    Scalar,
    TupleOf,
    Type,
    Words,
)

_NATIVE = {"string": "string", "integer": "int", "number": "int|float", "boolean": "bool"}
_READERS = {"string": "string", "integer": "int", "number": "number", "boolean": "bool"}
DATE = Scalar("string", "date")
MOMENT = Scalar("string", "date-time")


class PhpTypes:
    """Writes types. Enumerations are strings, since a newer gateway may have other words."""

    def __init__(self, model: Model) -> None:
        self._enumerations = frozenset(model.enumeration_of)

    def native(self, kind: Type) -> str:  # noqa: PLR0911 - a case for each kind
        """The type as PHP itself checks it."""
        match kind:
            case Scalar(name):
                return "\\DateTimeImmutable" if kind == MOMENT else _NATIVE[name]
            case ListOf() | MapOf() | TupleOf():
                return "array"
            case OneOf(options):
                return "|".join(dict.fromkeys(map(self.native, options)))
            case Nullable(inner):
                return or_null(self.native(inner))
            case Anything():
                return "mixed"
            case Named(name) if name not in self._enumerations:
                return name
            case _:
                return "string"

    def documented(self, kind: Type) -> str:  # noqa: PLR0911 - a case for each kind
        """The type as PHPDoc writes it, for editors and static analysis."""
        match kind:
            case Words(words):
                return "|".join(f"'{word}'" for word in words)
            case ListOf(item):
                return f"list<{self.documented(item)}>"
            case MapOf(value):
                return f"array<string, {self.documented(value)}>"
            case TupleOf(items):
                return f"array{{{', '.join(map(self.documented, items))}}}"
            case OneOf(options):
                return "|".join(dict.fromkeys(map(self.documented, options)))
            case Nullable(inner):
                return f"{self.documented(inner)}|null"
            case _:
                return self.native(kind)

    def reader(self, kind: Type) -> str:  # noqa: PLR0911 - a case for each kind
        """The expression of the function that reads a value of the type."""
        match kind:
            case Scalar(name):
                return "Read::moment(...)" if kind == MOMENT else f"Read::{_READERS[name]}(...)"
            case ListOf(item):
                return f"Read::listOf({self.reader(item)})"
            case MapOf(value):
                return f"Read::mapOf({self.reader(value)})"
            case TupleOf(items):
                return f"Read::tuple({', '.join(map(self.reader, items))})"
            case Nullable(inner):
                return f"Read::orNull({self.reader(inner)})"
            case Named(name) if name not in self._enumerations:
                return f"{name}::read(...)"
            case Named() | Words():
                return "Read::string(...)"
            case _:
                return "Read::any(...)"

    def classes(self, kind: Type) -> set[str]:
        """The names of the classes in PHP's own type and in the reader."""
        match kind:
            case Named(name):
                return {name} - self._enumerations
            case ListOf(inner) | MapOf(inner) | Nullable(inner):
                return self.classes(inner)
            case TupleOf(items) | OneOf(items):
                return {name for item in items for name in self.classes(item)}
            case _:
                return set()

    def enumerations(self, kind: Type) -> str:
        """The name of the class that has the words of the type as constants; or nothing."""
        match kind:
            case Named(name) if name in self._enumerations:
                return name
            case ListOf(inner) | MapOf(inner) | Nullable(inner):
                return self.enumerations(inner)
            case _:
                return ""


def or_null(native: str) -> str:
    """PHP's own type that also takes null."""
    if native == "mixed" or native.startswith("?") or native.endswith("|null"):
        return native
    return f"{native}|null" if "|" in native else f"?{native}"


def is_progress(kind: Type) -> bool:
    """Whether a parameter is answers, the only one that is a list, an object, or JSON of these."""
    return isinstance(kind, OneOf) and any(isinstance(each, ListOf) for each in kind.options)


def literal(value: Any) -> str:
    """A value of JSON as PHP writes it."""
    match value:
        case None | bool() | int() | float():
            return json.dumps(value)
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            pairs = (f"{literal(key)} => {literal(member)}" for key, member in value.items())
            return f"[{', '.join(pairs)}]"
        case _:
            return "'{}'".format(str(value).replace("\\", "\\\\").replace("'", "\\'"))


def camel(name: str) -> str:
    """The name of a method: `result/attach` is `resultAttach`."""
    first, *others = re.split(r"[/_]", name)
    return first + "".join(map(str.capitalize, others))


def exception_of(reason: str) -> str:
    """The class of a reason: `result_not_found` is `ResultNotFoundException`."""
    return "".join(map(str.capitalize, reason.split("_"))) + "Exception"

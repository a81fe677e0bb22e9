"""Answers as JSON become dataclasses, after a check of every type; and back."""

import dataclasses
from datetime import date
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

JsonDict = dict[str, Any]


class ShapeError(ValueError):
    """A value of JSON is not what its type says; the message tells where."""


def decode(kind: Any, value: Any, where: str = "the answer") -> Any:
    """Read a value of JSON as a type: a dataclass, a list, an optional or a plain one.

    Unknown fields are left out, since a newer gateway may have more of them. For the same reason
    any string is taken where one of a few words is expected.

    Raises:
        ShapeError: it is something else.
    """
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin is not None:
        return _decode_generic(origin, get_args(kind), value, where)
    if dataclasses.is_dataclass(kind):
        return _decode_fields(kind, _checked(dict, value, where), where)
    if kind is float:
        return _checked((int, float), value, where)
    return _checked(kind, value, where)


def encode(value: Any) -> Any:
    """The JSON of an answer, as the gateway gave it: dataclasses become dicts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            wire_name(field.name): encode(getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {name: encode(item) for name, item in value.items()}
    if isinstance(value, (UUID, date)):
        return str(value)
    return value


def wire_name(name: str) -> str:
    """The name in the API. Python's own words have an underscore behind them: `from_`."""
    return name.rstrip("_")


def _decode_generic(origin: Any, arguments: Any, value: Any, where: str) -> Any:
    if origin is Literal:
        return _checked(str, value, where)
    if origin is Union:
        return _decode_union(arguments, value, where)
    if origin is dict:
        members = _checked(dict, value, where)
        return {name: decode(arguments[1], each, name) for name, each in members.items()}
    items = _checked(list, value, where)
    if origin is list:
        return [decode(arguments[0], item, where) for item in items]
    if len(items) != len(arguments):
        raise ShapeError(f"{where} has {len(items)} items instead of {len(arguments)}")
    return tuple(decode(kind, item, where) for kind, item in zip(arguments, items))


def _decode_union(options: Any, value: Any, where: str) -> Any:
    if value is None and type(None) in options:
        return None
    for kind in options:
        if kind is not type(None):
            try:
                return decode(kind, value, where)
            except ShapeError as error:
                last = error
    raise last


def _decode_fields(kind: Any, members: JsonDict, where: str) -> Any:
    hints = _hints(kind)
    found = {}
    for field in dataclasses.fields(kind):
        name = wire_name(field.name)
        if name in members:
            found[field.name] = decode(hints[field.name], members[name], name)
        elif _is_required(field):
            raise ShapeError(f"{where} has no {name}")
    return kind(**found)


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


@cache
def _hints(kind: Any) -> JsonDict:
    return get_type_hints(kind)


def _checked(kind: Any, value: Any, where: str) -> Any:
    """The value, if it is of the type. A boolean is no number, though Python takes it for one."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ShapeError(f"{where} has the wrong type")
    return value

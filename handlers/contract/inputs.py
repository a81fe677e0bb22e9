"""What a request gives: query, form or JSON parameters by name, each given once."""

import json
import re
from typing import Any, Protocol

from tornado.httputil import HTTPServerRequest

from handlers.contract.errors import ParameterInvalidError

Value = Any


class Declared(Protocol):
    """An operation, as far as reading its parameters goes (handlers/contract/operations.py)."""

    @property
    def names(self) -> frozenset[str]:
        """The names of all its parameters."""

    def declares(self, parameter: Any, *, required: bool) -> bool:
        """Whether the operation has the parameter, and where asked, whether it needs it."""


class UndeclaredParameterError(TypeError):
    """A handler reads what its operation does not declare: a fault of ours, seen by any test."""


class Inputs:
    """All parameters of a request by name; unknown ones are ignored.

    Only those that the operation declares can be read: so what is documented is what is read.

    Raises:
        ParameterInvalidError: a parameter is given twice with different values, or the body can't
            be read.
    """

    def __init__(self, request: HTTPServerRequest, operation: Declared) -> None:
        self._operation = operation
        self._values: dict[str, Value] = {}
        for name, given in _urlencoded(request):
            self._add(name, given)
        for name, given in _json_object(request):
            self._add(name, given)

    def _add(self, name: str, value: Value) -> None:
        if name not in self._values:
            self._values[name] = value
        elif name in self._operation.names and self._values[name] != value:
            raise ParameterInvalidError(name, "it is given twice with different values.")

    def value_of(self, parameter: Any, *, required: bool) -> Value | None:
        """A declared parameter as it was given; None where it is absent or empty.

        Raises:
            UndeclaredParameterError: the operation does not declare it so.
        """
        if not self._operation.declares(parameter, required=required):
            raise UndeclaredParameterError(parameter.name)
        value = self._values.get(parameter.name)
        return None if value == "" else value

    def is_blank(self, parameter: Any) -> bool:
        """Whether a parameter was given as an empty text: `value_of` takes it for absent."""
        return self._values.get(parameter.name) == ""

    def all_but(self, *names: str) -> dict[str, Value]:
        """Everything that was given, known or not, without these names."""
        return {name: value for name, value in self._values.items() if name not in names}


def parse_json(text: str) -> Value:
    """JSON with each object as a tuple of its members: none that stands twice gets lost.

    A whole number is an integer, however it is written: 5.0 is 5.

    Raises:
        ValueError, RecursionError: it is none, or nested too deeply.
    """
    return json.loads(text, object_pairs_hook=tuple, parse_float=_number)


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
"""A pattern looks through a megabyte in a millisecond; a loop would hold up everybody."""


def is_storable(text: str) -> bool:
    """Whether a database takes it: no NUL, no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or not _HALF_A_PAIR.search(text))


def _urlencoded(request: HTTPServerRequest) -> list[tuple[str, str]]:
    """Query and form parameters; Tornado has parsed them into bytes."""
    pairs = []
    for raw_name, values in request.arguments.items():
        name = raw_name if isinstance(raw_name, str) else raw_name.decode("utf-8", "replace")
        for value in values:
            try:
                pairs.append((name, value.decode("utf-8")))
            except UnicodeDecodeError:
                raise ParameterInvalidError(name, "it is not valid UTF-8.") from None
    return pairs


def _json_object(request: HTTPServerRequest) -> list[tuple[str, Value]]:
    """The members of a JSON body; a body of any other type is not looked at."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or not request.body:
        return []
    try:
        body = parse_json(request.body.decode("utf-8"))
    except UnicodeDecodeError:
        raise ParameterInvalidError("body", "it is not valid UTF-8.") from None
    except (ValueError, RecursionError):
        raise ParameterInvalidError("body", "it is not valid JSON.") from None
    if not isinstance(body, tuple):
        raise ParameterInvalidError("body", "it must be a JSON object.")
    return list(body)
